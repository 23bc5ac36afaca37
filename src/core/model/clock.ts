/** What core knows of time: it is handed in, so that a test or a simulation can hold it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, wall clock. */
  now(): number;
}

/** ISO 8601 UTC with milliseconds, the one form in which times are stored and shown to machines. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Seconds since then, never negative: clocks differ a little. Null: not known. */
export function ageOf<T extends string | null>(
  iso: T,
  now: number,
): T extends string ? number : number | null;
export function ageOf(iso: string | null, now: number): number | null {
  return iso === null ? null : Math.max(0, (now - Date.parse(iso)) / 1000);
}
