/**
 * Decides which sightings of one path are one version of it, over snapshots, replicas and servers. It knows nothing of
 * content but digests: without them a version is what nobody touched.
 */
import type { FileVersion, SeenTree } from '../../model/file-versions.ts';
import type { FileStat } from '../../model/files.ts';

export interface Seen {
  readonly tree: SeenTree;
  readonly stat: FileStat;
}

/**
 * The newest first. On one filesystem a version is an inode that was not changed, by its number, times, size, owner and
 * rights. A replica has other numbers, so it is known by its snapshot on the primary; one that is gone there by size, time
 * and rights, which `btrfs send` keeps. `sha256`: digests, each of one that stands for its version: files of one digest are one.
 */
export function fileVersions(
  seen: readonly Seen[],
  sha256: ReadonlyMap<Seen, string> = new Map(),
): FileVersion[] {
  const groups = createGroups(seen);
  uniteBy(groups, seen, ({ tree, stat }) => `${tree.server} ${tree.filesystem} ${untouched(stat)}`);
  uniteBy(groups, seen, ({ tree }) => tree.originId);
  uniteStrangers(groups);
  for (const [one, digest] of sha256) groups.learn(one, digest);
  uniteBy(groups, seen, (one) => (one.stat.kind === 'file' ? groups.digest(one) : null));
  return groups
    .all()
    .map((members) => versionOf(members, groups.digest(members[0] as Seen)))
    .toSorted(byNewest);
}

const owned = ({ kind, sizeBytes, modifiedAt, mode, owner }: FileStat): string =>
  `${kind} ${sizeBytes} ${modifiedAt} ${mode} ${owner.uid} ${owner.gid}`;

const untouched = (stat: FileStat): string => `${stat.inode} ${stat.changedAt} ${owned(stat)}`;

interface Groups {
  unite(a: Seen, b: Seen): void;
  /** Of the group it is in. */
  digest(one: Seen): string | null;
  learn(one: Seen, digest: string): void;
  all(): (readonly Seen[])[];
}

function createGroups(seen: readonly Seen[]): Groups {
  const above = new Map<Seen, Seen>();
  const known = new Map<Seen, string>();
  const headOf = (one: Seen): Seen => {
    let head = one;
    for (let next = above.get(head); next !== undefined; next = above.get(head)) head = next;
    // The next one who asks has a short way.
    for (let at = one; at !== head; ) {
      const next = above.get(at) ?? head;
      above.set(at, head);
      at = next;
    }
    return head;
  };
  return {
    unite(a, b) {
      const [one, other] = [headOf(a), headOf(b)];
      if (one !== other) above.set(other, one);
      const digest = known.get(one) ?? known.get(other);
      if (digest !== undefined) known.set(one, digest);
    },
    digest: (one) => known.get(headOf(one)) ?? null,
    learn: (one, digest) => void known.set(headOf(one), digest),
    all: () => [...Map.groupBy(seen, headOf).values()],
  };
}

function uniteBy(groups: Groups, seen: readonly Seen[], keyOf: (one: Seen) => string | null): void {
  const first = new Map<string, Seen>();
  for (const one of seen) {
    const key = keyOf(one);
    const before = key === null ? undefined : first.get(key);
    if (before) groups.unite(before, one);
    else if (key !== null) first.set(key, one);
  }
}

/**
 * Those that no filesystem has both of: nothing said that they are two. On one filesystem they are two, as they were
 * touched in between.
 */
function uniteStrangers(groups: Groups): void {
  const open = new Map<string, { readonly one: Seen; readonly filesystems: Set<string> }[]>();
  for (const members of groups.all().toSorted((a, b) => newestOf(b) - newestOf(a))) {
    const [one] = members;
    if (!one) continue;
    const filesystems = new Set(members.map(({ tree }) => `${tree.server} ${tree.filesystem}`));
    const alike = open.get(owned(one.stat)) ?? [];
    const stranger = alike.find((other) => ![...filesystems].some((one) => other.filesystems.has(one)));
    if (!stranger) {
      open.set(owned(one.stat), [...alike, { one, filesystems }]);
      continue;
    }
    groups.unite(stranger.one, one);
    for (const filesystem of filesystems) stranger.filesystems.add(filesystem);
  }
}

const timeOf = ({ tree }: Seen): number => (tree.at === null ? 0 : Date.parse(tree.at));

const newestOf = (members: readonly Seen[]): number => Math.max(...members.map(timeOf));

function versionOf(members: readonly Seen[], sha256: string | null): FileVersion {
  const places = members.toSorted(byUse);
  const times = members.flatMap(({ tree }) => tree.at ?? []).toSorted();
  const [best] = places;
  if (!best) throw new Error('a version that nobody saw');
  return {
    ...{ stat: best.stat, sha256, firstSeen: times[0] ?? null, lastSeen: times.at(-1) ?? null },
    isLive: members.some(({ tree }) => tree.isLive),
    places: places.map(({ tree }) => tree),
  };
}

/** A snapshot stays as it is; the live one does not. */
function byUse(a: Seen, b: Seen): number {
  const rank = ({ tree }: Seen): number => Number(tree.isHome) * 2 + Number(!tree.isLive) * 4;
  return rank(b) - rank(a) || timeOf(b) - timeOf(a);
}

function byNewest(a: FileVersion, b: FileVersion): number {
  if (a.isLive !== b.isLive) return a.isLive ? -1 : 1;
  const [one, other] = [a, b].map(({ lastSeen }) => lastSeen ?? '');
  if (one !== other) return (one ?? '') > (other ?? '') ? -1 : 1;
  return a.stat.modifiedAt > b.stat.modifiedAt ? -1 : 1;
}
