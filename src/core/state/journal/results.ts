/** Decides how per-server outcomes are kept: one row for each snapshot and target of a run. */
import { isoTime } from '../../model/clock.ts';
import { TARGET_STATUSES, type TargetResult } from '../../model/runs/target-result.ts';
import { readFault } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';
import { textOrNull } from './run-rows.ts';

export interface ResultJournal {
  /** Keeps a result while its run is still running, so that a crash cannot lose it. */
  addResult(runId: number, result: TargetResult): void;
  /** In the order they came. */
  resultsOf(runId: number): TargetResult[];
  /** Bytes a second of the last large sends to a place that went well; null: there was none. */
  sendRate(target: { readonly server: string; readonly mount: string }): number | null;
  /** Names of bases from which the last two sends of a subvolume to a filesystem failed, and none went well since. */
  failingBases(subvolume: string, target: { readonly server: string; readonly mount: string }): Set<string>;
}

export const resultJournal = (database: JournalDatabase): ResultJournal => ({
  addResult: (runId, result) =>
    database.write(() => {
      insertResult(database, runId, result);
    }),
  failingBases: (subvolume, { server, mount }) => failingBases(database, subvolume, server, mount),
  sendRate: ({ server, mount }) => {
    const [row] = database.rows(
      `SELECT sum(sent_bytes) AS bytes, sum(elapsed_seconds) AS seconds FROM (
         SELECT sent_bytes, elapsed_seconds FROM results
         WHERE server = ? AND mount = ? AND status = 'ok' AND sent_bytes >= ${LARGE} AND elapsed_seconds > 0
         ORDER BY id DESC LIMIT ${RATED})`,
      ...[server, mount],
    );
    return row?.['seconds'] ? Number(row['bytes']) / Number(row['seconds']) : null;
  },
  resultsOf: (runId) =>
    database.rows('SELECT * FROM results WHERE run_id = ? ORDER BY id', runId).map(toResult),
});

/** Bytes: what is smaller tells of logins more than of the link. */
const LARGE = 64_000_000;
/** Sends of which the mean is taken. */
const RATED = 5;

/** So many results are looked back; a base from which nothing was sent among them is as good as any. */
const LOOKED_BACK = 100;

/** What a base can be to blame for. A line that broke or a full disk says nothing of it. */
const OF_BASE: ReadonlySet<string> = new Set([
  'no-base',
  'not-mounted',
  'receive-failed',
  'send-failed',
  'verify-failed',
]);

/** Failing so often in a row in the same way, it is not tried again. */
const ENOUGH = 2;

function failingBases(
  database: JournalDatabase,
  subvolume: string,
  server: string,
  mount: string,
): Set<string> {
  const rows = database.rows(
    `SELECT results.base, results.status, results.fault FROM results
     JOIN run_subjects ON run_subjects.run_id = results.run_id AND run_subjects.kind = 'subvolume' AND name = ?
     -- A seed comes from a disk, and what that does says nothing of the base.
     JOIN runs ON runs.id = results.run_id AND json_extract(runs.request, '$.seed') IS NULL
     -- What was never begun, since a step before it failed, took no time.
     WHERE server = ? AND mount = ? AND base IS NOT NULL AND elapsed_seconds > 0
     ORDER BY results.id DESC LIMIT ${LOOKED_BACK}`,
    ...[subvolume, server, mount],
  );
  const failures = new Map<string, number>();
  const settled = new Set<string>();
  for (const row of rows) {
    const base = String(row['base']);
    if (settled.has(base)) continue;
    const code = readFault(row['fault'] ?? null)?.code;
    if (row['status'] === 'ok') settled.add(base);
    else if (code !== undefined && OF_BASE.has(code)) failures.set(base, (failures.get(base) ?? 0) + 1);
  }
  return new Set([...failures].flatMap(([base, count]) => (count >= ENOUGH ? [base] : [])));
}

/** Replaces what was kept while the run ran by what its report says. Inside a transaction of the caller. */
export function replaceResults(
  database: JournalDatabase,
  runId: number,
  results: readonly TargetResult[],
): void {
  const kept = new Map(
    database
      .rows('SELECT * FROM results WHERE run_id = ?', runId)
      .map((row) => [identity(toResult(row)), Date.parse(String(row['finished_at']))]),
  );
  database.run('DELETE FROM results WHERE run_id = ?', runId);
  for (const result of results) insertResult(database, runId, result, kept.get(identity(result)));
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
