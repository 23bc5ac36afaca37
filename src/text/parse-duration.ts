/** Reads a span of time as people write it: seconds, or a whole number with a unit. */

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

const isUnit = (text: string): text is keyof typeof UNITS => text in UNITS;

/** `90`, `45s`, `30m`, `1h`, `2d`, `1w` in seconds; null when it is none of these. */
export function parseDuration(text: string): number | null {
  const [, digits = '', unit = ''] = /^(\d+)\s*([smhdw]?)$/.exec(text.trim().toLowerCase()) ?? [];
  const seconds = Number(digits) * (isUnit(unit) ? UNITS[unit] : 1);
  return digits !== '' && Number.isSafeInteger(seconds) ? seconds : null;
}
