/**
 * Decides how a subvolume, or one snapshot of it, is off over the whole fleet, and why. It connects to nothing; what
 * could not be checked stays a state of its own.
 *
 * Expected to have it are the targets of the enabled tasks of the subvolume. Where there is no such task, it is every
 * server that was added. A server that has replicas without being asked to is shown and counts as a good copy; that it
 * lacks a newer one is no trouble. The newest snapshot may be still to come for as long as the RPO allows, or, without
 * one, two due times of the task; but what was there and is gone is missed at once, and one that somebody names must be
 * everywhere.
 */

import type { TargetLag } from '../../model/automation/task.ts';
import { ageOf } from '../../model/clock.ts';
import type { Fault } from '../../model/fault.ts';
import { worstFirst } from '../../model/status/finding.ts';
import {
  type Health,
  type KnownSize,
  overallOf,
  type PrimaryHealth,
  type ReplicaHealth,
} from '../../model/status/health.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { newestOf } from '../catalog/newest.ts';
import { primaryFindings } from './health-primary.ts';
import type { HealthQuestion, Row, ServerFacts } from './health-question.ts';
import { overallFindings, replicaFindings } from './health-replicas.ts';
import type { FoundReplica, ServerSight } from './health-sight.ts';
import { restoreFindings } from './open-restores.ts';
import { provenOn, scrubKey } from './proven.ts';

export function judgeHealth(question: HealthQuestion): Health {
  const primary = primaryHealth(question);
  const rows = question.servers.flatMap((facts) => rowsOf(facts, question));
  const each = [
    ...restoreFindings(question.restores),
    ...primaryFindings(primary, question),
    ...rows.flatMap((row) => replicaFindings(row, question)),
  ];
  const isDegraded = each.some(({ level }) => level === 'degraded');
  const reasons = worstFirst([...overallFindings(rows, isDegraded, question), ...each]);
  return {
    subvolume: question.subvolume,
    snapshot: question.wanted?.name ?? null,
    overall: overallOf(reasons.map(({ level }) => level)),
    reasons,
    primary,
    replicas: rows.map(({ health }) => health),
  };
}

const NO_SIZE: KnownSize = { referencedBytes: null, exclusiveBytes: null };

function primaryHealth({ primary, wanted, sizes, now }: HealthQuestion): PrimaryHealth {
  const { server, source, seenAt, fault } = primary;
  const own = source?.snapshots.find(
    ({ originId, name, state }) =>
      state !== 'foreign' && state !== 'replaced' && (originId === wanted?.originId || name === wanted?.name),
  );
  const foreign = wanted?.isForeign && source?.foreign.find(({ originId }) => originId === wanted.originId);
  const there = own ?? (foreign || undefined);
  const state = there?.state === 'foreign' || there?.state === 'replaced' ? 'complete' : there?.state;
  const isUnknown = fault !== null || (source === null && !primary.isGone);
  return {
    server,
    status: isUnknown ? 'could-not-check' : (state ?? 'missing'),
    uuid: there?.uuid ?? null,
    receivedUuid: there?.receivedUuid ?? null,
    createdAt: there?.createdAt ?? null,
    ageSeconds: ageOf(there?.createdAt ?? null, now),
    snapshots: source?.snapshots.filter((one) => one.state === 'complete').length ?? null,
    foreignSnapshots: source?.foreign.length ?? null,
    ...sizeOf(there?.uuid, sizes),
    seenAt,
    fault,
  };
}

function rowsOf(facts: ServerFacts, question: HealthQuestion): Row[] {
  const { sight } = facts;
  const meant = sight.targets.map((one) => {
    const tasks = tasksOf(one.target, question);
    return rowOf({ facts, question, tasks, target: one.target, found: one.found, fault: one.fault });
  });
  const isExpected = isExpectedOn(facts, question);
  const others = sight.others.filter(
    ({ status, restorePoint }) => status !== 'missing' || restorePoint !== null,
  );
  const shown = isExpected ? others : others.filter(({ status }) => status !== 'could-not-check');
  const sorted = shown.toSorted((a, b) => worth(b) - worth(a));
  if (isExpected && sorted.length === 0) {
    const target = { server: sight.server, mount: null };
    const fault = sight.seenAt === null ? (facts.fault ?? null) : null;
    return [rowOf({ facts, question, tasks: [], target, found: null, fault, isExpected })];
  }
  return [
    ...meant,
    ...sorted.map((found, index) => {
      const target = { server: sight.server, mount: found.mount };
      // One good one is enough: which of its filesystems it shall be, nobody has said.
      const expected = isExpected && index === 0;
      return rowOf({ facts, question, tasks: [], target, found, fault: null, isExpected: expected });
    }),
  ];
}

/**
 * Without a task it is every secondary; of what others made those that have any of it, for whom these chose nobody told us.
 * If none has any, all are.
 */
function isExpectedOn({ role, sight }: ServerFacts, { tasks, wanted, servers }: HealthQuestion): boolean {
  if (tasks.length > 0 || role !== 'secondary') return false;
  if (!wanted?.isForeign) return true;
  const hasAny = (one: ServerSight): boolean => one.others.some(({ foreign }) => foreign > 0);
  return hasAny(sight) || !servers.some((one) => hasAny(one.sight));
}

/** Where a server has it on several filesystems, the best one stands for it. */
const worth = ({ status, restorePoint }: FoundReplica): number =>
  (status === 'complete' ? 4 : 0) + (restorePoint !== null ? 2 : 0) + (status === 'could-not-check' ? 1 : 0);

const tasksOf = (target: Target, { tasks }: HealthQuestion): Row['tasks'] =>
  tasks.flatMap((facts) => {
    const lag = facts.lags.find((one) => one.target === formatTarget(target));
    return lag ? [{ facts, lag }] : [];
  });

interface RowQuestion {
  readonly facts: ServerFacts;
  readonly question: HealthQuestion;
  readonly tasks: Row['tasks'];
  readonly target: Target;
  readonly found: FoundReplica | null;
  /** Why nothing was found for the target. */
  readonly fault: Fault | null;
  /** Default: a task expects it. */
  readonly isExpected?: boolean;
}

function rowOf({ facts, question, tasks, target, found, fault, isExpected = true }: RowQuestion): Row {
  const { sizes, now } = question;
  const lag = worstLag(tasks.map((one) => one.lag));
  const replica = found?.snapshot ?? null;
  const scrubbedAt = (found && question.scrubs.get(scrubKey(target.server, found.filesystemUuid))) ?? null;
  const health: ReplicaHealth = {
    server: target.server,
    mount: found?.mount ?? target.mount,
    status: statusOf(facts, found, fault),
    isExpected,
    tasks: tasks.map((one) => one.facts.task.name),
    path: replica?.path ?? null,
    uuid: replica?.uuid ?? null,
    receivedUuid: replica?.receivedUuid ?? null,
    createdAt: replica?.createdAt ?? null,
    ageSeconds: ageOf(replica?.createdAt ?? null, now),
    ...(lag ?? lagWithoutTask(found, question)),
    foreignSnapshots: found?.foreign ?? null,
    proven: provenOn(target.server, found, question),
    scrubbedAt,
    scrubAgeSeconds: ageOf(scrubbedAt, now),
    ...sizeOf(replica?.uuid, sizes),
    seenAt: lag?.seenAt ?? facts.sight.seenAt,
    fault: facts.fault ?? fault ?? found?.fault ?? null,
  };
  return { health, found, tasks };
}

function statusOf(
  facts: ServerFacts,
  found: FoundReplica | null,
  fault: Fault | null,
): ReplicaHealth['status'] {
  if (facts.fault !== null) return 'could-not-check';
  if (fault !== null) return fault.code === 'not-mounted' ? 'absent' : 'could-not-check';
  if (found !== null) return found.status;
  return facts.sight.seenAt === null ? 'could-not-check' : 'missing';
}

type Lag = Pick<ReplicaHealth, 'restorePoint' | 'lagSeconds' | 'wouldLoseSeconds' | 'rpo'>;

/** Of several tasks that bring it there, the one with the most trouble. */
function worstLag(lags: readonly TargetLag[]): (Lag & { readonly seenAt: string | null }) | null {
  const order = ['breached', 'unknown', 'kept', 'none'];
  const [worst] = lags.toSorted((a, b) => order.indexOf(a.rpo) - order.indexOf(b.rpo));
  if (!worst) return null;
  const { restorePoint, lagSeconds, wouldLoseSeconds, rpo, seenAt } = worst;
  return { restorePoint, lagSeconds, wouldLoseSeconds, rpo, seenAt };
}

function lagWithoutTask(found: FoundReplica | null, { primary, now }: HealthQuestion): Lag {
  const restorePoint = found?.restorePoint ?? null;
  const made = primary.source?.snapshots.filter(({ state }) => state === 'complete') ?? [];
  const theirs = primary.source?.foreign.flatMap(({ createdAt }) => createdAt ?? []) ?? [];
  const newest = newestOf([...made.map(({ name }) => name), ...theirs], now);
  const behind =
    restorePoint === null || newest === null ? null : Date.parse(newest) - Date.parse(restorePoint);
  return {
    restorePoint,
    lagSeconds: behind === null ? null : Math.max(0, behind / 1000),
    wouldLoseSeconds: ageOf(restorePoint, now),
    rpo: 'none',
  };
}

function sizeOf(uuid: string | undefined, sizes: ReadonlyMap<string, KnownSize>): KnownSize {
  const { referencedBytes, exclusiveBytes } = sizes.get(uuid ?? '') ?? NO_SIZE;
  return { referencedBytes, exclusiveBytes };
}
