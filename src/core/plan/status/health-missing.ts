/**
 * Decides what it means that a snapshot is not where it should be: it was there and is gone, it is late, or a round is
 * still to bring it. On its way it is only while something is under way.
 */

import type { TargetLag } from '../../model/automation/task.ts';
import { ageOf } from '../../model/clock.ts';
import {
  type Coming,
  type Finding,
  finding,
  type Sending,
  type Subject,
} from '../../model/status/finding.ts';
import { serverOf } from '../../model/target.ts';
import { dueBeforeLast } from '../time/schedule.ts';
import type { HealthQuestion, Row, TaskFacts } from './health-question.ts';

/** One place, and what is asked about it. */
export interface PlaceQuestion {
  readonly about: Subject & { readonly where: string };
  readonly question: HealthQuestion;
  readonly row: Row;
}

/** The newest may be still to come; what somebody names, what was there, and what nobody has a task for, must be there. */
export function missing({ about, question, row }: PlaceQuestion): Finding[] {
  const { wanted, isNamed, now } = question;
  const { tasks, found, health } = row;
  const sending = sendingTo(question, about.where);
  const isRunning = tasks.some(({ facts }) => facts.isRunning);
  const snapshot = wanted?.name ?? '';
  if (found?.gone) {
    const { path, goneAt } = found.gone;
    return [finding('replica-gone', 'degraded', about, { path, goneAt, isRunning, sending })];
  }
  if (isNamed) return [finding('not-there', 'degraded', about, { snapshot, sending })];
  const there = { restorePoint: health.restorePoint, ageSeconds: ageOf(health.restorePoint, now) };
  const sent = tasks.find(({ facts, lag }) => facts.brought.get(lag.target)?.has(snapshot) === true);
  const late = tasks.find(({ facts, lag }) => isLate(facts, lag, now));
  const task = (sent ?? late ?? tasks[0])?.facts.task.name;
  if (task === undefined) return [finding('newest-missing', 'degraded', about, { ...there, sending })];
  if (sent) return [finding('not-there-any-more', 'degraded', about, { snapshot, task, isRunning, sending })];
  // A breached RPO says it already.
  if (tasks.some(({ lag }) => lag.rpo === 'breached')) return [];
  if (late) return [finding('late', 'degraded', about, { ...there, task, isRunning })];
  return [finding('to-come', 'note', about, { ...there, task, coming: comingOf(tasks, now) })];
}

const DAY = 86_400_000;

/** Milliseconds for which somebody is told of a replica that is gone, where newer ones are there. */
export const MISSED_FOR = 7 * DAY;

/**
 * Older ones that somebody deleted by hand. For a day it is wrong, so that somebody is told; then it is known, and noted
 * for the rest of the week. Sent again, it is over.
 */
export function missedFindings({ about, question, row: { health, found } }: PlaceQuestion): Finding[] {
  const { now, primary } = question;
  const missed = (found?.missed ?? []).filter(({ goneAt }) => now - Date.parse(goneAt) < MISSED_FOR);
  const [first] = missed;
  if (!first || health.status === 'could-not-check' || health.status === 'absent') return [];
  const isNew = missed.some(({ goneAt }) => now - Date.parse(goneAt) < DAY);
  const here = missed.find(({ name }) =>
    primary.source?.snapshots.some((one) => one.name === name && one.state === 'complete'),
  );
  return [
    finding('older-gone', isNew && health.isExpected ? 'degraded' : 'note', about, {
      names: missed.map(({ name }) => name),
      goneAt: first.goneAt,
      here: here?.name ?? null,
      primary: primary.server,
    }),
  ];
}

/** What is to bring the newest, and whether anything does already. */
function comingOf(tasks: Row['tasks'], now: number): Coming {
  const running = tasks.find(({ facts }) => facts.isRunning);
  if (running) return { kind: 'running', task: running.facts.task.name };
  const rounds = tasks.flatMap(({ facts: { task, nextRun } }) =>
    nextRun === null ? [] : [{ task: task.name, at: nextRun }],
  );
  const [next] = rounds.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (!next) return { kind: 'never' };
  return Date.parse(next.at) <= now ? { kind: 'due', task: next.task } : { kind: 'at', ...next };
}

/** What should have been sent by two rounds is not there; with an RPO nothing but that counts. */
function isLate({ task, made }: TaskFacts, { restorePoint, rpo }: TargetLag, now: number): boolean {
  if (rpo === 'kept') return false;
  if (rpo === 'unknown') return true;
  const limit = dueBeforeLast(task.schedule, now);
  const unsent = made.find((name) => restorePoint === null || name > restorePoint);
  return limit !== null && unsent !== undefined && Date.parse(unsent) <= limit;
}

/** How it comes there: by the task's next round, else by hand. `where` null: anywhere. */
export function sendingTo(question: HealthQuestion, where: string | null): Sending {
  const { wanted, isNamed, tasks, servers } = question;
  const [task] = tasks;
  if (isThereDifferent(question, where)) return { by: 'new' };
  if (wanted?.isForeign) return { by: 'others' };
  if (task && !isNamed) return { by: 'task', task: task.task.name };
  const to = where ?? servers.find(({ role }) => role === 'secondary')?.sight.server ?? 'SERVER';
  return { by: 'hand', to, snapshot: isNamed && wanted ? wanted.name : null };
}

/** What is wanted lies there, and is not what its source is. */
const isThereDifferent = ({ wanted, servers }: HealthQuestion, where: string | null): boolean =>
  servers.some(
    ({ sight: { server, targets, others } }) =>
      (where === null || serverOf(where) === server) &&
      [...targets.map(({ found }) => found), ...others].some((found) =>
        found?.modified.some(({ name, doubt }) => name === wanted?.name && doubt === 'different'),
      ),
  );
