/**
 * Executes one run of the journal, whoever asked for it: the command line, the engine and the scheduler come through
 * here. It picks the driver, folds its events, writes progress and outcome, and passes a cancel on.
 */
import { type Fault, fault } from '../model/fault.ts';
import type { Job, JobEvent } from '../model/job.ts';
import type { Run, RunOutcome, RunReport, RunRequest } from '../model/run.ts';
import { formatTarget } from '../model/target.ts';
import { advance, newJob } from '../plan/advance.ts';
import { JournalFailure } from '../state/journal-database.ts';
import { createSnapshots } from './create-snapshots.ts';
import { deleteSnapshots } from './delete-snapshots.ts';
import type { DriverContext } from './driver.ts';
import type { Fleet } from './fleet.ts';
import { replicate } from './replicate.ts';

/** Milliseconds between two writes of progress, and between two looks whether somebody cancels. */
const BEAT = 250;
/** Milliseconds between two signs of life in the journal. */
const TOUCH = 30_000;

export interface ExecuteOptions {
  /** Aborts the run as a cancel does. */
  readonly signal?: AbortSignal;
  /** Sees every event after it was folded. */
  readonly onChange?: (job: Job, event: JobEvent) => void;
}

/**
 * `run` must be `running` in the journal, in this process' name. It is `finished` when this returns. Throws
 * `JournalFailure` when the journal takes no mark or no outcome.
 */
export async function executeRun(fleet: Fleet, run: Run, options: ExecuteOptions = {}): Promise<RunReport> {
  const { journal } = fleet;
  const cancel = new AbortController();
  const signal = options.signal ? AbortSignal.any([cancel.signal, options.signal]) : cancel.signal;
  let job = newJob(run.request.kind === 'replication' ? run.request.targets.map(formatTarget) : []);
  let written: Job | null = null;
  const emit = (event: JobEvent): void => {
    job = advance(job, event);
    // The report repeats it: a journal that fails for a moment must not end a transfer of hours.
    if (event.type === 'result') unlessJournalFails(() => journal.addResult(run.id, event.result));
    options.onChange?.(job, event);
  };
  let touched = 0;
  const beat = (): void =>
    unlessJournalFails(() => {
      if (job !== written) journal.writeProgress(run.id, job);
      written = job;
      if (journal.isCancelRequested(run.id)) cancel.abort();
      const now = fleet.clock.now();
      if (Math.abs(now - touched) >= TOUCH) {
        journal.touchHolder(fleet.holder);
        touched = now;
      }
    });
  const timer = setInterval(beat, BEAT);
  let report: RunReport;
  try {
    report = await drive(run.request, { fleet, runId: run.id, signal, emit });
  } catch (error) {
    cancel.abort();
    const why = error instanceof JournalFailure ? error.fault : bug(error);
    unlessJournalFails(() => journal.finishRun(run.id, 'failed', { kind: 'fault', fault: why }));
    throw error;
  } finally {
    clearInterval(timer);
  }
  unlessJournalFails(() => journal.writeProgress(run.id, job));
  journal.finishRun(run.id, outcomeOf(report), report);
  return report;
}

function drive(request: RunRequest, context: DriverContext): Promise<RunReport> {
  switch (request.kind) {
    case 'snapshot':
      return createSnapshots(request, context);
    case 'delete':
      return deleteSnapshots(request, context);
    case 'replication':
      return replicate(request, context);
  }
}

/** One failure anywhere makes it failed; a cancel is told apart from it. */
export function outcomeOf(report: RunReport): RunOutcome {
  switch (report.kind) {
    case 'fault':
      return report.fault.code === 'cancelled' ? 'cancelled' : 'failed';
    case 'snapshot':
      return report.failed.length > 0 ? 'failed' : 'ok';
    case 'delete':
      return report.results.some((one) => one.status === 'failed') ? 'failed' : 'ok';
    case 'replication':
      if (report.results.some((one) => one.status === 'failed')) return 'failed';
      return report.results.some((one) => one.status === 'cancelled') ? 'cancelled' : 'ok';
  }
}

/** Of a journal that fails is told when the outcome cannot be written; what is written on the way is for watching. */
function unlessJournalFails(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
  }
}

const bug = (error: unknown): Fault =>
  fault(
    'command-failed',
    `btrfleet itself failed: ${error instanceof Error ? error.message : String(error)}`,
    'This is a bug; please report it with what you did.',
  );
