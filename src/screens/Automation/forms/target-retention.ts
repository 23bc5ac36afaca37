/**
 * Decides what the rules of a task would delete on its targets now, from what was seen last of them. It may count what
 * a round would not touch, never less than it would; what was not seen is said, not guessed.
 */

import type { Task } from '../../../core/model/automation/task.ts';
import { fault } from '../../../core/model/fault.ts';
import { failed, ok, type Result } from '../../../core/model/result.ts';
import type { RetentionRules } from '../../../core/model/retention.ts';
import type { Snapshot } from '../../../core/model/snapshot.ts';
import { formatTarget, type Target } from '../../../core/model/target.ts';
import { findSubvolume, type Place } from '../../../core/plan/catalog/catalog.ts';
import { replicasAt } from '../../../core/plan/retention/cleaned-places.ts';
import { goingBy, planCleanup } from '../../../core/plan/retention/cleanup.ts';
import { basesOn } from '../../../core/plan/retention/known-bases.ts';
import type { AppState } from '../../../store/state.ts';
import { formatName } from '../../../text/format.ts';
import { primaryLook, primaryOf } from '../../shared/fleet-view.ts';

export interface TargetRetention {
  readonly target: string;
  readonly subvolume: string;
  /** How many there are and which would go; the fault: why it is not known. */
  readonly plan: Result<{ readonly all: number; readonly going: readonly Snapshot[] }>;
}

type Wanted = Pick<Task, 'subvolumes' | 'targets' | 'into'>;

/** One for each target and subvolume. */
export function targetRetention(
  state: AppState,
  { subvolumes, targets, into }: Wanted,
  rules: RetentionRules,
  now: number,
): readonly TargetRetention[] {
  return targets.flatMap((target) =>
    subvolumes.map((subvolume) => ({
      target: formatTarget(target),
      subvolume,
      plan: planOn(state, target, subvolume, into, rules, now),
    })),
  );
}

function planOn(
  state: AppState,
  target: Target,
  subvolume: string,
  into: string | null,
  rules: RetentionRules,
  now: number,
): TargetRetention['plan'] {
  const replicas = replicasOf(state, target, subvolume, into);
  if (!replicas.ok) return replicas;
  const { source, snapshots } = replicas.value;
  const plan = planCleanup({
    snapshots,
    rules,
    now,
    holds: state.holds,
    // What is in use now may be let go by the time of the round.
    bases: basesOn(source.server, source.filesystem),
  });
  return plan.ok ? ok({ all: snapshots.length, going: goingBy(plan.value, null) }) : plan;
}

interface Replicas {
  /** The subvolume on the primary. */
  readonly source: Place;
  /** All that lie in the directory of its replicas. */
  readonly snapshots: readonly Snapshot[];
}

function replicasOf(
  state: AppState,
  { server: name, mount }: Target,
  subvolume: string,
  into: string | null,
): Result<Replicas> {
  const primary = primaryLook(state)?.inventory;
  const server = state.servers.find((one) => one.name === name);
  const inventory = state.looks[name]?.inventory;
  if (!primary) return failed(notSeen(primaryOf(state)?.name ?? 'the primary'));
  if (!server || !inventory) return failed(notSeen(name));
  const source = findSubvolume(primary, subvolume);
  if (!source.ok) return source;
  const snapshots = replicasAt(source.value, { server, inventory, mount, into });
  return snapshots.ok ? ok({ source: source.value, snapshots: snapshots.value }) : snapshots;
}

const notSeen = (server: string) =>
  fault('listing-failed', `${server} was not seen yet.`, 'R looks at it.', { server });

/** Below the form: how many in all, then each target. */
export function retentionLines(plans: readonly TargetRetention[], group: boolean): string[] {
  const going = plans.reduce((sum, { plan }) => sum + (plan.ok ? plan.value.going.length : 0), 0);
  const unknown = plans.filter(({ plan }) => !plan.ok).length;
  return [
    `On the targets now: at most ${going} would be deleted${unknown > 0 ? ', and of some it is not known' : ''}`,
    ...plans.map(({ target, subvolume, plan }) => {
      const what = group ? `${target} ${subvolume}` : target;
      const text = plan.ok
        ? `${plan.value.going.length} of ${plan.value.all} would be deleted`
        : `not known: ${plan.fault.message}`;
      return formatName(`  ${what}  ${text}`);
    }),
  ];
}
