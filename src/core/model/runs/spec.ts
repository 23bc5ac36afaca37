/** What every kind of run must answer. A kind is a file beside this one and a row in `RUNS` (run.ts). It decides nothing. */
import type { Fault } from '../fault.ts';
import type { Target } from '../target.ts';
import type { TargetResult } from './target-result.ts';

/** `interrupted`: the process that ran it died; what it left is cleaned up by the next run. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
export const RUN_OUTCOMES = ['ok', 'failed', 'cancelled', 'interrupted'] as const;

/** Subvolumes as they were asked for. A round is about its task, which says them; other runs: null. */
export interface About {
  readonly task: string | null;
  readonly subvolumes: readonly string[];
}

export interface ToldSubjects {
  readonly subvolumes: readonly string[];
  readonly servers: readonly string[];
}

export interface RunSpec<Request, Report> {
  readonly about: (request: Request) => About;
  /** The server it works on; null: the primary. */
  readonly server: (request: Request) => string | null;
  /** Where it sends, as it was asked for: its progress is told by them. */
  readonly targets: (request: Request) => readonly Target[];
  /** Names of snapshots it was asked for. */
  readonly snapshots: (request: Request) => readonly string[];
  /** What only its report names, to find it by. */
  readonly told: (report: Report) => ToldSubjects;
  /** What it sent itself, not through its parts; null: a run of this kind never sends. */
  readonly sent: (report: Report) => readonly TargetResult[] | null;
  /** Everything that went wrong, in the order it is told. */
  readonly faults: (report: Report) => readonly Fault[];
  /** One failure anywhere makes it failed; a cancel is told apart from it. */
  readonly outcome: (report: Report) => RunOutcome;
}

/** Where nothing is to be answered. */
export const none = (): readonly never[] => [];
export const TOLD_NOTHING: ToldSubjects = { subvolumes: [], servers: [] };
