/** Decides what the Dashboard says of runs: how far those that go on are, what failed lately, and what comes next. */
import { itemKey } from '../../model/automation/automation.ts';
import type { TargetJob } from '../../model/runs/job.ts';
import { faultsOf, type Run, subjectOf } from '../../model/runs/run.ts';
import type { NextDue, RecentFailure, RunningRun, RunningTarget } from '../../model/status/dashboard.ts';
import { type Finding, finding } from '../../model/status/finding.ts';
import { itemsOf, nextStep, syncDueOf } from '../automation/due.ts';
import { transferRate } from '../replication/transfer-rate.ts';
import type { DashboardQuestion, KnownFailures } from './dashboard-question.ts';

/** How many of those that are due next are told. */
export const NEXT = 5;

/** Newest first; the parts of a run are told with it. */
export function runningOf(active: readonly Run[], now: number): RunningRun[] {
  const wholes = active.filter(({ origin }) => !active.some(({ id }) => id === origin.parent));
  return wholes.map((run) => ({
    run: run.id,
    kind: run.kind,
    trigger: run.trigger,
    subject: subjectOf(run.request),
    state: run.state === 'queued' ? 'queued' : 'running',
    startedAt: run.startedAt,
    targets: [run, ...active.filter(({ origin }) => origin.parent === run.id)]
      .flatMap(({ job }) => job?.targets ?? [])
      .map((target) => runningTarget(target, now)),
  }));
}

function runningTarget({ target, progress }: TargetJob, now: number): RunningTarget {
  const none = { sentBytes: null, totalBytes: null, fraction: null, bytesPerSecond: null, secondsLeft: null };
  if (progress.phase !== 'sending') return { target, phase: progress.phase, ...none };
  const { sentBytes, totalBytes, updatedAt } = progress;
  // What was written last may be newer than the clock of the screen.
  const rate = transferRate(progress, Math.max(now, Date.parse(updatedAt)));
  return { target, phase: 'sending', sentBytes, totalBytes, ...rate };
}

/** Milliseconds without a byte from which a transfer is said to stand still. */
const STILL = 60_000;

/** Targets of transfers that go on whose disk or link seems to hang. Others do not wait for them. */
export const stillFindings = ({ active, now }: Pick<DashboardQuestion, 'active' | 'now'>): Finding[] =>
  active.flatMap((run) =>
    (run.job?.targets ?? []).flatMap(({ target, progress }) => {
      const still = progress.phase === 'sending' ? now - Date.parse(progress.updatedAt) : 0;
      if (still < STILL) return [];
      const about = { subvolume: subjectOf(run.request), where: target };
      return [finding('transfer-still', 'degraded', about, { run: run.id, seconds: still / 1000 })];
    }),
  );

/** What two runs have in common that do the same. */
export const sameWork = ({ origin, kind, request }: Run): string =>
  origin.item ?? `${kind} ${subjectOf(request)}`;

export function failuresOf({ runs, recovered }: KnownFailures): RecentFailure[] {
  return [...Map.groupBy(runs, sameWork).values()].flatMap((same) => {
    const [last] = same;
    if (!last || last.finishedAt === null || last.outcome === null) return [];
    const [why] = faultsOf(last.report);
    return [
      {
        run: last.id,
        kind: last.kind,
        subject: subjectOf(last.request),
        outcome: last.outcome,
        finishedAt: last.finishedAt,
        count: same.length,
        message: why?.message ?? (last.outcome === 'interrupted' ? 'Its process died.' : 'It failed.'),
        hint: why?.hint ?? `See what happened: btrfleet run show ${last.id}`,
        isRecovered: recovered.has(last.id),
      },
    ];
  });
}

type Due = Pick<DashboardQuestion, 'plans' | 'memories' | 'now' | 'jitterSeconds'>;

/** The soonest first. */
export function nextOf({ plans, memories, now, jitterSeconds }: Due): NextDue[] {
  const items = itemsOf(plans);
  const memoryOf = (key: string) => memories.get(key) ?? null;
  const all = items.flatMap((item): NextDue[] => {
    const key = itemKey(item);
    const syncDue = item.kind === 'task' ? syncDueOf(item.task, items, memoryOf) : null;
    const step = nextStep({ item, memory: memoryOf(key), now, jitterSeconds, syncDue });
    const subject =
      item.kind === 'task' || item.kind === 'task-snapshot' ? item.task.name : item.policy.subvolume;
    const about = { item: key, kind: item.kind, subject };
    if (step.kind === 'due') return [{ ...about, at: step.dueAt, why: 'due' }];
    return step.kind === 'wait' ? [{ ...about, at: step.until, why: step.why }] : [];
  });
  return all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(0, NEXT);
}
