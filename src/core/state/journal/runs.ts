/**
 * Decides how runs go through the journal: queued, claimed by one process only, followed, cancelled, finished, and
 * marked when their process died. It carries nothing out.
 */

import { taskKeys } from '../../model/automation/automation.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, type Result } from '../../model/result.ts';
import type { Job } from '../../model/runs/job.ts';
import {
  aboutOf,
  NO_ORIGIN,
  type Run,
  type RunOrigin,
  type RunReport,
  type RunRequest,
  type RunState,
  sentBy,
  type Trigger,
} from '../../model/runs/run.ts';
import type { RunFilter } from '../../model/runs/run-filter.ts';
import type { RunOutcome } from '../../model/runs/spec.ts';
import type { Holder, IsAlive } from '../home/holder.ts';
import { readHolder, writeHolder } from './codec.ts';
import type { JournalDatabase } from './database.ts';
import { endClaims, MOVES } from './pins.ts';
import { pruneRuns } from './prune.ts';
import { replaceResults } from './results.ts';
import { KNOWN_KINDS, listRuns, noSuchRun, oneRun, toRun, UNFINISHED, unreadableRuns } from './run-rows.ts';
import { addAskedSubjects, addReportedSubjects } from './run-subjects.ts';
import { addTotals } from './totals.ts';

export interface NewRun {
  readonly request: RunRequest;
  readonly trigger: Trigger;
  readonly state: Exclude<RunState, 'finished'>;
  /** Default: it stands alone, and belongs to no item but, when it is a round, to its task. */
  readonly origin?: RunOrigin;
  /** Who asks; it becomes the run's holder when it runs at once. */
  readonly holder: Holder;
}

export interface RunJournal {
  createRun(wanted: NewRun): Run;
  /** The oldest queued run, now running and held by `holder`; null: nothing to do. No two callers get the same. */
  claimRun(holder: Holder): Run | null;
  /** Kept at most as long as the run is running; late progress is dropped. */
  writeProgress(id: number, job: Job): void;
  /**
   * The first outcome stands, except that a run taken for interrupted may still say how it ended. Whoever says it is
   * done with it: its locks are free, and parts of it that still run in the journal are set to interrupted.
   * Faults: `no-such-run`, `refused` (finished already).
   */
  finishRun(id: number, outcome: RunOutcome, report: RunReport): Result<Run>;
  /** Queued: finished as cancelled at once. Running: its process is asked. Faults: `no-such-run`, `refused` (finished). */
  requestCancel(id: number): Result<Run>;
  isCancelRequested(id: number): boolean;
  /** Faults: `no-such-run`, `refused` (written by another version). */
  getRun(id: number): Result<Run>;
  /** Newest first; without those of other versions, which `unreadableRuns` counts. */
  listRuns(filter: RunFilter): Run[];
  unreadableRuns(): number;
  /** Marks the running runs of dead processes as interrupted and returns them. */
  interruptDeadRuns(isAlive: IsAlive): Run[];
  /** Says that a holder lives: at least once a minute while it holds anything. */
  touchHolder(holder: Holder): void;
  /**
   * Deletes runs finished before that time (ISO 8601 UTC), never queued or running ones, nor the last one of an item
   * of automation, nor a part before its whole; returns how many.
   */
  prune(limit: { readonly before: string }): number;
}

export const runJournal = (database: JournalDatabase): RunJournal => ({
  createRun: (wanted) => createRun(database, wanted),
  claimRun: (holder) => claimRun(database, holder),
  writeProgress: (id, job) => {
    database.run(
      `UPDATE runs SET job = ?, seen_at = ? WHERE id = ? AND state = 'running'`,
      JSON.stringify(job),
      isoTime(database.clock.now()),
      id,
    );
  },
  finishRun: (id, outcome, report) => database.writeDurably(() => finishRun(database, id, outcome, report)),
  requestCancel: (id) => database.writeDurably(() => requestCancel(database, id)),
  isCancelRequested: (id) =>
    database.row('SELECT cancel_requested c FROM runs WHERE id = ?', id)?.['c'] === 1,
  getRun: (id) => oneRun(database, id),
  listRuns: (filter) => listRuns(database, filter),
  unreadableRuns: () => unreadableRuns(database),
  interruptDeadRuns: (isAlive) => interruptDeadRuns(database, isAlive),
  touchHolder: (holder) => touchHolder(database, holder),
  prune: ({ before }) => pruneRuns(database, before),
});

const createRun = (database: JournalDatabase, wanted: NewRun): Run =>
  database.writeDurably(() => insertRun(database, wanted));

/** Inside a transaction of the caller. */
export function insertRun(database: JournalDatabase, wanted: NewRun): Run {
  const { request, trigger, state, holder, origin = originOf(wanted.request) } = wanted;
  const now = isoTime(database.clock.now());
  const running = state === 'running';
  const row = database.row(
    `INSERT INTO runs (kind, asked_by, request, state, created_at, started_at, holder, seen_at, item, due_at, parent, began)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${running ? MOVES : 'NULL'}) RETURNING *`,
    request.kind,
    trigger,
    JSON.stringify(request),
    state,
    now,
    running ? now : null,
    running ? writeHolder(holder) : null,
    running ? now : null,
    origin.item,
    origin.dueAt,
    origin.parent,
  );
  const run = row === null ? null : toRun(row);
  if (run === null) throw new Error('a run that was just written cannot be read back');
  addAskedSubjects(database, run.id, request);
  return run;
}

function originOf(request: RunRequest): RunOrigin {
  const { task } = aboutOf(request);
  return task === null ? NO_ORIGIN : { ...NO_ORIGIN, item: taskKeys(task)[0] };
}

function claimRun(database: JournalDatabase, holder: Holder): Run | null {
  // Asked twice a second by an idle engine: reading does not keep writers waiting.
  const queued = `SELECT min(id) FROM runs WHERE ${UNFINISHED} AND state = 'queued' AND kind IN (${KNOWN_KINDS})`;
  if (database.row(`SELECT (${queued}) AS id`)?.['id'] === null) return null;
  const now = isoTime(database.clock.now());
  const row = database.writeDurably(() =>
    database.row(
      `UPDATE runs SET state = 'running', started_at = ?, holder = ?, seen_at = ?, began = ${MOVES}
       WHERE id = (${queued}) RETURNING *`,
      now,
      writeHolder(holder),
      now,
    ),
  );
  if (row === null) return null;
  const run = toRun(row);
  if (run !== null) return run;
  // Its kind is known and its request is not: nobody here can run it, and it must not block those behind it.
  const id = Number(row['id']);
  database.writeDurably(() =>
    finish(database, id, 'failed', { kind: 'fault', fault: unreadableRequest(id) }),
  );
  return claimRun(database, holder);
}

function finishRun(
  database: JournalDatabase,
  id: number,
  outcome: RunOutcome,
  report: RunReport,
): Result<Run> {
  const row = database.row('SELECT state, outcome FROM runs WHERE id = ?', id);
  if (row === null) return failed(noSuchRun(id));
  if (row['state'] === 'finished' && row['outcome'] !== 'interrupted') return failed(finishedAlready(id));
  finish(database, id, outcome, report);
  endRest(database, id);
  return oneRun(database, id);
}

/** A part is over with its whole, also where the journal did not take its end, and so is every lock it was given. */
function endRest(database: JournalDatabase, id: number): void {
  database.run('DELETE FROM locks WHERE run_id = ?', id);
  for (const row of database.rows(`SELECT id FROM runs WHERE parent = ? AND ${UNFINISHED}`, id)) {
    const part = Number(row['id']);
    finish(database, part, 'interrupted', { kind: 'fault', fault: unknownEnd(part) });
    endRest(database, part);
  }
}

function finish(database: JournalDatabase, id: number, outcome: RunOutcome, report: RunReport): void {
  countOnce(database, id, outcome, report);
  database.run(
    `UPDATE runs SET state = 'finished', outcome = ?, finished_at = ?, report = ?, holder = NULL WHERE id = ?`,
    outcome,
    isoTime(database.clock.now()),
    JSON.stringify(report),
    id,
  );
  endClaims(database, id);
  const sent = sentBy(report);
  if (sent) replaceResults(database, id, sent);
  addReportedSubjects(database, id, report);
}

/** A run that was taken for interrupted and ends after all is not counted again. */
function countOnce(database: JournalDatabase, id: number, outcome: RunOutcome, report: RunReport): void {
  const row = database.row(`SELECT kind, started_at FROM runs WHERE id = ? AND ${UNFINISHED}`, id);
  if (row === null) return;
  const startedAt = Date.parse(String(row['started_at']));
  const seconds = Math.max(0, (database.clock.now() - startedAt) / 1000);
  const run = { kind: String(row['kind']), seconds: Number.isNaN(seconds) ? 0 : seconds };
  addTotals(database, run, outcome, report);
}

function requestCancel(database: JournalDatabase, id: number): Result<Run> {
  const state = database.row('SELECT state FROM runs WHERE id = ?', id)?.['state'] ?? null;
  if (state === null) return failed(noSuchRun(id));
  if (state === 'finished') return failed(finishedAlready(id));
  database.run('UPDATE runs SET cancel_requested = 1 WHERE id = ?', id);
  if (state === 'queued') finish(database, id, 'cancelled', { kind: 'fault', fault: cancelledBefore(id) });
  return oneRun(database, id);
}

function interruptDeadRuns(database: JournalDatabase, isAlive: IsAlive): Run[] {
  // Asked often, and seldom true: reading needs no lock and no room.
  if (deadRuns(database, isAlive).length === 0) return [];
  return database.writeDurably(() =>
    deadRuns(database, isAlive).flatMap((id) => {
      finish(database, id, 'interrupted', { kind: 'fault', fault: interrupted(id) });
      const run = oneRun(database, id);
      return run.ok ? [run.value] : [];
    }),
  );
}

function deadRuns(database: JournalDatabase, isAlive: IsAlive): number[] {
  const running = database.rows(
    `SELECT id, holder, seen_at FROM runs WHERE ${UNFINISHED} AND state = 'running' ORDER BY id`,
  );
  const dead = running.filter((row) => {
    const holder = readHolder(row['holder']);
    // A holder that cannot be read was written by another version: it may well live.
    return holder !== null && !isAlive(holder, String(row['seen_at']));
  });
  return dead.map((row) => Number(row['id']));
}

function touchHolder(database: JournalDatabase, holder: Holder): void {
  const now = isoTime(database.clock.now());
  const who = writeHolder(holder);
  database.write(() => {
    database.run(
      `UPDATE runs SET seen_at = ? WHERE ${UNFINISHED} AND state = 'running' AND holder = ?`,
      now,
      who,
    );
    database.run('UPDATE locks SET seen_at = ? WHERE holder = ?', now, who);
    database.run('UPDATE engine SET seen_at = ? WHERE holder = ?', now, who);
  });
}

const finishedAlready = (id: number): Fault =>
  fault('refused', `Run ${id} is finished already.`, `See how it ended: btrfleet run show ${id}`);

const cancelledBefore = (id: number): Fault =>
  fault('cancelled', `Run ${id} was cancelled before it began.`, 'Nothing was changed.');

const unreadableRequest = (id: number): Fault =>
  fault(
    'refused',
    `Run ${id} was asked for by another version of btrfleet, and this one does not understand it.`,
    'Use one version of btrfleet on this state directory, then ask again.',
  );

const unknownEnd = (id: number): Fault =>
  fault(
    'interrupted',
    `How run ${id} ended could not be written while the run it is a part of was at work.`,
    'Look at what is there, or run it again.',
  );

const interrupted = (id: number): Fault =>
  fault(
    'interrupted',
    `The process that carried out run ${id} ended before it was done.`,
    'Run it again. A replica that was left half received is removed by the next replication to that target.',
  );
