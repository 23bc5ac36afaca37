/** What is found out and remembered of a snapshot, to know whether its id proves its content. */
import type { Doubt } from './inventory.ts';

/** What was found out of a snapshot when it was looked at closely. */
export interface Proof {
  readonly uuid: string;
  /** Its `gen` at that moment. */
  readonly generation: number;
  /** Its `ctransid`: the transaction that last changed an inode of it. */
  readonly changed: number;
  /** Null: it is proven. What differs is remembered apart, as no look at it finds that out. */
  readonly doubt: Exclude<Doubt, 'live' | 'different'> | null;
  /** Whole seconds that were spent in vain on reading all of its metadata. */
  readonly tried: number;
}

/** What btrfs told of one snapshot. */
export interface Evidence {
  readonly changed: number;
  /** When a receive of it was completed; null: it was not asked, or never received. */
  readonly received: { readonly transid: number; readonly atSeconds: number } | null;
  /** The newest ctime of all its inodes, seconds since 1970; null: they were not read. */
  readonly newestSeconds: number | null;
}
