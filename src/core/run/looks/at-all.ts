/** Looks at many servers at once. One that hangs delays nobody, and is given up after a while. */
import { type Fault, fault } from '../../model/fault.ts';
import { type Fleet, lookAt, noteLookFailure } from '../ground/fleet.ts';
import { eachInSlots, LOOK_SLOTS } from '../ground/slots.ts';

/** By server: why it could not be looked at. Those that are not in it were. */
export type LookFaults = ReadonlyMap<string, Fault>;

/** Seconds for a look at one server. */
export const LOOK = 20;

/** What is seen is kept in the journal, one after the other: all of them together may be too much for memory. */
export async function lookAtAll(
  fleet: Fleet,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<LookFaults> {
  const looked = await eachInSlots(servers, (server) => lookAtOne(fleet, server, signal), LOOK_SLOTS);
  return new Map(looked.flatMap((why, index) => (why ? [[servers[index] ?? '', why] as const] : [])));
}

async function lookAtOne(fleet: Fleet, server: string, signal: AbortSignal): Promise<Fault | null> {
  const limit = AbortSignal.timeout(LOOK * 1000);
  const seen = await lookAt(fleet, server, AbortSignal.any([signal, limit]));
  if (seen.ok) return null;
  if (!isTooSlow(seen.fault, limit, signal)) return seen.fault;
  noteLookFailure(fleet, server, tooSlow(server));
  return tooSlow(server);
}

/** It was cancelled by its time limit: nobody asked for that, and it is told otherwise. */
export const isTooSlow = ({ code }: Fault, limit: AbortSignal, asked: AbortSignal): boolean =>
  limit.aborted && !asked.aborted && code === 'cancelled';

/** Told in place of the cancel that ended a look which took too long. */
export const tooSlow = (server: string, seconds = LOOK): Fault =>
  fault(
    'stalled',
    `${server} did not answer within ${seconds} s.`,
    `Is it overloaded, or its disk failing? Look there, or try "btrfleet server check ${server}".`,
    { server },
  );

/** A look older than that, in seconds, says nothing of what is there now. */
const STALE = 900;

/** Servers that nobody has looked at for too long, or that the last one who tried could not look at. */
export function staleLooks(
  { journal, clock }: Pick<Fleet, 'journal' | 'clock'>,
  servers: readonly string[],
): LookFaults {
  const stamps = journal.lookStamps();
  const failures = journal.lookFailures();
  const oldest = new Date(clock.now() - STALE * 1000).toISOString();
  return new Map(
    servers.flatMap((server) => {
      const takenAt = stamps.get(server)?.takenAt ?? null;
      const why = failures.get(server);
      if (why) return [[server, why] as const];
      return takenAt !== null && takenAt >= oldest ? [] : [[server, stale(server, takenAt)] as const];
    }),
  );
}

const stale = (server: string, takenAt: string | null): Fault =>
  fault(
    'listing-failed',
    takenAt === null ? `${server} has never been looked at.` : `${server} was last looked at at ${takenAt}.`,
    `Look at it: btrfleet server check ${server}`,
    { server, retry: true },
  );
