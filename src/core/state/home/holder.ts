/**
 * Decides who holds something (a run, a lock, the engine's place) and whether that process is still there.
 * It must never take a living process for a dead one: two of them would then work on the same thing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../model/clock.ts';
import { shortageFault } from '../../model/shortage.ts';

export interface Holder {
  readonly pid: number;
  /** When the process started, in clock ticks since boot, so that a reused pid is not taken for it; null without /proc. */
  readonly startTime: number | null;
  readonly host: string;
  /** The kernel's boot id; null without /proc. */
  readonly bootId: string | null;
}

/** Whether a holder lives; `seenAt` is when it last said so (ISO 8601 UTC). */
export type IsAlive = (holder: Holder, seenAt: string) => boolean;

/** Where the question is asked. */
export interface HolderSite {
  /** This machine's host name. */
  readonly host: string;
  /** Where the kernel tells of processes, `/proc`. */
  readonly proc: string;
  readonly clock: Clock;
}

/** A holder that cannot be looked at (another container) is alive as long as it was seen within this time. */
export const SEEN_LIMIT_MILLISECONDS = 10 * 60 * 1000;

/** The holder that the process `pid` of this machine is. Throws where the system has no file left to look with. */
export const holderOf = (pid: number, site: Pick<HolderSite, 'host' | 'proc'>): Holder => ({
  pid,
  startTime: startTimeOf(site.proc, pid),
  host: site.host,
  bootId: bootIdOf(site.proc),
});

/** The check that the journal asks for, bound to this machine. */
export const holderCheck =
  (site: HolderSite): IsAlive =>
  (holder, seenAt) => {
    try {
      return isHolderAlive(holder, seenAt, site);
    } catch (error) {
      // Nobody could be looked at: whoever cannot be shown to be dead lives.
      if (shortageFault(error) !== null) return true;
      throw error;
    }
  };

/**
 * Another boot id means dead: the journal's WAL cannot be shared between kernels, so that holder wrote before a
 * reboot, or in a copy of the journal that is elsewhere.
 */
export function isHolderAlive(holder: Holder, seenAt: string, site: HolderSite): boolean {
  const bootId = bootIdOf(site.proc);
  if (holder.bootId !== bootId) return false;
  if (holder.host !== site.host) {
    if (holder.startTime !== null && startTimeOf(site.proc, holder.pid) === holder.startTime) return true;
    return site.clock.now() - Date.parse(seenAt) < SEEN_LIMIT_MILLISECONDS;
  }
  if (holder.startTime === null || bootId === null) return answersSignals(holder.pid);
  return startTimeOf(site.proc, holder.pid) === holder.startTime;
}

/** Field 22 of `/proc/PID/stat`; null when there is no such process, or only its corpse. */
function startTimeOf(proc: string, pid: number): number | null {
  const stat = read(join(proc, String(pid), 'stat'));
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may hold anything, parentheses and spaces too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const ticks = Number(fields[19]);
  return state === 'Z' || state === 'X' || !Number.isFinite(ticks) ? null : ticks;
}

const bootIdOf = (proc: string): string | null =>
  read(join(proc, 'sys/kernel/random/boot_id'))?.trim() ?? null;

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // That nothing can be opened any more says nothing of what is there.
    if (shortageFault(error) !== null) throw error;
    return null;
  }
}

/** For systems without /proc: it exists, though perhaps it is somebody else's (EPERM). */
function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
