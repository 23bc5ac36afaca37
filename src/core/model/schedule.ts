/** When something automatic is due. The times themselves are worked out in plan/schedule. */

export type Schedule =
  /** At every multiple of so many seconds since 1970 UTC: hourly is on the hour. Whole, at least 1. */
  | { readonly kind: 'every'; readonly seconds: number }
  /** Five fields (minute, hour, day of month, month, day of week), by the wall clock of an IANA time zone. */
  | { readonly kind: 'cron'; readonly expression: string; readonly timeZone: string };
