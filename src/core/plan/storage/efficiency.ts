/** Decides what the snapshots of a subvolume cost and save, from measured sizes. */
import type { SubvolumeSize } from '../../model/storage.ts';

export interface Efficiency {
  /** What only one snapshot holds each, summed: deleting all snapshots frees at least this. */
  readonly snapshotOverheadBytes: number;
  /**
   * The share of the room that snapshots save against full copies, from 0 to 1:
   * `1 − (referenced + overhead) / (referenced + Σ referenced of the snapshots)`. Null: nothing is referenced at all.
   */
  readonly efficiency: number | null;
}

/**
 * `live`: the subvolume itself; `snapshots`: all of its snapshots. What several snapshots share and the subvolume does not
 * have any more is nobody's own, so the true overhead may be more; no list of sizes can tell it.
 */
export function efficiencyOf(live: SubvolumeSize, snapshots: readonly SubvolumeSize[]): Efficiency {
  const overhead = snapshots.reduce((sum, { exclusiveBytes }) => sum + exclusiveBytes, 0);
  const copies = snapshots.reduce((sum, { referencedBytes }) => sum + referencedBytes, live.referencedBytes);
  const efficiency = copies === 0 ? null : Math.max(0, 1 - (live.referencedBytes + overhead) / copies);
  return { snapshotOverheadBytes: overhead, efficiency };
}
