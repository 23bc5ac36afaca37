import type { Task } from '../../model/automation/task.ts';
import { isoTime } from '../../model/clock.ts';
import type { Schedule } from '../../model/schedule.ts';
import type { Dashboard, DashboardReplica, DashboardSubvolume } from '../../model/status/dashboard.ts';
import type { Health, Overall, ReplicaHealth } from '../../model/status/health.ts';
import { OVERALLS, worstOf } from '../../model/status/health.ts';
import { makesSnapshots, type Plans } from '../automation/due.ts';
import { dueAtOrBefore, scheduleText } from '../time/schedule.ts';
import type { DashboardQuestion } from './dashboard-question.ts';
import { dashboardReasons, healthReasons } from './dashboard-reasons.ts';
import { failuresOf, nextOf, runningOf } from './dashboard-runs.ts';
import { serverState } from './dashboard-servers.ts';
import { dueBeforeLast } from './health-words.ts';

export function judgeDashboard(question: DashboardQuestion): Dashboard {
  const { now, servers, filesystems, staleSeconds, healths } = question;
  const states = servers.map((seen) =>
    serverState(
      seen,
      filesystems.filter(({ server }) => server === seen.server.name),
      { now, staleSeconds },
    ),
  );
  const reasons = dashboardReasons(states, question).toSorted((a, b) => rank(a.level) - rank(b.level));
  return {
    at: isoTime(now),
    overall: worstOf(reasons.flatMap(({ level }): Overall[] => (level === 'note' ? [] : [level]))),
    reasons,
    primary: servers.find(({ server }) => server.role === 'primary')?.server.name ?? null,
    scheduler: question.scheduler,
    servers: states,
    subvolumes: healths.ok ? healths.value.map((health) => subvolumeState(health, question)) : [],
    running: runningOf(question.active, now),
    failures: failuresOf(question.failed),
    next: nextOf(question),
  };
}

const rank = (level: Overall | 'note'): number =>
  level === 'note' ? OVERALLS.length : OVERALLS.indexOf(level);

function subvolumeState(health: Health, question: DashboardQuestion): DashboardSubvolume {
  const { subvolume, overall, primary, replicas } = health;
  const { now, plans } = question;
  const schedules = schedulesOf(subvolume, plans);
  const newest = primary.createdAt ?? health.snapshot;
  return {
    subvolume,
    overall,
    primary: primary.status,
    snapshots: primary.snapshots,
    newest,
    newestAgeSeconds: newest === null ? null : Math.max(0, (now - Date.parse(newest)) / 1000),
    schedules: schedules.map(scheduleText),
    dueAt: latest(schedules.map((schedule) => dueAtOrBefore(schedule, now))),
    overdue: primary.status === 'could-not-check' ? null : isOverdue(newest, schedules, now),
    referencedBytes: primary.referencedBytes,
    exclusiveBytes: primary.exclusiveBytes,
    replicas: replicas.map((replica) => replicaState(replica, plans)),
    reasons: healthReasons(health, plans),
  };
}

/** By which snapshots of it are made. */
export function schedulesOf(subvolume: string, { snapshotPolicies, tasks }: Plans): Schedule[] {
  const making = tasks.filter(
    (task) => task.enabled && task.subvolumes.includes(subvolume) && makesSnapshots(task, snapshotPolicies),
  );
  const policies = snapshotPolicies.filter((policy) => policy.enabled && policy.subvolume === subvolume);
  return [...policies, ...making].map(({ schedule }) => schedule);
}

function latest(times: readonly (number | null)[]): string | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : isoTime(Math.max(...known));
}

function isOverdue(newest: string | null, schedules: readonly Schedule[], now: number): boolean | null {
  const limit = latest(schedules.map((schedule) => dueBeforeLast(schedule, now)));
  if (limit === null) return null;
  return newest === null || Date.parse(newest) < Date.parse(limit);
}

function replicaState(replica: ReplicaHealth, { tasks }: Plans): DashboardReplica {
  const { server, mount, status, isExpected, restorePoint, lagSeconds, wouldLoseSeconds, rpo, seenAt } =
    replica;
  return {
    ...{ server, mount, status, isExpected, tasks: replica.tasks },
    ...{ restorePoint, lagSeconds, wouldLoseSeconds, rpo, seenAt },
    rpoSeconds: tightest(tasks.filter(({ name }) => replica.tasks.includes(name))),
  };
}

function tightest(tasks: readonly Task[]): number | null {
  const all = tasks.flatMap(({ rpoSeconds }) => rpoSeconds ?? []);
  return all.length === 0 ? null : Math.min(...all);
}
