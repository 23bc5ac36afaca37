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
export function coarseSeconds(seconds: number): string {
  if (seconds < 60) return '< 1 min';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `in 3 min`: as coarse as an age, so that it does not change at every look. */
export const untilText = (iso: string, now: number): string =>
  `in ${coarseSeconds((Date.parse(iso) - now) / 1000)}`;

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Milliseconds in the largest unit, rounded down: `45 s`, `12 min`, `23 h`, `5 d`. */
export function coarse(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}
