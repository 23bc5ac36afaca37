/**
 * What a run is: one execution of anything, from the wish to the outcome, as the journal keeps it. And the table of its
 * kinds: what is true of a kind is asked of its row.
 */
import type { Fault } from '../fault.ts';
import type { Target } from '../target.ts';
import { CLEANUP } from './cleanup.ts';
import { DELETION } from './deletion.ts';
import { EXTRACT } from './extract.ts';
import type { Job } from './job.ts';
import { REPLICATION } from './replication.ts';
import { RESTORE } from './restore.ts';
import { SEED } from './seed.ts';
import { SNAPSHOT } from './snapshot.ts';
import { type About, type RunOutcome, type RunSpec, TOLD_NOTHING, type ToldSubjects } from './spec.ts';
import type { TargetResult } from './target-result.ts';
import { ROUND } from './task.ts';
import { VERIFY } from './verify.ts';

export const RUNS = {
  snapshot: SNAPSHOT,
  delete: DELETION,
  cleanup: CLEANUP,
  replication: REPLICATION,
  task: ROUND,
  restore: RESTORE,
  verify: VERIFY,
  seed: SEED,
  extract: EXTRACT,
} as const satisfies Readonly<Record<string, RunSpec<never, never>>>;

/** What can be run. */
export type RunKind = keyof typeof RUNS;

export const RUN_KINDS = Object.keys(RUNS) as readonly RunKind[];

/** What one kind is asked for, and what it comes to: for tables with a row for each kind. */
export type RequestOf<K extends RunKind> = { readonly kind: K } & Parameters<(typeof RUNS)[K]['about']>[0];
export type ReportOf<K extends RunKind> = { readonly kind: K } & Parameters<(typeof RUNS)[K]['outcome']>[0];

/** Everything that can be asked for. A row with one of these in it is all the engine needs. */
export type RunRequest = { [K in RunKind]: RequestOf<K> }[RunKind];

/** What a run came to. `fault` alone: it failed as a whole, before anything was done. */
export type RunReport =
  | { [K in RunKind]: ReportOf<K> }[RunKind]
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Who asked: a person (command or screen) or the scheduler. */
export type Trigger = 'hand' | 'schedule';

/** `queued`: an engine takes it. */
export type RunState = (typeof RUN_STATES)[number];
export const RUN_STATES = ['queued', 'running', 'finished'] as const;

/** Why there is a run: which item of automation it belongs to, and which run it is a part of. */
export interface RunOrigin {
  /** As `itemKey` writes it; null: it belongs to none. */
  readonly item: string | null;
  /** Null: nobody waited for a time. */
  readonly dueAt: string | null;
  /** The run it is a part of; null: it stands alone. */
  readonly parent: number | null;
}

export const NO_ORIGIN: RunOrigin = { item: null, dueAt: null, parent: null };

/** One row of the journal. Times are ISO 8601 UTC. */
export interface Run {
  /** From 1, in the order in which they were asked for. */
  readonly id: number;
  readonly origin: RunOrigin;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  readonly request: RunRequest;
  readonly state: RunState;
  /** Null until it is finished. */
  readonly outcome: RunOutcome | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly cancelRequested: boolean;
  /** The last written progress; null before it began. */
  readonly job: Job | null;
  readonly report: RunReport | null;
}

/** A row is asked only about its own kind, which the compiler cannot follow. */
const rowOf = ({ kind }: { readonly kind: RunKind }) => RUNS[kind] as RunSpec<unknown, unknown>;

/** What it was asked for. */
export const aboutOf = (request: RunRequest): About => rowOf(request).about(request);

export const subvolumesOf = (request: RunRequest): readonly string[] => aboutOf(request).subvolumes;

/** Subvolumes, or the task, for people. */
export function subjectsOf(request: RunRequest): readonly string[] {
  const { task, subvolumes } = aboutOf(request);
  return task === null ? subvolumes : [task];
}

/** The same in one line. */
export const subjectOf = (request: RunRequest): string => subjectsOf(request).join(', ');

export const serverOf = (request: RunRequest): string | null => rowOf(request).server(request);

export const targetsOf = (request: RunRequest): readonly Target[] => rowOf(request).targets(request);

export const namedSnapshots = (request: RunRequest): readonly string[] => rowOf(request).snapshots(request);

export const toldBy = (report: RunReport | null): ToldSubjects =>
  report === null || report.kind === 'fault' ? TOLD_NOTHING : rowOf(report).told(report);

/** Null: it does not tell, as when it failed as a whole. */
export const sentBy = (report: RunReport): readonly TargetResult[] | null =>
  report.kind === 'fault' ? null : rowOf(report).sent(report);

/** Every fault of a report; none: nothing failed, or it was cancelled without a word. */
export function faultsOf(report: RunReport | null): readonly Fault[] {
  if (report === null) return [];
  return report.kind === 'fault' ? [report.fault] : rowOf(report).faults(report);
}

export function outcomeOf(report: RunReport): RunOutcome {
  if (report.kind === 'fault') return report.fault.code === 'cancelled' ? 'cancelled' : 'failed';
  return rowOf(report).outcome(report);
}
