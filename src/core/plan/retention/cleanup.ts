/**
 * Decides what a clean-up of one subvolume on one server keeps and deletes: retention, directory by directory, with
 * all that protects a snapshot. It deletes nothing.
 */
import { ok, type Result } from '../../model/result.ts';
import {
  type Deleted,
  deletedBy,
  type KeepReason,
  type Kept,
  keptBy,
  type RetentionPlan,
  type RetentionRules,
  reasonText,
} from '../../model/retention.ts';
import type { CleanupReport } from '../../model/runs/cleanup.ts';
import { type ChosenSnapshot, type Hold, parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { type Bases, planRetention } from './retention.ts';
import { checkRetentionRules } from './rules.ts';

export interface CleanupQuestion {
  /** All that lie there, the foreign ones as well. */
  readonly snapshots: readonly Snapshot[];
  readonly rules: RetentionRules;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly holds: readonly Hold[];
  /** Unfinished runs use it. Left out: none of them. */
  readonly isUsed?: (snapshot: Snapshot) => boolean;
  readonly bases: Bases;
  /** They are the subvolume's own: one history, wherever they lie. Else each directory is a history of its own. */
  readonly isOneHistory?: boolean;
}

/**
 * One answer for every snapshot, in their order; faults as `planRetention`. Of replicas each directory is a history of
 * its own: what lies on one disk of a target must not make up for what another one lacks.
 */
export function planCleanup(question: CleanupQuestion): Result<RetentionPlan> {
  const { snapshots, rules, now, holds, isUsed = () => false, bases, isOneHistory = false } = question;
  const checked = checkRetentionRules(rules);
  if (!checked.ok) return checked;
  const held = new Set(holds.map(({ originId }) => originId));
  const inUse = new Set(snapshots.filter(isUsed).map(({ originId }) => originId));
  const answers = new Map<Snapshot, Kept | Deleted>();
  const historyOf = ({ path }: Snapshot): string => (isOneHistory ? '' : parentDirectory(path));
  for (const group of Map.groupBy(snapshots, historyOf).values()) {
    const plan = planRetention({ snapshots: group, rules, now, protected: { held, inUse, bases } });
    if (!plan.ok) return plan;
    for (const answer of plan.value.answers) answers.set(answer.snapshot, answer);
  }
  return ok({ answers: snapshots.flatMap((snapshot) => answers.get(snapshot) ?? []) });
}

/** What of a plan is carried out: nothing that somebody who was shown a list did not see in it. */
export function goingBy(plan: RetentionPlan, only: readonly ChosenSnapshot[] | null): Snapshot[] {
  const names = only && new Map(only.map(({ name, uuid }) => [uuid, name]));
  return deletedBy(plan).filter(({ name, uuid }) => names === null || names.get(uuid) === name);
}

/**
 * What is kept, with its reasons in words: by the plan, because it was not in the list somebody was shown, or for what
 * was found since (`spared`).
 */
export function keptRows(
  plan: RetentionPlan,
  only: readonly ChosenSnapshot[] | null,
  spared: ReadonlyMap<Snapshot, readonly KeepReason[]> = new Map(),
): CleanupReport['kept'] {
  const going = new Set(goingBy(plan, only).filter((snapshot) => !spared.has(snapshot)));
  const otherwise = (snapshot: Snapshot): readonly string[] =>
    spared.get(snapshot)?.map(reasonText) ?? ['not in the list that was confirmed'];
  const kept = new Map(
    keptBy(plan).map(({ snapshot, reasons }) => [snapshot, reasons.map(reasonText)] as const),
  );
  return plan.answers
    .filter(({ snapshot }) => !going.has(snapshot))
    .map(({ snapshot }) => ({
      name: snapshot.name,
      reasons: kept.get(snapshot) ?? otherwise(snapshot),
    }));
}
