/** Decides how old is too old to be shown as if it were now: it is told by words, never left to be guessed. */
import { REFRESH } from '../store/refresh.ts';
import type { Look } from '../store/state.ts';
import { formatAge } from '../text/format.ts';

export interface Staleness {
  readonly stale: boolean;
  /** `now`, an age, or `STALE` with one; `-` for never. */
  readonly text: string;
}

/** By the time of the inventory: that is what is shown. */
export function staleness(look: Look | undefined, now: number): Staleness {
  const takenAt = look?.inventory?.takenAt;
  if (takenAt === undefined) return { stale: look?.status !== 'unknown', text: '-' };
  const age = now - Date.parse(takenAt);
  if (age < 2 * REFRESH) return { stale: false, text: 'now' };
  return { stale: true, text: coarseAge(takenAt, now) };
}

export const isStale = (look: Look | undefined, now: number): boolean => {
  const takenAt = look?.inventory?.takenAt;
  return takenAt !== undefined && now - Date.parse(takenAt) >= 5 * REFRESH;
};

/** An age that does not change at every look: whole minutes, hours, days. */
export function coarseAge(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < -60) return `in ${formatAge(iso, now).replace(/^in /, '')}`;
  if (seconds < 60) return '< 1 min';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
