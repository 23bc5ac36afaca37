/** Decides how old is too old to be shown as if it were now: it is told by words, never left to be guessed. */
import { REFRESH } from '../../store/refresh.ts';
import type { Look } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';

export interface Staleness {
  /** Older than two looks: it is shown dim, with its age. */
  readonly stale: boolean;
  /** `now`, an age, or `STALE` with one when five looks were missed; `-` for never. */
  readonly text: string;
  /** Milliseconds; null: never seen. */
  readonly age: number | null;
}

/** By the time of the inventory: that is what is shown. */
export function staleness(look: Look | undefined, now: number): Staleness {
  const takenAt = look?.inventory?.takenAt;
  if (takenAt === undefined) return { stale: look?.status !== 'unknown', text: '-', age: null };
  const age = now - Date.parse(takenAt);
  if (age < 2 * REFRESH) return { stale: false, text: 'now', age };
  const text = coarseAge(takenAt, now);
  return { stale: true, text: age < 5 * REFRESH ? text : `STALE ${text}`, age };
}

/** What must be known before one trusts what is shown of a server; null: it was seen just now. */
export function lookWarning(server: string, look: Look | undefined, now: number): string | null {
  const takenAt = look?.inventory?.takenAt;
  if (look === undefined || takenAt === undefined) return null;
  const { stale, text } = staleness(look, now);
  const head = text.startsWith('STALE') ? 'STALE: ' : '';
  const seen = `${head}${server} was seen ${stale ? `${coarseAge(takenAt, now)} ago` : 'a moment ago'}, R looks again`;
  if (look.fault) return `${seen}: ${look.fault.message}`;
  return stale ? seen : null;
}
