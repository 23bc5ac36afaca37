/** Decides how each line of the Dashboard reads in its columns. A status is a glyph and a word, never a colour alone. */
import { barText } from '../../components/bar.ts';
import type { Cell, TableColumn } from '../../components/table-layout.ts';
import type { Theme, Tone } from '../../components/theme.ts';
import { usedShare } from '../../core/model/inventory.ts';
import type { DashboardServer, DashboardSubvolume } from '../../core/model/status/dashboard.ts';
import { coarseAge, coarseSeconds, untilText } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { dashboardWords } from '../../text/words/finding.ts';
import { levelCell, warningSign } from '../shared/level-cells.ts';
import { STORAGE_WORDS } from '../shared/storage-words.ts';
import { type DashboardLine, isReached, type LineOf, type Section } from './lines.ts';
import { behindCell, replicasCell } from './replica-cells.ts';

type Cells = Readonly<Record<string, Cell>>;

/** Titles are the heads of the sections. */
export const COLUMNS: Readonly<Record<Section, readonly TableColumn[]>> = {
  why: [
    { id: 'level', title: 'WHY', width: 10, priority: 0 },
    { id: 'message', title: '', width: 20, grow: true, priority: 0 },
  ],
  running: [
    { id: 'what', title: 'RUNNING', width: 22, grow: true, priority: 0 },
    { id: 'target', title: 'TO', width: 8, priority: 1 },
    { id: 'progress', title: 'PROGRESS', width: 20, priority: 0 },
    { id: 'left', title: 'LEFT', width: 12, priority: 2 },
  ],
  subvolumes: [
    { id: 'name', title: 'SUBVOLUME', width: 11, grow: true, cut: 'start', priority: 0 },
    { id: 'state', title: 'HEALTH', width: 10, priority: 0 },
    { id: 'count', title: 'SNAPS', width: 5, align: 'right', priority: 2 },
    { id: 'newest', title: 'NEWEST', width: 9, align: 'right', priority: 0 },
    { id: 'due', title: 'MADE', width: 12, priority: 4 },
    { id: 'referenced', title: 'REFERENCED', width: 10, align: 'right', priority: 6 },
    { id: 'exclusive', title: 'EXCLUSIVE', width: 10, align: 'right', priority: 6 },
    { id: 'behind', title: 'BEHIND', width: 16, grow: true, priority: 7 },
    { id: 'replicas', title: 'REPLICAS: WOULD LOSE', width: 22, grow: true, priority: 0 },
  ],
  disks: [
    { id: 'server', title: 'SERVER', width: 8, grow: true, priority: 0 },
    { id: 'status', title: 'STATUS', width: 14, priority: 0 },
    { id: 'mount', title: 'DISK', width: 9, grow: true, cut: 'start', priority: 2 },
    { id: 'space', title: 'USED', width: 13, priority: 0 },
    { id: 'free', title: 'FREE', width: 8, align: 'right', priority: 1 },
    { id: 'full', title: 'FULL IN', width: 9, align: 'right', priority: 0 },
    { id: 'warning', title: '', width: 12, grow: true, priority: 3 },
  ],
  failures: [
    { id: 'when', title: 'FAILED', width: 8, priority: 0 },
    { id: 'state', title: '', width: 11, priority: 0 },
    { id: 'what', title: '', width: 20, grow: true, priority: 0 },
    { id: 'why', title: '', width: 20, grow: true, priority: 1 },
  ],
  next: [
    { id: 'when', title: 'NEXT', width: 12, priority: 0 },
    { id: 'what', title: '', width: 20, grow: true, priority: 0 },
  ],
};

/** Columns of the terminal these have before others are shown beside them, where what they say is so long. */
export const WISHED: Readonly<Record<string, number>> = {
  name: 24,
  replicas: 40,
  server: 14,
  status: 18,
  mount: 14,
  warning: 14,
  what: 32,
};

export interface Scene {
  readonly now: number;
  readonly theme: Theme;
}

export function lineCells(line: DashboardLine, scene: Scene): Cells {
  switch (line.section) {
    case 'why':
      return whyCells(line);
    case 'running':
      return runningCells(line, scene);
    case 'subvolumes':
      return subvolumeCells(line, scene);
    case 'disks':
      return diskCells(line, scene);
    case 'failures':
      return failureCells(line, scene);
    case 'next':
      return nextCells(line, scene);
  }
}

const whyCells = ({ reason }: LineOf<'why'>): Cells => ({
  level: levelCell(reason.level),
  message: { text: formatName(dashboardWords(reason).message) },
});

function runningCells({ run, target }: LineOf<'running'>, { theme }: Scene): Cells {
  const phase = run.state === 'queued' ? 'waiting' : (target?.phase ?? 'running');
  return {
    what: { text: `● ${run.kind} ${formatName(run.subject)}`, tone: 'accent' },
    target: { text: formatName(target?.target ?? '') },
    progress: {
      text:
        target === null || target.fraction === null
          ? `${phase}${target !== null && target.sentBytes !== null ? ` ${formatBytes(target.sentBytes)}` : ''}`
          : `${barText(target.fraction, 14, theme)} ${percent(target.fraction)}`,
      tone: 'accent',
    },
    left: {
      text: target === null || target.secondsLeft === null ? '' : `${formatSeconds(target.secondsLeft)} left`,
    },
  };
}

const percent = (fraction: number): string => `${Math.floor(fraction * 100)} %`.padStart(5);

function subvolumeCells({ subvolume }: LineOf<'subvolumes'>, { now }: Scene): Cells {
  const isOld = subvolume.primary === 'could-not-check';
  const dim = isOld ? { tone: 'dim' as const } : {};
  return {
    name: { text: formatName(subvolume.subvolume), tone: 'bold' },
    state: levelCell(subvolume.overall),
    count: { text: subvolume.snapshots === null ? '?' : String(subvolume.snapshots), ...dim },
    newest: newestCell(subvolume, now),
    due: {
      text: subvolume.schedules.length === 0 ? 'by hand' : formatName(subvolume.schedules.join(', ')),
      tone: 'dim',
    },
    referenced: { text: formatBytes(subvolume.referencedBytes), ...dim },
    exclusive: { text: formatBytes(subvolume.exclusiveBytes), ...dim },
    behind: behindCell(subvolume),
    replicas: replicasCell(subvolume),
  };
}

function newestCell({ newest, overdue, primary }: DashboardSubvolume, now: number): Cell {
  if (newest === null) return { text: primary === 'could-not-check' ? '?' : '✗ none', tone: 'bad' };
  const age = coarseAge(newest, now);
  if (overdue === true) return { text: `▲ ${age}`, tone: 'warn' };
  return primary === 'could-not-check' ? { text: `? ${age}`, tone: 'dim' } : { text: age };
}

function diskCells({ server, disk }: LineOf<'disks'>, { theme }: Scene): Cells {
  const share = disk && usedShare(disk);
  const dim = isReached(server) ? {} : { tone: 'dim' as const };
  const [warning] = disk?.warnings ?? [];
  return {
    server: { text: server.server, tone: 'bold' },
    status: statusCell(server),
    mount: { text: formatName(disk?.mount ?? '-'), ...dim },
    space:
      share === null
        ? { text: 'not known', tone: 'dim' }
        : {
            text: `${barText(share, 7, theme)} ${percent(share)}`,
            ...(isReached(server) ? { tone: barTone(share) } : dim),
          },
    free: { text: formatBytes(disk?.freeBytes ?? null), ...dim },
    full: fullCell(disk?.fullInDays ?? null, isReached(server)),
    warning: warning
      ? { text: `▲ ${wordsOf(warning.kind)}`, tone: warningSign(warning.level).tone }
      : { text: '' },
  };
}

const wordsOf = (kind: string): string => (STORAGE_WORDS as Readonly<Record<string, string>>)[kind] ?? kind;

const barTone = (share: number): Tone => {
  if (share > 0.97) return 'bad';
  return share > 0.9 ? 'warn' : 'plain';
};

function fullCell(days: number | null, isNow: boolean): Cell {
  if (days === null) return { text: '-', tone: 'dim' };
  const text = `~${Math.max(1, days)} d`;
  if (!isNow) return { text, tone: 'dim' };
  if (days < 7) return { text: `▲ ${text}`, tone: 'bad' };
  return days < 30 ? { text: `▲ ${text}`, tone: 'warn' } : { text };
}

export function statusCell({ status, fault, isStale, latencySeconds, ageSeconds }: DashboardServer): Cell {
  const age = ageSeconds === null ? 'never seen' : coarseSeconds(ageSeconds);
  switch (status) {
    case 'offline':
      return {
        text: ageSeconds === null || ageSeconds < 60 ? '✗ offline' : `✗ offline ${age}`,
        tone: 'bad',
      };
    case 'untrusted':
      return fault?.code === 'host-key-changed'
        ? { text: '✗ KEY CHANGED', tone: 'bad' }
        : { text: '▲ untrusted', tone: 'warn' };
    case 'unauthorized':
      return { text: '✗ not let in', tone: 'bad' };
    case 'online':
      if (fault) return { text: '▲ not usable', tone: 'warn' };
      if (isStale) return { text: `▲ STALE ${age}`, tone: 'warn' };
      return { text: `● up${latencyText(latencySeconds)}`, tone: 'good' };
    case 'unknown':
      if (ageSeconds === null) return { text: '○ never seen', tone: 'warn' };
      return isStale ? { text: `▲ STALE ${age}`, tone: 'warn' } : { text: `○ seen ${age}`, tone: 'dim' };
  }
}

const latencyText = (seconds: number | null): string =>
  seconds === null ? '' : ` ${Math.max(1, Math.round(seconds * 1000))} ms`;

function failureCells({ failure }: LineOf<'failures'>, { now }: Scene): Cells {
  const { isRecovered, finishedAt, kind, subject, count, message } = failure;
  const dim = isRecovered ? { tone: 'dim' as const } : {};
  return {
    when: { text: coarseAge(finishedAt, now), ...dim },
    state: isRecovered ? { text: '✓ recovered', tone: 'good' } : { text: '✗ failed', tone: 'bad' },
    what: { text: `${kind} ${formatName(subject)}${count > 1 ? `, ${count} times` : ''}`, ...dim },
    why: { text: formatName(message), ...dim },
  };
}

const NEXT_WORDS = {
  snapshot: 'snapshot of',
  'task-snapshot': 'snapshot for task',
  task: 'replication by task',
  retention: 'clean-up of',
  verify: 'comparison of replicas of',
} as const;

function nextCells({ next: { at, why, kind, subject } }: LineOf<'next'>, { now }: Scene): Cells {
  const isDue = Date.parse(at) <= now;
  return {
    when: isDue ? { text: '▲ due', tone: 'warn' } : { text: untilText(at, now) },
    what: {
      text: `${NEXT_WORDS[kind]} ${formatName(subject)}${why === 'retry' ? ', tried again' : ''}`,
    },
  };
}
