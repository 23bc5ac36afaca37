/** Decides how replication tasks read as rows: their state in a word, and the target that is worst off. */
import type { Cell } from '../../components/table-layout.ts';
import type { TargetLag, Task, TaskState } from '../../core/model/automation/task.ts';
import { formatTarget } from '../../core/model/target.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { EntryOf } from '../../store/automation-actions.ts';
import type { AppState, TaskNow } from '../../store/state.ts';
import { coarseSeconds } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { LIST_IDS } from '../shared/tabs.ts';
import { hasFailed, lastRunCell, nextCell, nextTime, scheduleCell } from './item-cells.ts';

const taskEntries = rememberLast((tasks: readonly Task[]) =>
  tasks.map((task): EntryOf<'task'> => ({ kind: 'task', task })),
);

/** Null: the journal was not read yet. */
export const statusOf = ({ automation }: AppState, { name }: Task): TaskNow | null =>
  automation?.tasks.find(({ task }) => task === name) ?? null;

export const tasksList: ListView<EntryOf<'task'>> = {
  id: LIST_IDS.tasks,
  columns: [
    { id: 'name', title: 'TASK', width: 10, grow: true, priority: 0 },
    { id: 'state', title: 'STATE', width: 16, priority: 0 },
    { id: 'lose', title: 'WOULD LOSE/RPO', width: 17, priority: 0 },
    { id: 'last', title: 'LAST', width: 9, priority: 1 },
    { id: 'next', title: 'NEXT', width: 12, priority: 0 },
    { id: 'targets', title: 'TARGETS', width: 9, grow: true, priority: 2 },
    { id: 'subvolumes', title: 'SUBVOLUMES', width: 12, grow: true, priority: 3 },
    { id: 'schedule', title: 'WHEN', width: 10, grow: true, priority: 4 },
    { id: 'mode', title: 'MODE', width: 5, priority: 5 },
  ],
  items: ({ tasks }) => taskEntries(tasks),
  depends: ({ automation, now }) => [automation, now],
  key: ({ task }) => task.name,
  cells: taskCells,
  search: ({ task }, state) => {
    const status = statusOf(state, task);
    const targets = task.targets.map(formatTarget).join(' ');
    const subvolumes = task.subvolumes.join(' ');
    return {
      text: [task.name, status?.state, targets, subvolumes, task.mode, scheduleText(task.schedule)].join(' '),
      fields: {
        task: task.name,
        state: status?.state ?? null,
        server: task.targets.map(({ server }) => server).join(' '),
        target: targets,
        subvolume: subvolumes,
        mode: task.mode,
        on: task.enabled ? 'yes' : 'no',
        failed: hasFailed(status?.lastRun) ? 'yes' : 'no',
      },
    };
  },
  order: {
    name: ({ task }) => task.name,
    state: ({ task }, state) => STATE_ORDER.indexOf(statusOf(state, task)?.state ?? 'disabled'),
    lose: ({ task }, state) =>
      -(worstLag(statusOf(state, task))?.wouldLoseSeconds ?? Number.MAX_SAFE_INTEGER),
    last: ({ task }, state) => -Date.parse(statusOf(state, task)?.lastRun?.finishedAt ?? '1970-01-01'),
    next: (entry, state) => nextTime(state, entry, isAtWork(entry.task)),
    targets: ({ task }) => task.targets.map(formatTarget).join(','),
    subvolumes: ({ task }) => task.subvolumes.join(','),
    mode: ({ task }) => task.mode,
  },
};

export const isAtWork = ({ enabled, suspended }: Task): boolean => enabled && !suspended;

/** What needs somebody first. */
const STATE_ORDER: readonly TaskState[] = [
  'lagging',
  'auto-suspended',
  'suspended',
  'initializing',
  'running',
  'idle',
  'disabled',
];

const STATES: Readonly<Record<TaskState, Cell>> = {
  idle: { text: '✓ idle', tone: 'good' },
  running: { text: '● running', tone: 'accent' },
  initializing: { text: '● initializing', tone: 'accent' },
  lagging: { text: '▲ lagging', tone: 'bad' },
  suspended: { text: '○ suspended', tone: 'warn' },
  'auto-suspended': { text: '✗ auto-suspended', tone: 'bad' },
  disabled: { text: '○ disabled', tone: 'dim' },
};

export function stateCell(status: TaskNow | null): Cell {
  if (status === null) return { text: '·', tone: 'dim' };
  const cell = STATES[status.state];
  if (status.state !== 'idle') return cell;
  // Nothing runs; that is only well if the last round was, and every target is known to have something.
  if (hasFailed(status.lastRun)) return { text: '▲ idle', tone: 'warn' };
  const known = status.lags.every(({ restorePoint }) => restorePoint !== null);
  return known ? cell : { text: '○ idle' };
}

const RPO_ORDER: readonly TargetLag['rpo'][] = ['breached', 'unknown', 'kept', 'none'];

/** The target that would lose most, one that breaks its promise or cannot be known first; null: not known. */
export function worstLag(status: TaskNow | null): TargetLag | null {
  const lose = ({ wouldLoseSeconds }: TargetLag): number => wouldLoseSeconds ?? Number.MAX_SAFE_INTEGER;
  const worst = (status?.lags ?? []).toSorted(
    (a, b) => RPO_ORDER.indexOf(a.rpo) - RPO_ORDER.indexOf(b.rpo) || lose(b) - lose(a),
  );
  return worst[0] ?? null;
}

function loseCell(task: Task, status: TaskNow | null): Cell {
  const lag = worstLag(status);
  if (lag === null) return { text: '·', tone: 'dim' };
  const lost = lag.wouldLoseSeconds === null ? '?' : coarseSeconds(lag.wouldLoseSeconds);
  const text = task.rpoSeconds === null ? lost : `${lost} / ${formatSeconds(task.rpoSeconds)}`;
  switch (lag.rpo) {
    case 'breached':
      return { text: `▲ ${text}`, tone: 'bad' };
    case 'unknown':
      return { text: `? ${text.replace(/^\? /, '')}`, tone: 'warn' };
    case 'kept':
      return { text, tone: 'good' };
    case 'none':
      return { text };
  }
}

function taskCells(entry: EntryOf<'task'>, state: AppState): Readonly<Record<string, Cell>> {
  const { task } = entry;
  const status = statusOf(state, task);
  return {
    name: { text: task.name, ...(task.enabled ? {} : { tone: 'dim' as const }) },
    state: stateCell(status),
    lose: loseCell(task, status),
    last: lastRunCell(state, status?.lastRun ?? null),
    next: nextCell(state, entry, isAtWork(task)),
    targets: { text: formatName(task.targets.map(formatTarget).join(', ')) },
    subvolumes: { text: formatName(task.subvolumes.join(', ')) },
    schedule: scheduleCell(task.schedule),
    mode: { text: task.mode },
  };
}
