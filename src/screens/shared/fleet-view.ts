/** Decides what follows from the last looks at the fleet: subvolumes, snapshots, and which servers have which. Pure. */

import type { Inventory } from '../../core/model/inventory.ts';
import { oncePer } from '../../core/model/once.ts';
import type { Server } from '../../core/model/server.ts';
import { inHome, parentDirectory, SNAPSHOTS, type Snapshot } from '../../core/model/snapshot.ts';
import {
  byAge,
  type Place,
  placeOf,
  snapshotsIn,
  snapshotsOf,
  subvolumesOf,
} from '../../core/plan/catalog/catalog.ts';
import { generationsOf, inOrderMade } from '../../core/plan/catalog/order-made.ts';
import { hasOrigin, wasRead } from '../../store/origins.ts';
import type { AppState, Look } from '../../store/state.ts';
import { rememberLast } from '../lists/remember-last.ts';

export const shownPlace = (state: AppState): Place | null => chosenPlace(state, state.subvolume);

/** Why there is no subvolume to work on. */
export function noPlace(state: AppState): string | undefined {
  const primary = primaryOf(state);
  if (primary === null) return 'there is no primary yet: page 2 adds servers';
  if (shownPlace(state) !== null) return undefined;
  const look = primaryLook(state);
  if (look?.inventory) return `${primary.name} has no subvolumes that are mounted`;
  return look?.fault
    ? `${primary.name} was not seen yet: ${look.fault.message}`
    : `${primary.name} was not seen yet`;
}

export const primaryOf = (state: AppState): Server | null =>
  state.servers.find(({ role }) => role === 'primary') ?? null;

export const secondariesOf = (state: AppState): readonly Server[] =>
  state.servers.filter(({ role }) => role === 'secondary');

export const primaryLook = (state: AppState): Look | undefined => {
  const primary = primaryOf(state);
  return primary === null ? undefined : state.looks[primary.name];
};

const placesIn = rememberLast((inventory: Inventory): readonly Place[] =>
  inventory.filesystems.flatMap((filesystem) => {
    const listed = subvolumesOf(filesystem);
    if (!listed.ok) return [];
    return listed.value.flatMap((entry) => {
      const place = placeOf(inventory.server, filesystem, entry);
      return place.ok ? [place.value] : [];
    });
  }),
);

const NO_PLACES: readonly Place[] = [];

/** The subvolumes of the primary that can be chosen. */
export function places(state: AppState): readonly Place[] {
  const inventory = primaryLook(state)?.inventory;
  return inventory ? placesIn(inventory) : NO_PLACES;
}

/** The subvolume that is shown: the chosen one, else the first with snapshots, else the first that is no top level. */
export function chosenPlace(state: AppState, path: string | null): Place | null {
  const all = places(state);
  return (
    all.find((place) => place.path === path) ??
    all.find((place) => snapshotsOfPlace(place).length > 0) ??
    all.find((place) => place.subvolume.path !== '') ??
    all[0] ??
    null
  );
}

/** Oldest first; what cannot be listed has none here, and its server's fault says why. */
export const snapshotsOfPlace = oncePer((place: Place): readonly Snapshot[] => {
  const found = snapshotsOf(place);
  return found.ok ? found.value : [];
});

/** The whole ones of btrfleet's own, in the order in which they were made. */
export const madeInPlace = oncePer((place: Place): readonly Snapshot[] =>
  inOrderMade({ snapshots: snapshotsOfPlace(place), generations: generationsOf(place.filesystem) }),
);

/** The secondaries that have a replica, as far as was seen last. */
export const replicaServers = (state: AppState, snapshot: Snapshot): string[] =>
  secondariesOf(state)
    .filter(({ name }) => {
      const inventory = state.looks[name]?.inventory;
      return inventory ? hasOrigin(inventory, snapshot.originId) === true : false;
    })
    .map(({ name }) => name);

/** The secondaries of which nobody knows what they have: they were never looked into, or that was not read yet. */
export const unseenServers = (state: AppState): string[] =>
  secondariesOf(state)
    .filter(({ name }) => {
      const inventory = state.looks[name]?.inventory;
      return !inventory || !wasRead(inventory);
    })
    .map(({ name }) => name);

/** What a secondary holds replicas of: a directory below `.snapshots` with snapshots directly in it. */
export interface ReplicaDirectory {
  readonly below: string;
  readonly directory: string;
  /** Oldest first, of any state. */
  readonly snapshots: readonly Snapshot[];
}

export const replicaDirectories = ({ filesystems }: Inventory): readonly ReplicaDirectory[] =>
  directoriesIn(filesystems);

/** Two looks that saw the same share their filesystems. */
const directoriesIn = oncePer((filesystems: Inventory['filesystems']): readonly ReplicaDirectory[] => {
  const found = new Map<string, ReplicaDirectory>();
  for (const filesystem of filesystems) {
    const { listing } = filesystem;
    for (const entry of listing.ok ? listing.value : []) {
      const directory = entry.absolutePath === null ? '' : parentDirectory(entry.absolutePath);
      const below = inHome(filesystem.mount, directory)?.below ?? null;
      if (below === null || found.has(directory) || !directory.includes(`/${SNAPSHOTS}`)) continue;
      const snapshots = snapshotsIn(filesystem, directory);
      const own = snapshots.ok ? snapshots.value.filter(({ state }) => state !== 'foreign') : [];
      if (own.length > 0) found.set(directory, { below, directory, snapshots: own.toSorted(byAge) });
    }
  }
  return [...found.values()];
});
