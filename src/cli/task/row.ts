/** Decides what of a task is told, to people and to machines: its settings, how it stands, and each of its targets. */

import type { TargetLag, Task } from '../../core/model/automation/task.ts';
import { ageOf } from '../../core/model/clock.ts';
import { formatTarget } from '../../core/model/target.ts';
import type { TaskStatus } from '../../core/run/status/task-status.ts';
import { indented } from '../../process/output.ts';
import { span, spanCell } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { lastCell, lastRow, nextCell, scheduleRow } from '../choices/schedule-row.ts';
import { taskSettings } from '../choices/settings-text.ts';

export const taskRow = ({ task, state, lastRun, nextRun, running, lags }: TaskStatus) => ({
  name: task.name,
  subvolumes: task.subvolumes,
  targets: task.targets.map(formatTarget),
  schedule: scheduleRow(task.schedule),
  mode: task.mode,
  state,
  rpoSeconds: task.rpoSeconds,
  lastRun: lastRow(lastRun),
  nextRun,
  runningRun: running?.id ?? null,
  lag: lags.map(lagRow),
  options: task.options,
  retention: task.retention,
  into: task.into,
  retries: task.retries,
  suspendAfter: task.suspendAfter,
  suspended: task.suspended,
  enabled: task.enabled,
});

const lagRow = ({ memory, server, mount, lagSeconds, restorePoint, ...lag }: TargetLag) => ({
  server,
  lagSeconds,
  restorePoint,
  awayOn: lag.awayOn,
  target: lag.target,
  mount,
  wouldLoseSeconds: lag.wouldLoseSeconds,
  rpo: lag.rpo,
  incomplete: lag.incomplete,
  seenAt: lag.seenAt,
  absentSince: memory?.absentSince ?? null,
  suspendedAt: memory?.suspendedAt ?? null,
  failures: memory?.failures ?? 0,
  fault: memory?.fault ?? null,
});

const COLUMNS = ['TASK', 'STATE', 'TARGET', 'BEHIND', 'WOULD LOSE', 'RPO', 'LAST', 'NEXT'].map((title) => ({
  title,
}));

/** A line a target, with what is the task's own on the first. */
export const taskTable = (statuses: readonly TaskStatus[], now: number): string =>
  formatTable(
    COLUMNS,
    statuses.flatMap(({ task, state, lags, lastRun, nextRun }) =>
      lags.map((one, index) => [
        ...(index === 0 ? [task.name, state] : ['', '']),
        ...[formatName(one.target), spanCell(one.lagSeconds, '?'), spanCell(one.wouldLoseSeconds, '?')],
        RPO[one.rpo],
        ...(index === 0 ? [lastCell(lastRun, now), nextTime(task, nextRun, now)] : []),
      ]),
    ),
  );

const nextTime = ({ enabled, suspended }: Task, next: string | null, now: number): string =>
  enabled && suspended ? 'suspended' : nextCell(next, enabled, now);

const RPO: Readonly<Record<TargetLag['rpo'], string>> = {
  none: '-',
  kept: 'kept',
  breached: 'BREACHED',
  unknown: 'unknown',
};

/** All of one task: its state, its settings, and for each target what it would be good for now. */
export function taskText(status: TaskStatus, now: number): string {
  const { task, state, lags, lastRun, nextRun, running } = status;
  const settings = taskSettings(task);
  const last = lastRun === null ? 'none' : `run ${lastRun.id}: ${lastCell(lastRun, now)}${ago(lastRun)}`;
  const rows = [
    ...settings,
    ...(running === null ? [] : [['running', `run ${running.id}`] as const]),
    ['last round', last],
    ['next round', nextText(task, nextRun, now)],
  ] as const;
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    `Task ${task.name}: ${state}${STATES[state] ?? ''}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
    ...lags.flatMap((one) => [`${formatName(one.target)}:`, ...targetLines(task, one, now)]),
  ].join('\n');
}

const ago = ({ finishedAt }: { readonly finishedAt: string | null }): string =>
  finishedAt === null ? '' : ' ago';

const STATES: Readonly<Partial<Record<TaskStatus['state'], string>>> = {
  initializing: ' (a target is being given its first replica, in full)',
  lagging: ' (a target is beyond its RPO, or whether it is cannot be known)',
  suspended: ' (by hand: nothing is sent, snapshots go on)',
  'auto-suspended': ' (a target failed so often that it is left alone)',
};

function nextText(task: Task, nextRun: string | null, now: number): string {
  if (!task.enabled) return `none: disabled. "btrfleet task enable ${task.name}" follows it again`;
  if (task.suspended) return `none: suspended. "btrfleet task resume ${task.name}" goes on`;
  if (nextRun === null) return 'never: its schedule names no time';
  const cell = nextCell(nextRun, true, now);
  return cell === 'due' ? `due since ${nextRun}` : `${nextRun}, ${cell}`;
}

/** What this target is worth if it is needed now, and what is in its way. */
function targetLines(task: Task, lag: TargetLag, now: number): string[] {
  const { incomplete, memory } = lag;
  return [
    pointText(lag, now),
    lossText(lag, task.rpoSeconds),
    ...(incomplete === null
      ? []
      : [`${incomplete.name} is there too, without ${incomplete.missing.map(formatName).join(', ')}`]),
    ...(lag.seenAt === null ? [] : [`last looked at ${since(lag.seenAt, now)}`]),
    ...(memory === null ? [] : memoryLines(task, memory, now)),
  ].map((line) => `  ${indented(line, '    ')}`);
}

function pointText({ restorePoint, lagSeconds, seenAt, awayOn }: TargetLag, now: number): string {
  if (restorePoint === null) {
    return seenAt === null ? 'restore point not known: it was never seen' : 'no restore point yet';
  }
  const disk = awayOn === null ? '' : `, on the disk ${awayOn}, which is not mounted now`;
  const point = `restore point ${restorePoint}, ${span(ageOf(restorePoint, now))} ago${disk}`;
  if (lagSeconds === null) return `${point}; how far behind the primary is not known`;
  return `${point}; ${lagSeconds === 0 ? 'nothing newer was seen on the primary' : `${formatSeconds(lagSeconds)} behind the newest seen on the primary`}`;
}

function lossText({ wouldLoseSeconds, seenAt, rpo }: TargetLag, rpoSeconds: number | null): string {
  const unknown =
    seenAt === null
      ? 'what would be lost without the primary is not known'
      : 'without the primary nothing could be brought back from here, as far as is known';
  const loss =
    wouldLoseSeconds === null
      ? unknown
      : `without the primary ${formatSeconds(wouldLoseSeconds)} of work would be lost`;
  if (rpoSeconds === null) return loss;
  return `${loss}; RPO ${formatSeconds(rpoSeconds)}: ${rpo === 'unknown' ? 'NOT KNOWN' : RPO[rpo]}`;
}

function memoryLines(task: Task, memory: NonNullable<TargetLag['memory']>, now: number): string[] {
  const { absentSince, suspendedAt, failures, fault, triedAt } = memory;
  const again = `"btrfleet task resume ${task.name}" tries again now`;
  return [
    ...(absentSince === null ? [] : [`its disk is away since ${since(absentSince, now)}; it is waited for`]),
    ...(suspendedAt === null ? [] : [`left alone since ${since(suspendedAt, now)}; ${again}`]),
    ...(failures === 0 ? [] : [`${failures} failed in a row, the last ${since(triedAt, now)}`]),
    ...(fault === null ? [] : [`${fault.message}\n${fault.hint}`]),
  ];
}

const since = (time: string, now: number): string => `${time} (${span(ageOf(time, now))} ago)`;
