/** How long the main loop stood still, and why. */

/** `work`: it was busy; `stopped`: it used no CPU: it was stopped (SIGSTOP, a machine that slept), or waited for a disk. */
export type StandstillCause = 'work' | 'stopped';

export interface Standstill {
  readonly cause: StandstillCause;
  readonly seconds: number;
}
