/** What is remembered of replicas that were compared with their source and are not the same. */

/** One that was itself compared, or that is known to be made of such a one. */
export interface DifferentMark {
  readonly server: string;
  /** Uuids. */
  readonly filesystem: string;
  readonly uuid: string;
  /** Below the top level of its filesystem, when it was marked. */
  readonly path: string;
  /** Absolute path on the primary. */
  readonly subvolume: string;
  /** When it was compared, ISO 8601 UTC. */
  readonly foundAt: string;
  /** What was not the same, in words, as in `2 files differ, such as mail/inbox (size)`. */
  readonly what: string;
  /** Uuid of the one that was compared, which this one was made of; null: it was compared itself. */
  readonly of: string | null;
}

/** What counts for one filesystem on one server. */
export interface Marks {
  /** By uuid, also of what is gone by now. */
  readonly different: ReadonlyMap<string, DifferentMark>;
  /** Uuids of those whose content was compared, and is the same, whatever they were made of. */
  readonly same: ReadonlySet<string>;
}

export const NO_MARKS: Marks = { different: new Map(), same: new Set() };
