/** What core knows of time: it is handed in, so that a test or a simulation can hold it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, wall clock. */
  now(): number;
}

/** ISO 8601 UTC with milliseconds, the one form in which times are stored and shown to machines. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
