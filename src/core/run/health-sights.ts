/**
 * Brings together what the verdict about subvolumes rests on: each server's last look, one after the other, the tasks and
 * policies, and sizes that were measured. The verdict itself is plan/health's.
 */
import { fault } from '../model/fault.ts';
import type { Health, KnownSize } from '../model/health.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Schedule } from '../model/schedule.ts';
import { makesSnapshots } from '../plan/due.ts';
import { judgeHealth, type ServerFacts, type TaskFacts } from '../plan/health.ts';
import { madeMoments } from '../plan/restore-point.ts';
import { SightReader } from './health-sight-reader.ts';
import type { Scene, Subject } from './health-subject.ts';
import { nextTurn, readAhead, sourceIn } from './known-replicas.ts';
import { type TaskStatus, taskStatuses } from './task-status.ts';

/** In the order of `subjects`. Faults: config-invalid, cancelled. */
export async function judgeAll(
  scene: Scene,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<Result<Health[]>> {
  const { servers, tasks: all } = scene.config;
  await readAhead(scene.fleet, servers, all, signal);
  if (signal.aborted) return failed(cancelled);
  const statuses = taskStatuses(scene.fleet);
  if (!statuses.ok) return statuses;
  const about: { readonly subject: Subject; readonly tasks: readonly TaskFacts[] }[] = [];
  for (const subject of subjects) {
    about.push({ subject, tasks: tasksOf(scene, subject, statuses.value) });
    await nextTurn();
  }
  const facts = subjects.map((): ServerFacts[] => []);
  const sights = new SightReader(scene);
  for (const server of servers) {
    for (const [index, { subject, tasks }] of about.entries()) {
      const sight = sights.read(server, subject, tasks);
      facts[index]?.push({ role: server.role, sight, fault: scene.faults.get(server.name) ?? null });
    }
    if (sights.hasReadLook()) await nextTurn();
    if (signal.aborted) return failed(cancelled);
  }
  const judged: Health[] = [];
  for (const [index, { subject, tasks }] of about.entries()) {
    judged.push(judge(scene, subject, tasks, facts[index] ?? []));
    await nextTurn();
  }
  return ok(judged);
}

function tasksOf({ inventory }: Scene, { subvolume }: Subject, statuses: readonly TaskStatus[]): TaskFacts[] {
  const mine = statuses.filter(({ task }) => task.enabled && task.subvolumes.includes(subvolume));
  return mine.map(({ task, lags, running }) => {
    const sources = task.subvolumes.map((path) => (inventory ? sourceIn(inventory, path) : null));
    return { task, lags, isRunning: running !== null, made: madeMoments(sources).toSorted() };
  });
}

function judge(
  scene: Scene,
  { subvolume, isNamed, wanted, source, isGone }: Subject,
  tasks: readonly TaskFacts[],
  servers: readonly ServerFacts[],
): Health {
  const { primary, inventory, faults, now } = scene;
  const uuids = [
    ...(source?.snapshots.filter(({ name }) => name === wanted?.name) ?? []),
    ...servers.flatMap(({ sight }) => [
      ...sight.targets.flatMap(({ found }) => found?.snapshot ?? []),
      ...sight.others.flatMap(({ snapshot }) => snapshot ?? []),
    ]),
  ].map(({ uuid }) => uuid);
  const sizes: ReadonlyMap<string, KnownSize> = scene.fleet.journal.sizesOf(uuids);
  return judgeHealth({
    ...{ subvolume, isNamed, wanted, servers, tasks, sizes, now },
    primary: {
      ...{ server: primary.name, source, isGone },
      fault: faults.get(primary.name) ?? null,
      seenAt: inventory?.takenAt ?? null,
    },
    schedules: schedulesOf(scene, subvolume),
  });
}

/** By which its snapshots are made. */
function schedulesOf({ config }: Scene, subvolume: string): Schedule[] {
  const { snapshotPolicies, tasks } = config;
  const making = tasks.filter(
    (task) => task.enabled && task.subvolumes.includes(subvolume) && makesSnapshots(task, snapshotPolicies),
  );
  return [
    ...snapshotPolicies.filter((policy) => policy.enabled && policy.subvolume === subvolume),
    ...making,
  ].map(({ schedule }) => schedule);
}

export const cancelled = fault(
  'cancelled',
  'Cancelled before everything was looked at.',
  'Nothing was changed.',
);
