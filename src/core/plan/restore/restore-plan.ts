/**
 * Decides how a subvolume is put in the place of another: what is put aside, which way leads there, which subvolumes
 * inside are concerned, and what somebody has to do afterwards. It looks at nothing and changes nothing.
 */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Mount, Subvolume } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  type RestoreRequest,
  type RestoreSource,
  type RestoreStep,
  replacedName,
  replacedOf,
  restoringName,
} from '../../model/runs/restore.ts';
import { baseName, joinPath, parentDirectory, pathBelow } from '../../model/snapshot.ts';
import { nearestMount } from '../catalog/catalog.ts';

/** Where people know it, and where it is in its filesystem. */
export interface RestorePlace {
  readonly subvolume: string;
  readonly filesystem: Filesystem;
  /** Below the top level. */
  readonly inside: string;
  /** Null: it is gone. */
  readonly live: Subvolume | null;
}

export interface RestoreQuestion extends RestorePlace {
  readonly server: string;
  readonly inventory: Inventory;
  readonly from: RestoreSource;
  /** Absolute path of the snapshot; null: what takes the place lies beside it already. */
  readonly snapshot: string | null;
  /** What becomes of subvolumes inside of it; null: nobody said. */
  readonly nested: 'move' | 'leave' | null;
  readonly at: string;
  /** The login is root. */
  readonly isRoot: boolean;
  readonly undo?: number;
}

export interface RestorePlan {
  readonly request: RestoreRequest;
  readonly way: RestoreWay;
  /** Null: it is beside it already. */
  readonly source: { readonly way: RestoreWay; readonly name: string } | null;
  readonly name: string;
  readonly made: string;
  readonly aside: string;
  /** Absolute path of what is put aside; null: nothing is. */
  readonly replacedPath: string | null;
  readonly nested: readonly NestedSubvolume[];
  /** By hand, afterwards. */
  readonly steps: readonly RestoreStep[];
}

/** A directory as a script gets to it: below a mount; or, with `isTop`, below the top level, mounted for that alone. */
export interface RestoreWay {
  readonly mount: string;
  readonly below: string;
  readonly isTop: boolean;
  /** Mount points on the very subvolume. */
  readonly covers: readonly string[];
}

export interface NestedSubvolume {
  /** Below the subvolume. */
  readonly path: string;
  readonly uuid: string;
  /** `read-only`: btrfs moves none. `chosen`: somebody wants it so. */
  readonly stays: 'read-only' | 'chosen' | null;
}

/** Faults: refused (the top level), nested-subvolumes (nobody said what becomes of those), not-mounted, listing-failed. */
export function planRestore(question: RestoreQuestion): Result<RestorePlan> {
  const { inventory, filesystem, inside, live, subvolume, server, from, snapshot, at, isRoot } = question;
  if (inside === '') return failed(isTopLevel(server, subvolume));
  if (replacedOf(baseName(inside))) return failed(isAside(server, subvolume, inside));
  const nested = nestedIn(question);
  if (!nested.ok) return nested;
  const name = baseName(inside);
  const shown = wayTo(inventory, filesystem, inside);
  if (!shown && filesystem.mounts.every(({ readOnly }) => readOnly))
    return failed(isReadOnly(server, subvolume));
  if (!shown && !isRoot) return failed(notReached(server, subvolume, filesystem));
  const source = snapshot === null ? null : sourceOf(question, snapshot, shown === null);
  if (source && !source.ok) return source;
  const way = shown ?? topWay(inventory, filesystem, inside);
  const aside = replacedName(name, at);
  const request: RestoreRequest = {
    ...{ subvolume, server, filesystem: filesystem.uuid, inside, from, live: live?.uuid ?? null, at },
    moveNested: question.nested === 'move',
    ...(question.undo === undefined ? {} : { undo: question.undo }),
  };
  return ok({
    ...{ request, way, source: source?.value ?? null, name, aside },
    made: snapshot === null ? from.name : restoringName(name, at),
    replacedPath: live ? pathOf(way, inside, aside) : null,
    nested: nested.value,
    steps: live ? mountSteps(filesystem, inside, way, pathOf(way, inside, aside)) : [],
  });
}

/** For people: by a mount that shows it; else below the top level. */
function pathOf({ mount, below, isTop, covers: [cover] }: RestoreWay, inside: string, name: string): string {
  if (cover !== undefined) return joinPath(parentDirectory(cover), name);
  return joinPath(isTop ? parentDirectory(`/${inside}`) : joinPath(mount, below), name);
}

/**
 * What was asked for, brought to its end after it was cut off: its names are those of the request, and what is inside is
 * what lies in what was put aside by now.
 */
export function planSettling(
  inventory: Inventory,
  filesystem: Filesystem,
  request: RestoreRequest,
): Pick<RestorePlan, 'way' | 'name' | 'made' | 'aside' | 'nested' | 'steps' | 'replacedPath'> {
  const { inside, at, from, undo, live } = request;
  const name = baseName(inside);
  const parent = parentDirectory(`/${inside}`);
  const aside = replacedName(name, at);
  const way = wayTo(inventory, filesystem, inside) ?? topWay(inventory, filesystem, inside);
  const asideInside = joinPath(parent, aside).slice(1);
  const inner = [asideInside, inside].map((one) => nestedBelow(filesystem, one));
  const nested = inner.flatMap((one) => (one.ok ? one.value : []));
  return {
    ...{ way, name, aside, made: undo === undefined ? restoringName(name, at) : from.name },
    nested: request.moveNested ? nested.filter(({ stays }) => stays === null) : [],
    steps: live
      ? [inside, asideInside].flatMap((one) => mountSteps(filesystem, one, way, pathOf(way, inside, aside)))
      : [],
    replacedPath: live ? pathOf(way, inside, aside) : null,
  };
}

/** The mount through which its directory is reached, uncovered, and it is no mount point itself: that has no other name. */
function wayTo({ filesystems }: Inventory, filesystem: Filesystem, inside: string): RestoreWay | null {
  const mounts = filesystems.flatMap((one) => one.mounts);
  const points = new Set(mounts.map(({ path }) => path));
  const directory = parentDirectory(`/${inside}`);
  const ways = filesystem.mounts.flatMap((mount): { readonly mount: Mount; readonly below: string }[] => {
    const below = mount.readOnly ? null : pathBelow(mount.root, directory);
    if (below === null) return [];
    const path = joinPath(mount.path, below);
    const isFree = !points.has(joinPath(path, baseName(inside)));
    return isFree && nearestMount({ ...filesystem, mounts }, path) === mount ? [{ mount, below }] : [];
  });
  const [best] = ways.toSorted((a, b) => a.below.length - b.below.length);
  return best ? { mount: best.mount.path, below: best.below, isTop: false, covers: [] } : null;
}

/** Its top level, mounted from a mount that can be written to: one that became read-only has its reason. */
function topWay({ filesystems }: Inventory, filesystem: Filesystem, inside: string): RestoreWay {
  const points = filesystems.flatMap(({ mounts }) => mounts.map(({ path }) => path));
  const covers = filesystem.mounts.flatMap((mount) => {
    const below = pathBelow(mount.root, `/${inside}`);
    const path = below === null || below === '' ? null : joinPath(mount.path, below);
    return path !== null && points.includes(path) ? [path] : [];
  });
  const { path: mount } = filesystem.mounts.find(({ readOnly }) => !readOnly) ?? { path: filesystem.mount };
  return { mount, below: parentDirectory(`/${inside}`).slice(1), isTop: true, covers: [...new Set(covers)] };
}

function sourceOf(
  { filesystem, server, subvolume }: RestoreQuestion,
  path: string,
  isTop: boolean,
): Result<{ readonly way: RestoreWay; readonly name: string }> {
  const mount = nearestMount(filesystem, path);
  const below = mount ? pathBelow(mount.path, parentDirectory(path)) : null;
  if (!mount || below === null) return failed(notReached(server, subvolume, filesystem));
  const directory = joinPath(mount.root, below);
  const way = { mount: mount.path, below: isTop ? directory.slice(1) : below, isTop, covers: [] };
  return ok({ way, name: baseName(path) });
}

/** Those that somebody decides about, and those that stay whatever they say. */
function nestedIn(question: RestoreQuestion): Result<NestedSubvolume[]> {
  const { filesystem, inside, live, nested: wish, subvolume, server } = question;
  if (!live) return ok([]);
  const found = nestedBelow(filesystem, inside);
  if (!found.ok) return found;
  const open = found.value.filter(({ stays }) => stays === null);
  if (open.length > 0 && wish === null) return failed(undecided(server, subvolume, open));
  return ok(
    found.value.map((one) => (one.stays === null && wish === 'leave' ? { ...one, stays: 'chosen' } : one)),
  );
}

/** Not what lies in those: it goes with them. */
function nestedBelow({ listing }: Filesystem, inside: string): Result<NestedSubvolume[]> {
  if (!listing.ok) return listing;
  const within = listing.value.filter(({ path }) => path.startsWith(`${inside}/`));
  const prefixes = new Set(within.map(({ path }) => path));
  const isInner = ({ path }: Subvolume): boolean => {
    for (let up = path.lastIndexOf('/'); up > inside.length; up = path.lastIndexOf('/', up - 1))
      if (prefixes.has(path.slice(0, up))) return true;
    return false;
  };
  return ok(
    within.flatMap((one): NestedSubvolume[] =>
      one.uuid === null || isInner(one)
        ? []
        : [
            {
              path: one.path.slice(inside.length + 1),
              uuid: one.uuid,
              stays: one.readOnly ? 'read-only' : null,
            },
          ],
    ),
  );
}

/** What is mounted goes on showing the one that was there; a mount point on it goes with it. */
function mountSteps(
  { mounts, uuid }: Filesystem,
  inside: string,
  { covers, isTop }: RestoreWay,
  replacedPath: string,
): RestoreStep[] {
  const again = mounts
    .filter(({ root }) => pathBelow(`/${inside}`, root) !== null)
    .map(({ path }): RestoreStep => {
      if (path === '/') return REBOOT;
      const at = covers.includes(path) ? joinPath(parentDirectory(path), baseName(replacedPath)) : path;
      return {
        what:
          at === path
            ? `${path} goes on showing what was there before, until it is mounted again.`
            : `${path} was a mount point, which is at ${at} now; it shows the restored one without it.`,
        command: `umount ${quoteWord(at)} && mount ${quoteWord(path)}`,
      };
    });
  return isTop && covers.length === 0 ? [...again, unreached(uuid)] : again;
}

const unreached = (uuid: string): RestoreStep => ({
  what: 'What is put aside, and the snapshots in it, are reached only where the top level is mounted.',
  command: `mount -o subvolid=5 UUID=${uuid} /mnt/top`,
});

const REBOOT: RestoreStep = {
  what: 'The running system goes on with what was there before; the restored one is used from the next start on.',
  command: 'reboot',
};

const isTopLevel = (server: string, subvolume: string): Fault =>
  fault(
    'refused',
    `${subvolume} on ${server} is the top level of its filesystem, whose place nothing can take.`,
    'Bring back files of it, or keep what changes in a subvolume of its own.',
    { server },
  );

const isAside = (server: string, subvolume: string, inside: string): Fault =>
  fault(
    'refused',
    `${subvolume} on ${server} shows what a restore put aside, ${baseName(inside)}.`,
    'Mount it again first, so that it shows what was restored; or go back: "btrfleet restore list" shows the number for "restore undo".',
    { server },
  );

const isReadOnly = (server: string, subvolume: string): Fault =>
  fault(
    'read-only-filesystem',
    `The filesystem of ${subvolume} on ${server} is mounted read-only.`,
    `See "findmnt -t btrfs" on ${server}; a filesystem that became read-only by itself has errors: read "dmesg".`,
    { server },
  );

const notReached = (server: string, subvolume: string, { uuid }: Filesystem): Fault =>
  fault(
    'not-mounted',
    `No mount on ${server} shows the directory that ${subvolume} lies in, and the login is not root.`,
    `Mount the top level, then try again: mount -o subvolid=5 UUID=${uuid} /mnt/top`,
    { server },
  );

const undecided = (server: string, subvolume: string, nested: readonly NestedSubvolume[]): Fault => {
  const names = nested.map(({ path }) => path).join(', ');
  return fault(
    'nested-subvolumes',
    `Snapshots of ${subvolume} do not hold the subvolumes inside of it: ${names}.`,
    'Say what becomes of them: "--nested move" moves them along as they are now, "--nested leave" leaves them in what is put aside.',
    { server },
  );
};
