/**
 * Decides what it means that a snapshot is not where it should be: it was there and is gone, it is late, or a round is
 * still to bring it. On its way it is only while something is under way.
 */

import type { TargetLag } from '../../model/automation/task.ts';
import { command } from '../../model/command-line.ts';
import type { HealthReason } from '../../model/status/health.ts';
import type { HealthQuestion, Row, TaskFacts } from './health-question.ts';
import { ago, dueBeforeLast } from './health-words.ts';

/** One place, as it is named, and what is asked about it. */
export interface PlaceQuestion {
  readonly where: string;
  readonly question: HealthQuestion;
  readonly row: Row;
}

/** The newest may be still to come; what somebody names, what was there, and what nobody has a task for, must be there. */
export function missing(place: PlaceQuestion): HealthReason[] {
  const { where, question, row } = place;
  const { wanted, isNamed, now } = question;
  const { tasks, found } = row;
  const degraded = (message: string): HealthReason[] => [
    { level: 'degraded', where, message, hint: sendHint(question, where), page: 'replication' },
  ];
  const gone = found?.gone ?? null;
  if (gone !== null) return degraded(`${goneText(gone, where)}${runningText(tasks)}`);
  if (isNamed) return degraded(`${where} does not have ${wanted?.name}.`);
  const { restorePoint } = row.health;
  if (tasks.length === 0)
    return degraded(`${hasText(place)}${restorePoint === null ? '' : ', and lacks the newest'}.`);
  const name = wanted?.name ?? '';
  const sent = tasks.find(({ facts, lag }) => facts.brought.get(lag.target)?.has(name) === true);
  if (sent) {
    const said = `The last round of the task ${sent.facts.task.name} had it there`;
    return degraded(`${where} does not have ${name}. ${said}.${runningText(tasks)}`);
  }
  // A breached RPO says it already.
  if (tasks.some(({ lag }) => lag.rpo === 'breached')) return [];
  const late = tasks.find(({ facts, lag }) => isLate(facts, lag, now));
  const task = (late ?? tasks[0])?.facts.task.name ?? '';
  const message = late
    ? `${hasText(place)}${restorePoint === null ? '' : ': it is late'}.${runningText(tasks)}`
    : `${hasText(place)}${comingText(tasks, now)}.`;
  return [
    {
      level: late ? 'degraded' : 'note',
      where,
      message,
      hint: `See how it stands: ${command('task', 'show', task)}`,
      page: 'automation',
    },
  ];
}

const goneText = (
  { path, goneAt }: { readonly path: string; readonly goneAt: string },
  where: string,
): string =>
  `The replica ${path} was on ${where} and is gone; btrfleet did not delete it. It was first missed at ${goneAt}.`;

const DAY = 86_400_000;

/** Milliseconds for which somebody is told of a replica that is gone, where newer ones are there. */
export const MISSED_FOR = 7 * DAY;

/** Of many only so many are named. */
const NAMED = 3;

/**
 * Older ones that somebody deleted by hand. For a day it is wrong, so that somebody is told; then it is known, and noted
 * for the rest of the week. Sent again, it is over.
 */
export function missedReasons({ where, question, row: { health, found } }: PlaceQuestion): HealthReason[] {
  const { subvolume, now, primary } = question;
  const missed = (found?.missed ?? []).filter(({ goneAt }) => now - Date.parse(goneAt) < MISSED_FOR);
  const [first] = missed;
  if (!first || health.status === 'could-not-check' || health.status === 'absent') return [];
  const isNew = missed.some(({ goneAt }) => now - Date.parse(goneAt) < DAY);
  const names = missed.slice(0, NAMED).map(({ name }) => name);
  const more = missed.length > NAMED ? ` and ${missed.length - NAMED} more` : '';
  const [what, them] =
    missed.length === 1 ? ['An older replica', 'it'] : [`${missed.length} older replicas`, 'them'];
  const here = missed.find(({ name }) =>
    primary.source?.snapshots.some((one) => one.name === name && one.state === 'complete'),
  );
  return [
    {
      level: isNew && health.isExpected ? 'degraded' : 'note',
      where,
      message:
        `${what} of ${subvolume} ${missed.length === 1 ? 'is' : 'are'} gone from ${where}, and btrfleet did not delete ${them}: ` +
        `${names.join(', ')}${more}. First missed at ${first.goneAt}.`,
      hint: here
        ? `Send it again: ${command('replicate', 'auto', subvolume, '--to', where, '--snapshot', here.name)}`
        : `${primary.server} does not have ${them} any more. If it was meant, nothing needs to be done.`,
      page: 'replication',
    },
  ];
}

const hasText = ({ where, question: { subvolume, now }, row: { health } }: PlaceQuestion): string =>
  health.restorePoint === null
    ? `${where} has no replica of ${subvolume} yet`
    : `${where} has replicas up to ${health.restorePoint}, ${ago(health.restorePoint, now)} ago`;

const runningText = (tasks: Row['tasks']): string =>
  tasks.some(({ facts }) => facts.isRunning) ? ' A round is running.' : '';

/** What is to bring the newest, and whether anything does already. */
function comingText(tasks: Row['tasks'], now: number): string {
  const running = tasks.find(({ facts }) => facts.isRunning);
  if (running) return `; the newest is on its way: a round of the task ${running.facts.task.name} is running`;
  const rounds = tasks.flatMap(({ facts: { task, nextRun } }) =>
    nextRun === null ? [] : [{ name: task.name, at: nextRun }],
  );
  const [next] = rounds.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (!next) return '; the newest is not there, and no round is to come';
  return Date.parse(next.at) <= now
    ? `; the newest is on its way: a round of the task ${next.name} is due`
    : `; the newest is to come with the round of the task ${next.name} at ${next.at}`;
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
export function sendHint(
  { subvolume, wanted, isNamed, tasks, servers }: HealthQuestion,
  where: string | null,
): string {
  const [task] = tasks;
  if (wanted?.isForeign)
    return `The tool that made it may bring it there; btrfleet sends its own: ${command('snapshot', 'create', subvolume)}`;
  if (task && !isNamed) return `Run the task: ${command('task', 'run', task.task.name)}`;
  const to = where ?? servers.find(({ role }) => role === 'secondary')?.sight.server ?? 'SERVER';
  const which = isNamed && wanted ? ['--snapshot', wanted.name] : [];
  return `Send it: ${command('replicate', 'auto', subvolume, '--to', to, ...which)}`;
}
