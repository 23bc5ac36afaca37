/**
 * Brings together what the verdict about subvolumes rests on: each server's last look, one after the other, the tasks and
 * policies, and sizes that were measured. The verdict itself is plan/health's.
 */

import type { Task } from '../../model/automation/task.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Run } from '../../model/runs/run.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { Health, KnownSize } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { makersOf } from '../../plan/automation/makers.ts';
import { judgeHealth } from '../../plan/status/health.ts';
import type { ServerFacts, TaskFacts } from '../../plan/status/health-question.ts';
import { madeMoments } from '../../plan/status/restore-point.ts';
import { inSlices } from '../ground/turns.ts';
import { SightReader } from './health-sight-reader.ts';
import { isRestoreOf, type Scene, type Subject } from './health-subject.ts';
import { sourceIn, TaskReading } from './known-replicas.ts';
import { statusesOf, type TaskStatus } from './task-status.ts';

/** What one pass has found out. */
export interface Judged {
  /** In the order of the subjects. */
  readonly healths: readonly Health[];
  /** Of all tasks. */
  readonly statuses: readonly TaskStatus[];
}

/** Each server is read once, for all subjects and tasks. Fault: cancelled. */
export async function judgeAll(
  scene: Scene,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<Result<Judged>> {
  const { fleet, config, faults } = scene;
  const { servers, tasks } = config;
  const pause = inSlices(fleet.clock);
  const reading = new TaskReading(fleet, servers, tasks);
  const facts = subjects.map((): ServerFacts[] => []);
  const sights = new SightReader(scene);
  for (const server of servers) {
    // In one go with the sights: what is read of a look is in memory no longer than that.
    reading.read(server.name);
    for (const [index, subject] of subjects.entries()) {
      const sight = sights.read(server, subject, tasks.filter(isOf(subject)));
      facts[index]?.push({ role: server.role, sight, fault: faults.get(server.name) ?? null });
    }
    await pause();
    if (signal.aborted) return failed(cancelled);
  }
  const statuses = statusesOf(fleet, config, tasks, reading);
  const healths: Health[] = [];
  for (const [index, subject] of subjects.entries()) {
    await pause();
    healths.push(judge(scene, subject, factsOf(scene, subject, statuses), facts[index] ?? []));
  }
  return ok({ healths, statuses });
}

const isOf =
  ({ subvolume }: Subject) =>
  ({ enabled, subvolumes }: Task): boolean =>
    enabled && subvolumes.includes(subvolume);

function factsOf({ inventory }: Scene, subject: Subject, statuses: readonly TaskStatus[]): TaskFacts[] {
  const { subvolume } = subject;
  const mine = statuses.filter(({ task }) => isOf(subject)(task));
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
  const { primary, inventory, faults, scrubs, now } = scene;
  const uuids = [
    ...(source?.snapshots.filter(({ name }) => name === wanted?.name) ?? []),
    ...servers.flatMap(({ sight }) => [
      ...sight.targets.flatMap(({ found }) => [found?.snapshot ?? [], found?.modified ?? []].flat()),
      ...sight.others.flatMap(({ snapshot, modified }) => [snapshot ?? [], modified].flat()),
    ]),
  ].map(({ uuid }) => uuid);
  const sizes: ReadonlyMap<string, KnownSize> = scene.fleet.journal.sizesOf(uuids);
  return judgeHealth({
    ...{ subvolume, isNamed, wanted, servers, tasks, sizes, scrubs, now },
    primary: {
      ...{ server: primary.name, source, isGone },
      fault: faults.get(primary.name) ?? null,
      seenAt: inventory?.takenAt ?? null,
    },
    restores: scene.restores.filter((one) => isRestoreOf(one, primary.name, subvolume)),
    makers: makersOf(subvolume, scene.config),
    verifications: scene.fleet.journal.verificationsOf(subvolume),
    promised: promisedOf(scene.config, subvolume),
  });
}

const promisedOf = ({ verifyPolicies }: Scene['config'], subvolume: string): ProofLevel | null =>
  verifyPolicies.find((one) => one.enabled && one.subvolume === subvolume)?.level ?? null;

export const cancelled = fault(
  'cancelled',
  'Cancelled before everything was looked at.',
  'Nothing was changed.',
);
