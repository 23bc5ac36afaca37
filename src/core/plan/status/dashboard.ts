import type { Task } from '../../model/automation/task.ts';
import { ageOf, isoTime } from '../../model/clock.ts';
import type { Schedule } from '../../model/schedule.ts';
import type { Dashboard, DashboardReplica, DashboardSubvolume } from '../../model/status/dashboard.ts';
import { worstFirst } from '../../model/status/finding.ts';
import { type Health, overallOf, type ReplicaHealth } from '../../model/status/health.ts';
import type { Plans } from '../automation/due.ts';
import { makersOf } from '../automation/makers.ts';
import { dueAtOrBefore, dueBeforeLast, scheduleText } from '../time/schedule.ts';
import { dashboardFindings } from './dashboard-findings.ts';
import type { DashboardQuestion } from './dashboard-question.ts';
import { failuresOf, nextOf, runningOf } from './dashboard-runs.ts';
import { serverState } from './dashboard-servers.ts';

export function judgeDashboard(question: DashboardQuestion): Dashboard {
  const { now, servers, filesystems, staleSeconds, healths } = question;
  const states = servers.map((seen) =>
    serverState(
      seen,
      filesystems.filter(({ server }) => server === seen.server.name),
      { now, staleSeconds },
    ),
  );
  const reasons = worstFirst(dashboardFindings(states, question));
  return {
    at: isoTime(now),
    overall: overallOf(reasons.map(({ level }) => level)),
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

function subvolumeState(health: Health, question: DashboardQuestion): DashboardSubvolume {
  const { subvolume, overall, primary, replicas, reasons } = health;
  const { now, plans } = question;
  const schedules = makersOf(subvolume, plans).map(({ schedule }) => schedule);
  const newest = primary.createdAt ?? health.snapshot;
  return {
    subvolume,
    overall,
    primary: primary.status,
    snapshots: primary.snapshots,
    newest,
    newestAgeSeconds: ageOf(newest, now),
    schedules: schedules.map(scheduleText),
    dueAt: latest(schedules.map((schedule) => dueAtOrBefore(schedule, now))),
    overdue: primary.status === 'could-not-check' ? null : isOverdue(newest, schedules, now),
    referencedBytes: primary.referencedBytes,
    exclusiveBytes: primary.exclusiveBytes,
    replicas: replicas.map((replica) => replicaState(replica, plans)),
    reasons,
  };
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
