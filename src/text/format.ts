/** Decides how values read for people: sizes, durations, ages, rates. Machines get numbers, never these. */
import { harmless, harmlessLines } from '../core/model/harmless.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes with binary units and three figures: `512 B`, `1.50 MiB`, `24.3 GiB`; `-` where it is not known. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '-';
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 ? 0 : digitsFor(value))} ${UNITS[unit]}`;
}

const digitsFor = (value: number): number => {
  if (value >= 100) return 0;
  return value >= 10 ? 1 : 2;
};

/** Seconds as people say them: `0.41 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, 'min', 's');
  if (whole < 86_400) return pair(Math.floor(whole / 60), 60, 'h', 'min');
  return pair(Math.floor(whole / 3600), 24, 'd', 'h');
}

const pair = (value: number, step: number, large: string, small: string): string => {
  const rest = value % step;
  return `${Math.floor(value / step)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
};

/** How long ago; a time ahead of the clock is said, not hidden. */
export function formatAge(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < -1) return `in ${formatSeconds(-seconds)}`;
  return formatSeconds(Math.max(0, Math.floor(seconds)));
}

/** Control characters, line ends and marks that turn text round, shown as escapes: a name must not draw on a terminal. */
export const formatName = harmless;

/** As formatName for each of its lines: foreign words in a text of ours must not draw on a terminal either. */
export const formatText = harmlessLines;

const RATE = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?(?:\/s)?$/i;

/** `10M`, `512K`, `1.5G` or plain bytes, each a second, in powers of 1024; null when it is none of these. */
export function parseBytes(text: string): number | null {
  const found = RATE.exec(text.trim());
  if (!found) return null;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((found[2] ?? '').toUpperCase());
  const bytes = Math.round(Number(found[1]) * 1024 ** power);
  return bytes > 0 ? bytes : null;
}
