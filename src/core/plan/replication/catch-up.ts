/**
 * Decides what a target of a task lacks: what was made on the source after the newest replica it has, as far as the
 * target's retention would keep it there. What retention deleted there was made before that, so it is never sent again.
 */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { ok, type Result } from '../../model/result.ts';
import { keptBy, type RetentionRules } from '../../model/retention.ts';
import type { LeftAlone, ReplicationPlan, Wanted } from '../../model/runs/replication.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { inOrderMade, type MadeSnapshots } from '../catalog/order-made.ts';
import { planRetention } from '../retention/retention.ts';
import { isThere, nearestBase, noSnapshots, planSteps, type TargetState } from './replication.ts';

export type CatchUp = Extract<Wanted, { mode: 'catch-up' }>;

/** What is known of a subvolume on the primary. */
export interface SourceSnapshots extends MadeSnapshots {
  /** Of a group: the names that every member has. Null: it is none. */
  readonly moments: ReadonlySet<string> | null;
  /** Origin ids of what is held: it is kept on the targets as well. */
  readonly held: ReadonlySet<string>;
}

/** `now`: milliseconds since 1970 UTC. */
export function planCatchUp(
  { snapshot: until, keep, group }: CatchUp,
  subvolume: string,
  source: SourceSnapshots,
  target: TargetState,
  now: number,
): ReplicationPlan {
  const all = wantedOf(source);
  const end = all.findIndex(({ name }) => name === until);
  // The other members are sent that very moment; with an earlier or a later one none would be whole there.
  if (until !== null && end < 0) return { kind: 'blocked', fault: momentGone(until, group ?? [subvolume]) };
  const made = until === null ? all : all.slice(0, end + 1);
  const newest = made.at(-1);
  if (!newest) return { kind: 'blocked', fault: group ? noMoment(group) : noSnapshots(subvolume) };
  const last = all.findLastIndex((snapshot) => isThere(snapshot, target));
  const there = all[last];
  if (there && last >= made.length - 1) return { kind: 'current', snapshot: there, present: [there] };
  // Without rules nothing says how far back a first replica shall go.
  const lacking = last < 0 && keep === null ? [newest] : made.slice(last + 1);
  const kept = keep === null ? ok(new Set(lacking)) : keptOf(lacking, keep, source, target, now);
  if (!kept.ok) return { kind: 'blocked', fault: kept.fault };
  const chosen = lacking.filter((snapshot) => snapshot === newest || kept.value.has(snapshot));
  const left = chosen.filter((snapshot) => isLeft(snapshot, target)).map(leftAlone);
  const going = chosen.filter((snapshot) => !isLeft(snapshot, target));
  if (going.length === 0) return { kind: 'current', snapshot: newest, present: there ? [there] : [], left };
  const plan = planSteps(going, nearestBase(source.snapshots), target);
  return left.length === 0 || plan.kind === 'blocked' ? plan : { ...plan, left };
}

/** It is there, and was found different: that is told by itself, and no failure of whoever sends. */
const isLeft = ({ name }: Snapshot, { replicas }: TargetState): boolean =>
  replicas.some((one) => one.name === name && one.doubt === 'different');

const leftAlone = (snapshot: Snapshot): LeftAlone => ({
  snapshot,
  why: `${snapshot.name} is there, and was compared with its source and is not the same: it stays as it is, and the next snapshot is sent`,
});

/** All that a task may send of a source, in the order it was made: of a group, the moments. */
export const wantedOf = (source: Omit<SourceSnapshots, 'held'>): Snapshot[] =>
  inOrderMade(source).filter(({ name }) => source.moments?.has(name) ?? true);

/** What the rules would keep, were it all there. */
function keptOf(
  lacking: readonly Snapshot[],
  rules: RetentionRules,
  { held }: SourceSnapshots,
  { replicas }: TargetState,
  now: number,
): Result<ReadonlySet<Snapshot>> {
  const plan = planRetention({
    snapshots: [...replicas, ...lacking],
    rules,
    now,
    protected: { held, inUse: new Set(), bases: new Map() },
  });
  return plan.ok ? ok(new Set(keptBy(plan.value).map(({ snapshot }) => snapshot))) : plan;
}

/** The names under which every member of a group has a whole snapshot: all of them are from one moment. */
export function momentsOf(members: readonly (readonly Snapshot[])[]): ReadonlySet<string> {
  const [first, ...others] = members.map(
    (snapshots) => new Set(snapshots.filter(({ state }) => state === 'complete').map(({ name }) => name)),
  );
  return new Set([...(first ?? [])].filter((name) => others.every((names) => names.has(name))));
}

const noMoment = (group: readonly string[]): Fault =>
  fault(
    'no-such-snapshot',
    `There is no moment of which all of ${group.join(', ')} have a snapshot.`,
    `Make one of all of them: "${command('snapshot', 'create', '--group', ...group)}".`,
  );

const momentGone = (name: string, group: readonly string[]): Fault =>
  fault(
    'no-such-snapshot',
    `The moment ${name} of ${group.join(', ')} that this round sends is not on the primary any more.`,
    'Somebody deleted it meanwhile; the next round sends the newest that is there.',
    { retry: true },
  );
