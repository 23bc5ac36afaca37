/** What a filesystem knows of errors: those its device counted, and those its last scrub found. */

export interface DeviceErrors {
  write: number;
  read: number;
  flush: number;
  corruption: number;
  generation: number;
}

export interface Scrub {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number;
  readonly errors: number;
  readonly uncorrectable: number;
  readonly bytes: number;
}
