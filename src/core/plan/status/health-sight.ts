/**
 * Decides what one look at a server shows of one snapshot: on each of its filesystems whether it is there, whole, half
 * received or made writable, and up to which moment the filesystem could bring the subvolume back. It passes no verdict.
 */
import type { Fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Subvolume } from '../../model/inventory.ts';
import { originIdOf } from '../../model/inventory.ts';
import { deletedBy, type RetentionRules } from '../../model/retention.ts';
import type { Server } from '../../model/server.ts';
import { baseName, type GoneReplica, isSnapshotName, type Snapshot } from '../../model/snapshot.ts';
import type { Target } from '../../model/target.ts';
import type { RememberedReplica } from '../catalog/away-moments.ts';
import { byAge, snapshotsIn } from '../catalog/catalog.ts';
import { originsByName, withChanged } from '../catalog/changed-replicas.ts';
import { foreignOn } from '../catalog/foreign-history.ts';
import { unproven } from '../catalog/identity-words.ts';
import { liesInSnapshots } from '../catalog/in-use.ts';
import { newestOf } from '../catalog/newest.ts';
import { findMount, holdsReplicasOf, replicaDirectories, sameFilesystem } from '../catalog/target.ts';
import { planRetention } from '../retention/retention.ts';
import { neverSeen, type ReplicaSource, replicasOn, unknownSource } from './restore-point.ts';

/** The snapshot that is asked for. */
export interface WantedSnapshot {
  readonly name: string;
  /** Null: neither the primary nor the journal knows it; then its name must do. */
  readonly originId: string | null;
  /** Others made it: it is itself under any name and in any place. */
  readonly isForeign?: true;
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
  /** Of each filesystem the newest replica that was there and is gone. */
  readonly gone: readonly GoneReplica[];
  /** Every one that was there whole and that a look of the last days did not show any more; we did not delete them. */
  readonly missed: readonly GoneReplica[];
  /** By which tasks clean up there. */
  readonly rules: readonly RetentionRules[];
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
  /** The newest that was there whole, if nothing as new is there now. */
  readonly gone: GoneReplica | null;
  /** Others that were there whole and are gone, though no rules let them go. Oldest first. */
  readonly missed: readonly GoneReplica[];
  /** How many of those that others made on the primary it has. */
  readonly foreign: number;
  /** What under a replica's name is not what was sent, whichever snapshot is asked for. Oldest first. */
  readonly modified: readonly Snapshot[];
  /** All that is on it; empty where that could not be read. */
  readonly listing: readonly Subvolume[];
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
  const about = {
    ...{ filesystemUuid: uuid, mount, snapshot: null, restorePoint: null },
    ...{ gone: null, missed: [], modified: [], foreign: 0, listing: listing.ok ? listing.value : [] },
  };
  if (!listing.ok) return { ...about, status: 'could-not-check', fault: listing.fault };
  if (!question.source)
    return { ...about, status: 'could-not-check', fault: unknownSource(question.server.name) };
  const held = heldOn(filesystem, question.source, question);
  const there = question.wanted ? stateOn(filesystem, question.wanted, held, question) : null;
  const restorePoint = restorePointOn(filesystem, question);
  const modified = held.filter(({ state, doubt }) => state === 'modified' || doubt === 'different');
  const gone = goneFrom(uuid, { restorePoint, modified }, question);
  return {
    ...about,
    status: there?.status ?? 'missing',
    snapshot: there?.snapshot ?? null,
    restorePoint,
    gone,
    missed: missedFrom(uuid, held, question).filter(({ name }) => name !== gone?.name),
    foreign: foreignOn(filesystem, question.source.foreign).size,
    modified,
    fault: there?.snapshot?.doubt ? unproven(there.snapshot, question.server.name) : null,
  };
}

/** What is still there, and was only changed, is told as that. */
function goneFrom(
  filesystem: string,
  { restorePoint, modified }: Pick<FoundReplica, 'restorePoint' | 'modified'>,
  { gone }: ServerQuestion,
): GoneReplica | null {
  const one = gone.find((candidate) => candidate.filesystem === filesystem);
  if (!one || modified.some(({ name }) => name === one.name)) return null;
  return restorePoint !== null && restorePoint >= one.name ? null : one;
}

/** Another manager cleans up by its own copy of the rules: what these let go nobody deleted by hand. */
function missedFrom(
  filesystem: string,
  held: readonly Snapshot[],
  { missed, rules }: ServerQuestion,
): GoneReplica[] {
  const there = new Set(held.map(({ name }) => name));
  const all = missed.filter((one) => one.filesystem === filesystem && !there.has(one.name));
  const names = [...there, ...all.map(({ name }) => name)].filter(isSnapshotName);
  return all.filter((one) => !rules.some((those) => letsGo(those, names, one.name, one.goneAt)));
}

function letsGo(rules: RetentionRules, names: readonly string[], name: string, at: string): boolean {
  const snapshots = names.map((one) => ({
    ...{ name: one, createdAt: one, path: one, uuid: one, originId: one, receivedUuid: null },
    ...({ readOnly: true, state: 'complete' } as const),
  }));
  const none = { held: new Set<string>(), inUse: new Set<string>(), bases: new Map() };
  const plan = planRetention({ snapshots, rules, now: Date.parse(at), protected: none });
  return plan.ok && deletedBy(plan.value).some((one) => one.name === name);
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
  held: readonly Snapshot[],
  { remembered, look }: ServerQuestion,
): State | null {
  const whole = wanted.originId === null ? null : wholeOne(filesystem, wanted.originId, wanted.isForeign);
  if (whole) return { status: 'complete', snapshot: whole };
  const named = held.filter(({ name }) => name === wanted.name);
  for (const one of named) {
    if (one.state === 'partial' || one.state === 'modified') return { status: one.state, snapshot: one };
    if (one.doubt) return { status: 'could-not-check', snapshot: one };
    if (one.state === 'complete' && wanted.originId === null) return { status: one.state, snapshot: one };
  }
  const isNewer = remembered.some(
    ({ originId, filesystem: disk, verifiedAt }) =>
      originId === wanted.originId && disk === filesystem.uuid && look !== null && verifiedAt >= look.takenAt,
  );
  return isNewer ? { status: 'complete', snapshot: null } : null;
}

/** What lies in the directories of the replicas, oldest first; another snapshot under the name of ours is a modified one. */
function heldOn(
  filesystem: Filesystem,
  source: ReplicaSource,
  { intos, receiving, wanted }: ServerQuestion,
): Snapshot[] {
  const origins = originsByName(source.snapshots);
  if (wanted !== null && wanted.originId !== null) origins.set(wanted.name, wanted.originId);
  const held = replicaDirectories(filesystem, source, intos).flatMap((directory) => {
    const there = snapshotsIn(filesystem, directory, receiving);
    if (!there.ok || there.value.length === 0) return [];
    if (holdsReplicasOf(filesystem, directory, source.marks, there.value, source.snapshots))
      return withChanged(there.value, origins);
    // A directory that nobody has marked may have been filled by another tool, and what was made writable proves nothing.
    if (filesystem.owners[directory] !== undefined) return [];
    // What is writable in a directory that may be somebody else's proves nothing, unless it has a name of ours.
    return there.value.filter(
      ({ state, name }) => state !== 'modified' || origins.has(name) || name === wanted?.name,
    );
  });
  return held.toSorted(byAge);
}

function wholeOne({ listing }: Filesystem, originId: string, isForeign = false): Snapshot | null {
  if (!listing.ok) return null;
  const entry = listing.value.find(
    (one) =>
      one.readOnly &&
      originIdOf(one) === originId &&
      (isForeign || (isSnapshotName(baseName(one.path)) && liesInSnapshots(one))),
  );
  if (!entry || entry.uuid === null) return null;
  const name = baseName(entry.path);
  return {
    name,
    path: entry.absolutePath ?? `/${entry.path}`,
    uuid: entry.uuid,
    receivedUuid: entry.receivedUuid,
    originId,
    createdAt: isForeign ? entry.createdAt : name,
    readOnly: true,
    state: isForeign ? 'foreign' : 'complete',
  };
}
