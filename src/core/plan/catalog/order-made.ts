/** Decides in which order snapshots were made: names come from clocks, and clocks are set forward and back. */

import type { Filesystem } from '../../model/inventory.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { byAge } from './catalog.ts';

export interface MadeSnapshots {
  /** Foreign ones included. */
  readonly snapshots: readonly Snapshot[];
  /** By uuid: btrfs' own count of the transaction in which each was made. It only ever grows, whatever clocks do. */
  readonly generations: ReadonlyMap<string, number>;
}

/**
 * The whole snapshots of a source that btrfleet made, in the order they were made. The time in a name is that of a
 * clock, and clocks are set back: then what is made later has the smaller name, and by names alone nothing would be
 * newer than the replica from the future for as long as the step was. So one that was made here before another counts
 * as no later than that one. Those that were received here tell their time by their name alone: one that was fetched
 * back from a target is as old as it says.
 */
export function inOrderMade({ snapshots, generations }: MadeSnapshots): Snapshot[] {
  const places = new Map<Snapshot, { readonly time: string; readonly generation: number }>();
  for (const snapshot of snapshots.filter(({ state }) => state === 'complete')) {
    const generation = snapshot.receivedUuid === null ? (generations.get(snapshot.uuid) ?? 0) : 0;
    places.set(snapshot, { time: snapshot.createdAt ?? '', generation });
  }
  const own = [...places].filter(([, { generation }]) => generation > 0);
  let earliest: string | null = null;
  for (const [snapshot, { time, generation }] of own.toSorted(([a, one], [b, other]) =>
    one.generation === other.generation ? byAge(b, a) : other.generation - one.generation,
  )) {
    if (earliest === null || time < earliest) earliest = time;
    places.set(snapshot, { time: earliest, generation });
  }
  return [...places]
    .toSorted(([a, one], [b, other]) => {
      if (one.time !== other.time) return one.time < other.time ? -1 : 1;
      return one.generation === other.generation ? byAge(a, b) : one.generation - other.generation;
    })
    .map(([snapshot]) => snapshot);
}

/** Of all subvolumes of a filesystem, as far as it could be listed. */
export function generationsOf({ listing }: Filesystem): ReadonlyMap<string, number> {
  const made = listing.ok ? listing.value : [];
  return new Map(
    made.flatMap(({ uuid, createdGeneration: generation }) =>
      uuid !== null && generation !== null ? [[uuid, generation]] : [],
    ),
  );
}
