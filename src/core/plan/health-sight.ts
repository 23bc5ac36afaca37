/**
 * Decides what one look at a server shows of one snapshot: on each of its filesystems whether it is there, whole, half
 * received or made writable, and up to which moment the filesystem could bring the subvolume back. It passes no verdict.
 */
import type { Fault } from '../model/fault.ts';
import type { Filesystem, Inventory } from '../model/inventory.ts';
import { originIdOf } from '../model/inventory.ts';
import type { Server } from '../model/server.ts';
import { isSnapshotName, type Snapshot, snapshotDirectory } from '../model/snapshot.ts';
import type { Target } from '../model/target.ts';
import { baseName, insidePath, liesInSnapshots, snapshotsIn } from './catalog.ts';
import {
  neverSeen,
  newestOf,
  type RememberedReplica,
  type ReplicaSource,
  replicasOn,
  unknownSource,
} from './restore-point.ts';
import { findMount, holdsReplicasOf, sameFilesystem } from './target.ts';

/** The snapshot that is asked for. */
export interface WantedSnapshot {
  readonly name: string;
  /** Null: neither the primary nor the journal knows it; then its name must do. */
  readonly originId: string | null;
}

export interface ServerQuestion {
  readonly server: Server;
  /** The last look at it; null: there was none. */
  readonly look: Inventory | null;
  /** Null: the primary was never seen with the subvolume. */
  readonly source: ReplicaSource | null;
  /** Null: the primary has none. */
  readonly wanted: WantedSnapshot | null;
  /** What tasks mean on this server. */
  readonly targets: readonly Target[];
  /** Directories below `.snapshots` that tasks keep replicas in, beside the usual one. */
  readonly intos: readonly string[];
  /** Paths of what is being received there. */
  readonly receiving: ReadonlySet<string>;
  readonly remembered: readonly RememberedReplica[];
  readonly now: number;
}

/** On one filesystem. */
export interface FoundReplica {
  readonly filesystemUuid: string;
  readonly mount: string;
  readonly status: 'complete' | 'missing' | 'partial' | 'modified' | 'could-not-check';
  /** What is there of the snapshot, or under its name. */
  readonly snapshot: Snapshot | null;
  /** The newest moment of the subvolume that is complete there. */
  readonly restorePoint: string | null;
  /** Why its list could not be read. */
  readonly fault: Fault | null;
}

/** What a target means there; null: it means nothing that was seen, for the reason the fault tells. */
export type FoundTarget =
  | { readonly target: Target; readonly found: FoundReplica; readonly fault: null }
  | { readonly target: Target; readonly found: null; readonly fault: Fault };

export interface ServerSight {
  readonly server: string;
  /** ISO 8601 UTC; null: never. */
  readonly seenAt: string | null;
  readonly targets: readonly FoundTarget[];
  /** Filesystems that no target means. */
  readonly others: readonly FoundReplica[];
}

export function sightOf(question: ServerQuestion): ServerSight {
  const { server, look, source, targets } = question;
  const filesystems = (look?.filesystems ?? []).filter(
    ({ uuid }) => source?.server !== server.name || source.filesystemUuid !== uuid,
  );
  const found = new Map(filesystems.map((one) => [one.uuid, foundOn(one, question)]));
  const meant = targets.map((target) => targetOn(target, question, found));
  const taken = new Set(meant.map((one) => one.found?.filesystemUuid));
  return {
    server: server.name,
    seenAt: look?.takenAt ?? null,
    targets: meant,
    others: [...found.values()].filter(({ filesystemUuid }) => !taken.has(filesystemUuid)),
  };
}

function targetOn(
  target: Target,
  { server, look }: ServerQuestion,
  found: ReadonlyMap<string, FoundReplica>,
): FoundTarget {
  if (!look) return { target, found: null, fault: neverSeen(server.name) };
  const mount = findMount(server, look, target.mount ?? server.defaultMount);
  if (!mount.ok) return { target, found: null, fault: mount.fault };
  const replica = found.get(mount.value.filesystem.uuid);
  if (!replica) return { target, found: null, fault: sameFilesystem(server.name, mount.value.path) };
  return { target, found: { ...replica, mount: mount.value.path }, fault: null };
}

function foundOn(filesystem: Filesystem, question: ServerQuestion): FoundReplica {
  const { uuid, mount, listing } = filesystem;
  const about = { filesystemUuid: uuid, mount, snapshot: null, restorePoint: null };
  if (!listing.ok) return { ...about, status: 'could-not-check', fault: listing.fault };
  if (!question.source)
    return { ...about, status: 'could-not-check', fault: unknownSource(question.server.name) };
  const there = question.wanted ? stateOn(filesystem, question.wanted, question.source, question) : null;
  return {
    ...about,
    status: there?.status ?? 'missing',
    snapshot: there?.snapshot ?? null,
    restorePoint: restorePointOn(filesystem, question),
    fault: null,
  };
}

function restorePointOn(
  { mount }: Filesystem,
  { server, look, source, intos, remembered, now }: ServerQuestion,
): string | null {
  const sights = [null, ...intos].map((into) =>
    replicasOn({ server, mount, look, source, into, remembered }),
  );
  return newestOf(
    sights.flatMap((sight) => (sight.kind === 'seen' ? [...sight.moments] : [])),
    now,
  );
}

type State = Pick<FoundReplica, 'status' | 'snapshot'>;

/**
 * A whole one, by its origin id in any directory of snapshots, goes before what lies under its name in a directory of
 * the replicas: somebody may have made one writable and another one is still there.
 */
function stateOn(
  filesystem: Filesystem,
  wanted: WantedSnapshot,
  source: ReplicaSource,
  { intos, receiving }: ServerQuestion,
): State | null {
  const whole = wanted.originId === null ? null : wholeOne(filesystem, wanted.originId);
  if (whole) return { status: 'complete', snapshot: whole };
  for (const directory of directoriesOf(filesystem, source, intos)) {
    const there = snapshotsIn(filesystem, directory, receiving);
    if (!there.ok || !mayBeOurs(filesystem, directory, source, there.value)) continue;
    const named = there.value.find(({ name }) => name === wanted.name);
    if (named?.state === 'partial' || named?.state === 'modified') {
      return { status: named.state, snapshot: named };
    }
    if (named?.state === 'complete' && wanted.originId === null) {
      return { status: 'complete', snapshot: named };
    }
  }
  return null;
}

/** A directory that nobody has marked may have been filled by another tool, and what was made writable proves nothing. */
const mayBeOurs = (
  filesystem: Filesystem,
  directory: string,
  { mark, snapshots }: ReplicaSource,
  there: readonly Snapshot[],
): boolean =>
  filesystem.owners[directory] === undefined ||
  holdsReplicasOf(filesystem, directory, mark, there, snapshots);

function wholeOne({ listing }: Filesystem, originId: string): Snapshot | null {
  if (!listing.ok) return null;
  const entry = listing.value.find(
    (one) =>
      one.readOnly &&
      originIdOf(one) === originId &&
      isSnapshotName(baseName(one.path)) &&
      liesInSnapshots(one),
  );
  if (!entry || entry.uuid === null) return null;
  const name = baseName(entry.path);
  return {
    name,
    path: entry.absolutePath ?? `/${entry.path}`,
    uuid: entry.uuid,
    receivedUuid: entry.receivedUuid,
    originId,
    createdAt: name,
    readOnly: true,
    state: 'complete',
  };
}

/** Where replicas lie, each once, by whatever mount it is named. */
function directoriesOf(
  filesystem: Filesystem,
  { replicaBelow, mark }: ReplicaSource,
  intos: readonly string[],
): string[] {
  const { mounts, owners } = filesystem;
  const all = [
    ...mounts.flatMap(({ path }) => [replicaBelow, ...intos].map((below) => snapshotDirectory(path, below))),
    ...Object.keys(owners).filter((directory) => owners[directory]?.includes(mark)),
  ];
  return [...new Map(all.map((directory) => [insidePath(filesystem, directory), directory])).values()];
}
