/**
 * Follows the runs that this process carries out, each to its end: what became of it is read back from the journal,
 * and a run is never left there as running because the journal could not be written for a moment.
 */
import { type Fault, fault } from '../model/fault.ts';
import { outcomeOf, type Run, type RunReport } from '../model/runs/run.ts';
import { UnwrittenRun } from '../run/execute.ts';
import type { Holder } from '../state/home/holder.ts';
import { JournalFailure } from '../state/journal/database.ts';
import type { Journal } from '../state/journal/journal.ts';

export interface WorkPorts {
  readonly journal: Pick<Journal, 'claimRun' | 'getRun' | 'finishRun'>;
  readonly holder: Holder;
  /** Throws for a bug, and what `executeRun` throws. */
  readonly execute: (run: Run, signal: AbortSignal) => Promise<unknown>;
}

export interface Ended<About> {
  /** As the journal has it now; as it was begun, if it is no longer there. */
  readonly run: Run;
  readonly about: About;
  /** A bug: where in the code. The run has failed. */
  readonly bug: string | null;
  /** Why the journal took something of it not or late. */
  readonly failure: Fault | null;
}

/** `About`: what the caller wants to know of a run when it has ended. */
export class RunsAtWork<About> {
  readonly #ports: WorkPorts;
  readonly #onSettled: () => void;
  readonly #running = new Map<number, Promise<void>>();
  #settled: Settled<About>[] = [];
  readonly #cancel = new AbortController();

  /** `onSettled`: one of them is over, and `takeEnded` tells of it. */
  constructor(ports: WorkPorts, onSettled: () => void) {
    this.#ports = ports;
    this.#onSettled = onSettled;
  }

  get size(): number {
    return this.#running.size;
  }

  /** `run` is running in the journal, in this process' name. */
  start(run: Run, about: About): void {
    this.#running.set(run.id, this.#follow(run, about));
  }

  /** Claims the oldest of what is queued, and begins it; null: nothing is. */
  startQueued(about: About): Run | null {
    const run = this.#ports.journal.claimRun(this.#ports.holder);
    if (run) this.start(run, about);
    return run;
  }

  /** All of them clean up what is half done, and end. */
  cancel(): void {
    this.#cancel.abort();
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /**
   * Those that have ended since it was asked last, each with its outcome in the journal, one at a time. Throws
   * `JournalFailure`, and tells of that one again when it is asked again.
   */
  *takeEnded(): Generator<Ended<About>> {
    for (let next = this.#settled[0]; next !== undefined; next = this.#settled[0]) {
      const run = this.#written(next);
      this.#settled = this.#settled.slice(1);
      yield { run, about: next.about, bug: next.bug, failure: next.failure };
    }
  }

  async #follow(run: Run, about: About): Promise<void> {
    // So that the caller has told of its begin before it can end.
    await null;
    let report: RunReport | null = null;
    let bug: string | null = null;
    let failure: Fault | null = null;
    try {
      await this.#ports.execute(run, this.#cancel.signal);
    } catch (error) {
      if (error instanceof UnwrittenRun) report = error.report;
      if (error instanceof JournalFailure) failure = error.fault;
      else bug = stackOf(error);
    }
    report ??= { kind: 'fault', fault: failure ?? LOST };
    this.#settled.push({ run, about, bug, failure, report });
    this.#running.delete(run.id);
    this.#onSettled();
  }

  #written({ run, report }: Settled<About>): Run {
    const { journal } = this.#ports;
    const read = journal.getRun(run.id);
    if (!read.ok) return run;
    if (read.value.state === 'finished') return read.value;
    const finished = journal.finishRun(run.id, outcomeOf(report), report);
    return finished.ok ? finished.value : read.value;
  }
}

interface Settled<About> extends Ended<About> {
  /** For a run that is still running in the journal. */
  readonly report: RunReport;
}

const LOST: Fault = fault(
  'command-failed',
  'btrfleet itself failed, and what became of the run could not be written.',
  'This is a bug; please report it with what you did.',
);

export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
