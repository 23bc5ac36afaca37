/**
 * Decides which finished runs are forgotten. It never touches what is queued or running, and leaves the last run of
 * every item of automation with all its parts: that is how people see what an item last came to.
 */
import type { JournalDatabase } from './database.ts';

/** Few enough that nobody who wants to write meanwhile has to wait for it: some tens of milliseconds. */
const AT_ONCE = 2000;

/** What is a part of a run goes after it, never before. */
const PRUNE = `
  DELETE FROM runs WHERE id IN (
    SELECT id FROM runs
    WHERE state = 'finished' AND finished_at < ?
      AND NOT EXISTS (SELECT 1 FROM runs whole WHERE whole.id = runs.parent)
      AND id NOT IN (SELECT run_id FROM items)
      -- One that was cut off is brought to its end, however late.
      AND NOT (kind = 'restore' AND outcome <> 'ok')
      AND (
        item IS NULL OR parent IS NOT NULL
        OR EXISTS (
          SELECT 1 FROM runs newer WHERE newer.item = runs.item AND newer.parent IS NULL AND newer.id > runs.id
        )
      )
    LIMIT ${AT_ONCE}
  )`;

/** Of those finished before that time, ISO 8601 UTC; returns how many. */
export function pruneRuns(database: JournalDatabase, before: string): number {
  let all = 0;
  for (;;) {
    const pruned = database.run(PRUNE, before);
    if (pruned === 0) return all;
    all += pruned;
  }
}
