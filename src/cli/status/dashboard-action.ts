/** What `btrfleet dashboard` does: looks at all servers at once, and tells how the fleet is, the verdict first. */
import { ageOf } from '../../core/model/clock.ts';
import type {
  Dashboard,
  DashboardFilesystem,
  DashboardReplica,
  DashboardServer,
  DashboardSubvolume,
  NextDue,
  RecentFailure,
  RunningRun,
} from '../../core/model/status/dashboard.ts';
import { type Finding, URGENCY } from '../../core/model/status/finding.ts';
import { formatTarget } from '../../core/model/target.ts';
import { freshDashboard, knownDashboard } from '../../core/run/status/dashboard.ts';
import { type ExitCode, indented } from '../../process/output.ts';
import { span, spanCell } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { type Column, formatTable } from '../../text/table.ts';
import { dashboardWords } from '../../text/words/finding.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { dashboardRow } from './rows.ts';

export interface DashboardOptions {
  readonly cached?: boolean;
}

/** Without looking, as `health --known` has it: a scheduler looks every five minutes. */
const STALE_SECONDS = 900;

export async function dashboard(
  { fleet, out, signal }: ActionContext,
  { cached = false }: DashboardOptions,
): Promise<ExitCode> {
  const options = { staleSeconds: STALE_SECONDS, signal };
  // A restore whose process died is told, though nothing has begun here since.
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  const found = cached
    ? await knownDashboard(fleet, { ...options, looks: new Map() })
    : await freshDashboard(fleet, options);
  return tell(out, found, (all) => {
    out.result(dashboardRow(all), dashboardText(all));
    return all.overall === 'ok' ? 0 : 1;
  });
}

/** Its first line says it all: that is what monitoring shows. */
export function dashboardText(all: Dashboard): string {
  const now = Date.parse(all.at);
  const parts = [
    [headline(all), ...all.reasons.map(reasonText)].join('\n'),
    section('SERVERS', serverTable(all.servers)),
    section('SUBVOLUMES', subvolumeTable(all.subvolumes)),
    section('RUNNING', all.running.map(runningText).join('\n')),
    section('FAILED LATELY', all.failures.map((one) => failureText(one, now)).join('\n')),
    section('NEXT', all.next.map((one) => nextText(one, now)).join('\n')),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const section = (title: string, text: string): string =>
  text === '' ? '' : `${title}\n${indented(`  ${text}`, '  ')}`;

function headline({ overall, reasons, servers, subvolumes }: Dashboard): string {
  const fine = subvolumes.filter((one) => one.overall === 'ok').length;
  const serious = reasons.filter(({ level }) => level !== 'note').length;
  const why = serious === 0 ? '' : `, ${serious} ${serious === 1 ? 'reason' : 'reasons'} below`;
  return `${overall.toUpperCase()}: ${fine} of ${subvolumes.length} subvolumes are ok, ${serversText(servers)}${why}`;
}

/** Of which nobody looked at now it is not known whether they are online. */
function serversText(servers: readonly DashboardServer[]): string {
  const looked = servers.filter(({ status }) => status !== 'unknown');
  const up = looked.filter(({ status }) => status === 'online').length;
  const left = servers.length - looked.length;
  if (looked.length === 0 && left > 0)
    return `${left} ${left === 1 ? 'server' : 'servers'} not looked at now`;
  return `${up} of ${looked.length} servers online${left > 0 ? `, ${left} not looked at now` : ''}`;
}

function reasonText(reason: Finding): string {
  const { message, hint } = dashboardWords(reason);
  return indented(`  ${reason.level}: ${message}${hint === '' ? '' : `\n${hint}`}`, '    ');
}

const SERVER_COLUMNS: readonly Column[] = [
  { title: 'SERVER' },
  { title: 'STATUS' },
  { title: 'LATENCY', align: 'right' },
  { title: 'SEEN', align: 'right' },
  { title: 'FILESYSTEM' },
  { title: 'SIZE', align: 'right' },
  { title: 'USED', align: 'right' },
  { title: 'FREE', align: 'right' },
  { title: 'FULL IN', align: 'right' },
  { title: 'WARNINGS' },
];

const serverTable = (servers: readonly DashboardServer[]): string =>
  servers.length === 0 ? '' : formatTable(SERVER_COLUMNS, servers.flatMap(serverRows));

/** A filesystem a row; the server stands in the first. */
function serverRows(server: DashboardServer): string[][] {
  const { status, latencySeconds, ageSeconds, isStale, fault } = server;
  const seen = ageSeconds === null ? 'never' : `${span(ageSeconds)} ago`;
  const head = [
    server.server,
    status === 'online' && fault ? 'not usable' : status,
    latencySeconds === null ? '-' : `${(latencySeconds * 1000).toFixed(1)} ms`,
    isStale && ageSeconds !== null ? `STALE ${seen}` : seen,
  ];
  const [first, ...others] = server.filesystems.map(filesystemCells);
  return [
    [...head, ...(first ?? ['-', '-', '-', '-', '-', '-'])],
    ...others.map((cells) => ['', '', '', '', ...cells]),
  ];
}

const filesystemCells = (one: DashboardFilesystem): string[] => [
  formatName(one.mount),
  formatBytes(one.sizeBytes),
  formatBytes(one.usedBytes),
  formatBytes(one.freeBytes),
  one.fullInDays === null ? '-' : `about ${one.fullInDays} d`,
  warningText(one),
];

function warningText({ warnings, unchecked }: DashboardFilesystem): string {
  const told = warnings.map(({ level, kind }) => (URGENCY[level] === 'bad' ? `${kind} BAD` : kind));
  const [gap] = unchecked;
  if (gap) told.push(gap.part === 'never' ? 'devices not checked yet' : 'could not check');
  return told.length === 0 ? 'none' : told.join(', ');
}

const SUBVOLUME_COLUMNS: readonly Column[] = [
  { title: 'SUBVOLUME' },
  { title: 'HEALTH' },
  { title: 'SNAPSHOTS', align: 'right' },
  { title: 'NEWEST', align: 'right' },
  { title: 'DUE' },
  { title: 'REFERENCED', align: 'right' },
  { title: 'EXCLUSIVE', align: 'right' },
  { title: 'REPLICA' },
  { title: 'STATE' },
  { title: 'BEHIND', align: 'right' },
  { title: 'WOULD LOSE', align: 'right' },
  { title: 'RPO' },
];

const subvolumeTable = (subvolumes: readonly DashboardSubvolume[]): string =>
  subvolumes.length === 0 ? '' : formatTable(SUBVOLUME_COLUMNS, subvolumes.flatMap(subvolumeRows));

function subvolumeRows(one: DashboardSubvolume): string[][] {
  const head = [
    formatName(one.subvolume),
    one.overall,
    one.snapshots === null ? '?' : String(one.snapshots),
    one.newestAgeSeconds === null ? '-' : `${span(one.newestAgeSeconds)} ago`,
    dueText(one),
    formatBytes(one.referencedBytes),
    formatBytes(one.exclusiveBytes),
  ];
  const [first, ...others] = one.replicas.map(replicaCells);
  return [
    [...head, ...(first ?? ['-', '-', '-', '-', '-'])],
    ...others.map((cells) => ['', '', '', '', '', '', '', ...cells]),
  ];
}

function dueText({ schedules, overdue }: DashboardSubvolume): string {
  if (schedules.length === 0) return 'by hand';
  return overdue === true ? `${schedules.join(', ')} OVERDUE` : schedules.join(', ');
}

const replicaCells = (one: DashboardReplica): string[] => [
  formatName(formatTarget(one)),
  one.isExpected ? one.status : `(${one.status})`,
  spanCell(one.lagSeconds),
  spanCell(one.wouldLoseSeconds),
  rpoText(one),
];

function rpoText({ rpo, rpoSeconds }: DashboardReplica): string {
  if (rpo === 'none' || rpoSeconds === null) return '-';
  const word = { kept: 'kept', breached: 'BREACHED', unknown: 'not known' }[rpo];
  return `${formatSeconds(rpoSeconds)} ${word}`;
}

const runningText = ({ run, kind, subject, state, targets }: RunningRun): string =>
  [
    `run ${run}: ${kind} of ${formatName(subject)}, ${state}`,
    ...targets.map(({ target, phase, sentBytes, fraction, secondsLeft }) => {
      const sent = sentBytes === null ? '' : ` ${formatBytes(sentBytes)}`;
      const share = fraction === null ? '' : ` ${Math.floor(fraction * 100)} %`;
      const left = secondsLeft === null ? '' : `, ${formatSeconds(secondsLeft)} left`;
      return `  ${formatName(target)}: ${phase}${sent}${share}${left}`;
    }),
  ].join('\n');

function failureText(one: RecentFailure, now: number): string {
  const { run, kind, subject, count, message, hint, isRecovered, finishedAt } = one;
  const times = count > 1 ? `, ${count} times` : '';
  const since = isRecovered ? ' (went well since)' : '';
  const head = `${span(ageOf(finishedAt, now))} ago: run ${run}, ${kind} of ${formatName(subject)}${times}${since}`;
  return indented(`${head}\n${message}${hint === '' || isRecovered ? '' : `\n${hint}`}`, '  ');
}

function nextText({ item, at, why }: NextDue, now: number): string {
  const away = Date.parse(at) - now;
  const when = away <= 0 ? `due since ${at}` : `${at}, in ${span(away / 1000)}`;
  return `${formatName(item)}  ${when}${why === 'retry' ? ' (tried again)' : ''}`;
}
