/** What is remembered of the last time that a replica was compared with its source. */
import type { ProofLevel } from './target-result.ts';

/** Of each level the newest, for the replicas of a subvolume on one filesystem. */
export interface Verification {
  readonly server: string;
  /** Uuid. */
  readonly filesystem: string;
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly level: ProofLevel;
  /** Name of the snapshot, and the uuid it has on the primary. */
  readonly snapshot: string;
  readonly source: string;
  /** Uuid of the replica that was compared. */
  readonly replica: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Of `content`: one file in so many; null: all. */
  readonly share: number | null;
  /** Files and all else by metadata, or files by content. */
  readonly compared: number;
  /** Of how many the content was not the same. */
  readonly differences: number;
  /** Of how many others attributes alone were not. */
  readonly attributes: number;
}

/** A directory of replicas of a subvolume. */
export interface VerifiedPlace extends Pick<Verification, 'subvolume' | 'server' | 'filesystem'> {
  /** Below the top level of the filesystem. */
  readonly directory: string;
}

/** How far files were gone through: the small ones in the order of their paths, then the large ones. */
export interface Reached {
  /** In bytes, one character for each. */
  readonly path: string;
  /** Of a large file, in bytes; null: a small one, which is done. */
  readonly offset: number | null;
}

/** A part of their content that was compared, or begun. */
export interface VerifiedPart {
  /** One file in so many; 1: all of it. */
  readonly share: number;
  /** From 0 to before `share`. */
  readonly part: number;
  /** When it was last the same to its end, ISO 8601 UTC; null: it never was. */
  readonly at: string | null;
  /** When it was last begun, or gone on with, ISO 8601 UTC. */
  readonly tried: string;
  /** Where it was cut off then; null: it came to its end. */
  readonly reached: Reached | null;
  /** What was written up to that snapshot was compared, or waits for its part: its uuid on the primary. */
  readonly source: string;
  /** The transaction it was made in; null: not known. */
  readonly sourceMade: number | null;
  /** Uuids of the replica, and of the one sent in full that it was made on; null: that is gone, or it is itself. */
  readonly replica: string;
  readonly full: string | null;
}
