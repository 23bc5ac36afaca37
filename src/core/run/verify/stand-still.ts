/** Decides whether both sides of a comparison are what was looked at, and stayed that until it was over. */
import type { LookedCloser } from '../../btrfs/looks/proof.ts';
import { cancelledFault } from '../../hosts/port/stream-faults.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Proof } from '../../model/proof.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Fleet } from '../ground/fleet.ts';
import { askCloser } from '../ground/prove.ts';
import type { Side } from './side.ts';

/** What was received may be on its way to the disk still, and this waits for it; afterwards it is there. */
const SECONDS = { before: 900, after: 60 };

/**
 * How each of them is now: one that was written to since it was listed is not what was looked at. Faults: those of
 * `movedFault`.
 */
export async function takeStand(
  fleet: Pick<Fleet, 'journal' | 'nonce'>,
  sides: readonly Side[],
  signal: AbortSignal,
): Promise<Result<readonly LookedCloser[]>> {
  const stands: LookedCloser[] = [];
  for (const side of sides) {
    const told = await standOf(fleet, side, SECONDS.before, signal);
    if (!told)
      return failed(signal.aborted ? cancelledFault(side.host.server.name, 'looking') : notTold(side));
    const proof = fleet.journal.proofs(side.host.server.name, side.filesystem).get(told.uuid);
    if (!isAsListed(side, told, proof)) return failed(moved(side));
    stands.push(told);
  }
  return ok(stands);
}

/** Null: nobody wrote to any of them since. */
export async function movedFault(
  fleet: Pick<Fleet, 'nonce'>,
  sides: readonly Side[],
  before: readonly LookedCloser[],
  signal: AbortSignal,
): Promise<Fault | null> {
  for (const [index, side] of sides.entries()) {
    const told = await standOf(fleet, side, SECONDS.after, signal);
    if (!told) return notTold(side);
    if (told.changed !== before[index]?.changed) return moved(side);
  }
  return null;
}

/** Seconds after a cancel until what was found by then is told. */
const LAST_WORD = 10;

/** The same at the end of all, also of what was cancelled: what was found by then is told. */
export async function movedAtEnd(
  fleet: Pick<Fleet, 'nonce'>,
  sides: readonly Side[],
  before: readonly LookedCloser[],
  signal: AbortSignal,
): Promise<Fault | null> {
  const moved = signal.aborted ? null : await movedFault(fleet, sides, before, signal);
  return signal.aborted ? movedFault(fleet, sides, before, AbortSignal.timeout(LAST_WORD * 1000)) : moved;
}

async function standOf(
  { nonce }: Pick<Fleet, 'nonce'>,
  { host, entry }: Side,
  seconds: number,
  signal: AbortSignal,
): Promise<LookedCloser | null> {
  const { uuid } = entry;
  if (uuid === null) return null;
  const [told = null] = await askCloser([{ entry: { ...entry, uuid } }], { host, nonce, signal }, seconds);
  return told;
}

/** What reached the disk after it was listed, as of what was just received, is in what was remembered then. */
const isAsListed = ({ entry }: Side, { changed }: LookedCloser, proof: Proof | undefined): boolean =>
  entry.doubt !== undefined || changed <= entry.generation || proof?.changed === changed;

const moved = ({ host, path }: Side): Fault =>
  fault(
    'replica-modified',
    `${path} on ${host.server.name} was written to while it was compared, so nothing is known of it.`,
    'Find out who made it writable, then compare again.',
    { server: host.server.name, retry: true },
  );

const notTold = ({ host, path }: Side): Fault =>
  fault(
    'listing-failed',
    `${host.server.name} does not tell whether somebody writes to ${path}, so nothing is known of it.`,
    'Try again. It takes the right to run "btrfs send" there.',
    { server: host.server.name, retry: true },
  );
