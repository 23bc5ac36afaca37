/** Finds the two sides of a difference: two snapshots of one server, or one and the subvolume as it is now. */
import type { Host } from '../../hosts/port/host.ts';
import type { DiffWish } from '../../model/change.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { pathBelow, type Snapshot } from '../../model/snapshot.ts';
import { filesystemAt, findSubvolume, type Place } from '../../plan/catalog/catalog.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';

export const LIVE = 'live';

export interface Sides {
  readonly host: Host;
  readonly filesystem: Filesystem;
  readonly old: Snapshot;
  readonly new: Snapshot | Place;
  /** Below the subvolume; '' for all. */
  readonly below: string;
}

export const isLive = (side: Snapshot | Place): side is Place => 'subvolume' in side;

/** Faults: no-such-snapshot, refused, usage, and those of a look. */
export async function chooseSides(fleet: Fleet, wish: DiffWish, signal: AbortSignal): Promise<Result<Sides>> {
  const { subvolume, server } = wish;
  const listed = await listSnapshots(fleet, subvolume, server, signal);
  if (!listed.ok) return listed;
  const { host, inventory, snapshots } = listed.value;
  const where = host.server.name;
  const find = (name: string): Result<Snapshot> => chosen(snapshots, { subvolume, name, where });
  const old = find(wish.old);
  if (!old.ok) return old;
  if (wish.new === LIVE && server !== null) return failed(notThere(subvolume, server));
  const recent: Result<Snapshot | Place> =
    wish.new === LIVE ? findSubvolume(inventory, subvolume) : find(wish.new);
  if (!recent.ok) return recent;
  const filesystem = filesystemAt(inventory, old.value.path);
  if (!filesystem || filesystemAt(inventory, recent.value.path)?.uuid !== filesystem.uuid)
    return failed(twoFilesystems(where, old.value.path, recent.value.path));
  const below = belowOf(wish, isLive(recent.value) ? recent.value.path : null);
  return below.ok ? ok({ host, filesystem, old: old.value, new: recent.value, below: below.value }) : below;
}

function chosen(
  snapshots: readonly Snapshot[],
  { subvolume, name, where }: { readonly subvolume: string; readonly name: string; readonly where: string },
): Result<Snapshot> {
  const [found, other] = snapshots.filter((one) => one.name === name || one.path === name);
  if (!found)
    return failed(
      fault(
        'no-such-snapshot',
        `${subvolume} has no snapshot ${name} on ${where}.`,
        `"${command('snapshot', 'list', subvolume, '--server', where)}" shows what there is.`,
        { server: where },
      ),
    );
  if (other)
    return failed(
      fault(
        'refused',
        `Several snapshots on ${where} bear the name ${name}: ${found.path}, ${other.path}.`,
        'Name the one you mean by its path.',
        { server: where },
      ),
    );
  return found.readOnly ? ok(found) : failed(isWritable(where, found));
}

/** Of a subvolume that is known by another path, too, its own one counts. */
function belowOf({ path, subvolume }: DiffWish, at: string | null): Result<string> {
  if (path === null) return ok('');
  const own = [subvolume.replace(/\/+$/, '') || '/', ...(at === null ? [] : [at])];
  const inside = path.startsWith('/')
    ? own.map((one) => pathBelow(one, path)).find((one) => one !== null)
    : path;
  const steps = inside?.split('/').filter((step) => step !== '' && step !== '.');
  if (steps !== undefined && !steps.includes('..')) return ok(steps.join('/'));
  return failed(
    fault(
      'usage',
      `${path} is not in ${subvolume}.`,
      'Give the path below the subvolume, or the absolute one that the file has in it.',
    ),
  );
}

const isWritable = (server: string, { path }: Snapshot): Fault =>
  fault(
    'replica-modified',
    `${path} on ${server} is writable: btrfs compares only what nobody can write to.`,
    'Take another snapshot.',
    { server },
  );

const notThere = (subvolume: string, server: string): Fault =>
  fault(
    'usage',
    `${subvolume} is written to on the primary, and ${server} has only replicas of it.`,
    'Leave --server out, or name two snapshots.',
  );

const twoFilesystems = (server: string, old: string, recent: string): Fault =>
  fault(
    'refused',
    `${old} and ${recent} on ${server} lie on two filesystems, and btrfs compares only what lies on one.`,
    'Take two snapshots of one of them.',
    { server },
  );
