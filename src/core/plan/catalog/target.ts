/** Decides which filesystem and directory a target means, and whether the replicas of a subvolume may go there. */

import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import { oncePer } from '../../model/once.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import {
  bornIdOfSnapshot,
  pathBelow,
  type Snapshot,
  snapshotDirectories,
  snapshotDirectory,
} from '../../model/snapshot.ts';
import { insidePath, type Place, snapshotsIn } from './catalog.ts';
import { homeOf } from './homes.ts';
import { mountedReadOnly, notMounted, otherFilesystem, silentAutomount } from './target-faults.ts';

export interface TargetPlace {
  readonly server: string;
  readonly filesystem: Filesystem;
  readonly mount: string;
  /** Absolute directory the replicas go to. */
  readonly directory: string;
}

/**
 * The filesystem a target means: the mount it names, else the server's default, else the only one there is.
 * A named mount must be one: a disk that is not there must not become a directory on the disk below it.
 * `into`: the directory below `.snapshots` there; null: its own. `sent`: what its own is known by.
 */
export function resolveTarget(
  server: Server,
  inventory: Inventory,
  mount: string | null,
  source: Place,
  into: string | null = null,
  sent: SentBefore | null = null,
): Result<TargetPlace> {
  const found = findMount(server, inventory, mount ?? server.defaultMount);
  if (!found.ok) return found;
  const { filesystem, path } = found.value;
  const readOnly = filesystem.mounts.find((one) => one.path === path)?.readOnly ?? false;
  if (readOnly) return failed(mountedReadOnly(server.name, path));
  if (source.server === server.name && source.filesystem.uuid === filesystem.uuid) {
    return failed(sameFilesystem(server.name, path));
  }
  const about = { filesystemUuid: source.filesystem.uuid, replicaBelow: source.replicaBelow };
  const directory = replicaDirectory(
    filesystem,
    path,
    sent && { ...about, ...sent },
    into ?? about.replicaBelow,
  );
  const other = mountInTheWay(inventory, filesystem, directory);
  if (other !== null) return failed(otherFilesystem(server.name, path, other));
  return ok({ server: server.name, filesystem, mount: path, directory });
}

/** By what the replicas of a subvolume are known. */
export interface SentBefore {
  readonly marks: SourceMarks;
  /** Its snapshots on the primary. */
  readonly snapshots: readonly Snapshot[];
}

/** A subvolume, as its replicas are found by it. */
export interface Replicated extends SentBefore {
  readonly filesystemUuid: string;
  readonly replicaBelow: string;
}

/**
 * The directory of its replicas: the one that holds them, whatever version made it; else the usual one, if no other
 * subvolume has it; else one named after the filesystem the subvolume is of, as two may have one path below their mounts.
 */
export function replicaDirectory(
  filesystem: Filesystem,
  mount: string,
  source: Replicated | null,
  below: string,
): string {
  const home = homeOf(filesystem, mount);
  const usual = snapshotDirectory(home, below);
  if (source === null) return usual;
  const isAsked = below !== source.replicaBelow;
  const names = isAsked ? [below] : [below, ownName(source)];
  const all = [home, mount].flatMap((one) => names.map((name) => snapshotDirectory(one, name)));
  const complete = (directory: string): Snapshot[] => {
    const there = snapshotsIn(filesystem, directory);
    return there.ok ? there.value.filter(({ state }) => state === 'complete') : [];
  };
  const isHeld = (directory: string): boolean =>
    holdsReplicasOf(filesystem, directory, source.marks, complete(directory), source.snapshots);
  const held = all.find(isHeld);
  if (held !== undefined || isAsked) return held ?? usual;
  const isOthers = complete(usual).length > 0 && !isMarkedBy(source.marks, filesystem.owners[usual]);
  return isOthers ? snapshotDirectory(home, ownName(source)) : usual;
}

/** As many digits as tell filesystems apart. */
export const ownName = ({ replicaBelow, filesystemUuid }: Omit<Replicated, keyof SentBefore>) =>
  `${replicaBelow}@${filesystemUuid.slice(0, 8)}`;

/** The directory of a target that is only ever this subvolume's. */
export const ownDirectory = ({ filesystem, mount }: TargetPlace, source: Place): string =>
  snapshotDirectory(
    homeOf(filesystem, mount),
    ownName({ ...source, filesystemUuid: source.filesystem.uuid }),
  );

/** All directories its replicas may lie in, each once, by whatever mount it is named. `intos`: where tasks keep them. */
export function replicaDirectories(
  filesystem: Filesystem,
  source: Replicated,
  intos: readonly string[] = [],
): string[] {
  const { mounts, owners } = filesystem;
  const names = [source.replicaBelow, ...intos, ownName(source)];
  const all = [
    ...mounts.flatMap(({ path }) => names.flatMap((below) => snapshotDirectories(path, below))),
    ...Object.keys(owners).filter((directory) => isMarkedBy(source.marks, owners[directory])),
  ];
  return [...new Map(all.map((directory) => [insidePath(filesystem, directory), directory])).values()];
}

/** Another filesystem's mount that a path leads into: what is received there would be looked for here. */
function mountInTheWay(inventory: Inventory, filesystem: Filesystem, path: string): string | null {
  const above = inventory.filesystems
    .flatMap(({ uuid, mounts }) => mounts.map((mount) => ({ uuid, mount: mount.path })))
    .filter(({ mount }) => pathBelow(mount, path) !== null);
  const longest = Math.max(...above.map(({ mount }) => mount.length));
  const nearest = above.filter(({ mount }) => mount.length === longest);
  if (nearest.some(({ uuid }) => uuid === filesystem.uuid)) return null;
  return nearest[0]?.mount ?? null;
}

/** The filesystem with the mount `wanted`; null: the only one there is. */
export function findMount(
  server: Server,
  inventory: Inventory,
  wanted: string | null,
): Result<{ filesystem: Filesystem; path: string }> {
  const { filesystems } = inventory;
  const mounts = filesystems.flatMap((filesystem) => filesystem.mounts.map((mount) => mount.path));
  if (wanted !== null) {
    const filesystem = filesystems.find((one) => one.mounts.some((mount) => mount.path === wanted));
    if (filesystem) return ok({ filesystem, path: wanted });
    const silent = inventory.automounts?.some(({ path, holds }) => path === wanted && holds !== 'other');
    return failed(silent ? silentAutomount(server.name, wanted) : notMounted(server.name, wanted, mounts));
  }
  const [only, ...others] = filesystems;
  if (!only) {
    return failed(
      fault(
        'not-btrfs',
        `No btrfs filesystem is mounted on ${server.name}.`,
        'Mount the filesystem the replicas shall go to; "findmnt -t btrfs" there shows what is mounted.',
        { server: server.name },
      ),
    );
  }
  if (others.length === 0) return ok({ filesystem: only, path: only.mount });
  const choices = filesystems.map((filesystem) => `${server.name}:${filesystem.mount}`).join(', ');
  return failed(
    fault(
      'target-ambiguous',
      `${server.name} has ${filesystems.length} btrfs filesystems: ${choices}.`,
      `Name one as the target, or set the server's own: "${command('server', 'edit', server.name, '--default-mount', only.mount)}".`,
      { server: server.name },
    ),
  );
}

/** By which marks the directories of a subvolume's replicas are told from those of others (btrfs/marks). */
export interface SourceMarks {
  readonly own: string;
  /** Of what it was made of, as after a fail-over. That may be alive as well, so they prove less than its own. */
  readonly inherited: readonly string[];
  /** The newest name, ISO 8601 UTC, that it can have in common with what it was made of; '': none. */
  readonly until: string;
}

/** One of its marks is there. */
export const isMarkedBy = ({ own, inherited }: SourceMarks, there: readonly string[] = []): boolean =>
  there.some((mark) => mark === own || inherited.includes(mark));

/**
 * A directory of replicas belongs to one subvolume: this one when it carries the source's own mark and no other, or when
 * it shares content with the source (after a fail-over, or replicas made by other tools). Of several marks one may be of
 * a subvolume whose replicas are gone, and an inherited one of a subvolume that is alive, so there the content decides.
 * An empty one belongs to nobody.
 */
export function holdsReplicasOf(
  { owners }: Filesystem,
  directory: string,
  { own }: SourceMarks,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): boolean {
  if (isOnly(owners[directory], [own])) return true;
  if (replicas.length === 0) return false;
  const known = originsOf(source);
  return replicas.some((replica) => known.has(bornIdOfSnapshot(replica)));
}

/**
 * What lies in a directory of replicas, with all that is not proven to be one of the source's as foreign. Proven is what
 * the source has; in a directory that is nobody else's also what was received there, under inherited marks up to where
 * the two parted; and what was made there while it was the primary, up to the newest that the source has of that: what
 * came after is a branch of its own, maybe the only copy of it.
 */
export function ownReplicas(
  filesystem: Filesystem,
  directory: string,
  marks: SourceMarks,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): Snapshot[] {
  if (!holdsReplicasOf(filesystem, directory, marks, replicas, source)) return replicas.map(asForeign);
  const known = originsOf(source);
  const there = filesystem.owners[directory];
  const isOwn = isOnly(there, [marks.own]);
  const isOurs = isOnly(there, [marks.own, ...marks.inherited]);
  const isMade = ({ state, receivedUuid }: Snapshot): boolean =>
    state === 'complete' && receivedUuid === null;
  const wasPrimary = [marks.own, ...marks.inherited].some((mark) => mark.startsWith(`${filesystem.uuid}:`));
  const made = replicas
    .filter((one) => isMade(one) && known.has(bornIdOfSnapshot(one)))
    .map(({ name }) => name);
  const parted = wasPrimary ? (made.toSorted().at(-1) ?? '') : '';
  const isMarked = (one: Snapshot): boolean =>
    isMade(one) ? one.name <= parted : isOwn || one.name <= marks.until;
  const isProven = (one: Snapshot): boolean =>
    one.state !== 'complete' || known.has(bornIdOfSnapshot(one)) || (isOurs && isMarked(one));
  return replicas.map((one) => {
    if (isProven(one)) return one;
    return wasPrimary && isMade(one) ? { ...asForeign(one), diverged: true } : asForeign(one);
  });
}

/**
 * The inherited marks on a directory of which all is proven: the source's own can take their place, so that what it
 * sends there from now on stays known as its own, also when it has lost it itself.
 */
export function outlivedMarks(
  filesystem: Filesystem,
  directory: string,
  marks: SourceMarks,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): string[] {
  const there = filesystem.owners[directory] ?? [];
  if (!isOnly(there, [marks.own, ...marks.inherited])) return [];
  const own = ownReplicas(filesystem, directory, marks, replicas, source);
  const isAllProven = own.every(({ state }, index) => state === replicas[index]?.state);
  return isAllProven ? there.filter((mark) => mark !== marks.own) : [];
}

const asForeign = (snapshot: Snapshot): Snapshot => ({ ...snapshot, state: 'foreign' });

/** Whose a directory is goes by lineage: what was changed there since is the same subvolume's all the same. */
const originsOf = oncePer(
  (source: readonly Snapshot[]): ReadonlySet<string> => new Set(source.map(bornIdOfSnapshot)),
);

/** It is marked, and by nobody else. */
const isOnly = (there: readonly string[] = [], marks: readonly string[]): boolean =>
  there.length > 0 && there.every((mark) => marks.includes(mark));

/** Null: the replicas of this source may go there. */
export function checkOwner(
  { filesystem, directory, server }: TargetPlace,
  marks: SourceMarks,
  replicas: readonly Snapshot[],
  source: readonly Snapshot[],
): Fault | null {
  const count = replicas.filter((replica) => replica.state === 'complete').length;
  if (count === 0 || holdsReplicasOf(filesystem, directory, marks, replicas, source)) return null;
  const isDoubtful = isMarkedBy(marks, filesystem.owners[directory]);
  const whose = isDoubtful ? 'that may all be of another subvolume' : 'of another subvolume';
  return fault(
    'directory-taken',
    `${directory} on ${server} holds ${count} ${count === 1 ? 'snapshot' : 'snapshots'} ${whose}.`,
    'Replicas of two subvolumes are never mixed in one directory. Choose another filesystem as the target ' +
      '(SERVER:/MOUNT), or have a task keep them in another directory there (--into DIR).',
    { server },
  );
}

export const sameFilesystem = (server: string, mount: string): Fault =>
  fault(
    'same-filesystem',
    `${server}:${mount} is the filesystem the subvolume itself lies on.`,
    'A copy there would be lost with the original. Choose another server, or another filesystem.',
    { server },
  );
