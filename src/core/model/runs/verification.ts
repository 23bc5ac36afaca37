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

/** A part of their content that was compared, and is the same. */
export interface VerifiedPart {
  /** One file in so many; 1: all of it. */
  readonly share: number;
  /** From 0 to before `share`. */
  readonly part: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Uuids of the snapshot on the primary and of the replica. */
  readonly source: string;
  readonly replica: string;
}
