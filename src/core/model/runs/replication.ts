/** What a replication is asked for, planned as and reported as. */
import type { Fault } from '../fault.ts';
import type { RetentionRules } from '../retention.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Target } from '../target.ts';
import type { SeedSource } from './seed.ts';
import { type RunSpec, TOLD_NOTHING } from './spec.ts';
import type { TargetResult } from './target-result.ts';

/** What to send. `full` and `incremental` are the user's own choice; `auto` leaves the base to btrfleet. */
export type Wanted =
  | { readonly mode: 'full'; readonly snapshot: string }
  | { readonly mode: 'incremental'; readonly snapshot: string; readonly base: string }
  /** `snapshot` null: the newest. `all`: everything the target lacks, oldest first. */
  | { readonly mode: 'auto'; readonly snapshot: string | null; readonly all: boolean }
  /**
   * What a task sends: everything newer than the newest replica there, oldest first, as far as `keep` would keep it
   * there; the newest in any case. Where there is no replica yet: what `keep` keeps, without rules just the newest.
   */
  | {
      readonly mode: 'catch-up';
      /**
       * The newest that is wanted, for all members of a group alike: what is made meanwhile is for the next round. Null, or
       * it is not there any more: the newest there is.
       */
      readonly snapshot: string | null;
      readonly keep: RetentionRules | null;
      /** Members of a consistency group, this subvolume among them: only moments that all of them have. Null: no group. */
      readonly group: readonly string[] | null;
    };

/** `auto`: direct where it is possible, else relay. */
export type PathChoice = 'auto' | 'direct' | 'relay';

/** How bytes travel. */
export interface TransferOptions {
  readonly path: PathChoice;
  /** Most bytes a second on the wire, per send; null: no limit. */
  readonly rateBytesPerSecond: number | null;
  /** Send compressed extents as they are (protocol 2) where both ends can; else as ever. */
  readonly compress: boolean;
  /** Spool the stream on the target, so that after a break the next run goes on where this one stopped. */
  readonly resumable: boolean;
}

/** Where nobody asks for anything else. */
export const USUAL_TRANSFER: TransferOptions = {
  path: 'auto',
  rateBytesPerSecond: null,
  compress: false,
  resumable: false,
};

/** As its results name it, before it is known what the target has. `newest`: for one that names no snapshot. */
export const askedOf = (
  wanted: Wanted,
  newest: string | null = null,
): Pick<TargetResult, 'mode' | 'snapshot' | 'base'> => ({
  mode: wanted.mode === 'incremental' ? 'incremental' : 'full',
  snapshot: wanted.snapshot ?? newest,
  base: wanted.mode === 'incremental' ? wanted.base : null,
});

/** Sends snapshots of one subvolume to targets, all at once; one that fails stops no other. */
export interface ReplicationRequest {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly targets: readonly Target[];
  readonly wanted: Wanted;
  readonly options: TransferOptions;
  /** Directory below `.snapshots` of the target; null: the usual one. */
  readonly into: string | null;
  /** Whether a disk that is not there is a failure or is waited for (`absent`). */
  readonly absent: 'fail' | 'wait';
  /** It is sent back: a replica is the source, and the one target is the subvolume's own directory on the primary. */
  readonly back?: SentBack;
  /** What is sent comes out of a seed, not from the primary. */
  readonly seed?: SeedSource;
}

/** A replica that is sent back to where it came from. */
export interface SentBack {
  readonly server: string;
  /** Absolute path of it there. */
  readonly path: string;
  readonly uuid: string;
}

/** A replication by hand: to the usual directory, and a disk that is not there is a failure. */
export const BY_HAND = { into: null, absent: 'fail' } as const;

/** One send: the snapshot, and the base it starts from (null: in full). */
export interface SendStep {
  readonly snapshot: Snapshot;
  readonly base: Snapshot | null;
  /** Why a nearer base that its id promises is not used, in words. */
  readonly note?: string;
  /** Sent in full though both sides have this one: only the replica is not proven, and comparing its content would do that. */
  readonly unproven?: UnprovenBase;
}

export interface UnprovenBase {
  readonly source: Snapshot;
  readonly replica: Snapshot;
}

export interface StepRefusal {
  readonly snapshot: Snapshot;
  readonly fault: Fault;
}

/** One whose place is taken by a replica that was found different: it stays, and nothing is sent in its place. */
export interface LeftAlone {
  readonly snapshot: Snapshot;
  /** In words. */
  readonly why: string;
}

/** What there is to do for one target. "Nothing" and "cannot" are answers too. */
export type ReplicationPlan =
  | {
      readonly kind: 'current';
      readonly snapshot: Snapshot;
      /** All that were wanted, oldest first. */
      readonly present: readonly Snapshot[];
      readonly left?: readonly LeftAlone[];
    }
  | {
      readonly kind: 'send';
      readonly steps: readonly [SendStep, ...SendStep[]];
      /** Of many that were wanted, those that cannot be sent; they do not keep the others back. */
      readonly refused: readonly StepRefusal[];
      /** Of many that were wanted, those that are there already. */
      readonly present: readonly Snapshot[];
      readonly left?: readonly LeftAlone[];
    }
  | { readonly kind: 'blocked'; readonly fault: Fault };

/** What became of each snapshot on each target, in the order of the request. */
export interface ReplicationReport {
  readonly subvolume: string;
  readonly results: readonly TargetResult[];
}

/** Which of the targets that were asked for a result belongs to: it may have named no mount. -1: none. */
export function placeOf(targets: readonly Target[], { server, mount }: TargetResult): number {
  const exact = targets.findIndex((target) => target.server === server && target.mount === mount);
  if (exact >= 0) return exact;
  return targets.findIndex((target) => target.server === server && target.mount === null);
}

/** Oldest snapshot first, and within one the targets as they were named. */
export const inOrder = (
  { targets }: Pick<ReplicationRequest, 'targets'>,
  results: readonly TargetResult[],
): TargetResult[] =>
  results.toSorted(
    (a, b) =>
      (a.snapshot ?? '').localeCompare(b.snapshot ?? '', 'en') || placeOf(targets, a) - placeOf(targets, b),
  );

export const REPLICATION: RunSpec<ReplicationRequest, ReplicationReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: () => null,
  targets: ({ targets }) => targets,
  snapshots: ({ wanted }) => (wanted.snapshot === null ? [] : [wanted.snapshot]),
  told: () => TOLD_NOTHING,
  sent: ({ results }) => results,
  faults: ({ results }) => results.flatMap(({ fault }) => fault ?? []),
  outcome: ({ results }) => {
    if (results.some(({ status }) => status === 'failed')) return 'failed';
    return results.some(({ status }) => status === 'cancelled') ? 'cancelled' : 'ok';
  },
};
