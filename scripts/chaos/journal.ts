// Reads a manager's journal as another process: with SQLite alone, past everything that btrfleet makes of it.
import { DatabaseSync } from 'node:sqlite';
import type { RunReport, RunRequest } from '../../src/core/model/runs/run.ts';

export interface RunRow {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly request: RunRequest;
  readonly report: RunReport | null;
}

/** One row of `results`, with what its run was asked for. */
export interface ResultRow {
  readonly id: number;
  readonly run: number;
  readonly subvolume: string;
  /** Directory below `.snapshots` that was asked for; null: the usual one. */
  readonly into: string | null;
  readonly server: string;
  readonly mount: string | null;
  readonly status: string;
  readonly mode: string;
  readonly snapshot: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface Journal {
  readonly runs: readonly RunRow[];
  readonly results: readonly ResultRow[];
  /** Keys of the locks that are noted as held. */
  readonly locks: readonly string[];
}

const text = (value: unknown): string => String(value);
const maybe = (value: unknown): string | null => (value === null ? null : String(value));

function reading<T>(file: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Throws where it cannot be read now. */
export const readJournal = (file: string): Journal =>
  reading(file, (database) => {
    const runs = database.prepare('SELECT * FROM runs ORDER BY id').all().map(toRun);
    const asked = new Map(runs.map((run) => [run.id, run.request]));
    return {
      runs,
      results: database
        .prepare('SELECT * FROM results ORDER BY id')
        .all()
        .flatMap((row) => toResult(row, asked.get(Number(row['run_id'])))),
      locks: database
        .prepare('SELECT key FROM locks')
        .all()
        .map(({ key }) => text(key)),
    };
  });

const toRun = (row: Record<string, unknown>): RunRow => ({
  id: Number(row['id']),
  kind: text(row['kind']),
  state: text(row['state']),
  outcome: maybe(row['outcome']),
  createdAt: text(row['created_at']),
  finishedAt: maybe(row['finished_at']),
  request: JSON.parse(text(row['request'])) as RunRequest,
  report: row['report'] === null ? null : (JSON.parse(text(row['report'])) as RunReport),
});

function toResult(row: Record<string, unknown>, request: RunRequest | undefined): ResultRow[] {
  if (request?.kind !== 'replication') return [];
  return [
    {
      id: Number(row['id']),
      run: Number(row['run_id']),
      subvolume: request.subvolume,
      into: request.into,
      server: text(row['server']),
      mount: maybe(row['mount']),
      status: text(row['status']),
      mode: text(row['mode']),
      snapshot: maybe(row['snapshot']),
      startedAt: text(row['started_at']),
      finishedAt: text(row['finished_at']),
    },
  ];
}

export interface Unfinished {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly isSending: boolean;
}

/** The runs that are queued or at work. Throws where it cannot be read now. */
export const unfinishedRuns = (file: string): Unfinished[] =>
  reading(file, (database) =>
    database
      .prepare("SELECT id, kind, state, job FROM runs WHERE state <> 'finished' ORDER BY id")
      .all()
      .map(({ id, kind, state, job }) => ({
        id: Number(id),
        kind: text(kind),
        state: text(state),
        isSending: text(job).includes('"phase":"sending"'),
      })),
  );
