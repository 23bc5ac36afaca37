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
  /** Name of the snapshot, and the uuid it has on the primary and there. */
  readonly snapshot: string;
  readonly source: string;
  readonly replica: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Of `content`: one file in so many; null: all. */
  readonly share: number | null;
  /** Files and all else by metadata, or files by content. */
  readonly compared: number;
  /** How many were not the same. */
  readonly differences: number;
}

/** Replicas of a subvolume on one filesystem. */
export type VerifiedPlace = Pick<Verification, 'subvolume' | 'server' | 'filesystem'>;
