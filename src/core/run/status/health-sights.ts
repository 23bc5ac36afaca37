/**
 * Brings together what the verdict about subvolumes rests on: each server's last look, one after the other, the tasks and
 * policies, and sizes that were measured. The verdict itself is plan/health's.
 */

import type { Task } from '../../model/automation/task.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Run } from '../../model/runs/run.ts';
import type { Health, KnownSize } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { makersOf } from '../../plan/automation/makers.ts';
import { judgeHealth } from '../../plan/status/health.ts';
import type { ServerFacts, TaskFacts } from '../../plan/status/health-question.ts';
import { madeMoments } from '../../plan/status/restore-point.ts';
import { inSlices } from '../ground/turns.ts';
import { SightReader } from './health-sight-reader.ts';
import type { Scene, Subject } from './health-subject.ts';
import { readAhead, sourceIn } from './known-replicas.ts';
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
  const pause = inSlices(scene.fleet.clock);
  const about: { readonly subject: Subject; readonly tasks: readonly TaskFacts[] }[] = [];
  for (const subject of subjects) {
    about.push({ subject, tasks: tasksOf(scene, subject, statuses.value) });
    await pause();
  }
  const facts = subjects.map((): ServerFacts[] => []);
  const sights = new SightReader(scene);
  for (const server of servers) {
    for (const [index, { subject, tasks }] of about.entries()) {
      const sight = sights.read(server, subject, tasks);
      facts[index]?.push({ role: server.role, sight, fault: scene.faults.get(server.name) ?? null });
    }
    await pause();
    if (signal.aborted) return failed(cancelled);
  }
  const judged: Health[] = [];
  for (const [index, { subject, tasks }] of about.entries()) {
    judged.push(judge(scene, subject, tasks, facts[index] ?? []));
    await pause();
  }
  return ok(judged);
}

function tasksOf({ inventory }: Scene, { subvolume }: Subject, statuses: readonly TaskStatus[]): TaskFacts[] {
  const mine = statuses.filter(({ task }) => task.enabled && task.subvolumes.includes(subvolume));
  return mine.map(({ task, lags, running, nextRun, lastRun }) => {
    const sources = task.subvolumes.map((path) => (inventory ? sourceIn(inventory, path) : null));
    return {
      ...{ task, lags, isRunning: running !== null, nextRun, made: madeMoments(sources).toSorted() },
      brought: broughtBy(lastRun, task, subvolume),
    };
  });
}

/** By target: what the round found or made whole there. */
function broughtBy(round: Run | null, { targets }: Task, subvolume: string): TaskFacts['brought'] {
  const replications = round?.report?.kind === 'task' ? round.report.replications : [];
  const results = replications.flatMap((one) => (one.subvolume === subvolume ? one.results : []));
  const whole = results.filter(({ status }) => status === 'ok' || status === 'already-there');
  return new Map(
    targets.map((target) => {
      const there = whole.filter(
        ({ server, mount }) => server === target.server && (target.mount === null || mount === target.mount),
      );
      return [formatTarget(target), new Set(there.flatMap(({ snapshot }) => snapshot ?? []))];
    }),
  );
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
    makers: makersOf(subvolume, scene.config),
  });
}

export const cancelled = fault(
  'cancelled',
  'Cancelled before everything was looked at.',
  'Nothing was changed.',
);
