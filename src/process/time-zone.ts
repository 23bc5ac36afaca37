/** The time zone of the machine that btrfleet runs on. */

/** The zone this machine shows its times in. */
export const managerTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
