/** Decides how people read what came of making snapshots: what was made, the hooks, the rounds that belong to it. */
import type { Fault } from '../../core/model/fault.ts';
import { type MadeReport, whoseHook } from '../../core/model/runs/made.ts';
import type { SnapshotReport } from '../../core/model/runs/snapshot.ts';
import type { TaskReport, TaskTargetOutcome } from '../../core/model/runs/task.ts';
import { indented } from '../../process/output.ts';
import { formatName, formatSeconds } from '../../text/format.ts';

/** What goes to stdout; what failed beside the rounds is told by `snapshotFailures`. */
export const formatSnapshots = (report: SnapshotReport, group: boolean): string =>
  [...madeLines(report, group), ...report.tasks.flatMap(taskLines)].join('\n');

export function madeLines(report: MadeReport, group: boolean): string[] {
  const { snapshots, already, hooks, spreadSeconds } = report;
  const lines = snapshots.map(({ path }) => `made ${formatName(path)}`);
  if (group && snapshots.length > 1) lines.push(`all within ${formatSeconds(spreadSeconds)}`);
  for (const { subvolume, name } of already) lines.push(`${formatName(subvolume)} has ${name} already`);
  for (const hook of hooks) {
    const { when, seconds, fault } = hook;
    const whose = formatName(whoseHook(hook, hooks));
    lines.push(`command${whose} ${when}: ${fault === null ? 'OK' : 'FAILED'}, ${formatSeconds(seconds)}`);
  }
  return lines;
}

/** Each failure once, however many members it kept from being made. */
export function snapshotFailures({ failed, hooks }: MadeReport): Fault[] {
  const all = [...failed.map(({ fault }) => fault), ...hooks.flatMap(({ fault }) => fault ?? [])];
  return all.filter((one, index) => all.findIndex(({ message }) => message === one.message) === index);
}

const WORDS: Readonly<Record<TaskTargetOutcome['status'], string>> = {
  ok: 'OK',
  failed: 'FAILED',
  absent: 'NOT THERE NOW',
  cancelled: 'CANCELLED',
  suspended: 'SUSPENDED',
  busy: 'BUSY: rounds before it are still at work there',
};

/** The round of a task: a line a target, and under one that did not get it why and what to do. */
export const taskLines = ({ task, targets, faults }: TaskReport): string[] => [
  `Task ${task}:`,
  ...targets.flatMap(({ target, status, fault }) => [
    `  ${formatName(target)}  ${WORDS[status]}`,
    ...(fault === null ? [] : [advice(fault)]),
  ]),
  ...faults.map(advice),
];

const advice = ({ message, hint }: Fault): string => indented(`      ${message}\n${hint}`, '      ');
