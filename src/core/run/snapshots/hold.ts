/** Holds a snapshot, or lets it go: a held one is never deleted, neither by hand nor by automation, on any server. */

import { isoTime } from '../../model/clock.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { bornIdOfSnapshot, type Hold, type Snapshot } from '../../model/snapshot.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';

/** Holding a held one again changes its note. The snapshot must exist on the primary, and btrfleet must have made it. */
export async function holdSnapshot(
  fleet: Fleet,
  wanted: { readonly subvolume: string; readonly name: string; readonly note: string | null },
): Promise<Result<Hold>> {
  const snapshot = await findSnapshot(fleet, wanted.subvolume, wanted.name);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value.state === 'foreign') return failed(notOurs(snapshot.value));
  const originId = bornIdOfSnapshot(snapshot.value);
  const subvolume = withoutEndSlash(wanted.subvolume);
  const hold: Hold = { ...wanted, subvolume, originId, heldAt: isoTime(fleet.clock.now()) };
  const changed = fleet.config.change((config) =>
    ok({ ...config, holds: [...config.holds.filter((one) => one.originId !== originId), hold] }),
  );
  return changed.ok ? ok(hold) : changed;
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

/** `/data/` is `/data`, for holding as for releasing. */
export const withoutEndSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '');

async function findSnapshot(fleet: Fleet, subvolume: string, name: string): Promise<Result<Snapshot>> {
  const listed = await listSnapshots(fleet, subvolume, null);
  if (!listed.ok) return listed;
  const snapshot = listed.value.snapshots.find((one) => one.name === name);
  if (snapshot) return ok(snapshot);
  return failed(
    fault(
      'no-such-snapshot',
      `${subvolume} has no snapshot ${name}.`,
      `"${command('snapshot', 'list', subvolume)}" shows what there is.`,
    ),
  );
}
