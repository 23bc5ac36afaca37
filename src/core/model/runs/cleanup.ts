/** What a clean-up by rules is asked for and reported as. */
import type { Fault } from '../fault.ts';
import type { RetentionRules } from '../retention.ts';
import type { ChosenSnapshot } from '../snapshot.ts';
import { none, type RunSpec } from './spec.ts';

/** Deletes what the rules let go, at the time the run begins. */
export interface CleanupRequest {
  readonly subvolume: string;
  /** Null: the primary. */
  readonly server: string | null;
  /** Only the replicas a task keeps on the filesystem of this mount; null: all, wherever they lie on that server. */
  readonly mount: string | null;
  /** With a mount: the directory below `.snapshots` there; null: the usual one. */
  readonly into: string | null;
  readonly rules: RetentionRules;
  /** At most these, as somebody saw and confirmed them. Null: whatever the rules let go by then. */
  readonly only: readonly ChosenSnapshot[] | null;
  /** Names that stay whatever the rules say: the round it is a part of still needs them. Left out: none. */
  readonly spare?: readonly string[];
}

export interface CleanupReport {
  readonly subvolume: string;
  readonly server: string;
  /** In words, as `reasonText` gives them. */
  readonly kept: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  readonly deleted: readonly { readonly name: string }[];
  /** The rules let them go, and they are still there. */
  readonly failed: readonly { readonly name: string; readonly fault: Fault }[];
}

export const CLEANUP: RunSpec<CleanupRequest, CleanupReport> = {
  about: ({ subvolume }) => ({ task: null, subvolumes: [subvolume] }),
  server: ({ server }) => server,
  targets: none,
  snapshots: none,
  told: ({ server }) => ({ subvolumes: [], servers: [server] }),
  sent: () => null,
  faults: ({ failed }) => failed.map(({ fault }) => fault),
  outcome: ({ failed }) => {
    if (failed.some(({ fault }) => fault.code !== 'cancelled')) return 'failed';
    return failed.length > 0 ? 'cancelled' : 'ok';
  },
};
