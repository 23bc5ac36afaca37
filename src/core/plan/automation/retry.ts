/** Decides when an item of automation is tried again before its next due time. */
import type { Item, ItemMemory } from '../../model/automation/automation.ts';

/** What was not compared is so at its next time: another try would take as much again of the same servers. */
function retriesOf(item: Item): number {
  if (item.kind === 'verify') return 0;
  return item.kind === 'task' ? item.task.retries : RETRIES;
}

const FIRST_RETRY = 30_000;
const LAST_RETRY = 15 * 60_000;
/** Of snapshots and clean-ups; a task has a number of its own. */
const RETRIES = 5;
/** Tries in a row that may be interrupted before it is waited for between them: the run itself may be what kills. */
const INTERRUPTED_AT_ONCE = 5;

/** Milliseconds between a failed attempt and the next: 30 s, 1 m, 2 m, … at most 15 m. */
export const backoff = (attempt: number): number =>
  Math.min(FIRST_RETRY * 2 ** Math.min(attempt - 1, 10), LAST_RETRY);

/** When the last run is tried again; null: it is not, before the next due time. */
export function retryTime(item: Item, { attempt, run }: ItemMemory, now: number): number | null {
  if (run === null) return null;
  const ended = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  // It ended in the future: the clock was set back since, and how long ago that was is not known.
  const after = (pause: number): number => (ended > now ? now : ended + pause);
  if (run.outcome === 'interrupted' || (run.outcome === 'cancelled' && !run.cancelRequested)) {
    return after(attempt < INTERRUPTED_AT_ONCE ? 0 : backoff(attempt - INTERRUPTED_AT_ONCE + 1));
  }
  const retries = retriesOf(item);
  // Nothing is begun before the file can be read again, and who mends it has not missed the due time by that.
  const mayHelp = run.retry || run.fault?.code === 'config-invalid';
  return run.outcome === 'failed' && mayHelp && attempt <= retries ? after(backoff(attempt)) : null;
}
