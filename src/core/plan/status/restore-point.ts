/**
 * Decides up to which moment a target could bring a subvolume, or a whole consistency group, back. It counts complete
 * replicas by their origin id, whichever way they came there, and says apart what was seen and what is only remembered.
 */

import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory, Subvolume } from '../../model/inventory.ts';
import { originIdOf } from '../../model/inventory.ts';
import { oncePer } from '../../model/once.ts';
import { failed, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import { baseName, isSnapshotName, type Snapshot } from '../../model/snapshot.ts';
import { type AwayMoments, awayMoments, notBeside, type RememberedReplica } from '../catalog/away-moments.ts';
import { snapshotsIn } from '../catalog/catalog.ts';
import { foreignOn } from '../catalog/foreign-history.ts';
import { liesInSnapshots } from '../catalog/in-use.ts';
import { newestOf } from '../catalog/newest.ts';
import type { PlaceNote } from '../catalog/place-notes.ts';
import {
  findMount,
  ownReplicas,
  replicaDirectory,
  type SourceMarks,
  sameFilesystem,
} from '../catalog/target.ts';

/** What is known of a subvolume on the primary, to know its replicas by. */
export interface ReplicaSource {
  readonly server: string;
  readonly filesystemUuid: string;
  /** Its marks on directories of its replicas. */
  readonly marks: SourceMarks;
  /** Its usual directory below `.snapshots` on a target. */
  readonly replicaBelow: string;
  /** Those in its own directory, whatever their state. */
  readonly snapshots: readonly Snapshot[];
  /** It carries a received uuid, so no snapshot of it can be told from another. Absent: it does not. */
  readonly isLiveReceived?: boolean;
  /** Made of it by others, wherever they lie: what has the same content on a target is a restore point as well. */
  readonly foreign: readonly Snapshot[];
  /** What its snapshots do not hold. Absent: nothing. */
  readonly nested?: PlaceNote;
  /** Snapshots of it that no mount reaches. Absent: none. */
  readonly unreached?: Fault;
}

/** What a target has of one subvolume: the creation times of its complete replicas, which are the names of ours. */
export type ReplicaSight =
  | {
      readonly kind: 'seen';
      readonly seenAt: string;
      readonly moments: ReadonlySet<string>;
      readonly away: AwayMoments;
    }
  /** Its disk or its listing was not there at the last look. `seenAt`: when one of these was last seen whole. */
  | {
      readonly kind: 'remembered';
      readonly seenAt: string;
      /** Those of which it is not known on which disk they are. */
      readonly moments: ReadonlySet<string>;
      readonly away: AwayMoments;
      readonly fault: Fault;
    }
  /** Whether it has any is not known. */
  | { readonly kind: 'unknown'; readonly fault: Fault };

export interface SightQuestion {
  readonly server: Server;
  /** As the target names it; null: the server's default, else the only one. */
  readonly mount: string | null;
  /** The last look at the server; null: there was none. */
  readonly look: Inventory | null;
  /** Null: the primary was never seen with this subvolume. */
  readonly source: ReplicaSource | null;
  /** Directory below `.snapshots` of the target; null: the usual one. */
  readonly into: string | null;
  /** On this server, of this subvolume. */
  readonly remembered: readonly RememberedReplica[];
}

/**
 * What a target is known to have. A remembered replica that is older than the look, and was not seen there, is gone;
 * where the look could not show it, as it is on a disk that another one has taken the place of, it still counts.
 */
export function replicasOn(question: SightQuestion): ReplicaSight {
  const { look, source } = question;
  const remembered = notBeside(question);
  const found = seenFilesystem(question);
  if (!found.ok || !look) {
    const why = found.ok ? neverSeen(question.server.name) : found.fault;
    const mount = question.mount ?? question.server.defaultMount;
    const there = remembered.filter((one) => mount === null || one.mount === mount);
    // What lies there burns with the subvolume, whatever was sent there when it was no primary yet.
    return onlyRemembered(why.code === 'same-filesystem' ? [] : there, why, question);
  }
  const { filesystem, path, entries } = found.value;
  const sent = remembered.filter(({ filesystem: disk, mount }) =>
    disk === null ? filesystem.mounts.some((one) => one.path === mount) : disk === filesystem.uuid,
  );
  if (!source) {
    const ids = new Set(entries.filter(({ readOnly }) => readOnly).map(originIdOf));
    const there = sent.filter(({ originId }) => ids.has(originId));
    return onlyRemembered(there, unknownSource(question.server.name), question);
  }
  const moments = momentsOn(filesystem, entries, path, question.into, source);
  for (const { name, verifiedAt } of sent) if (verifiedAt >= look.takenAt) moments.add(name);
  const others = remembered.filter((one) => one.mount === path);
  return { kind: 'seen', seenAt: look.takenAt, moments, away: awayMoments(others, question) };
}

interface SeenFilesystem {
  readonly filesystem: Filesystem;
  readonly path: string;
  readonly entries: readonly Subvolume[];
}

function seenFilesystem({ server, mount, look, source }: SightQuestion): Result<SeenFilesystem> {
  if (!look) return failed(neverSeen(server.name));
  const found = findMount(server, look, mount ?? server.defaultMount);
  if (!found.ok) return found;
  const { filesystem } = found.value;
  if (source?.server === server.name && source.filesystemUuid === filesystem.uuid) {
    return failed(sameFilesystem(server.name, found.value.path));
  }
  const { listing } = filesystem;
  return listing.ok ? { ok: true, value: { ...found.value, entries: listing.value } } : listing;
}

/**
 * By the origin ids that the primary knows, in whatever directory of snapshots they lie; in the directory of the
 * replicas also what was received there and is gone from the primary since.
 */
function momentsOn(
  filesystem: Filesystem,
  entries: readonly Subvolume[],
  mount: string,
  into: string | null,
  source: ReplicaSource,
): Set<string> {
  const { marks, replicaBelow, snapshots, foreign } = source;
  const names = namesByOrigin(snapshots);
  const moments = new Set<string>();
  for (const entry of entries) {
    const name = entry.readOnly ? names.get(originIdOf(entry) ?? '') : undefined;
    if (name === undefined) continue;
    const here = baseName(entry.path);
    if ((here === name || isSnapshotName(here)) && liesInSnapshots(entry)) moments.add(name);
  }
  const theirs = foreignOn(filesystem, foreign);
  for (const { originId, createdAt } of foreign)
    if (createdAt !== null && theirs.has(originId)) moments.add(createdAt);
  const directory = replicaDirectory(filesystem, mount, source, into ?? replicaBelow);
  const there = snapshotsIn(filesystem, directory);
  if (!there.ok) return moments;
  for (const one of ownReplicas(filesystem, directory, marks, there.value, snapshots)) {
    const { state, originId, name, doubt } = one;
    // One that nobody could look at closely yet is no reason for an alarm; plan/health says that it is not proven.
    const isIt = state === 'complete' && (doubt === undefined || doubt === 'unchecked');
    if (isIt) moments.add(names.get(originId) ?? name);
  }
  return moments;
}

const namesByOrigin = oncePer(
  (snapshots: readonly Snapshot[]): ReadonlyMap<string, string> =>
    new Map(
      snapshots.filter(({ state }) => state === 'complete').map(({ originId, name }) => [originId, name]),
    ),
);

function onlyRemembered(
  replicas: readonly RememberedReplica[],
  why: Fault,
  question: SightQuestion,
): ReplicaSight {
  const seenAt = replicas
    .map(({ verifiedAt }) => verifiedAt)
    .toSorted()
    .at(-1);
  if (seenAt === undefined) return { kind: 'unknown', fault: why };
  const away = awayMoments(replicas, question);
  const here = replicas.filter(({ filesystem }) => filesystem === null || !away.has(filesystem));
  return { kind: 'remembered', seenAt, moments: new Set(here.map(({ name }) => name)), away, fault: why };
}

/** How far a target is, of all members of a task together. */
export interface RestorePoint {
  /** The newest moment that is complete there, ISO 8601 UTC; null: there is none, or none is known. */
  readonly at: string | null;
  /** False: what the target has of some member is not known. Then `at` is null and says nothing. */
  readonly isKnown: boolean;
  /** Of a group: the newest moment there that lacks members, if it is newer than `at`. */
  readonly incomplete: { readonly name: string; readonly missing: readonly string[] } | null;
  /** As of when all of this is known; null: never. */
  readonly seenAt: string | null;
  /** Why it is not as the last look shows it; null: it is. */
  readonly fault: Fault | null;
  /** Uuid of the filesystem with that moment, if it is not mounted now; null: it is, or which one it is is not known. */
  readonly awayOn: string | null;
}

/** What a target has of one member. */
export interface MemberSight {
  readonly subvolume: string;
  readonly sight: ReplicaSight;
}

/**
 * Of one subvolume, or of a group, for which only what all members have counts.
 *
 * @param made moments that the primary has of all members
 * @param now milliseconds since 1970 UTC
 */
export function restorePointOf(
  members: readonly MemberSight[],
  made: readonly string[],
  now: number,
): RestorePoint {
  const faults = members.flatMap(({ sight }) => (sight.kind === 'seen' ? [] : [sight.fault]));
  const sights = members.flatMap(({ sight }) => (sight.kind === 'unknown' ? [] : [sight]));
  const why = faults[0] ?? null;
  const seenAt = sights.map((sight) => sight.seenAt).toSorted()[0] ?? null;
  if (sights.length < members.length || members.length === 0) {
    return { at: null, isKnown: false, incomplete: null, seenAt, fault: why, awayOn: null };
  }
  const { at, awayOn } = newestDisk(sights, now);
  const incomplete = incompleteOf(members, made, at, now);
  return { at, isKnown: true, incomplete, seenAt, fault: why, awayOn };
}

type KnownSight = Exclude<ReplicaSight, { readonly kind: 'unknown' }>;

/** Disks that take turns are looked at one by one: what of a group is on one and what is on another is no moment of it. */
function newestDisk(sights: readonly KnownSight[], now: number): Pick<RestorePoint, 'at' | 'awayOn'> {
  let best: Pick<RestorePoint, 'at' | 'awayOn'> = {
    at: newestOf(inAll(sights.map(({ moments }) => moments)), now),
    awayOn: null,
  };
  for (const disk of new Set(sights.flatMap(({ away }) => [...away.keys()]))) {
    const at = newestOf(inAll(sights.map(({ away }) => away.get(disk) ?? new Set<string>())), now);
    if (at !== null && (best.at === null || at > best.at)) best = { at, awayOn: disk };
  }
  return best;
}

/** On whatever disk. */
const allMoments = ({ moments, away }: KnownSight): ReadonlySet<string> =>
  new Set([...moments, ...[...away.values()].flatMap((names) => [...names])]);

/** The moments that the primary has complete, of all members; none where one is not known. In no order. */
export const madeMoments = (sources: readonly (ReplicaSource | null)[]): string[] =>
  inAll(sources.map(momentsOf));

function inAll([first, ...others]: readonly ReadonlySet<string>[]): string[] {
  return [...(first ?? [])].filter((name) => others.every((one) => one.has(name)));
}

const momentsOf = (source: ReplicaSource | null): ReadonlySet<string> =>
  new Set(source?.snapshots.filter(({ state }) => state === 'complete').map(({ name }) => name) ?? []);

/** A moment is one of the group when all members have it on the primary, or several on the target. */
function incompleteOf(
  members: readonly MemberSight[],
  made: readonly string[],
  restorePoint: string | null,
  now: number,
): RestorePoint['incomplete'] {
  if (members.length < 2) return null;
  const ofGroup = new Set(made);
  const there = new Map<string, number>();
  for (const { sight } of members) {
    if (sight.kind === 'unknown') continue;
    for (const name of allMoments(sight)) there.set(name, (there.get(name) ?? 0) + 1);
  }
  const partly = [...there].filter(
    ([name, count]) => count < members.length && (count > 1 || ofGroup.has(name)),
  );
  const newest = newestOf(
    partly.map(([name]) => name),
    now,
  );
  if (newest === null || (restorePoint !== null && newest <= restorePoint)) return null;
  const lacking = members.filter(({ sight }) => sight.kind !== 'unknown' && !allMoments(sight).has(newest));
  return { name: newest, missing: lacking.map(({ subvolume }) => subvolume) };
}

export const neverSeen = (server: string): Fault =>
  fault('listing-failed', `${server} has never been looked at.`, `Try "btrfleet server check ${server}".`, {
    server,
  });

export const unknownSource = (server: string): Fault =>
  fault(
    'listing-failed',
    `Which replicas ${server} should have is not known: the primary was never seen with this subvolume.`,
    'Look at the primary first: btrfleet server check',
    { server },
  );
