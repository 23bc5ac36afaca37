/** Decides what about a subvolume on the primary somebody must be told, how bad it is, and what mends it. */
import { command } from '../../model/command-line.ts';
import type { HealthReason, PrimaryHealth } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { foreignText } from '../catalog/foreign-history.ts';
import { liveReceived, unproven } from '../catalog/identity-words.ts';
import { datedAhead, newestOf } from '../catalog/newest.ts';
import type { HealthQuestion } from './health-question.ts';
import { ago, dueBeforeLast, unchecked } from './health-words.ts';
import type { ReplicaSource } from './restore-point.ts';

/** About the subvolume on the primary. */
export function primaryReasons(primary: PrimaryHealth, question: HealthQuestion): HealthReason[] {
  const { subvolume, wanted, isNamed } = question;
  const { server, status, fault } = primary;
  if (question.primary.isGone && fault === null) return [gone(server, question)];
  if (status === 'could-not-check') return [unchecked(server, fault, primary.seenAt)];
  if (wanted === null) {
    return [
      {
        level: 'failed',
        where: server,
        message: `${subvolume} has no snapshot on ${server}, so nothing of it can be brought back.`,
        hint: `Make one: ${command('snapshot', 'create', subvolume)}`,
        page: 'snapshots',
      },
    ];
  }
  const doubts = [...identityReasons(question, wanted.name), ...placeReasons(question)];
  if (isNamed && status !== 'complete') return [notOnPrimary(server, status, wanted.name), ...doubts];
  return isNamed
    ? doubts
    : [...doubts, ...overdue(question), ...aheadNote(question), ...foreignNote(question)];
}

/** What keeps snapshots of it from being replicated: their ids do not prove what is in them. */
function identityReasons({ subvolume, primary }: HealthQuestion, name: string): HealthReason[] {
  const { source, server } = primary;
  const about = { level: 'degraded', where: server, page: 'snapshots' } as const;
  if (source?.isLiveReceived) {
    const { message, hint } = liveReceived(server, subvolume);
    return [{ ...about, message, hint }];
  }
  const snapshot = source?.snapshots.find((one) => one.name === name && one.state === 'complete');
  if (!snapshot?.doubt) return [];
  const { message, hint } = unproven(snapshot, server);
  return [{ ...about, level: snapshot.doubt === 'unchecked' ? 'unknown' : 'degraded', message, hint }];
}

/** What others made counts, and nobody has to guess that it does. */
function foreignNote({ primary, servers, subvolume }: HealthQuestion): HealthReason[] {
  const made = primary.source?.foreign.length ?? 0;
  if (made === 0) return [];
  const there = servers.flatMap(({ sight: { server, targets, others } }) => {
    const all = [...targets.flatMap(({ found }) => found ?? []), ...others];
    const disks = [...new Map(all.map((found) => [found.filesystemUuid, found])).values()];
    return disks.map(({ mount, foreign }) => ({
      where: disks.length > 1 ? formatTarget({ server, mount }) : server,
      count: foreign,
    }));
  });
  return [
    {
      level: 'note',
      where: primary.server,
      message: `${subvolume} has ${foreignText(made, there)}. btrfleet deletes none of them, and whoever made them may.`,
      hint: `See them: ${command('snapshot', 'list', subvolume)}`,
      page: 'snapshots',
    },
  ];
}

/** Where it lies: what no mount reaches cannot be brought back, and what lies inside of it is in no snapshot. */
function placeReasons({ primary }: HealthQuestion): HealthReason[] {
  const { source, server } = primary;
  const about = { where: server, page: 'snapshots' } as const;
  const { unreached, nested } = source ?? {};
  return [
    ...(unreached
      ? [{ ...about, level: 'degraded' as const, message: unreached.message, hint: unreached.hint }]
      : []),
    ...(nested === undefined ? [] : [{ ...about, level: 'note' as const, ...nested }]),
  ];
}

const gone = (server: string, { subvolume }: HealthQuestion): HealthReason => ({
  level: 'failed',
  where: server,
  message: `${subvolume} is not on ${server} any more.`,
  hint: `See what there is of it: ${command('snapshot', 'list', subvolume)}`,
  page: 'snapshots',
});

function notOnPrimary(server: string, status: PrimaryHealth['status'], name: string): HealthReason {
  const what = {
    missing: `${server} does not have ${name}.`,
    modified: `${name} was made writable on ${server}: it may not be what it was.`,
    partial: `${name} is only half there on ${server}.`,
    'could-not-check': `${name} could not be checked on ${server}.`,
    complete: `${server} has ${name}.`,
  }[status];
  const hint = 'Its replicas can be used all the same, where they are complete.';
  return { level: 'degraded', where: server, message: what, hint, page: 'snapshots' };
}

const namesOf = (source: ReplicaSource | null): string[] =>
  source?.snapshots.flatMap(({ state, name }) => (state === 'complete' ? [name] : [])) ?? [];

/** They tell no age, and retention keeps them until then. */
function aheadNote({ subvolume, primary, now }: HealthQuestion): HealthReason[] {
  const ahead = datedAhead(namesOf(primary.source), now);
  const [first, ...others] = ahead;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return [
    {
      level: 'note',
      where: primary.server,
      message: `${first}${more} of ${subvolume} ${others.length === 0 ? 'is' : 'are'} dated in the future: a clock was wrong then, or is now.`,
      hint: `Look at the clocks. Clean-ups keep what is dated so; when it is not needed: ${command('snapshot', 'delete', subvolume, first)}`,
      page: 'snapshots',
    },
  ];
}

/** Two due times have passed without a snapshot. */
function overdue({ subvolume, primary, schedules, now }: HealthQuestion): HealthReason[] {
  const newest = newestOf(namesOf(primary.source), now);
  const limits = schedules.flatMap((schedule) => dueBeforeLast(schedule, now) ?? []);
  const limit = limits.length === 0 ? null : Math.max(...limits);
  if (newest === null || limit === null || Date.parse(newest) >= limit) return [];
  return [
    {
      level: 'degraded',
      where: primary.server,
      message: `The newest snapshot of ${subvolume} is ${ago(newest, now)} old: two in a row that were due have not been made.`,
      hint: 'Is a scheduler running? "btrfleet run list --kind snapshot --failed" shows what went wrong.',
      page: 'automation',
    },
  ];
}
