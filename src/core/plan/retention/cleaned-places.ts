/**
 * Decides what automation would delete now, from what was seen last of every server: on the primary by retention
 * policies, on targets by the rules of tasks. It deletes nothing; what was not seen is a fault, never an empty list.
 */

import type { Task } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { RetentionPolicy } from '../../model/policy.ts';
import { failed, type Result } from '../../model/result.ts';
import { ageText, type RetentionPlan, type RetentionRules } from '../../model/retention.ts';
import type { Server } from '../../model/server.ts';
import type { Hold, Snapshot } from '../../model/snapshot.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { findSubvolume, type Place, snapshotsIn, snapshotsOf } from '../catalog/catalog.ts';
import { resolveTarget } from '../catalog/target.ts';
import { planCleanup } from './cleanup.ts';
import { basesOn, basesOnTargets, type RememberedReplica, targetsOf } from './known-bases.ts';

/** What of the configuration protects snapshots, or lets them go. */
export interface Setup {
  readonly servers: readonly Server[];
  readonly tasks: readonly Task[];
  readonly retentionPolicies: readonly RetentionPolicy[];
  readonly holds: readonly Hold[];
}

/** What is known of the servers without a look. */
export interface Memory {
  /** The last look at each, by name. */
  readonly inventories: ReadonlyMap<string, Inventory>;
  /** Replicas of a subvolume, or of these snapshots, that were once seen whole. */
  readonly remembered: (subvolume: string, snapshots: readonly Snapshot[]) => readonly RememberedReplica[];
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** One history that automation cleans up. */
export interface CleanedPlace {
  readonly subvolume: string;
  /** Null: its own snapshots, on the primary. */
  readonly target: Target | null;
  readonly into: string | null;
  readonly rules: RetentionRules;
}

/** Of all that is enabled. */
export const placesOf = ({ retentionPolicies, tasks }: Setup): CleanedPlace[] => [
  ...retentionPolicies
    .filter(({ enabled }) => enabled)
    .map(({ subvolume, rules }) => ({ subvolume, target: null, into: null, rules })),
  ...tasks.flatMap(({ enabled, retention, subvolumes, targets, into }) =>
    !enabled || retention === null
      ? []
      : targets.flatMap((target) =>
          subvolumes.map((subvolume) => ({ subvolume, target, into, rules: retention })),
        ),
  ),
];

export const primaryIn = ({ servers }: Setup): Server | null =>
  servers.find(({ role }) => role === 'primary') ?? null;

/** Where it is, as people write it. */
export const whereOf = ({ target }: Pick<CleanedPlace, 'target'>, setup: Setup): string =>
  target === null ? (primaryIn(setup)?.name ?? 'the primary') : formatTarget(target);

/** Milliseconds for which a look tells what lies there: since then snapshots have come and gone. */
const GOOD_FOR = 3_600_000;

/**
 * Of every snapshot there whether it is kept. What runs use is left out: it may be let go by the time of a clean-up.
 * Faults: listing-failed (never or too long ago looked at, or not listed), not-mounted and the like, no-such-subvolume
 * (clean-up does nothing there).
 */
export function planAt(place: CleanedPlace, setup: Setup, memory: Memory): Result<RetentionPlan> {
  const primary = primaryIn(setup);
  if (primary === null) return failed(noPrimary);
  const inventory = memory.inventories.get(primary.name);
  if (!inventory) return failed(notSeen(primary.name));
  const source = findSubvolume(inventory, place.subvolume);
  if (!source.ok) return source;
  return place.target === null
    ? planSource(source.value, inventory, { place, setup, memory })
    : planReplicas(source.value, place.target, { place, setup, memory });
}

interface About {
  readonly place: CleanedPlace;
  readonly setup: Setup;
  readonly memory: Memory;
}

function planSource(source: Place, inventory: Inventory, { place, setup, memory }: About) {
  const old = tooOld(inventory, memory.now);
  if (old) return failed(old);
  const snapshots = snapshotsOf(source);
  if (!snapshots.ok) return snapshots;
  const sights = setup.servers.map(({ name }) => ({
    server: name,
    now: memory.inventories.get(name) ?? null,
    before: null,
  }));
  return planCleanup({
    snapshots: snapshots.value,
    rules: place.rules,
    now: memory.now,
    holds: setup.holds,
    bases: basesOnTargets(
      sights,
      memory.remembered(source.path, snapshots.value),
      source.filesystem.uuid,
      targetsOf(setup.tasks, source.path),
    ),
    isOneHistory: true,
  });
}

function planReplicas(source: Place, target: Target, { place, setup, memory }: About): Result<RetentionPlan> {
  const server = setup.servers.find(({ name }) => name === target.server);
  const inventory = memory.inventories.get(target.server);
  if (!server || !inventory) return failed(notSeen(target.server));
  const old = tooOld(inventory, memory.now);
  if (old) return failed(old);
  const snapshots = replicasAt(source, { server, inventory, mount: target.mount, into: place.into });
  if (!snapshots.ok) return snapshots;
  return planCleanup({
    snapshots: snapshots.value,
    rules: place.rules,
    now: memory.now,
    holds: setup.holds,
    bases: basesOn(source.server, source.filesystem),
  });
}

/** All that lie in the directory of a subvolume's replicas on a target. `source`: it on the primary. */
export function replicasAt(
  source: Place,
  at: {
    readonly server: Server;
    readonly inventory: Inventory;
    readonly mount: string | null;
    readonly into: string | null;
  },
): Result<Snapshot[]> {
  const made = snapshotsOf(source);
  if (!made.ok) return made;
  // By what they have in common: the marks are read by who sends.
  const sent = { marks: { own: '', inherited: [], until: '' }, snapshots: made.value };
  const place = resolveTarget(at.server, at.inventory, at.mount, source, at.into, sent);
  return place.ok ? snapshotsIn(place.value.filesystem, place.value.directory) : place;
}

function tooOld({ server, takenAt }: Inventory, now: number): Fault | null {
  const age = Math.abs(now - Date.parse(takenAt));
  if (age <= GOOD_FOR) return null;
  const minutes = Math.floor(age / 60_000) * 60;
  return fault(
    'listing-failed',
    `${server} was last looked at ${ageText(minutes)} ago.`,
    `Look at it: btrfleet server check ${server}`,
    { server },
  );
}

const notSeen = (server: string): Fault =>
  fault('listing-failed', `${server} was never looked at.`, `Look at it: btrfleet server check ${server}`, {
    server,
  });

const noPrimary = fault('no-primary', 'No server is the primary.', 'btrfleet server promote NAME makes one.');

export const isNothingThere = ({ code }: Fault): boolean => code === 'no-such-subvolume';
