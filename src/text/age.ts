/** Ages and spans as coarse as they are read. What is to be exact is format.ts's. */
import { formatAge } from './format.ts';

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Seconds in the largest unit that it is two of, rounded down: `45 s`, `119 s`, `90 min`, `47 h`, `5 d`. */
export function span(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Math.floor(Math.max(0, seconds) / size)} ${unit}`;
}

/** Null: it is not known. */
export const spanCell = (seconds: number | null, unknown = '-'): string =>
  seconds === null ? unknown : span(seconds);

/** Never finer than a minute, and in few columns, so that what is on the screen does not change at every look. */
export function coarseSeconds(seconds: number): string {
  if (seconds < 60) return '< 1 min';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 2 * 3600 ? '1 h' : span(seconds);
}

/** As coarse, of a moment; a time ahead of the clock is said, not hidden. */
export function coarseAge(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < -60) return `in ${formatAge(iso, now).replace(/^in /, '')}`;
  return coarseSeconds(seconds);
}

/** As coarse: `in 3 min`. */
export const untilText = (iso: string, now: number): string =>
  `in ${coarseSeconds((Date.parse(iso) - now) / 1000)}`;
