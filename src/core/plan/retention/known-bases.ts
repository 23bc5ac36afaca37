/**
 * Decides what can be known of what the other side of a replication holds, so that retention keeps the bases. It
 * looks at everything read-only there, in whatever directory: what it does not know it calls unknown, never empty.
 */

import type { Task } from '../../model/automation/task.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import { bornIdOf, originIdOf } from '../../model/inventory.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import type { Bases } from './retention.ts';

/** What is known of one server. */
export interface Sight {
  readonly server: string;
  /** As it was just seen; null: it could not be looked at. */
  readonly now: Inventory | null;
  /** The last one before that; null: there is none. */
  readonly before: Inventory | null;
}

/** A replica that was once seen whole, wherever it is now. */
export interface RememberedReplica {
  readonly server: string;
  /** Uuid of the filesystem it was on; null: not known. */
  readonly filesystem: string | null;
  readonly mount: string;
  readonly originId: string;
}

type Known = ReadonlySet<string> | 'unknown';

/**
 * For every filesystem of these servers, what it holds; also of those that are not mounted now, from the look
 * before. `except`: the filesystem the subvolume itself lies on, which is no target of its own. A server that was
 * never seen is unknown as a whole.
 *
 * Replicas that are remembered and were not seen count as a target of their own, one for each filesystem: they are on a
 * disk that another one has taken the place of. It is waited for without end; only people know that it will not come.
 *
 * `named`: the targets of enabled tasks that send the subvolume. A mount of them that nobody ever saw is unknown.
 */
export function basesOnTargets(
  sights: readonly Sight[],
  remembered: readonly RememberedReplica[],
  except: string | null,
  named: readonly Target[] = [],
): Bases {
  const found = new Map<string, Known>();
  for (const { server, now, before } of sights) {
    const seen = now ?? before;
    if (!seen || nothingToSee(seen)) found.set(server, 'unknown');
    const gone = now && before ? before.filesystems.filter((one) => !isIn(now, one)) : [];
    const many = (seen?.filesystems.length ?? 0) > 1;
    for (const filesystem of seen?.filesystems ?? []) {
      if (filesystem.uuid === except) continue;
      const older = before?.filesystems.find(({ uuid }) => uuid === filesystem.uuid);
      const name = formatTarget({ server, mount: many ? filesystem.mount : null });
      found.set(name, heldBy(filesystem) ?? (older && heldBy(older)) ?? 'unknown');
      const unproven = inDoubt(filesystem);
      if (unproven.size > 0) found.set(`${name} (not proven yet)`, unproven);
    }
    for (const filesystem of gone) {
      if (filesystem.uuid === except) continue;
      const { uuid, mount } = filesystem;
      const name = `${formatTarget({ server, mount })} (filesystem ${uuid}, not mounted now)`;
      found.set(name, heldBy(filesystem) ?? 'unknown');
    }
    for (const mount of neverSeen(server, named, remembered, [...(seen?.filesystems ?? []), ...gone])) {
      found.set(`${formatTarget({ server, mount })} (never seen)`, 'unknown');
    }
    const others = remembered.filter(({ filesystem }) => except === null || filesystem !== except);
    for (const [name, ids] of unseen(server, others, [...(seen?.filesystems ?? []), ...gone]))
      found.set(name, ids);
  }
  return found;
}

/** What one filesystem holds, as the only target there is; null: it is not known. */
export const basesOn = (server: string, filesystem: Filesystem | null): Bases =>
  new Map([[server, (filesystem && heldBy(filesystem)) ?? 'unknown']]);

/** No filesystem, and something there that was not understood. */
const nothingToSee = ({ filesystems, problems }: Inventory): boolean =>
  filesystems.length === 0 && problems.length > 0;

const isIn = ({ filesystems }: Inventory, { uuid }: Filesystem): boolean =>
  filesystems.some((one) => one.uuid === uuid);

/** Origin ids of everything read-only on it; null: it could not be listed. */
export function heldBy({ listing }: Filesystem): ReadonlySet<string> | null {
  if (!listing.ok) return null;
  const ids = listing.value.map((entry) => (entry.readOnly ? originIdOf(entry) : null));
  return new Set(ids.filter((id) => id !== null));
}

/** The ids of what may turn out to be a base: kept beside what is one now. */
function inDoubt({ listing }: Filesystem): ReadonlySet<string> {
  const entries = listing.ok ? listing.value : [];
  return new Set(
    entries.flatMap((one) => (one.readOnly && one.doubt === 'unchecked' ? (bornIdOf(one) ?? []) : [])),
  );
}

/** The ids that anything read-only on it bears, proven or not; null: it could not be listed. */
export function bornOn({ listing }: Filesystem): ReadonlySet<string> | null {
  if (!listing.ok) return null;
  return new Set(listing.value.flatMap((one) => (one.readOnly ? (bornIdOf(one) ?? []) : [])));
}

/** Mounts that tasks name, of which neither a look nor the memory knows anything: a disk may be away that has replicas. */
function neverSeen(
  server: string,
  named: readonly Target[],
  remembered: readonly RememberedReplica[],
  filesystems: readonly Filesystem[],
): string[] {
  const known = new Set([
    ...filesystems.flatMap(({ mounts }) => mounts.map(({ path }) => path)),
    ...remembered.filter((one) => one.server === server).map(({ mount }) => mount),
  ]);
  const mounts = named.flatMap((target) => (target.server === server ? (target.mount ?? []) : []));
  return [...new Set(mounts)].filter((mount) => !known.has(mount));
}

/** By name: what was sent to a filesystem, or if that is not known to a mount, and was not seen there. */
function unseen(
  server: string,
  remembered: readonly RememberedReplica[],
  filesystems: readonly Filesystem[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = filesystems.map((one) => ({
    uuid: one.uuid,
    mounts: new Set(one.mounts.map(({ path }) => path)),
    ids: bornOn(one),
  }));
  const found = new Map<string, Set<string>>();
  for (const { server: where, filesystem, mount, originId } of remembered) {
    if (where !== server) continue;
    const isMeant = ({ uuid, mounts }: (typeof seen)[number]): boolean =>
      filesystem === null ? mounts.has(mount) : uuid === filesystem;
    if (seen.some((one) => isMeant(one) && one.ids?.has(originId))) continue;
    const disk = filesystem === null ? '' : `filesystem ${filesystem}, `;
    const name = `${formatTarget({ server, mount })} (${disk}not seen there now)`;
    found.set(name, (found.get(name) ?? new Set()).add(originId));
  }
  return found;
}

/** Where the enabled tasks that send a subvolume send it. */
export const targetsOf = (tasks: readonly Task[], subvolume: string): Target[] =>
  tasks
    .filter((task) => task.enabled && task.subvolumes.includes(subvolume))
    .flatMap(({ targets }) => targets);
