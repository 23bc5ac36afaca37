/**
 * Executes one run of the journal, whoever asked for it: the command line, the engine and the scheduler come through
 * here. It picks the driver, folds its events, writes progress and outcome, and passes a cancel on.
 */
import { type Fault, fault } from '../model/fault.ts';
import type { Job, JobEvent } from '../model/runs/job.ts';
import { askedOf } from '../model/runs/replication.ts';
import {
  outcomeOf,
  type RequestOf,
  type Run,
  type RunKind,
  type RunReport,
  type RunRequest,
  targetsOf,
} from '../model/runs/run.ts';
import { unsentResult } from '../model/runs/target-result.ts';
import { formatTarget } from '../model/target.ts';
import { advance, newJob } from '../plan/replication/advance.ts';
import { JournalFailure } from '../state/journal/database.ts';
import { cleanUp } from './deletion/clean-up.ts';
import { deleteSnapshots } from './deletion/delete-snapshots.ts';
import { extract } from './extract/extract.ts';
import type { Driver, DriverContext, Part, PartEnd } from './ground/driver.ts';
import type { Fleet } from './ground/fleet.ts';
import { lenientJournal } from './ground/lenient-journal.ts';
import { type OwedWrites, owedWrites } from './ground/owed-writes.ts';
import { type Patiently, patiently } from './ground/patiently.ts';
import { unlessJournalFails } from './ground/unless-journal-fails.ts';
import { replicate } from './replication/replicate.ts';
import { restore } from './restore/restore.ts';
import { runTask } from './round/task-round.ts';
import { seed } from './seed/seed.ts';
import { snapshotAndSync } from './snapshots/sync.ts';
import { verify } from './verify/verify.ts';

/** Milliseconds between two writes of progress, and between two looks whether somebody cancels. */
const BEAT = 250;
/** Milliseconds between two signs of life in the journal. */
const TOUCH = 30_000;
/** Seconds that a run by hand waits for a journal that fails; one by schedule waits until it is cancelled. */
const BY_HAND = 10;

export interface ExecuteOptions {
  /** Aborts the run as a cancel does. */
  readonly signal?: AbortSignal;
  /** Waits for a task that another run is at, instead of failing. Default: false. */
  readonly patient?: boolean;
  /** Longest wait for a journal that fails. Default: by schedule without end, by hand 10 s. */
  readonly journalSeconds?: number;
  /** Sees every event after it was folded. */
  readonly onChange?: (job: Job, event: JobEvent) => void;
}

/** The journal failed a run: what was done all the same is in `report`, which is nowhere else. */
export class UnwrittenRun extends JournalFailure {
  readonly report: RunReport;

  constructor(fault: Fault, report: RunReport) {
    super(fault);
    this.report = report;
  }
}

/**
 * `run` must be `running` in the journal, in this process' name. It is `finished` when this returns. Throws
 * `UnwrittenRun` when the journal takes no mark, no memory of a replica or no outcome.
 */
export async function executeRun(fleet: Fleet, run: Run, options: ExecuteOptions = {}): Promise<RunReport> {
  const { journal } = fleet;
  const cancel = new AbortController();
  const signal = options.signal ? AbortSignal.any([cancel.signal, options.signal]) : cancel.signal;
  let job = newJob(targetsOf(run.request).map(formatTarget));
  let written: Job | null = null;
  const emit = (event: JobEvent): void => {
    job = advance(job, event);
    // The report repeats it: a journal that fails for a moment must not end a transfer of hours.
    if (event.type === 'result') unlessJournalFails(() => journal.addResult(run.id, event.result));
    options.onChange?.(job, event);
  };
  const owed = owedWrites();
  let touched = 0;
  const beat = (): void =>
    unlessJournalFails(() => {
      owed.settle();
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
  const failures: Fault[] = [];
  const lenient = lenientJournal(journal, owed);
  const { journalSeconds = run.trigger === 'schedule' ? Number.POSITIVE_INFINITY : BY_HAND } = options;
  const insist = patiently({
    signal,
    seconds: journalSeconds,
    onWait: ({ message }) => emit({ type: 'note', message: `waiting for the journal: ${message}` }),
  });
  let report: RunReport;
  try {
    report = await drive(run.request, {
      fleet: { ...fleet, journal: lenient },
      runId: run.id,
      trigger: run.trigger,
      patient: options.patient ?? false,
      signal,
      emit,
      patiently: insist,
      part: (part) => carryOutPart(fleet, run, part, { signal, owed, insist, journalSeconds }),
    });
  } catch (error) {
    cancel.abort();
    if (!(error instanceof JournalFailure)) {
      unlessJournalFails(() => journal.finishRun(run.id, 'failed', { kind: 'fault', fault: bug(error) }));
      throw error;
    }
    failures.push(error.fault);
    report = reportSoFar(run.request, job, error.fault);
  } finally {
    clearInterval(timer);
  }
  unlessJournalFails(() => journal.writeProgress(run.id, job));
  const lost = await writeEnd(insist, owed, () => journal.finishRun(run.id, outcomeOf(report), report));
  if (lost) failures.push(lost);
  const [first] = failures;
  if (first) throw new UnwrittenRun(first, report);
  return report;
}

/** First what it did: a run that is over, and whose replica nobody knows of, is not to be seen. Null: it is written. */
async function writeEnd(insist: Patiently, owed: OwedWrites, finish: () => unknown): Promise<Fault | null> {
  try {
    await insist(() => owed.settle());
  } catch (error) {
    // With its whole ends what is owed for locks and parts; the rest was waited for in vain.
    if (!(error instanceof JournalFailure)) throw error;
  }
  try {
    await insist(finish);
    return null;
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
    return error.fault;
  }
}

/** What a part has of the run it belongs to. */
interface Whole {
  readonly signal: AbortSignal;
  readonly owed: OwedWrites;
  readonly insist: Patiently;
  readonly journalSeconds: number;
}

/** The same way for a part as for any run; it ends with the run it belongs to. */
async function carryOutPart(
  fleet: Fleet,
  { id, trigger }: Run,
  { request, item, patient = false, look, onEvent }: Part,
  { signal, owed, insist, journalSeconds }: Whole,
): Promise<PartEnd> {
  const { journal, holder } = fleet;
  const origin = { item, dueAt: null, parent: id };
  const run = await insist(() => {
    // A part before it that seems to be at work would have this one, a clean-up, keep what it has pinned.
    owed.settle();
    return journal.createRun({ request, trigger, state: 'running', holder, origin });
  });
  const onChange = (_: Job, event: JobEvent): void => onEvent?.(event);
  const end = await executeToEnd(look ? { ...fleet, look } : fleet, run, {
    signal,
    patient,
    onChange,
    journalSeconds,
  });
  if (end.unwritten) owed.write(() => journal.finishRun(run.id, outcomeOf(end.report), end.report));
  return end;
}

/** As `executeRun`; what the journal did not take is told and not thrown. */
export async function executeToEnd(fleet: Fleet, run: Run, options: ExecuteOptions): Promise<PartEnd> {
  try {
    return { report: await executeRun(fleet, run, options), unwritten: null };
  } catch (error) {
    if (!(error instanceof UnwrittenRun)) throw error;
    return { report: error.report, unwritten: error.fault };
  }
}

const DRIVERS: { readonly [K in RunKind]: Driver<K> } = {
  snapshot: snapshotAndSync,
  delete: deleteSnapshots,
  cleanup: cleanUp,
  replication: replicate,
  task: runTask,
  restore,
  verify,
  seed,
  extract,
};

const drive = <K extends RunKind>(request: RequestOf<K>, context: DriverContext): Promise<RunReport> =>
  DRIVERS[request.kind](request, context);

/** What was told before the journal failed; a target that had told of nothing was not sent to, or only in part. */
function reportSoFar(request: RunRequest, job: Job, why: Fault): RunReport {
  const told = job.targets.map(({ results }) => results);
  if (request.kind !== 'replication' || told.every((results) => results.length === 0)) {
    return { kind: 'fault', fault: why };
  }
  const results = request.targets.flatMap((target, index) => {
    const known = told[index] ?? [];
    if (known.length > 0) return known;
    return [unsentResult(target, { ...askedOf(request.wanted), status: 'failed', fault: why })];
  });
  return { kind: 'replication', subvolume: request.subvolume, results };
}

const bug = (error: unknown): Fault =>
  fault(
    'command-failed',
    `btrfleet itself failed: ${error instanceof Error ? error.message : String(error)}`,
    'This is a bug; please report it with what you did.',
  );
