/** Looks at both trees and plans how files of a snapshot are brought back. It changes nothing. */
import type { Host } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { beforeName, KEPT, STAGE } from '../../model/extract/orders.ts';
import {
  directoryOf,
  inDirectory,
  isWithin,
  nameIn,
  type Tree,
  type TreeRoot,
} from '../../model/extract/tree.ts';
import { bytesOfName } from '../../model/file-name.ts';
import { harmless } from '../../model/harmless.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type {
  ExtractRequest,
  ExtractRow,
  ExtractShown,
  ExtractWish,
  ShownExtract,
} from '../../model/runs/extract.ts';
import { APART, bornIdOfSnapshot, joinPath, SNAPSHOTS } from '../../model/snapshot.ts';
import { filesystemAt } from '../../plan/catalog/catalog.ts';
import { planExtract } from '../../plan/extract/extract-plan.ts';
import { chooser, isPattern } from '../../plan/extract/patterns.ts';
import type { ExtractPlan, ExtractWanted, PlanRow } from '../../plan/extract/question.ts';
import { isApart } from '../../plan/extract/tree-index.ts';
import { pathInside } from '../../plan/files/path-inside.ts';
import { LIVE } from '../../plan/files/readable-tree.ts';
import { treeFault, unsendable } from '../../plan/files/tree-fault.ts';
import type { Pin } from '../../state/journal/pins.ts';
import { type LocatedTree, locateTree } from '../files/locate.ts';
import type { Fleet } from '../ground/fleet.ts';
import {
  fromLive,
  isElsewhere,
  isEmpty,
  noDirectory,
  noPaths,
  noPattern,
  nothingMatches,
  noWayBack,
  oneName,
  wasApart,
} from './faults.ts';
import { listTree } from './list-tree.ts';
import { namedPath } from './named-path.ts';
import { type TargetPlace, targetPlace } from './target-place.ts';

export interface PlannedExtract {
  readonly request: ExtractRequest;
  readonly plan: ExtractPlan;
  readonly source: { readonly host: Host; readonly path: string; readonly uuid: string | null };
  readonly target: TargetPlace;
  /** Pinned while it is brought back. */
  readonly taken: Pin;
  readonly isReflink: boolean;
  readonly shown: ShownExtract;
}

/** Faults: usage, no-such-snapshot, no-such-file, unsafe-path, refused, tool-missing, sudo-missing, no-space, those of a look. */
export async function planExtractNow(
  fleet: Fleet,
  wish: ExtractWish,
  signal: AbortSignal,
): Promise<Result<PlannedExtract>> {
  if (wish.snapshot === LIVE) return failed(fromLive());
  if (![...wish.include, ...wish.exclude].every(isPattern)) return failed(noPattern());
  const { subvolume, snapshot, from } = wish;
  const located = await locateTree(fleet, { subvolume, snapshot, server: from }, signal);
  if (!located.ok) return located;
  const target = await targetPlace(fleet, { ...wish, subvolume: located.value.subvolume }, signal);
  if (!target.ok) return target;
  const wanted = wantedOf(located.value.subvolume, wish.paths, target.value);
  if (!wanted.ok) return wanted;
  const trees = await listBoth(fleet, located.value, target.value, wanted.value, signal);
  if (!trees.ok) return trees;
  const isReflink = sharesExtents(located.value, target.value);
  const plan = planExtract({
    ...{ ...trees.value, wanted: wanted.value, isStream: !isReflink, isOurs },
    ...{ overwrite: wish.overwrite, removes: wish.removes, chooses: chooser(wish) },
    ...{ shownAt: wish.shown?.at ?? null, hasWayBack: target.value.kept !== null },
  });
  if (plan.chosen === 0 && !hasOrders(plan)) return failed(nothingMatches());
  const { kept, root, host } = target.value;
  if (kept === null && plan.changesWhatIsThere)
    return failed(noWayBack(host, root, target.value.isOwn, plan));
  return ok(
    planned(wish, wish.at ?? isoTime(fleet.clock.now()), located.value, target.value, {
      ...{ plan, isReflink, listedAt: trees.value.target.listedAt },
    }),
  );
}

function planned(
  wish: ExtractWish,
  at: string,
  located: LocatedTree,
  target: TargetPlace,
  { plan, isReflink, listedAt }: Pick<PlannedExtract, 'plan' | 'isReflink'> & { readonly listedAt: string },
): PlannedExtract {
  const { subvolume, snapshot, path, uuid, note, host } = located;
  const { kept, isOwn } = target;
  const from = { name: snapshot?.name ?? '', uuid: uuid ?? '' };
  const request: ExtractRequest = {
    ...{ subvolume, source: host.server.name, from, fromPath: path, paths: wish.paths, to: wish.to, at },
    server: isOwn ? null : target.host.server.name,
    live: kept && { filesystem: kept.filesystem.uuid, inside: kept.inside, uuid: kept.uuid },
    ...{ overwrite: wish.overwrite, removes: wish.removes, include: wish.include, exclude: wish.exclude },
    shown: shownOf(plan, listedAt),
  };
  const stays = kept === null && plan.counts.left > 0 ? [STAYS] : [];
  const notes = [...(note === null ? [] : [note.message]), ...(isOwn ? [TO_OWN] : []), ...stays];
  const createdAt = snapshot?.createdAt ?? null;
  return {
    ...{ request, plan, source: { host, path, uuid }, target, isReflink, taken: takenOf(located) },
    shown: shownExtract(request, { plan, target, isReflink, createdAt, notes }),
  };
}

const TO_OWN =
  'It belongs to whoever runs btrfleet. Unless that is root, owners, capabilities, attributes that are not "user.", and marks to run as the owner do not come.';

const STAYS =
  'Directories that are there keep their owner, rights and times: there is no snapshot to go back to.';

export const shownOf = ({ counts: { removed, replaced } }: ExtractPlan, at: string): ExtractShown => ({
  ...{ removed, replaced, at },
});

const takenOf = ({ inventory, path, snapshot, uuid }: LocatedTree): Pin => ({
  filesystem: filesystemAt(inventory, path)?.uuid ?? '',
  origin: snapshot ? bornIdOfSnapshot(snapshot) : (uuid ?? ''),
});

export function shownExtract(
  request: ExtractRequest,
  about: Pick<PlannedExtract, 'plan' | 'target' | 'isReflink'> & {
    readonly createdAt: string | null;
    readonly notes: readonly string[];
  },
): ShownExtract {
  const { plan, target, isReflink, createdAt, notes } = about;
  const { subvolume, server, to, source, from, fromPath, at, undo = null } = request;
  const { kept, root } = target;
  const row = ({ path, ...rest }: PlanRow): ExtractRow => ({ ...rest, ...namedPath(joinPath(root, path)) });
  return {
    ...{ subvolume, server, to, source, from: { ...from, path: fromPath, createdAt } },
    ...{ how: isReflink ? 'reflink' : 'stream', counts: plan.counts, bytes: plan.bytes },
    wireBytes: isReflink ? 0 : plan.bytes,
    beforePath: kept && hasOrders(plan) ? joinPath(kept.snapshots, beforeName(at)) : null,
    ...{
      rows: plan.rows.map(row),
      notes: [...notes, ...(isReflink ? [] : powerNote(plan, source)), ...partedNote(plan)],
      undo,
    },
  };
}

/** It lists and sends them itself: who takes them is to know of it. */
const powerNote = ({ powerful }: ExtractPlan, server: string): string[] => {
  const named = powerful.slice(0, NAMED).map((path) => harmless(path));
  const more = powerful.length - named.length;
  return powerful.length === 0
    ? []
    : [
        `As ${server} lists them, ${powerful.length} of what comes run as their owner or group, or are devices: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
      ];
};

/** Names that are told. */
const NAMED = 5;

const partedNote = ({ parted }: ExtractPlan): string[] =>
  parted.length === 0
    ? []
    : [
        `${parted.length} of the files have further names that do not come: what is written to one of those is not in them then.`,
      ];

export const hasOrders = ({ orders: { places } }: ExtractPlan): boolean => places.length > 0;

/** None within another one: what is asked for twice comes once. */
export function wantedOf(
  subvolume: string,
  paths: readonly string[],
  { directory }: TargetPlace,
): Result<ExtractWanted[]> {
  if (paths.length === 0) return failed(noPaths());
  const found = new Set<string>();
  for (const path of paths) {
    // What a variable holds that is not set.
    if (path === '') return failed(isEmpty());
    const inside = pathInside(subvolume, path);
    if (!inside.ok) return inside;
    if (bytesOfName(inside.value) === null) return failed(unsendable(path));
    found.add(inside.value);
  }
  const asked = [...found].toSorted();
  const tops = asked.filter((path) => !asked.some((other) => other !== path && isWithin(path, other)));
  const wanted = tops.map((from) => ({
    from,
    to: directory === null ? from : inDirectory(directory, nameIn(from)),
  }));
  const isTwice = new Set(wanted.map(({ to }) => to)).size < wanted.length;
  return isTwice ? failed(oneName()) : ok(wanted);
}

async function listBoth(
  fleet: Fleet,
  located: LocatedTree,
  target: TargetPlace,
  wanted: readonly ExtractWanted[],
  signal: AbortSignal,
): Promise<Result<{ readonly source: Tree; readonly target: Tree }>> {
  const ask = { root: located.path, uuid: located.uuid, paths: wanted.map(({ from }) => from) };
  const source = await listTree(located.host, fleet.nonce(), ask, signal);
  if (!source.ok) return source;
  const absent = source.value.roots.find(({ end }) => end !== 'there');
  const from = located.host.server.name;
  if (absent && absent.end !== 'there')
    return failed(treeFault({ server: from, root: located.path }, absent.end, absent.path));
  const apart = wanted.find(({ from: path }) => isBelowApart(source.value, path));
  if (apart) return failed(wasApart(from, joinPath(located.path, apart.from)));
  const { host, root, isOwn, kept, directory } = target;
  const to = { root, uuid: kept?.uuid ?? null, paths: wanted.map((one) => one.to), isOwn };
  const there = await listTree(host, fleet.nonce(), to, signal);
  const server = host.server.name;
  if (!there.ok && kept === null && there.fault.code === 'no-such-snapshot')
    return failed(noDirectory(server, root));
  if (!there.ok) return there;
  const { roots } = there.value;
  if (directory !== null && roots.some((one) => isTooFar(one, directory)))
    return failed(noDirectory(server, joinPath(root, directory)));
  const bad = roots.find(({ end }) => end !== 'there' && end !== 'gone');
  if (bad && bad.end !== 'there') return failed(treeFault({ server, root }, bad.end, bad.path));
  const other = crossed(there.value);
  if (other !== null) return failed(isElsewhere(server, joinPath(root, other)));
  return ok({ source: source.value, target: there.value });
}

/** A directory that was named is there: only what was in the snapshot is made. */
const isTooFar = ({ end, depth }: TreeRoot, directory: string): boolean =>
  end === 'gone' && directory !== '' && depth < directory.split('/').length;

/** A directory on the way to what was asked for that is of another subvolume, or has something mounted on it. */
function crossed({ roots, entries }: Tree): string | null {
  const device = entries.get('')?.device;
  for (const { path } of roots) {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const up = parts.slice(0, depth).join('/');
      const entry = entries.get(up);
      if (entry && entry.device !== device) return up;
    }
  }
  return null;
}

/** It, or a directory on the way to it, was a subvolume of its own. */
function isBelowApart(source: Tree, path: string): boolean {
  if (path === '') return false;
  const entry = source.entries.get(path);
  return (entry !== undefined && isApart(source, entry)) || isBelowApart(source, directoryOf(path));
}

/** Copied without a byte being read or written. */
function sharesExtents(located: LocatedTree, { host, kept }: TargetPlace): boolean {
  const { inventory, path, host: from } = located;
  if (kept === null || from.server.name !== host.server.name) return false;
  return filesystemAt(inventory, path)?.uuid === kept.filesystem.uuid;
}

/** What lies in the root for btrfleet itself; snapshots are in none. */
const isOurs = (path: string): boolean =>
  path === SNAPSHOTS ||
  path === APART ||
  (!path.includes('/') && (path.startsWith(STAGE) || path.startsWith(KEPT)));
