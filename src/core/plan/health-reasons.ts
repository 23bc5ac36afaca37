/**
 * Decides what about the replicas of a subvolume somebody must be told, how bad each of it is, and what mends it. Every
 * verdict of plan/health rests on one of these, or on one about the primary.
 */
import type { HealthReason, ReplicaHealth } from '../model/health.ts';
import { formatTarget } from '../model/target.ts';
import type { TargetLag } from '../model/task.ts';
import type { HealthQuestion, Row, TaskFacts } from './health.ts';
import { ago, dueBeforeLast, span, unchecked } from './health-words.ts';

type Level = HealthReason['level'];

/** About all replicas together. */
export function overallReasons(rows: readonly Row[], question: HealthQuestion): HealthReason[] {
  const { wanted, subvolume, isNamed } = question;
  if (wanted === null) return [];
  const isGood = ({ status, restorePoint }: ReplicaHealth): boolean =>
    status === 'complete' || (!isNamed && restorePoint !== null);
  const isOpen = ({ status }: ReplicaHealth): boolean => status === 'could-not-check' || status === 'absent';
  const all = rows.map(({ health }) => health);
  if (all.some((one) => isGood(one) || isOpen(one))) return [];
  const what = isNamed ? wanted.name : subvolume;
  if (!all.some(({ isExpected }) => isExpected)) {
    return [
      {
        level: 'degraded',
        where: null,
        message: `There is no copy of ${what} beside the one on ${question.primary.server}, and no server to have one.`,
        hint: 'Add another server: btrfleet server add NAME --host HOST --user root',
        page: 'servers',
      },
    ];
  }
  return [
    {
      level: 'failed',
      where: null,
      message: `No whole replica of ${what} was found anywhere.`,
      hint: sendHint(question, null),
      page: 'replication',
    },
  ];
}

/** About one place. */
export function replicaReasons({ health, tasks }: Row, question: HealthQuestion): HealthReason[] {
  const where = formatTarget(health);
  const about = { where, question, tasks };
  const state = stateReasons(health, about);
  const breached = tasks.filter(({ lag }) => lag.rpo === 'breached').map((one) => rpoReason(one, about));
  return [...breached, ...state, ...tasks.flatMap((one) => taskReasons(one, about))];
}

interface About {
  readonly where: string;
  readonly question: HealthQuestion;
  readonly tasks: Row['tasks'];
}

function stateReasons(health: ReplicaHealth, about: About): HealthReason[] {
  const { status, isExpected } = health;
  const { where, question, tasks } = about;
  const name = question.wanted?.name ?? question.subvolume;
  const level: Level = isExpected ? 'degraded' : 'note';
  switch (status) {
    case 'complete':
      return [];
    case 'could-not-check':
      return isExpected ? [unchecked(where, health.fault, health.seenAt)] : [];
    case 'absent':
      return [absent(health, about)];
    case 'missing':
      return isExpected && question.wanted !== null ? missing(health, about) : [];
    case 'modified':
      return [
        {
          level,
          where,
          message: `The replica ${health.path ?? name} on ${where} was made writable: it may differ from what was sent.`,
          hint: 'If nobody needs what was changed in it, delete it there; the next replication brings a whole one.',
          page: 'snapshots',
        },
      ];
    case 'partial': {
      const isComing = tasks.some(({ facts }) => facts.isRunning);
      return [
        {
          level: isComing ? 'note' : level,
          where,
          message: `${name} is only half there on ${where}${isComing ? ': it is being received' : ''}.`,
          hint: isComing ? 'See how far it is: btrfleet run list' : sendHint(question, where),
          page: isComing ? 'history' : 'replication',
        },
      ];
    }
  }
}

function absent({ restorePoint, fault, rpo }: ReplicaHealth, { where, question }: About): HealthReason {
  // Within its RPO a disk may lie in a drawer. Without one nobody has said for how long.
  const level = rpo === 'kept' ? 'note' : 'unknown';
  const known =
    restorePoint === null
      ? 'No replica is known to be on it'
      : `Its newest known replica is ${ago(restorePoint, question.now)} old`;
  return {
    level,
    where,
    message: `The disk of ${where} is not there now. ${known}.`,
    hint: fault?.hint ?? 'Plug it in and mount it; the next round brings it up to date.',
    page: 'servers',
  };
}

/** The newest may be on its way; what somebody names, and what nobody has a task for, must be there. */
function missing(health: ReplicaHealth, { where, question, tasks }: About): HealthReason[] {
  const { wanted, isNamed, subvolume, now } = question;
  const { restorePoint } = health;
  const has =
    restorePoint === null
      ? `${where} has no replica of ${subvolume} yet`
      : `${where} has replicas up to ${restorePoint}, ${ago(restorePoint, now)} ago`;
  if (isNamed) {
    const message = `${where} does not have ${wanted?.name}.`;
    return [{ level: 'degraded', where, message, hint: sendHint(question, where), page: 'replication' }];
  }
  if (tasks.length === 0) {
    const message = restorePoint === null ? `${has}.` : `${has}, and lacks the newest.`;
    return [{ level: 'degraded', where, message, hint: sendHint(question, where), page: 'replication' }];
  }
  // A breached RPO says it already.
  if (tasks.some(({ lag }) => lag.rpo === 'breached')) return [];
  const late = tasks.filter(({ facts, lag }) => isLate(facts, lag, now));
  const first = tasks.find(({ facts }) => facts.isRunning);
  const task = late[0] ?? tasks[0];
  const next = first ? ' A round is running.' : '';
  return [
    {
      level: late.length > 0 ? 'degraded' : 'note',
      where,
      message: `${has}${lateText(late.length > 0, restorePoint)}.${next}`,
      hint: `See how it stands: btrfleet task show ${task?.facts.task.name}`,
      page: 'automation',
    },
  ];
}

function lateText(isLate: boolean, restorePoint: string | null): string {
  if (!isLate) return '; the newest is on its way';
  return restorePoint === null ? '' : ': it is late';
}

/** What should have been sent by two rounds is not there; with an RPO nothing but that counts. */
function isLate({ task, made }: TaskFacts, { restorePoint, rpo }: TargetLag, now: number): boolean {
  if (rpo === 'kept') return false;
  if (rpo === 'unknown') return true;
  const limit = dueBeforeLast(task.schedule, now);
  const unsent = made.find((name) => restorePoint === null || name > restorePoint);
  return limit !== null && unsent !== undefined && Date.parse(unsent) <= limit;
}

function rpoReason({ facts, lag }: Row['tasks'][number], { where, question }: About): HealthReason {
  const { rpoSeconds, name } = facts.task;
  const lost =
    lag.wouldLoseSeconds === null
      ? 'everything would be lost'
      : `${span(lag.wouldLoseSeconds)} of work would be lost`;
  return {
    level: 'degraded',
    where,
    message: `The RPO of the task ${name} is breached on ${where}: without ${question.primary.server} ${lost}, and ${span(rpoSeconds ?? 0)} is the most that may be.`,
    hint: `See why: btrfleet task show ${name}`,
    page: 'automation',
  };
}

function taskReasons({ facts, lag }: Row['tasks'][number], { where }: About): HealthReason[] {
  const { name, suspended } = facts.task;
  const { memory, incomplete } = lag;
  const found: HealthReason[] = [];
  const tell = (level: Level, message: string, hint: string): void => {
    found.push({ level, where, message, hint, page: 'automation' });
  };
  if (memory !== null && memory.suspendedAt !== null) {
    const why = memory.fault === null ? '' : ` ${memory.fault.message}`;
    tell(
      'degraded',
      `The task ${name} has left ${where} alone after ${memory.failures} failures in a row.${why}`,
      `Mend it, then: btrfleet task resume ${name}`,
    );
  } else if (memory !== null && memory.failures > 0) {
    const { message, hint } = memory.fault ?? { message: '', hint: '' };
    tell('note', `The last round of the task ${name} failed on ${where}. ${message}`.trim(), hint);
  }
  if (suspended) {
    tell('note', `The task ${name} is suspended: nothing is sent.`, `Go on: btrfleet task resume ${name}`);
  }
  if (incomplete !== null) {
    tell(
      'note',
      `Of the group ${name}, ${incomplete.name} on ${where} lacks ${incomplete.missing.join(', ')}.`,
      `See how it stands: btrfleet task show ${name}`,
    );
  }
  return found;
}

/** How it comes there: by the task's next round, else by hand. */
function sendHint(
  { subvolume, wanted, isNamed, tasks, servers }: HealthQuestion,
  where: string | null,
): string {
  const [task] = tasks;
  if (task && !isNamed) return `Run the task: btrfleet task run ${task.task.name}`;
  const to = where ?? servers.find(({ role }) => role === 'secondary')?.sight.server ?? 'SERVER';
  const which = isNamed ? ` --snapshot ${wanted?.name}` : '';
  return `Send it: btrfleet replicate auto ${subvolume} --to ${to}${which}`;
}
