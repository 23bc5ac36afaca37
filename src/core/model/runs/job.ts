/** What a running job looks like from outside: events as they come, and the state they fold into (plan/advance). */
import type { Fault } from '../fault.ts';
import type { SendStep } from './replication.ts';
import type { TargetResult } from './target-result.ts';

/** A step as it is shown: names only, so that it can be stored. */
export interface StepLabel {
  readonly snapshot: string;
  readonly base: string | null;
  /** From 1 to `count`, for this target. */
  readonly index: number;
  readonly count: number;
}

/** What is being done for one target. */
export type TargetProgress =
  | { readonly phase: 'preparing' }
  /** Ready; for a send that others share or that the server has no room for yet. */
  | { readonly phase: 'waiting' }
  | {
      readonly phase: 'sending';
      readonly step: StepLabel;
      /** Bytes of the stream this target took. */
      readonly sentBytes: number;
      /** File contents among them, uncompressed: what the estimate counts. */
      readonly payloadBytes: number;
      /** The estimate; null: not known (yet). */
      readonly totalBytes: number | null;
      /** ISO 8601 UTC. */
      readonly startedAt: string;
      /** When a byte last moved, ISO 8601 UTC. */
      readonly updatedAt: string;
    }
  | { readonly phase: 'verifying'; readonly step: StepLabel }
  /** Stopped or failed: what was half received is being removed. */
  | { readonly phase: 'cleaning' }
  | { readonly phase: 'finished' };

/** For people. */
export const PHASE_WORDS: Readonly<Record<TargetProgress['phase'], string>> = {
  preparing: 'preparing',
  waiting: 'ready',
  sending: 'sending',
  verifying: 'verifying',
  cleaning: 'removing what was half received',
  finished: 'finished',
};

/** What a driver yields. `target` is the target as the request names it. */
export type JobEvent =
  | { readonly type: 'target'; readonly target: string; readonly progress: TargetProgress }
  | { readonly type: 'result'; readonly target: string; readonly result: TargetResult }
  /** Something worth telling that stops nothing. */
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'fault'; readonly fault: Fault };

/** One target of a running job. */
export interface TargetJob {
  readonly target: string;
  readonly progress: TargetProgress;
  readonly results: readonly TargetResult[];
}

/** A running job: its events folded. */
export interface Job {
  readonly targets: readonly TargetJob[];
  readonly notes: readonly string[];
  readonly fault: Fault | null;
}

export const stepLabel = (step: SendStep, index: number, count: number): StepLabel => ({
  snapshot: step.snapshot.name,
  base: step.base?.name ?? null,
  index,
  count,
});
