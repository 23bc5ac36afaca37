/** Holds a snapshot, or lets it go: a held one is never deleted, neither by hand nor by automation, on any server. */

import { isoTime } from '../../model/clock.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { bornIdOfSnapshot, type Hold, type Snapshot } from '../../model/snapshot.ts';
import { filesystemAt } from '../../plan/catalog/catalog.ts';
import { JournalFailure } from '../../state/journal/database.ts';
import { isSameSnapshot } from '../../state/journal/pins.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';

/**
 * Holding a held one again changes its note. The snapshot must exist on the primary, and btrfleet must have made it. Faults
 * of its own: `locked`, when it is being deleted. With any fault all is as it was.
 */
export async function holdSnapshot(
  fleet: Fleet,
  wanted: { readonly subvolume: string; readonly name: string; readonly note: string | null },
): Promise<Result<Hold>> {
  const found = await findSnapshot(fleet, wanted.subvolume, wanted.name);
  if (!found.ok) return found;
  const { snapshot } = found.value;
  if (snapshot.state === 'foreign') return failed(notOurs(snapshot));
  const originId = bornIdOfSnapshot(snapshot);
  const subvolume = withoutEndSlash(wanted.subvolume);
  const hold: Hold = { ...wanted, subvolume, originId, heldAt: isoTime(fleet.clock.now()) };
  let before: readonly Hold[] = [];
  const changed = fleet.config.change((config) => {
    before = config.holds;
    return ok({ ...config, holds: [...without(config.holds, originId), hold] });
  });
  if (!changed.ok) return changed;
  const why = await whyTooLate(fleet, wanted, found.value);
  if (why === null) return ok(hold);
  const undone = fleet.config.change((config) => {
    const held = before.filter((one) => one.originId === originId);
    return ok({ ...config, holds: [...without(config.holds, originId), ...held] });
  });
  return failed(undone.ok ? why : undone.fault);
}

const without = (holds: readonly Hold[], originId: string): Hold[] =>
  holds.filter((one) => one.originId !== originId);

/**
 * Null: whoever deletes it from now on reads of the hold first. Whoever is at it may have read before, and what is over
 * since the look shows in a new one.
 */
async function whyTooLate(
  fleet: Fleet,
  { subvolume, name }: { readonly subvolume: string; readonly name: string },
  { snapshot, filesystem, moves }: Found,
): Promise<Fault | null> {
  const { journal, isAlive } = fleet;
  const pin = { filesystem, origin: bornIdOfSnapshot(snapshot) };
  try {
    journal.interruptDeadRuns(isAlive);
    // An older program says nothing of what it deletes: if it is this one, nobody can know.
    const doom = journal.doomed().find((one) => one.origin !== '' && isSameSnapshot(one, pin));
    if (doom) return beingDeleted(snapshot, doom.run, command('snapshot', 'list', subvolume));
    // Asked last: what was over by then has counted.
    if (journal.moves() === moves) return null;
  } catch (error) {
    if (error instanceof JournalFailure) return error.fault;
    throw error;
  }
  const again = await findSnapshot(fleet, subvolume, name);
  return again.ok ? null : again.fault;
}

/** Works without a look at the server: what is no longer there can be released too. */
export function releaseSnapshot(
  fleet: Fleet,
  wanted: { readonly subvolume: string; readonly name: string },
): Result<Hold> {
  const subvolume = withoutEndSlash(wanted.subvolume);
  const isMeant = (hold: Hold): boolean => hold.subvolume === subvolume && hold.name === wanted.name;
  let released: Hold | null = null;
  const changed = fleet.config.change((config) => {
    released = config.holds.find(isMeant) ?? null;
    return ok({ ...config, holds: config.holds.filter((hold) => !isMeant(hold)) });
  });
  if (!changed.ok) return changed;
  if (released) return ok(released);
  return failed(
    fault(
      'no-such-snapshot',
      `${wanted.subvolume} has no held snapshot ${wanted.name}.`,
      `"${command('snapshot', 'list', wanted.subvolume)}" shows which are held.`,
    ),
  );
}

/** Nobody but btrfleet knows of a hold: the tool that made it would delete it all the same. */
const notOurs = ({ path }: Snapshot): Fault =>
  fault(
    'foreign-snapshot',
    `${path} was not made by btrfleet, and the tool that made it knows nothing of a hold: it may delete it at any time.`,
    `btrfleet never deletes it. To keep it, tell that tool (of snapper: "snapper modify --cleanup-algorithm '' NUMBER"), or make a snapshot with btrfleet and hold that.`,
  );

const beingDeleted = ({ path }: Snapshot, run: number, list: string): Fault =>
  fault(
    'locked',
    `${path} is being deleted by run ${run}, so it is too late to hold it.`,
    `When that is done, "${list}" shows whether it is still there; then hold it again.`,
  );

/** `/data/` is `/data`, for holding as for releasing. */
export const withoutEndSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '');

interface Found {
  readonly snapshot: Snapshot;
  /** Its uuid; '': not known. */
  readonly filesystem: string;
  /** The journal's count before the look. */
  readonly moves: number;
}

async function findSnapshot(fleet: Fleet, subvolume: string, name: string): Promise<Result<Found>> {
  const listed = await listSnapshots(fleet, subvolume, null);
  if (!listed.ok) return listed;
  const { snapshots, inventory, moves } = listed.value;
  const snapshot = snapshots.find((one) => one.name === name);
  const filesystem = snapshot && filesystemAt(inventory, snapshot.path);
  if (snapshot) return ok({ snapshot, filesystem: filesystem?.uuid ?? '', moves });
  return failed(
    fault(
      'no-such-snapshot',
      `${subvolume} has no snapshot ${name}.`,
      `"${command('snapshot', 'list', subvolume)}" shows what there is.`,
    ),
  );
}
