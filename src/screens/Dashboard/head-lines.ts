/** Decides what is said above the lines of the Dashboard: the verdict, and in one line each what it stands on. */
import { span } from '../../components/line-width.ts';
import type { Line, Span, Tone } from '../../components/theme.ts';
import { usedShare } from '../../core/model/inventory.ts';
import type { Dashboard, DashboardFilesystem, DashboardReplica } from '../../core/model/status/dashboard.ts';
import type { Overall } from '../../core/model/status/health.ts';
import { formatTarget } from '../../core/model/target.ts';
import { STALE_SECONDS } from '../../store/dashboard.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { levelCell } from '../shared/level-cells.ts';
import { isReached } from './lines.ts';

const MEANING: Readonly<Record<Overall, string>> = {
  ok: 'every replica that is expected was looked at and is fine',
  unknown: 'not all of it could be checked',
  degraded: 'something is not as it should be',
  failed: 'something has no snapshot, or no whole replica',
};

/** Rows of `headLines`. */
export const HEAD = 3;

/** Always as many. */
export function headLines(state: AppState, board: Dashboard): Line[] {
  const { text, tone } = levelCell(board.overall, true);
  return [
    [span(` ${text} `, tone), span(oldText(state, board) ?? MEANING[board.overall], 'bold')],
    summaryLine(replication(board)),
    summaryLine(fleet(board)),
  ];
}

/** What is shown was worked out too long ago: it may be nothing of it is so any more. */
function oldText({ now, history }: AppState, { at }: Dashboard): string | null {
  const age = (now - Date.parse(at)) / 1000;
  if (history.trouble === null && age <= STALE_SECONDS) return null;
  return `STALE: worked out ${coarseAge(at, now)} ago${history.trouble ? ', the journal cannot be read' : ''}`;
}

const summaryLine = (parts: readonly Span[]): Line => [
  span(' '),
  ...parts.flatMap((part, index) => (index === 0 ? [part] : [span(' · ', 'dim'), part])),
];

const share = (what: string, part: number, whole: number, tone: Tone = 'warn'): Span =>
  span(`${part === whole ? '✓' : '▲'} ${what} ${part}/${whole}`, part === whole ? 'good' : tone);

/** Whether every subvolume is snapshotted, replicated and within its RPO. */
const replication = rememberLast(({ subvolumes }: Dashboard): Span[] => {
  const count = subvolumes.length;
  if (count === 0) return [span('? no subvolume is looked after', 'warn')];
  const snapshotted = subvolumes.filter(
    ({ newest, overdue, primary }) => newest !== null && overdue !== true && primary !== 'could-not-check',
  );
  const replicated = subvolumes.filter(
    ({ replicas }) => replicas.some(expected) && replicas.filter(expected).every(isThere),
  );
  const promised = subvolumes.flatMap(({ replicas }) => replicas.filter(({ rpo }) => rpo !== 'none'));
  const kept = promised.filter(({ rpo, status }) => rpo === 'kept' && status !== 'could-not-check');
  return [
    share('snapshotted', snapshotted.length, count),
    share('replicated', replicated.length, count),
    promised.length === 0
      ? span('no RPO is set', 'dim')
      : share('RPO kept', kept.length, promised.length, 'bad'),
  ];
});

const expected = ({ isExpected }: DashboardReplica): boolean => isExpected;

/** It is known to have something whole; how new that is the RPO tells. */
const isThere = ({ status, restorePoint }: DashboardReplica): boolean =>
  status === 'complete' || ((status === 'missing' || status === 'absent') && restorePoint !== null);

/** Whether the servers are up, and which disk fills next. */
const fleet = rememberLast((board: Dashboard): Span[] => {
  const { servers, scheduler } = board;
  const up = servers.filter((server) => server.status === 'online' && isReached(server)).length;
  const down = servers.filter(({ fault }) => fault !== null).length;
  const rest = servers.length - up - down;
  const counts = [
    `${up} up`,
    ...(down > 0 ? [`${down} down`] : []),
    ...(rest > 0 ? [`${rest} not seen now`] : []),
  ];
  const what = `${servers.length} ${servers.length === 1 ? 'server' : 'servers'}: ${counts.join(', ')}`;
  const good = up === servers.length;
  return [
    span(`${good ? '✓' : '▲'} ${what}`, good ? 'good' : 'warn'),
    fillsNext(board),
    ...(scheduler === null ? [span('▲ no scheduler', 'warn')] : []),
  ];
});

interface Disk {
  readonly server: string;
  readonly disk: DashboardFilesystem;
}

const name = ({ server, disk: { mount } }: Disk): string => formatName(formatTarget({ server, mount }));

function fillsNext({ servers }: Dashboard): Span {
  const disks = servers.flatMap((server) =>
    server.filesystems.map((disk) => ({ server: server.server, disk })),
  );
  const [first] = disks
    .filter(({ disk }) => disk.fullInDays !== null)
    .toSorted((a, b) => (a.disk.fullInDays ?? 0) - (b.disk.fullInDays ?? 0));
  if (first) {
    const days = Math.max(1, first.disk.fullInDays ?? 1);
    const tone = days < 30 ? 'warn' : 'plain';
    return span(`${days < 30 ? '▲ ' : ''}full in ~${days} d: ${name(first)}`, tone);
  }
  const [fullest] = disks.toSorted((a, b) => (usedShare(b.disk) ?? 0) - (usedShare(a.disk) ?? 0));
  const part = fullest ? usedShare(fullest.disk) : null;
  if (!fullest || part === null) return span('? disks not known', 'warn');
  return span(`fullest ${Math.floor(part * 100)} % ${name(fullest)}`);
}
