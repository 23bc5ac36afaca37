/** Decides how rows become runs and how runs are found. It only reads. */

import { taskKeys } from '../../model/automation/automation.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { RUN_KINDS, RUN_STATES, type Run } from '../../model/runs/run.ts';
import type { RunFilter } from '../../model/runs/run-filter.ts';
import { RUN_OUTCOMES } from '../../model/runs/spec.ts';
import { readJob, readReport, readRequest } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';

/** For `kind IN (…)`: other versions may know more kinds. */
export const KNOWN_KINDS = RUN_KINDS.map((kind) => `'${kind}'`).join(', ');

/** In front of any look for queued or running ones: only with these very words does SQLite take the index of them. */
export const UNFINISHED = `state <> 'finished'`;

/** Null: written by another version of btrfleet. */
export function toRun(row: Row): Run | null {
  const request = readRequest(row['request']);
  if (request === null) return null;
  return {
    id: Number(row['id']),
    origin: {
      item: textOrNull(row['item']),
      dueAt: textOrNull(row['due_at']),
      parent: row['parent'] === null ? null : Number(row['parent']),
    },
    kind: request.kind,
    trigger: row['asked_by'] === 'schedule' ? 'schedule' : 'hand',
    request,
    ...progressOf(row),
    createdAt: String(row['created_at']),
    startedAt: textOrNull(row['started_at']),
    cancelRequested: row['cancel_requested'] === 1,
    job: readJob(row['job']),
    report: readReport(row['report']),
  };
}

/** How far a run is, from its row. An outcome of another version is nothing to be relied on. */
export function progressOf(row: Row): Pick<Run, 'state' | 'outcome' | 'finishedAt'> {
  const state = RUN_STATES.find((known) => known === row['state']) ?? 'finished';
  const outcome = RUN_OUTCOMES.find((known) => known === row['outcome']) ?? 'failed';
  return {
    state,
    outcome: state === 'finished' ? outcome : null,
    finishedAt: textOrNull(row['finished_at']),
  };
}

export function oneRun(database: JournalDatabase, id: number): Result<Run> {
  const row = database.row('SELECT * FROM runs WHERE id = ?', id);
  if (row === null) return failed(noSuchRun(id));
  const run = toRun(row);
  return run === null ? failed(unreadable(id)) : ok(run);
}

export function listRuns(database: JournalDatabase, filter: RunFilter): Run[] {
  if (filter.task === undefined) return listSome(database, filter, null);
  // One after the other, each in the order of the index: of both at once, every run there ever was would be sorted.
  return taskKeys(filter.task)
    .flatMap((item) => listSome(database, filter, item))
    .toSorted((a, b) => b.id - a.id)
    .slice(0, filter.limit);
}

function listSome(database: JournalDatabase, filter: RunFilter, item: string | null): Run[] {
  const conditions = conditionsOf(filter);
  if (item !== null) conditions.push(['item = ?', item]);
  const where = [`kind IN (${KNOWN_KINDS})`, ...conditions.map(([sql]) => sql)].join(' AND ');
  const values = conditions.flatMap(([, value]) => (value === null ? [] : [value]));
  return database
    .rows(`SELECT * FROM runs WHERE ${where} ORDER BY id DESC LIMIT ?`, ...values, filter.limit)
    .flatMap((row) => toRun(row) ?? []);
}

export const unreadableRuns = (database: JournalDatabase): number =>
  Number(database.row(`SELECT count(*) n FROM runs WHERE kind NOT IN (${KNOWN_KINDS})`)?.['n'] ?? 0);

/** Null: it takes no value. */
type Condition = readonly [sql: string, value: string | number | null];

function conditionsOf({ state, failed: onlyFailed, ...by }: RunFilter): Condition[] {
  const conditions: (readonly [string, string | number | null | undefined])[] = [
    ['kind = ?', by.kind],
    [about('server'), by.server],
    [about('subvolume'), by.subvolume],
    ['parent = ?', by.parent],
    [`outcome IN ('failed', 'interrupted')`, onlyFailed === true ? null : undefined],
    ['state = ?', state],
    [UNFINISHED, state === 'queued' || state === 'running' ? null : undefined],
    ['id < ?', by.before],
  ];
  return conditions.flatMap(([sql, value]): Condition[] => (value === undefined ? [] : [[sql, value]]));
}

const about = (kind: 'server' | 'subvolume'): string =>
  `id IN (SELECT run_id FROM run_subjects WHERE kind = '${kind}' AND name = ?)`;

export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const noSuchRun = (id: number): Fault =>
  fault('no-such-run', `There is no run ${id}.`, 'List what there is: btrfleet run list');

const unreadable = (id: number): Fault =>
  fault(
    'refused',
    `Run ${id} was written by another version of btrfleet and cannot be read by this one.`,
    'Show it with the newer version.',
  );
