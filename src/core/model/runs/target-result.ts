/** What became of one snapshot on one target. */
import type { Fault } from '../fault.ts';
import type { Target } from '../target.ts';

/** `absent`: the disk is not there now, and that is no failure for who asked. */
export const TARGET_STATUSES = ['ok', 'already-there', 'failed', 'cancelled', 'planned', 'absent'] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

/** What became of one snapshot on one target. The keys are the command line's contract. */
export interface TargetResult {
  readonly server: string;
  /** The mount that was used; null when it was not known yet. */
  readonly mount: string | null;
  readonly status: TargetStatus;
  readonly mode: 'full' | 'incremental';
  readonly snapshot: string | null;
  readonly base: string | null;
  readonly path: 'direct' | 'relay';
  /** Bytes of the stream that this target took. */
  readonly sentBytes: number;
  /** Payload of the stream as counted beforehand; null when it could not be counted in time. */
  readonly estimatedBytes: number | null;
  readonly elapsedSeconds: number;
  /** The target was seen to list the snapshot, read-only, with the right origin id. */
  readonly verified: boolean;
  /** What was compared with the source; null: nothing. Absent in results of earlier versions. */
  readonly proof?: ProofLevel | null;
  /** Why a nearer base was not used, in words. */
  readonly note?: string;
  readonly fault: Fault | null;
}

/**
 * How far a replica was compared with its source; each has all of those before it. `identity`: the origin id, on a proven
 * base. `metadata`: what both streams without data tell of every file. `content`: hashes of what is in files.
 */
export const PROOF_LEVELS = ['identity', 'metadata', 'content'] as const;
export type ProofLevel = (typeof PROOF_LEVELS)[number];

/** Something is there under its name, and it is not proven to be it: it is left as it is. */
export const LEFT_ALONE = { status: 'already-there', verified: false, proof: null } as const;

export const isLeftAlone = ({ status, proof }: Pick<TargetResult, 'status' | 'proof'>): boolean =>
  status === 'already-there' && proof === null;

/** Of a target that was sent nothing; where no more is known, in full. */
export const unsentResult = (
  target: Target,
  known: Pick<TargetResult, 'status'> & Partial<TargetResult>,
): TargetResult => ({
  server: target.server,
  mount: target.mount,
  mode: 'full',
  snapshot: null,
  base: null,
  path: 'relay',
  sentBytes: 0,
  estimatedBytes: null,
  elapsedSeconds: 0,
  verified: false,
  proof: null,
  fault: null,
  ...known,
});
