/**
 * Decides whether a target has room for a step. Where a partial was just removed it waits: btrfs gives the room of a
 * deleted subvolume back in its own time, after the next commit.
 */
import { type Fault, fault } from '../../model/fault.ts';
import type { Space } from '../../model/inventory.ts';
import { checkSpace } from '../../plan/replication/space.ts';
import type { DriverContext } from '../ground/driver.ts';
import { lookAt } from '../ground/fleet.ts';
import { nap } from '../ground/nap.ts';
import type { TargetSession } from './target-session.ts';

/** A commit comes every 30 s by default; then the cleaner begins. */
const PATIENCE_SECONDS = 90;
const PAUSE_SECONDS = 1;

/**
 * Null: there is room. `usedBytes`: sent in this run, which the look at the target still counts as free. Only when
 * `patient` it waits; where others are served by the same send it must not.
 */
export async function checkRoom(
  session: TargetSession,
  wanted: { readonly estimated: number | null; readonly usedBytes: number; readonly patient: boolean },
  context: DriverContext,
): Promise<Fault | null> {
  const { filesystem, mount, server } = session.place;
  const check = (space: Space, used: number): Fault | null => {
    const freeBytes = space.freeBytes === null ? null : space.freeBytes - used;
    return checkSpace(wanted.estimated, { ...space, freeBytes }, { server, mount });
  };
  const full = check(filesystem.space, wanted.usedBytes);
  if (!full || !session.freed || !wanted.patient) return full;
  const message = `Waiting for the room on ${server}:${mount} that a removed partial replica gives back.`;
  context.emit({ type: 'note', message });
  return awaitRoom({ server, mount, uuid: filesystem.uuid, payloadBytes: wanted.estimated }, context);
}

/** Of which filesystem, and the bytes that must fit; null: not known. */
export interface RoomWanted {
  readonly server: string;
  readonly mount: string;
  /** Of the filesystem; null: whichever is mounted there. */
  readonly uuid: string | null;
  readonly payloadBytes: number | null;
}

/** Looks until there is room, as what was deleted gives its own back. Null: there is. */
export async function awaitRoom(
  { server, mount, uuid, payloadBytes }: RoomWanted,
  { fleet, signal }: Pick<DriverContext, 'fleet' | 'signal'>,
): Promise<Fault | null> {
  let full: Fault | null = null;
  for (let waited = 0; waited < PATIENCE_SECONDS; waited += PAUSE_SECONDS) {
    await nap(PAUSE_SECONDS * 1000, signal);
    const seen = await lookAt(fleet, server, signal);
    if (!seen.ok) return seen.fault;
    const now = seen.value.inventory.filesystems.find((one) =>
      uuid === null ? one.mounts.some(({ path }) => path === mount) : one.uuid === uuid,
    );
    if (!now) return full ?? gone(server, mount);
    full = checkSpace(payloadBytes, now.space, { server, mount });
    if (!full) return null;
  }
  return full;
}

const gone = (server: string, mount: string): Fault =>
  fault(
    'not-mounted',
    `${mount} on ${server} went away while room was waited for there.`,
    'Is the disk still plugged in and mounted?',
    { server },
  );
