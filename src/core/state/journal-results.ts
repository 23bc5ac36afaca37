/** Decides how per-server outcomes are kept: one row for each snapshot and target of a run. */
import { isoTime } from '../model/clock.ts';
import { TARGET_STATUSES, type TargetResult } from '../model/replication.ts';
import { readFault } from './journal-codec.ts';
import type { JournalDatabase, Row } from './journal-database.ts';
import { textOrNull } from './journal-run-rows.ts';

export interface ResultJournal {
  /** Keeps a result while its run is still running, so that a crash cannot lose it. */
  addResult(runId: number, result: TargetResult): void;
  /** In the order they came. */
  resultsOf(runId: number): TargetResult[];
}

export const resultJournal = (database: JournalDatabase): ResultJournal => ({
  addResult: (runId, result) =>
    database.write(() => {
      insertResult(database, runId, result);
    }),
  resultsOf: (runId) =>
    database.rows('SELECT * FROM results WHERE run_id = ? ORDER BY id', runId).map(toResult),
});

/** Replaces what was kept while the run ran by what its report says. Inside a transaction of the caller. */
export function replaceResults(
  database: JournalDatabase,
  runId: number,
  results: readonly TargetResult[],
): void {
  const kept = new Map(
    database
      .rows('SELECT * FROM results WHERE run_id = ?', runId)
      .map((row) => [identity(toResult(row)), row['finished_at']] as const),
  );
  database.run('DELETE FROM results WHERE run_id = ?', runId);
  for (const result of results) {
    const finishedAt = kept.get(identity(result));
    insertResult(
      database,
      runId,
      result,
      typeof finishedAt === 'string' ? Date.parse(finishedAt) : undefined,
    );
  }
}

const identity = ({ server, mount, snapshot }: TargetResult): string =>
  JSON.stringify([server, mount, snapshot]);

function insertResult(
  database: JournalDatabase,
  runId: number,
  result: TargetResult,
  finishedAt = database.clock.now(),
): void {
  database.run(
    `INSERT INTO results (run_id, server, mount, status, mode, snapshot, base, path, sent_bytes, estimated_bytes,
       elapsed_seconds, verified, fault, started_at, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId,
    result.server,
    result.mount,
    result.status,
    result.mode,
    result.snapshot,
    result.base,
    result.path,
    result.sentBytes,
    result.estimatedBytes,
    result.elapsedSeconds,
    result.verified ? 1 : 0,
    result.fault === null ? null : JSON.stringify(result.fault),
    isoTime(finishedAt - result.elapsedSeconds * 1000),
    isoTime(finishedAt),
  );
  database.run(
    `INSERT OR IGNORE INTO run_subjects (run_id, kind, name) VALUES (?, 'server', ?)`,
    runId,
    result.server,
  );
}

const toResult = (row: Row): TargetResult => ({
  server: String(row['server']),
  mount: textOrNull(row['mount']),
  // A status of another version is nothing to be relied on.
  status: TARGET_STATUSES.find((status) => status === row['status']) ?? 'failed',
  mode: row['mode'] === 'incremental' ? 'incremental' : 'full',
  snapshot: textOrNull(row['snapshot']),
  base: textOrNull(row['base']),
  path: row['path'] === 'direct' ? 'direct' : 'relay',
  sentBytes: Number(row['sent_bytes']),
  estimatedBytes: row['estimated_bytes'] === null ? null : Number(row['estimated_bytes']),
  elapsedSeconds: Number(row['elapsed_seconds']),
  verified: row['verified'] === 1,
  fault: readFault(row['fault']),
});
