/** Decides what a line of the Dashboard says in full: why it is so, and the next step. */
import type { DashboardReplica, DashboardSubvolume } from '../../core/model/status/dashboard.ts';
import { formatTarget } from '../../core/model/target.ts';
import { coarseSeconds } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { dashboardWords, type Words } from '../../text/words/finding.ts';
import type { DashboardLine, LineOf } from './lines.ts';

export function lineTitle(line: DashboardLine): string {
  switch (line.section) {
    case 'why':
      return line.reason.level.toUpperCase();
    case 'running':
      return `Run ${line.run.run}`;
    case 'subvolumes':
      return formatName(line.subvolume.subvolume);
    case 'disks':
      return line.server.server;
    case 'failures':
      return `Run ${line.failure.run}`;
    case 'next':
      return formatName(line.next.item);
  }
}

/** Never none; the most important first. */
export function lineTold(line: DashboardLine): readonly [Words, ...Words[]] {
  switch (line.section) {
    case 'why':
      return [dashboardWords(line.reason)];
    case 'running': {
      const { kind, subject, state, trigger } = line.run;
      return [just(`${kind} of ${subject}, ${state}, asked for by ${trigger}.`)];
    }
    case 'subvolumes':
      return subvolumeTold(line.subvolume);
    case 'disks':
      return diskTold(line);
    case 'failures':
      return [line.failure];
    case 'next':
      return [just(`${line.next.item} is due ${line.next.at}.`)];
  }
}

const just = (message: string): Words => ({ message, hint: '' });

function subvolumeTold({ reasons, replicas, schedules, newest }: DashboardSubvolume): [Words, ...Words[]] {
  const made = schedules.length === 0 ? 'made by hand' : `made ${schedules.join(', ')}`;
  const head = just(`Newest snapshot ${newest ?? 'none'}, ${made}.`);
  const [first, ...others] = reasons.map(dashboardWords);
  const rest = replicas.map(replicaTold);
  return first ? [first, ...others, head, ...rest] : [head, ...rest];
}

/** Lag and what would be lost are two things; both are named. */
function replicaTold(replica: DashboardReplica): Words {
  const { restorePoint, lagSeconds, wouldLoseSeconds, rpo, rpoSeconds, status, tasks } = replica;
  const point = restorePoint === null ? 'no restore point known' : `restore point ${restorePoint}`;
  const lag = lagSeconds === null ? '' : `, ${lagText(lagSeconds)}`;
  const lost = wouldLoseSeconds === null ? '' : `, would lose ${coarseSeconds(wouldLoseSeconds)}`;
  const promise = rpo === 'none' || rpoSeconds === null ? '' : ` (RPO ${formatSeconds(rpoSeconds)} ${rpo})`;
  const by = tasks.length === 0 ? '' : `, by task ${tasks.join(', ')}`;
  return just(`${formatTarget(replica)}: ${status}, ${point}${lag}${lost}${promise}${by}.`);
}

const lagText = (seconds: number): string =>
  seconds === 0 ? 'the newest there is' : `${coarseSeconds(seconds)} behind the newest`;

function diskTold({ server, disk }: LineOf<'disks'>): [Words, ...Words[]] {
  const seen = just(server.seenAt === null ? 'It was never seen.' : `Last seen ${server.seenAt}.`);
  const unchecked =
    disk === null || disk.checkedAt !== null
      ? []
      : [just('Its devices and metadata were not looked at yet.')];
  const [first, ...others] = [
    ...(server.fault ? [server.fault] : []),
    ...(disk?.warnings ?? []),
    ...unchecked,
  ];
  return first ? [first, ...others, seen] : [seen];
}
