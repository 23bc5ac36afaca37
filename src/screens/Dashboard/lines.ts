/** Decides which lines the Dashboard has and in which order: in each section the worst first. Nothing is drawn here. */

import { usedShare } from '../../core/model/inventory.ts';
import type { Run } from '../../core/model/runs/run.ts';
import type {
  Dashboard,
  DashboardFilesystem,
  DashboardServer,
  DashboardSubvolume,
  Mend,
  NextDue,
  RecentFailure,
  RunningRun,
  RunningTarget,
} from '../../core/model/status/dashboard.ts';
import { type Finding, URGENCY } from '../../core/model/status/finding.ts';
import { overallRank } from '../../core/model/status/health.ts';
import { formatTarget } from '../../core/model/target.ts';
import { runningOf } from '../../core/plan/status/dashboard-runs.ts';
import type { AppState } from '../../store/state.ts';
import { mendOf, mendOfItem } from '../../text/words/mend.ts';
import type { ListView } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { isActive } from '../shared/run-lines.ts';

export const SECTIONS = ['why', 'running', 'subvolumes', 'disks', 'failures', 'next'] as const;
export type Section = (typeof SECTIONS)[number];

interface Placed {
  /** The same from look to look. */
  readonly key: string;
  /** Where it is mended. */
  readonly mend: Mend;
}

export type DashboardLine = Placed &
  (
    | { readonly section: 'why'; readonly reason: Finding }
    | { readonly section: 'running'; readonly run: RunningRun; readonly target: RunningTarget | null }
    | { readonly section: 'subvolumes'; readonly subvolume: DashboardSubvolume }
    | {
        readonly section: 'disks';
        readonly server: DashboardServer;
        /** Null: none is known of it. */
        readonly disk: DashboardFilesystem | null;
      }
    | { readonly section: 'failures'; readonly failure: RecentFailure }
    | { readonly section: 'next'; readonly next: NextDue }
  );

export type LineOf<S extends Section> = Extract<DashboardLine, { readonly section: S }>;

/** All lines, section by section. The same array for the same state. */
export const dashboardLines = (state: AppState): readonly DashboardLine[] =>
  state.dashboard === null || state.servers.length === 0
    ? NONE
    : linesOf(state.dashboard, activeRuns(state.runs), state.now);

const NONE: readonly DashboardLine[] = [];
const NO_RUNS: readonly Run[] = [];

const activeRuns = rememberLast((runs: readonly Run[]): readonly Run[] => {
  const active = runs.filter(isActive);
  return active.length === 0 ? NO_RUNS : active;
});

const fixedLines = rememberLast((board: Dashboard) => ({
  why: board.reasons.map(reasonLine),
  subvolumes: board.subvolumes
    .map(subvolumeLine)
    .toSorted((a, b) => trouble(a.subvolume) - trouble(b.subvolume)),
  disks: board.servers.flatMap(diskLines).toSorted(byTrouble),
  failures: board.failures
    .map(failureLine)
    .toSorted((a, b) => Number(a.failure.isRecovered) - Number(b.failure.isRecovered)),
  next: board.next.map(nextLine),
}));

const linesOf = rememberLast(
  (board: Dashboard, active: readonly Run[], now: number): readonly DashboardLine[] => {
    const { why, subvolumes, disks, failures, next } = fixedLines(board);
    return [
      ...why,
      ...runningOf(active, now).flatMap(runningLines),
      ...subvolumes,
      ...disks,
      ...failures,
      ...next,
    ];
  },
);

function reasonLine(reason: Finding): LineOf<'why'> {
  const { subvolume, where } = reason.subject;
  const mend = mendOf(reason);
  return {
    section: 'why',
    key: `why ${reason.level} ${subvolume ?? ''} ${where ?? ''} ${mend.page} ${mend.object ?? ''}`,
    ...{ mend, reason },
  };
}

function runningLines(run: RunningRun): LineOf<'running'>[] {
  const mend: Mend = { page: 'history', tab: null, object: String(run.run) };
  const line = (target: RunningTarget | null): LineOf<'running'> => ({
    section: 'running',
    key: `run ${run.run} ${target?.target ?? ''}`,
    ...{ mend, run, target },
  });
  return run.targets.length === 0 ? [line(null)] : run.targets.map(line);
}

function subvolumeLine(subvolume: DashboardSubvolume): LineOf<'subvolumes'> {
  const { subvolume: object, reasons } = subvolume;
  const why = reasons.find(({ level }) => level !== 'note');
  const mend: Mend = why ? mendOf(why) : { page: 'snapshots', tab: null, object };
  return { section: 'subvolumes', key: `subvolume ${object}`, mend, subvolume };
}

const trouble = ({ overall }: DashboardSubvolume): number => overallRank(overall);

function diskLines(server: DashboardServer): LineOf<'disks'>[] {
  const disks = server.filesystems.length === 0 ? [null] : server.filesystems;
  return disks.map((disk) => ({
    section: 'disks',
    key: `disk ${server.server} ${disk?.uuid ?? ''}`,
    mend: diskMend(server, disk),
    ...{ server, disk },
  }));
}

/** One that is not reached is mended there; else what its disk is about to do. */
function diskMend(server: DashboardServer, disk: DashboardFilesystem | null): Mend {
  if (disk === null || !isReached(server)) return { page: 'servers', tab: null, object: server.server };
  const object = formatTarget({ server: server.server, mount: disk.mount });
  return { page: 'monitoring', tab: null, object };
}

/** What is known of it is of now. */
export const isReached = ({ fault, isStale }: DashboardServer): boolean => fault === null && !isStale;

/** Not reached, then about to fail, then what fills first, then the fullest. */
function byTrouble(a: LineOf<'disks'>, b: LineOf<'disks'>): number {
  return (
    grade(a) - grade(b) ||
    (a.disk?.fullInDays ?? Number.MAX_SAFE_INTEGER) - (b.disk?.fullInDays ?? Number.MAX_SAFE_INTEGER) ||
    shareOf(b) - shareOf(a)
  );
}

const shareOf = ({ disk }: LineOf<'disks'>): number => (disk && usedShare(disk)) ?? 0;

function grade({ server, disk }: LineOf<'disks'>): number {
  if (!isReached(server)) return 0;
  if (disk === null || disk.warnings.length === 0) return 3;
  return disk.warnings.some(({ level }) => URGENCY[level] === 'bad') ? 1 : 2;
}

const failureLine = (failure: RecentFailure): LineOf<'failures'> => ({
  section: 'failures',
  key: `failure ${failure.kind} ${failure.subject}`,
  mend: { page: 'history', tab: null, object: String(failure.run) },
  failure,
});

const nextLine = (next: NextDue): LineOf<'next'> => ({
  section: 'next',
  key: `next ${next.item}`,
  mend: mendOfItem(next.kind, next.subject),
  next,
});

/** For the cursor: what a line looks like is drawn apart. */
export const dashboardList: ListView<DashboardLine> = {
  id: 'dashboard',
  columns: [],
  items: dashboardLines,
  key: ({ key }) => key,
  cells: () => ({}),
  search: ({ key }) => ({ text: key, fields: {} }),
  order: {},
};
