/** What is asked of a plan that brings files back, and what it says. Paths are texts of bytes (model/file-name). */
import type { ExtractOrders } from '../../model/extract/orders.ts';
import type { Tree } from '../../model/extract/tree.ts';
import type { ExtractDoing, Overwrite } from '../../model/runs/extract.ts';
import type { Chooses } from './patterns.ts';
import type { PlannedEntries } from './staged.ts';

export interface ExtractQuestion {
  readonly source: Tree;
  readonly target: Tree;
  /** Where what was asked for lies in the snapshot, and where it goes; no one lies within another one. */
  readonly wanted: readonly ExtractWanted[];
  readonly overwrite: Overwrite;
  /** In directories that were asked for, what the snapshot does not have goes. */
  readonly removes: boolean;
  /** By their paths in the snapshot. */
  readonly chooses: Chooses;
  /** What is there for btrfleet itself, by its path in a subvolume: never written to, never removed and never brought. */
  readonly isOurs: (path: string) => boolean;
  /** When it was shown, as `Tree.listedAt`: what was changed later is left. Null: it is to be shown. */
  readonly shownAt: string | null;
  /** What is there can be had again. Else directories that are there keep what they have. */
  readonly hasWayBack: boolean;
  /** Tar knows no sockets. */
  readonly isStream: boolean;
}

export interface ExtractWanted {
  readonly from: string;
  readonly to: string;
}

export interface PlanRow {
  /** Below the root of what is written to. */
  readonly path: string;
  readonly what: ExtractDoing;
  readonly why: string | null;
}

export interface ExtractPlan {
  readonly orders: ExtractOrders;
  /** How much of the snapshot is meant; 0: nothing matches the patterns. */
  readonly chosen: number;
  /** Files that have further names in the snapshot, which do not come: they become files of their own. */
  readonly parted: readonly string[];
  /** Those of them that run as their owner or group, or are devices. */
  readonly powerful: readonly string[];
  /** What is staged for them, as it was listed. */
  readonly staged: PlannedEntries;
  readonly counts: Readonly<Record<ExtractDoing, number>>;
  /** How much would go or be replaced, were it not changed after it was shown. */
  readonly late: { readonly removed: number; readonly replaced: number };
  /** What the files that come hold; names of one file count once. */
  readonly bytes: number;
  /** Of each doing the first. */
  readonly rows: readonly PlanRow[];
  /** Something that is there is replaced, removed or given other attributes. */
  readonly changesWhatIsThere: boolean;
}
