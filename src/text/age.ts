/** Ages and spans as coarse as they are read, so that they do not change at every look. */
import { formatAge } from './format.ts';

/** An age that does not change at every look: whole minutes, hours, days. */
export function coarseAge(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < -60) return `in ${formatAge(iso, now).replace(/^in /, '')}`;
  return coarseSeconds(seconds);
}

/** As coarse as an age, so that it does not change at every look. */
export const coarseSeconds = (seconds: number): string => (seconds < 60 ? '< 1 min' : inLargest(seconds, 2));

/** `in 3 min`: as coarse as an age, so that it does not change at every look. */
export const untilText = (iso: string, now: number): string =>
  `in ${coarseSeconds((Date.parse(iso) - now) / 1000)}`;

/** Milliseconds in the largest unit, rounded down: `45 s`, `12 min`, `23 h`, `5 d`. */
export const coarse = (milliseconds: number): string =>
  inLargest(Math.max(0, Math.floor(milliseconds / 1000)), 1);

/** In the largest unit that it is two of, rounded down: `45 s`, `119 s`, `90 min`, `47 h`, `5 d`. */
export function span(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Rounded down; in days from `days` of them on. */
function inLargest(seconds: number, days: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < days * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
