/** Decides how rows become runs and how runs are found. It only reads. */
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { RUN_KINDS, type Run, type RunKind, type RunOutcome, type RunState } from '../model/run.ts';
import { readJob, readReport, readRequest } from './journal-codec.ts';
import type { JournalDatabase, Row } from './journal-database.ts';

/** What is left out does not filter. */
export interface RunFilter {
  readonly kind?: RunKind;
  readonly server?: string;
  readonly subvolume?: string;
  /** True: only what failed or was interrupted. */
  readonly failed?: boolean;
  readonly state?: RunState;
  /** Most runs to return. */
  readonly limit: number;
  /** Only runs older than this id: the next page. */
  readonly before?: number;
}

/** For `kind IN (…)`: other versions may know more kinds. */
export const KNOWN_KINDS = RUN_KINDS.map((kind) => `'${kind}'`).join(', ');

/** In front of any look for queued or running ones: only with these very words does SQLite take the index of them. */
export const UNFINISHED = `state <> 'finished'`;

/** Null: written by another version of btrfleet. */
export function toRun(row: Row): Run | null {
  const request = readRequest(row['request']);
  const state = STATES.find((known) => known === row['state']);
  if (request === null || state === undefined) return null;
  return {
    id: Number(row['id']),
    kind: request.kind,
    trigger: row['asked_by'] === 'schedule' ? 'schedule' : 'hand',
    request,
    state,
    outcome: state === 'finished' ? (OUTCOMES.find((known) => known === row['outcome']) ?? 'failed') : null,
    createdAt: String(row['created_at']),
    startedAt: textOrNull(row['started_at']),
    finishedAt: textOrNull(row['finished_at']),
    cancelRequested: row['cancel_requested'] === 1,
    job: readJob(row['job']),
    report: readReport(row['report']),
  };
}

const STATES: readonly RunState[] = ['queued', 'running', 'finished'];

const OUTCOMES: readonly RunOutcome[] = ['ok', 'failed', 'cancelled', 'interrupted'];

export function oneRun(database: JournalDatabase, id: number): Result<Run> {
  const row = database.row('SELECT * FROM runs WHERE id = ?', id);
  if (row === null) return failed(noSuchRun(id));
  const run = toRun(row);
  return run === null ? failed(unreadable(id)) : ok(run);
}

export function listRuns(database: JournalDatabase, filter: RunFilter): Run[] {
  const conditions = conditionsOf(filter);
  const where = [`kind IN (${KNOWN_KINDS})`, ...conditions.map(([sql]) => sql)].join(' AND ');
  const values = conditions.flatMap(([, value]) => (value === null ? [] : [value]));
  return database
    .rows(`SELECT * FROM runs WHERE ${where} ORDER BY id DESC LIMIT ?`, ...values, filter.limit)
    .flatMap((row) => toRun(row) ?? []);
}

export const unreadableRuns = (database: JournalDatabase): number =>
  Number(database.row(`SELECT count(*) n FROM runs WHERE kind NOT IN (${KNOWN_KINDS})`)?.['n'] ?? 0);

type Condition = readonly [sql: string, value: string | number | null];

function conditionsOf({
  kind,
  server,
  subvolume,
  failed: onlyFailed,
  state,
  before,
}: RunFilter): Condition[] {
  const conditions: Condition[] = [];
  if (kind !== undefined) conditions.push(['kind = ?', kind]);
  if (server !== undefined) conditions.push([about('server'), server]);
  if (subvolume !== undefined) conditions.push([about('subvolume'), subvolume]);
  if (onlyFailed === true) conditions.push([`outcome IN ('failed', 'interrupted')`, null]);
  if (state !== undefined) conditions.push(['state = ?', state]);
  if (state === 'queued' || state === 'running') conditions.push([UNFINISHED, null]);
  if (before !== undefined) conditions.push(['id < ?', before]);
  return conditions;
}

const about = (kind: 'server' | 'subvolume'): string =>
  `id IN (SELECT run_id FROM run_subjects WHERE kind = '${kind}' AND name = ?)`;

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const noSuchRun = (id: number): Fault =>
  fault('no-such-run', `There is no run ${id}.`, 'List what there is: btrfleet run list');

const unreadable = (id: number): Fault =>
  fault(
    'refused',
    `Run ${id} was written by another version of btrfleet and cannot be read by this one.`,
    'Show it with the newer version.',
  );
