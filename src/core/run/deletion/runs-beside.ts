/**
 * What other runs do beside a clean-up of one subvolume on one server: what they use, which have not said it yet, and
 * whether one of them has begun or ended since the clean-up was planned. It is read from the journal each time.
 */
import type { Inventory } from '../../model/inventory.ts';
import { RUN_KINDS, RUNS, type Run, type RunKind } from '../../model/runs/run.ts';
import type { Server } from '../../model/server.ts';
import { findSubvolume, type Place } from '../../plan/catalog/catalog.ts';
import { type InUse, namesInUse } from '../../plan/retention/names-in-use.ts';
import { hasMoved, type JournalMark, type PlannedFor } from '../../plan/retention/plan-age.ts';
import { unsaidAmong } from '../../plan/retention/unsaid.ts';
import type { Fleet } from '../ground/fleet.ts';

/** What a clean-up is about, as it was seen. */
export interface CleanedPlace {
  /** The subvolume on the primary; null: it is not known to be there. */
  readonly place: { readonly inventory: Inventory; readonly found: Place } | null;
  /** The server whose replicas are cleaned up; null: what is sent from, on the primary. */
  readonly replicasOn: { readonly server: Server; readonly inventory: Inventory } | null;
  readonly servers: readonly Server[];
  readonly primary: string;
}

export interface RunsBeside {
  readonly inUse: () => InUse;
  /** Numbers of the replications that have begun and not said yet what they use. */
  readonly unsaid: () => number[];
  readonly movedSince: (mark: JournalMark) => boolean;
}

export function runsBeside(fleet: Fleet, cleaned: CleanedPlace): RunsBeside {
  const { journal } = fleet;
  const about = aboutOf(fleet, cleaned);
  const users = (): Run[] => [...unfinishedRuns(fleet, ['replication', 'task', 'restore']).values()];
  return {
    inUse: () => namesInUse(users(), about),
    unsaid: () => unsaidAmong(users(), about),
    movedSince: (mark) => {
      const newest = newestRun(fleet);
      const since = newest > mark.newest ? journal.listRuns({ limit: newest - mark.newest }) : [];
      return hasMoved(
        mark,
        unfinishedRuns(fleet, MOVERS),
        since.filter(({ id }) => id > mark.newest),
        about,
      );
    },
  };
}

/** Taken before anything is looked at: what ends during the looks may be in none of them. */
export function markJournal(fleet: Fleet): JournalMark {
  // First the number: what is created from now on has a higher one.
  const newest = newestRun(fleet);
  return { newest, unfinished: unfinishedRuns(fleet, MOVERS) };
}

/** They can change what two servers have in common. */
const MOVERS = RUN_KINDS.filter((kind) => RUNS[kind].movesBases);

/** More than can be at work or wait at once. */
const MOST_RUNS = 10_000;

const newestRun = ({ journal }: Fleet): number => journal.listRuns({ limit: 1 })[0]?.id ?? 0;

/** The queued ones first: one that is claimed in between is seen twice, and never missed. */
const unfinishedRuns = ({ journal }: Fleet, kinds: readonly RunKind[]): Map<number, Run> =>
  new Map(
    (['queued', 'running'] as const).flatMap((state) =>
      kinds.flatMap((kind) =>
        journal.listRuns({ kind, state, limit: MOST_RUNS }).map((run) => [run.id, run] as const),
      ),
    ),
  );

function aboutOf(fleet: Fleet, { place, replicasOn, servers, primary }: CleanedPlace): PlannedFor {
  // One subvolume has as many names as mounts that show it; one that is not found may be this one.
  const isMeant = (subvolume: string): boolean => {
    if (place === null) return true;
    const other = findSubvolume(place.inventory, subvolume);
    return !other.ok || other.value.subvolume.uuid === place.found.subvolume.uuid;
  };
  const isThere = replicasOn && ((name: string) => mayBeSame(fleet, replicasOn, name, servers));
  return { isMeant, isThere, primary };
}

/**
 * By the address, as one machine may have two names; and by the filesystems it was last seen with, as it may have two
 * addresses. One that was never seen, or with none, may be any.
 */
function mayBeSame(
  { journal }: Fleet,
  { server, inventory }: NonNullable<CleanedPlace['replicasOn']>,
  name: string,
  servers: readonly Server[],
): boolean {
  if (name === server.name) return true;
  const { host, port } = server;
  if (servers.some((one) => one.name === name && one.host === host && one.port === port)) return true;
  const seen = journal.lastInventory(name)?.filesystems ?? [];
  const here = new Set(inventory.filesystems.map(({ uuid }) => uuid));
  return seen.length === 0 || seen.some(({ uuid }) => here.has(uuid));
}
