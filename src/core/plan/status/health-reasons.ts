/**
 * Decides what about the replicas of a subvolume somebody must be told, how bad each of it is, and what mends it. Every
 * verdict of plan/health rests on one of these, or on one about the primary.
 */
import { command } from '../../model/command-line.ts';
import type { HealthReason, ReplicaHealth } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { WHY } from '../catalog/identity-words.ts';
import { missedReasons, missing, type PlaceQuestion, sendHint } from './health-missing.ts';
import type { HealthQuestion, Row } from './health-question.ts';
import { ago, span, unchecked } from './health-words.ts';

type Level = HealthReason['level'];

/** About all replicas together. `isDegraded`: something else is wrong, and a good replica is not known to be there. */
export function overallReasons(
  rows: readonly Row[],
  isDegraded: boolean,
  question: HealthQuestion,
): HealthReason[] {
  const { wanted, subvolume, isNamed, primary } = question;
  if (wanted === null || rows.some((row) => isGood(row, question))) return [];
  const what = isNamed ? wanted.name : subvolume;
  const about = { where: null, hint: sendHint(question, null), page: 'replication' } as const;
  const open = rows.filter(({ health }) => isOpen(health)).map(({ health }) => formatTarget(health));
  if (open.length > 0) {
    const message = isDegraded
      ? `No whole replica of ${what} is known, and ${open.join(', ')} could not be checked.`
      : `Whether there is a whole replica of ${what} is not known: ${open.join(', ')} could not be checked.`;
    return [{ ...about, level: isDegraded ? 'failed' : 'unknown', message }];
  }
  if (!rows.some(({ health }) => health.isExpected)) {
    return [
      {
        level: 'degraded',
        where: null,
        message: `There is no copy of ${what} beside the one on ${primary.server}, and no server to have one.`,
        hint: 'Add another server: btrfleet server add NAME --host HOST --user root',
        page: 'servers',
      },
    ];
  }
  return [{ ...about, level: 'failed', message: `No whole replica of ${what} was found anywhere.` }];
}

const isOpen = ({ status }: ReplicaHealth): boolean => status === 'could-not-check' || status === 'absent';

/** Where it cannot be checked, what was last known of it counts: that it is not known now is told apart. */
function isGood({ health, found }: Row, { isNamed, wanted }: HealthQuestion): boolean {
  const { restorePoint } = health;
  if (health.status === 'complete' || found?.status === 'complete') return true;
  if (restorePoint === null || wanted === null) return false;
  return !isNamed || (isOpen(health) && restorePoint >= wanted.name);
}

/** About one place. */
export function replicaReasons(row: Row, question: HealthQuestion): HealthReason[] {
  const { health, tasks } = row;
  const about = { where: formatTarget(health), question, row };
  const state = [...stateReasons(health, about), ...modifiedReasons(about), ...missedReasons(about)];
  const breached = tasks.filter(({ lag }) => lag.rpo === 'breached').map((one) => rpoReason(one, about));
  return [...breached, ...state, ...tasks.flatMap((one) => taskReasons(one, about))];
}

function stateReasons(health: ReplicaHealth, about: PlaceQuestion): HealthReason[] {
  const { status, isExpected } = health;
  const { where, question } = about;
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
      return isExpected && question.wanted !== null ? missing(about) : [];
    // All that were changed are told below.
    case 'modified':
      return [];
    case 'partial': {
      const isComing = about.row.tasks.some(({ facts }) => facts.isRunning);
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

function absent(
  { restorePoint, fault, rpo }: ReplicaHealth,
  { where, question }: PlaceQuestion,
): HealthReason {
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

/** Of many only so many are named. */
const NAMED = 3;

function modifiedReasons({ where, question, row: { health, found } }: PlaceQuestion): HealthReason[] {
  // Of a place that cannot be looked at now, that is told.
  if (isOpen(health)) return [];
  const all = found?.modified ?? [];
  const newest = all.toReversed().slice(0, NAMED);
  const level = health.isExpected ? 'degraded' : 'note';
  const told = newest.map((snapshot): HealthReason => {
    const { path, readOnly, doubt } = snapshot;
    const why = doubt ? `: ${WHY[doubt]}.` : ': it was made writable and read-only again, or made there.';
    const what = readOnly
      ? `${path} on ${where} is not proven to be the snapshot of that name on ${question.primary.server}${why}`
      : `The replica ${path} on ${where} was made writable: it may differ from what was sent.`;
    const hint =
      'If nobody needs what was changed in it, delete it there; the next replication brings a whole one.';
    return { level, where, message: what, hint, page: 'snapshots' };
  });
  const more = all.length - newest.length;
  const [first] = told;
  if (first && more > 0) {
    told.push({ ...first, message: `${more} older replicas on ${where} were changed, too.` });
  }
  return told;
}

function rpoReason({ facts, lag }: Row['tasks'][number], { where, question }: PlaceQuestion): HealthReason {
  const { rpoSeconds, name } = facts.task;
  const lost =
    lag.wouldLoseSeconds === null
      ? 'everything would be lost'
      : `${span(lag.wouldLoseSeconds)} of work would be lost`;
  return {
    level: 'degraded',
    where,
    message: `The RPO of the task ${name} is breached on ${where}: without ${question.primary.server} ${lost}, and ${span(rpoSeconds ?? 0)} is the most that may be.`,
    hint: `See why: ${command('task', 'show', name)}`,
    page: 'automation',
  };
}

const taskHint = (name: string): string => `See how it stands: ${command('task', 'show', name)}`;

function taskReasons({ facts, lag }: Row['tasks'][number], { where }: PlaceQuestion): HealthReason[] {
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
      `Mend it, then: ${command('task', 'resume', name)}`,
    );
  } else if (memory !== null && memory.failures > 0) {
    const { message, hint } = memory.fault ?? { message: '', hint: taskHint(name) };
    const isLasting = memory.fault !== null && !memory.fault.retry;
    const level = isLasting ? 'degraded' : 'note';
    tell(level, `The last round of the task ${name} failed on ${where}. ${message}`.trim(), hint);
  }
  if (suspended) {
    tell(
      'note',
      `The task ${name} is suspended: nothing is sent.`,
      `Go on: ${command('task', 'resume', name)}`,
    );
  }
  if (incomplete !== null) {
    tell(
      'note',
      `Of the group ${name}, ${incomplete.name} on ${where} lacks ${incomplete.missing.join(', ')}.`,
      taskHint(name),
    );
  }
  return found;
}
