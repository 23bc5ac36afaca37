/**
 * Decides what the runs of an item came to: how many failed in a row, whatever due time each was for, and the newest
 * that said something. What is at work now does not hide what came before it.
 */
import type { ItemRecord } from '../../model/automation/automation.ts';
import { faultsOf } from '../../model/runs/run.ts';
import { readReport } from './codec.ts';
import type { JournalDatabase, Row } from './database.ts';
import { textOrNull } from './run-rows.ts';

export interface ItemRecordJournal {
  /** Of every item that was ever begun. */
  itemRecords(): ItemRecord[];
}

export const itemRecordJournal = (database: JournalDatabase): ItemRecordJournal => ({
  itemRecords: () =>
    database.rows('SELECT * FROM items').map((row): ItemRecord => {
      const { failures, endedRun } = standing(database, row);
      const last = endedRun === null ? null : lastOf(database, endedRun);
      return { item: String(row['item']), failures, last };
    }),
});

export interface Standing {
  readonly failures: number;
  /** Null: no run of it has ended as ok or failed since it counts. */
  readonly endedRun: number | null;
}

/** `row`: of the table `items`. */
export function standing(database: JournalDatabase, row: Row): Standing {
  const item = String(row['item']);
  const run = Number(row['run_id']);
  const before = {
    failures: Number(row['failures']),
    endedRun: row['ended_run'] === null ? null : Number(row['ended_run']),
  };
  const now = withRun(before, run, outcomeOf(database, run));
  // Somebody did it by hand since, and it went well.
  const byHand = database.row(
    `SELECT id FROM runs WHERE item = ? AND id > ? AND parent IS NULL AND state = 'finished' AND outcome = 'ok'
     ORDER BY id DESC LIMIT 1`,
    item,
    Math.max(run, now.endedRun ?? 0),
  );
  return byHand === null || run === 0 ? now : { failures: 0, endedRun: Number(byHand['id']) };
}

function withRun(before: Standing, run: number, outcome: string | null): Standing {
  if (outcome === 'ok') return { failures: 0, endedRun: run };
  if (outcome === 'failed' || outcome === 'interrupted') {
    return { failures: before.failures + 1, endedRun: run };
  }
  return before;
}

const outcomeOf = (database: JournalDatabase, run: number): string | null =>
  textOrNull(database.row(`SELECT outcome FROM runs WHERE id = ? AND state = 'finished'`, run)?.['outcome']);

function lastOf(database: JournalDatabase, run: number): ItemRecord['last'] {
  const row = database.row(
    `SELECT outcome, finished_at, CASE WHEN outcome <> 'ok' THEN report END report FROM runs WHERE id = ?`,
    run,
  );
  if (row === null) return null;
  const outcome = OUTCOMES.find((known) => known === row['outcome']) ?? 'failed';
  const fault = faultsOf(readReport(row['report'] ?? null))[0] ?? null;
  return { id: run, outcome, finishedAt: textOrNull(row['finished_at']), fault };
}

const OUTCOMES = ['ok', 'failed', 'interrupted'] as const;
