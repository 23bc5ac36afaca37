/**
 * The engine: the one process that works in the background. It claims what is queued in the journal, runs it, and
 * ends when it has been idle for long. Who queued a run may be gone; who cancels one writes it into the journal.
 */
import type { Fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Run } from '../model/runs/run.ts';
import { executeRun } from '../run/execute.ts';
import type { Fleet } from '../run/ground/fleet.ts';
import { nap } from '../run/ground/nap.ts';
import { JournalFailure, journalFault } from '../state/journal/database.ts';
import { RunsAtWork } from './runs-at-work.ts';
import { queueCutOff } from './settling.ts';

export interface EngineOptions {
  /** Ends it: no new run is begun, running ones are cancelled and clean up. */
  readonly signal: AbortSignal;
  /** Seconds without work after which it ends. Default: ten minutes. */
  readonly idleSeconds?: number;
  /** Most runs at once. Default: 4. */
  readonly concurrency?: number;
  /** One line for people about what it does. */
  readonly log?: (line: string) => void;
}

/** Milliseconds between two looks at the journal; reading its stamp costs microseconds. */
const POLL = 200;
const IDLE_SECONDS = 600;
const CONCURRENCY = 4;

/**
 * Returns when it is idle or told to stop. Faults: `locked` (another engine is at work; that is no misfortune), and
 * what keeps the journal from being used.
 */
export async function runEngine(fleet: Fleet, options: EngineOptions): Promise<Result<void>> {
  const { journal, holder, isAlive } = fleet;
  try {
    const taken = journal.takeEngine(holder, isAlive);
    if (!taken.ok) return taken;
    for (const run of journal.interruptDeadRuns(isAlive)) options.log?.(`run ${run.id} was interrupted`);
    queueCutOff(journal, holder, fleet.clock.now());
    const ended = await new Engine(fleet, options).work();
    journal.releaseEngine(holder);
    return ended;
  } catch (error) {
    // The engine's place is then freed by this process' end.
    return journalFault(error);
  }
}

class Engine {
  readonly #fleet: Fleet;
  readonly #options: EngineOptions;
  readonly #runs: RunsAtWork<null>;
  /** Why no work can be done any more; null: it can. */
  #broken: Fault | null = null;
  /** What was told of a journal that fails; null: it works. */
  #failing: string | null = null;

  constructor(fleet: Fleet, options: EngineOptions) {
    const { journal, holder } = fleet;
    this.#fleet = fleet;
    this.#options = options;
    const execute = (run: Run, signal: AbortSignal) => executeRun(fleet, run, { signal });
    this.#runs = new RunsAtWork({ journal, holder, execute }, () =>
      this.#unlessJournalFails(() => this.#tellEnded()),
    );
  }

  async work(): Promise<Result<void>> {
    const { signal, idleSeconds = IDLE_SECONDS } = this.#options;
    signal.addEventListener('abort', () => this.#runs.cancel(), { once: true });
    let idleTicks = 0;
    let done = false;
    const look = (): void => {
      this.#tellEnded();
      const began = this.#beginQueued();
      idleTicks = began || this.#runs.size > 0 ? 0 : idleTicks + 1;
      done = (idleTicks * POLL) / 1000 >= idleSeconds && this.#leave();
    };
    while (!signal.aborted && this.#broken === null) {
      this.#unlessJournalFails(look);
      if (done) break;
      await nap(POLL, signal);
    }
    await this.#runs.settled();
    return this.#broken === null ? ok(undefined) : failed(this.#broken);
  }

  /** A journal that is only busy is asked again at the next look; runs that are at work go on in any case. */
  #unlessJournalFails(look: () => void): void {
    try {
      look();
      this.#failing = null;
    } catch (error) {
      if (!(error instanceof JournalFailure)) throw error;
      if (this.#failing !== error.fault.message) this.#options.log?.(error.fault.message);
      this.#failing = error.fault.message;
      if (!error.fault.retry) this.#broken = error.fault;
    }
  }

  #beginQueued(): boolean {
    const room = (this.#options.concurrency ?? CONCURRENCY) - this.#runs.size;
    let began = false;
    for (let place = 0; place < room; place += 1) {
      const run = this.#runs.startQueued(null);
      if (!run) break;
      began = true;
      this.#options.log?.(`run ${run.id} began: ${run.kind}`);
    }
    return began;
  }

  /** A bug in one run is told in its report and here; it must not take the others down. */
  #tellEnded(): void {
    for (const { run, bug, failure } of this.#runs.takeEnded()) {
      if (failure !== null && !failure.retry) this.#broken = failure;
      this.#options.log?.(
        bug === null ? `run ${run.id} ended: ${run.outcome}` : `run ${run.id} broke: ${bug}`,
      );
    }
  }

  /**
   * Gives the engine's place back, then looks once more: a run queued in between, by somebody who still saw an
   * engine, must not be left lying. False: there is work after all, and the place is ours again.
   */
  #leave(): boolean {
    const { journal, holder, isAlive } = this.#fleet;
    journal.releaseEngine(holder);
    if (journal.listRuns({ state: 'queued', limit: 1 }).length === 0) return true;
    return !journal.takeEngine(holder, isAlive).ok;
  }
}
