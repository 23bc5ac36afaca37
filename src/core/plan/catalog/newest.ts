/** Decides which moment is the newest that can be, as names come from clocks. */

/**
 * A name may be so many milliseconds ahead: servers' clocks differ. Further ahead it tells no age, as the clock was
 * wrong when it was made or is now; counted, it would keep every RPO until then.
 */
const CLOCK_SKEW = 300_000;

const latestNow = (now: number): string => new Date(now + CLOCK_SKEW).toISOString();

/** Those that are dated in the future, earliest first. */
export function datedAhead(moments: readonly string[], now: number): string[] {
  const latest = latestNow(now);
  return moments.filter((name) => name > latest).toSorted();
}

/** The newest of them that is not dated in the future; null: there is none. */
export function newestOf(moments: Iterable<string>, now: number): string | null {
  const latest = latestNow(now);
  let newest: string | null = null;
  for (const name of moments) if (name <= latest && (newest === null || name > newest)) newest = name;
  return newest;
}
