/**
 * Decides which snapshots lose their protection by a change: those that automation keeps today and would delete after
 * it. It changes nothing. Where it cannot be known it says so.
 */
import type {
  LosingSnapshot,
  LostProtection,
  ProtectionChange,
  UnknownLoss,
} from '../../model/automation/protection.ts';
import { deletedBy, type Kept, keptBy, LADDER_LEVELS, type RetentionRules } from '../../model/retention.ts';
import type { Hold, Snapshot } from '../../model/snapshot.ts';
import { formatTarget } from '../../model/target.ts';
import { findSubvolume } from '../catalog/catalog.ts';
import {
  type CleanedPlace,
  isNothingThere,
  type Memory,
  placesOf,
  planAt,
  primaryIn,
  type Setup,
  whereOf,
} from './cleaned-places.ts';
import { targetsOf } from './known-bases.ts';

/** The configuration, and disks that are remembered no more. */
interface Situation {
  readonly setup: Setup;
  readonly forgotten: readonly { readonly server: string; readonly filesystem: string | null }[];
}

/** `changes`: one after the other. */
export function lostProtection(
  setup: Setup,
  changes: readonly ProtectionChange[],
  memory: Memory,
): LostProtection {
  const before: Situation = { setup, forgotten: [] };
  const after = changes.reduce(changed, before);
  const snapshots: LosingSnapshot[] = [];
  const unknown: UnknownLoss[] = [];
  for (const places of placesConcerned(before, after, memory)) {
    const [place] = places;
    const about = { subvolume: place.subvolume, where: whereOf(place, after.setup) };
    const going = goingAt(places, after, memory);
    const today = keptAt(before, place, memory);
    unknown.push(...going.faults.map((fault) => ({ ...about, fault })));
    snapshots.push(
      ...going.snapshots.flatMap(({ name, path, uuid }): LosingSnapshot[] => {
        const verdict = today.get(`${uuid} ${path}`);
        return verdict === 'goes' ? [] : [{ ...about, name, path, reasons: verdict?.reasons ?? [] }];
      }),
    );
  }
  return { snapshots, unknown };
}

/**
 * Names of the servers whose snapshots a change is about: a look at them tells more than the memory. None: the change
 * takes no protection away.
 */
export function serversConcerned(
  setup: Setup,
  changes: readonly ProtectionChange[],
  memory: Memory,
): string[] {
  const before: Situation = { setup, forgotten: [] };
  const after = changes.reduce(changed, before);
  const places = placesConcerned(before, after, memory).flat();
  const primary = primaryIn(after.setup)?.name;
  return [...new Set(places.flatMap(({ target }) => [primary ?? [], target?.server ?? []].flat()))];
}

function changed({ setup, forgotten }: Situation, change: ProtectionChange): Situation {
  switch (change.kind) {
    case 'forget-server': {
      const servers = setup.servers.filter(({ name }) => name !== change.server);
      return { setup: { ...setup, servers }, forgotten };
    }
    case 'promote': {
      const servers = setup.servers.map((one) => ({
        ...one,
        role: one.name === change.server ? ('primary' as const) : ('secondary' as const),
      }));
      return { setup: { ...setup, servers }, forgotten };
    }
    case 'forget-disk':
      return { setup, forgotten: [...forgotten, change] };
    case 'release': {
      const isMeant = (hold: Hold): boolean =>
        hold.subvolume === change.subvolume && hold.name === change.name;
      return { setup: { ...setup, holds: setup.holds.filter((hold) => !isMeant(hold)) }, forgotten };
    }
    case 'task': {
      const others = setup.tasks.filter(({ name }) => name !== change.name);
      return { setup: { ...setup, tasks: [...others, ...withOne(change.task)] }, forgotten };
    }
    case 'retention': {
      const others = setup.retentionPolicies.filter(({ subvolume }) => subvolume !== change.subvolume);
      const retentionPolicies = [...others, ...withOne(change.policy)];
      return { setup: { ...setup, retentionPolicies }, forgotten };
    }
  }
}

const withOne = <T>(one: T | null): T[] => (one === null ? [] : [one]);

const keyOf = ({ subvolume, target, into }: CleanedPlace): string =>
  JSON.stringify([subvolume, target && formatTarget(target), into]);

/** What is cleaned up after the change, where anything that decides it is another one then. Several rules may meet at one place. */
function placesConcerned(
  before: Situation,
  after: Situation,
  memory: Memory,
): (readonly [CleanedPlace, ...CleanedPlace[]])[] {
  const was = Map.groupBy(placesOf(before.setup), keyOf);
  return [...Map.groupBy(placesOf(after.setup), keyOf)].flatMap(([key, [first, ...others]]) => {
    if (!first) return [];
    const decides = (situation: Situation, places: readonly CleanedPlace[]): string =>
      JSON.stringify([places.map(({ rules }) => rules), decidedBy(situation, first, memory)]);
    const old = was.get(key) ?? [];
    const isSame = decides(before, old) === decides(after, [first, ...others]);
    const [only] = old;
    const isLooser = old.length === 1 && others.length === 0 && only && keepsAsMuch(only.rules, first.rules);
    const same = isLooser && decides(before, [first]) === decides(after, [first]);
    return isSame || same ? [] : [[first, ...others] as const];
  });
}

/** Whatever snapshots there are: the second rules keep all that the first ones keep. */
function keepsAsMuch(before: RetentionRules, after: RetentionRules): boolean {
  if (before.timeZone !== after.timeZone || before.minAgeSeconds > after.minAgeSeconds) return false;
  if (before.kind === 'per-period' && after.kind === 'per-period')
    return before.per === after.per && before.keep <= after.keep;
  if (before.kind !== 'ladder' || after.kind !== 'ladder') return false;
  return (['last', ...LADDER_LEVELS] as const).every((level) => before[level] <= after[level]);
}

/** All beside the rules that a change can touch and a plan of that place rests on. */
function decidedBy({ setup, forgotten }: Situation, { subvolume, target }: CleanedPlace, memory: Memory) {
  const primary = primaryIn(setup);
  const inventory = primary === null ? undefined : memory.inventories.get(primary.name);
  const isMeant = (path: string): boolean => {
    const [one, other] = [path, subvolume].map((name) => inventory && findSubvolume(inventory, name));
    if (path === subvolume || !one?.ok || !other?.ok) return path === subvolume || !inventory;
    return one.value.subvolume.uuid === other.value.subvolume.uuid;
  };
  const holds = setup.holds.filter((hold) => isMeant(hold.subvolume)).map(({ originId }) => originId);
  if (target !== null) return [primary?.name, holds];
  const found = inventory && findSubvolume(inventory, subvolume);
  const named = targetsOf(setup.tasks, found?.ok ? found.value.path : subvolume).map(formatTarget);
  const servers = setup.servers.map(({ name }) => name);
  return [primary?.name, holds, servers, [...new Set(named)].toSorted(), forgotten];
}

const memoryIn = ({ forgotten }: Situation, memory: Memory): Memory => ({
  ...memory,
  remembered: (subvolume, snapshots) =>
    memory
      .remembered(subvolume, snapshots)
      .filter(
        ({ server, filesystem }) =>
          !forgotten.some((disk) => disk.server === server && disk.filesystem === filesystem),
      ),
});

function goingAt(places: readonly CleanedPlace[], situation: Situation, memory: Memory) {
  const plans = places.map((place) => planAt(place, situation.setup, memoryIn(situation, memory)));
  const going = plans.flatMap((plan) => (plan.ok ? deletedBy(plan.value) : []));
  return {
    snapshots: [...new Map(going.map((one) => [one.path, one])).values()],
    faults: plans.flatMap((plan) => (plan.ok || isNothingThere(plan.fault) ? [] : [plan.fault])),
  };
}

/** By uuid and path: what is kept there today and why, or that it goes today already. */
function keptAt(situation: Situation, place: CleanedPlace, memory: Memory): Map<string, Kept | 'goes'> {
  const found = new Map<string, Kept | 'goes'>();
  const mine = placesOf(situation.setup).filter((one) => keyOf(one) === keyOf(place));
  for (const one of mine) {
    const plan = planAt(one, situation.setup, memoryIn(situation, memory));
    if (!plan.ok) continue;
    const id = ({ uuid, path }: Snapshot): string => `${uuid} ${path}`;
    for (const kept of keptBy(plan.value))
      if (!found.has(id(kept.snapshot))) found.set(id(kept.snapshot), kept);
    for (const snapshot of deletedBy(plan.value)) found.set(id(snapshot), 'goes');
  }
  return found;
}
