/**
 * Decides what is counted for ever: how many runs of each kind ended how, and what was sent to whom. Runs are forgotten
 * after a time, and a counter must not fall because of it.
 */
import { type RunReport, sentBy } from '../../model/runs/run.ts';
import type { RunOutcome } from '../../model/runs/spec.ts';
import type { JournalDatabase } from './database.ts';

export interface RunTotal {
  readonly kind: string;
  readonly outcome: string;
  readonly runs: number;
  readonly seconds: number;
}

export interface SentTotal {
  readonly server: string;
  readonly bytes: number;
  readonly seconds: number;
  /** Replicas that arrived and were verified. */
  readonly replicas: number;
  readonly failures: number;
}

export interface LastSuccess {
  readonly item: string;
  /** ISO 8601 UTC. */
  readonly finishedAt: string;
}

export interface TotalsJournal {
  runTotals(): RunTotal[];
  sentTotals(): SentTotal[];
  /** Of each item of automation that ever succeeded, as far back as runs are kept. */
  lastSuccesses(): LastSuccess[];
}

export const totalsJournal = (database: JournalDatabase): TotalsJournal => ({
  runTotals: () =>
    database.rows('SELECT * FROM run_totals ORDER BY kind, outcome').map((row) => ({
      kind: String(row['kind']),
      outcome: String(row['outcome']),
      runs: Number(row['runs']),
      seconds: Number(row['seconds']),
    })),
  sentTotals: () =>
    database.rows('SELECT * FROM sent_totals ORDER BY server').map((row) => ({
      server: String(row['server']),
      bytes: Number(row['bytes']),
      seconds: Number(row['seconds']),
      replicas: Number(row['replicas']),
      failures: Number(row['failures']),
    })),
  lastSuccesses: () =>
    database
      .rows(
        `SELECT item, finished_at FROM (
           SELECT items.item, (
             SELECT finished_at FROM runs
             WHERE runs.item = items.item AND parent IS NULL AND outcome = 'ok' AND ${CAME_THROUGH}
             ORDER BY id DESC LIMIT 1
           ) finished_at FROM (SELECT DISTINCT item FROM runs WHERE item IS NOT NULL) items
         ) WHERE finished_at IS NOT NULL ORDER BY item`,
      )
      .map((row) => ({ item: String(row['item']), finishedAt: String(row['finished_at']) })),
});

/** A round that found no disk there is no failure, and brought nothing to anybody. */
const CAME_THROUGH = `(kind <> 'task' OR CASE WHEN json_valid(report) THEN EXISTS (
  SELECT 1 FROM json_each(report, '$.targets') WHERE value ->> 'status' = 'ok'
) ELSE 0 END)`;

/** Counts a run that has just ended for the first time. Inside a transaction of the caller. */
export function addTotals(
  database: JournalDatabase,
  run: { readonly kind: string; readonly seconds: number },
  outcome: RunOutcome,
  report: RunReport,
): void {
  database.run(
    `INSERT INTO run_totals (kind, outcome, runs, seconds) VALUES (?, ?, 1, ?)
     ON CONFLICT (kind, outcome) DO UPDATE SET runs = runs + 1, seconds = seconds + excluded.seconds`,
    run.kind,
    outcome,
    run.seconds,
  );
  for (const { server, status, sentBytes, elapsedSeconds } of sentBy(report) ?? []) {
    const [replicas, failures] = [status === 'ok' ? 1 : 0, status === 'failed' ? 1 : 0];
    if (sentBytes === 0 && replicas + failures === 0) continue;
    database.run(
      `INSERT INTO sent_totals (server, bytes, seconds, replicas, failures) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (server) DO UPDATE SET bytes = bytes + excluded.bytes, seconds = seconds + excluded.seconds,
         replicas = replicas + excluded.replicas, failures = failures + excluded.failures`,
      server,
      sentBytes,
      elapsedSeconds,
      replicas,
      failures,
    );
  }
}
