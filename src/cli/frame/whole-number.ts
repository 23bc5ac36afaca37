/** Reads a number as people write it in an option: decimal digits and nothing else, so neither `0x16`, `1.5` nor ''. */

/** Null when it is none, or not between `least` and `most`, both included. */
export function wholeNumber(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | null {
  if (!/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}
