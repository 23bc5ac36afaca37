/**
 * Keeps what a round has seen of each server and hands it to its parts, so that a server is looked at again only where it
 * may have changed. A look bears the count of moves before it, so that what was deleted or sent since is found where
 * it is relied on; and it is less than a minute old, for what other managers do. What lies in a directory that is sent
 * to, its lock tells.
 */
import { cancelledFault } from '../../hosts/port/stream-faults.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import { isTooOld } from '../../plan/retention/plan-age.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Look, lookAt, openHost, type Seen } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';

export interface RoundLooks {
  /** What a part asks for twice it looks at itself: it has a reason. */
  forPart(): Look;
  /** Takes note of what a part sent: less is free there, or something is left of it. */
  sent(result: Pick<TargetResult, 'server' | 'mount' | 'status' | 'sentBytes'>): void;
  /** What was seen there before is not handed on any more. */
  forget(server: string): void;
}

interface Kept {
  /** Milliseconds since 1970 UTC. */
  readonly begun: number;
  readonly seen: Promise<Result<Seen>>;
  inventory: Inventory | null;
  sentBytes: number;
}

/** Part of what is free: less does not decide whether something fits, as more than that is kept free beside it. */
const WORTH_A_LOOK = 1 / 100;

export function roundLooks({ fleet }: Pick<DriverContext, 'fleet'>): RoundLooks {
  const latest = new Map<string, Kept>();
  const take = (server: string, signal?: AbortSignal): Kept => {
    const begun = fleet.clock.now();
    const seen = lookAt(fleet, server, signal, THOROUGH);
    const kept: Kept = { begun, seen, inventory: null, sentBytes: 0 };
    latest.set(server, kept);
    const drop = (): void => void (latest.get(server) === kept && latest.delete(server));
    seen.then((end) => {
      if (end.ok) kept.inventory = end.value.inventory;
      else drop();
    }, drop);
    return kept;
  };
  const forPart = (): Look => {
    const asked = new Set<string>();
    return async (server, signal) => {
      const before = asked.has(server) ? undefined : latest.get(server);
      asked.add(server);
      if (!before || isTooOld(before.begun, fleet.clock.now())) return take(server, signal).seen;
      const seen = await untilAborted(before.seen, signal);
      if (seen === null) return failed(cancelledFault(server, 'looking'));
      // Another part may have been cancelled alone.
      if (!seen.ok) return seen.fault.code === 'cancelled' ? take(server, signal).seen : seen;
      const host = await openHost(fleet, server, signal);
      // The connection may have broken since, and the server may have been started anew.
      if (!host.ok || host.value !== seen.value.host) return take(server, signal).seen;
      return ok({ ...seen.value, isHanded: true });
    };
  };
  return {
    forPart,
    sent: ({ server, mount, status, sentBytes }) => {
      const kept = latest.get(server);
      if (!kept) return;
      kept.sentBytes += sentBytes;
      const at = kept.inventory?.filesystems.find(({ mounts }) => mounts.some(({ path }) => path === mount));
      const isLittle = kept.sentBytes <= (at?.space.freeBytes ?? 0) * WORTH_A_LOOK;
      if (!isLittle || (status !== 'ok' && status !== 'already-there')) latest.delete(server);
    },
    forget: (server) => void latest.delete(server),
  };
}

/** Null: whoever waits was cancelled, maybe alone; the look goes on for the others. */
async function untilAborted(seen: Promise<Result<Seen>>, signal?: AbortSignal): Promise<Result<Seen> | null> {
  if (!signal) return seen;
  if (signal.aborted) return null;
  const { promise, resolve } = Promise.withResolvers<null>();
  const end = (): void => resolve(null);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([seen, promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
