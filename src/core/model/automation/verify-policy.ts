/** How the replicas of a subvolume are compared with their source again and again. */
import type { ProofLevel } from '../runs/target-result.ts';
import type { Schedule } from '../schedule.ts';

export interface VerifyPolicy {
  /** Absolute path on the primary. */
  readonly subvolume: string;
  readonly level: ProofLevel;
  /** Of `content`: one file in so many each time, another part, and what is new; null: all files. */
  readonly share: number | null;
  /** Seconds, of all places together. */
  readonly budgetSeconds: number;
  readonly schedule: Schedule;
  readonly enabled: boolean;
}

/** Where nobody says. */
export const VERIFY_BUDGET_SECONDS = 3600;
