/** Which runs of the journal are asked for. */
import type { RunKind, RunState } from './run.ts';

/** What is left out does not filter. */
export interface RunFilter {
  readonly kind?: RunKind;
  readonly server?: string;
  readonly subvolume?: string;
  /** Only the rounds of this task and what belongs to them. */
  readonly task?: string;
  /** Only the parts of this run. */
  readonly parent?: number;
  /** True: only what failed or was interrupted. */
  readonly failed?: boolean;
  readonly state?: RunState;
  /** Most runs to return, from 1. */
  readonly limit: number;
  /** Only runs older than this id: the next page. */
  readonly before?: number;
}
