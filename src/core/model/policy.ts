/** What automation does to a subvolume: at most one policy of each kind. */
import type { RetentionRules } from './retention.ts';
import type { Schedule } from './schedule.ts';

/** A command for the server's shell, run as the login, not as root. It is kept in the open: no secret belongs in it. */
export interface Hook {
  readonly command: string;
  /** After so many seconds it is ended, and counts as failed; from 1 to 3600. */
  readonly timeoutSeconds: number;
}

/** Run on the primary around a snapshot, in the very command that makes it. */
export interface SnapshotHooks {
  /** `required`: its failure stops the snapshot. */
  readonly before: (Hook & { readonly required: boolean }) | null;
  /** Runs whenever `before` was begun, whatever became of it and of the snapshot; its failure is the run's. */
  readonly after: Hook | null;
}

/** The hooks of a subvolume's policy, around a snapshot of it, or of a group that it is a member of. */
export interface PolicyHooks extends SnapshotHooks {
  /** As the policy has it. */
  readonly subvolume: string;
}

export interface SnapshotPolicy {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly schedule: Schedule;
  readonly hooks: SnapshotHooks;
  readonly enabled: boolean;
}

export interface RetentionPolicy {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly rules: RetentionRules;
  readonly schedule: Schedule;
  readonly enabled: boolean;
}

export const POLICY_KINDS = ['snapshot', 'retention', 'verify'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

export const NO_HOOKS: SnapshotHooks = { before: null, after: null };
