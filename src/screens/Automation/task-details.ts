/** Decides what is told in full of a replication task, and of each of its targets. */

import { isGroup, type TargetLag, type Task } from '../../core/model/automation/task.ts';
import { rulesText } from '../../core/model/retention.ts';
import { formatTarget } from '../../core/model/target.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge, coarseSeconds } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { taskCommand } from '../shared/automation-command.ts';
import { type DetailRow, detailLines } from '../shared/detail-lines.ts';
import { optionsText } from '../shared/options-text.ts';
import { memoryOf, nextText, whyRows } from './item-cells.ts';
import { isAtWork, stateCell, statusOf } from './tasks-list.ts';

export function taskDetails(state: AppState, task: Task, width: number): string[] {
  const status = statusOf(state, task);
  return [
    ...detailLines(headRows(state, task), width),
    ...(status?.lags ?? []).flatMap((lag) => ['', ...detailLines(targetRows(lag, task, state.now), width)]),
    '',
    ...detailLines([...settingRows(task), ['Command', formatName(taskCommand(task))]], width),
  ];
}

function headRows(state: AppState, task: Task): DetailRow[] {
  const status = statusOf(state, task);
  const word = status === null ? 'not read yet' : stateCell(status).text;
  const why = task.enabled && task.suspended ? ': snapshots go on, nothing is sent; p resumes' : '';
  return [
    ['Task', task.name],
    ['State', `${word}${why}`],
    [isGroup(task) ? 'Group' : 'Subvolume', formatName(task.subvolumes.join(', '))],
    ['Targets', formatName(task.targets.map(formatTarget).join(', '))],
    ['When', scheduleText(task.schedule)],
    ...lastRows(state, task),
    ['Next', nextText(state, { kind: 'task', task }, isAtWork(task))],
  ];
}

/** The last round, by whomever it was asked for. */
function lastRows(state: AppState, task: Task): DetailRow[] {
  const last = statusOf(state, task)?.lastRun ?? null;
  if (last === null) return [['Last', 'no round yet']];
  const memory = memoryOf(state, { kind: 'task', task });
  const text = `run ${last.id}: ${last.outcome ?? 'running'}, ended ${coarseAge(last.finishedAt, state.now)} ago`;
  return [['Last', text], ...(memory?.run?.id === last.id ? whyRows(memory) : [])];
}

function settingRows({
  mode,
  rpoSeconds,
  retention,
  options,
  into,
  retries,
  suspendAfter,
}: Task): DetailRow[] {
  return [
    ['Mode', mode === 'async' ? 'async: when it is due' : 'sync: a snapshot by hand waits for every target'],
    ['RPO', rpoSeconds === null ? 'none: no alarm' : `at most ${formatSeconds(rpoSeconds)} may be lost`],
    ['Kept there', retention === null ? 'everything' : `${rulesText(retention)} (${retention.timeZone})`],
    ...(into === null ? [] : [['Directory', formatName(into)] as const]),
    ['Options', optionsText(options)],
    [
      'Failures',
      `tried again ${retries} times; a target is ${suspendAfter === 0 ? 'never left alone' : `left alone after ${suspendAfter} in a row`}`,
    ],
  ];
}

const RPO: Readonly<Record<TargetLag['rpo'], string>> = {
  none: 'no RPO',
  kept: '✓ RPO kept',
  breached: '▲ RPO BREACHED',
  unknown: '? whether the RPO is kept is not known',
};

function targetRows(lag: TargetLag, task: Task, now: number): DetailRow[] {
  const { target, restorePoint, awayOn, lagSeconds, wouldLoseSeconds, rpo, incomplete, seenAt } = lag;
  return [
    ['Target', formatName(target)],
    ['', RPO[rpo]],
    [
      'Restore point',
      restorePoint === null ? 'none known' : `${restorePoint} (${coarseAge(restorePoint, now)} ago)`,
    ],
    ...(awayOn === null ? [] : [['On disk', `${awayOn}, not mounted now`] as const]),
    ['Behind', lagSeconds === null ? 'not known' : behindText(lagSeconds)],
    ['Would lose', wouldLoseSeconds === null ? 'not known' : coarseSeconds(wouldLoseSeconds)],
    ...(incomplete === null || !isGroup(task)
      ? []
      : [['Incomplete', formatName(`${incomplete.name} lacks ${incomplete.missing.join(', ')}`)] as const]),
    ['Seen', seenAt === null ? 'never' : `${coarseAge(seenAt, now)} ago`],
    ...memoryRows(lag, now),
  ];
}

const behindText = (seconds: number): string =>
  seconds === 0 ? 'nothing: it has the newest' : `${coarseSeconds(seconds)} behind the newest snapshot`;

function memoryRows({ memory }: TargetLag, now: number): DetailRow[] {
  if (memory === null) return [['Tried', 'never']];
  const { failures, fault, suspendedAt, absentSince, triedAt } = memory;
  return [
    ['Tried', `${coarseAge(triedAt, now)} ago`],
    ...(absentSince === null
      ? []
      : [['Absent', `○ since ${absentSince} (${coarseAge(absentSince, now)}): waited for`] as const]),
    ...(suspendedAt === null
      ? []
      : [
          [
            'Left alone',
            `✗ since ${suspendedAt} (${coarseAge(suspendedAt, now)}); p tries it again`,
          ] as const,
        ]),
    ...(failures === 0
      ? []
      : [['Failed', `${failures} ${failures === 1 ? 'round' : 'rounds'} in a row`] as const]),
    ...(fault === null
      ? []
      : ([
          ['Because', formatName(fault.message)],
          ['', formatName(fault.hint)],
        ] as const)),
  ];
}
