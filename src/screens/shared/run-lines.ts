/** Decides how a run reads while it goes on and when it has ended: a line a target, and under a failed one why. */

import { barText } from '../../components/bar.ts';
import { span } from '../../components/line-width.ts';
import { type Glyph, glyph, type Line, type Theme, type Tone } from '../../components/theme.ts';
import type { CleanupReport } from '../../core/model/runs/cleanup.ts';
import { PHASE_WORDS, type TargetJob } from '../../core/model/runs/job.ts';
import { type HookResult, type MadeReport, whoseHook } from '../../core/model/runs/made.ts';
import { type Run, type RunReport, subjectOf } from '../../core/model/runs/run.ts';
import type { SnapshotReport } from '../../core/model/runs/snapshot.ts';
import type { RunOutcome } from '../../core/model/runs/spec.ts';
import { isLeftAlone, type TargetResult } from '../../core/model/runs/target-result.ts';
import type { TaskReport, TaskTargetOutcome } from '../../core/model/runs/task.ts';
import { formatTarget, serverOf } from '../../core/model/target.ts';
import { transferRate } from '../../core/plan/replication/transfer-rate.ts';
import { extractLines } from '../../text/extract.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { restoreLines } from '../../text/restore.ts';
import { seedLines } from '../../text/seed.ts';
import { verifyLines } from '../../text/verify.ts';
import { wrap } from '../../text/width.ts';

export const isActive = (run: Run): boolean => run.state !== 'finished';

/** How many go on; the parts of one are not counted beside it. */
export const activeCount = (runs: readonly Run[]): number =>
  runs.filter((run) => isActive(run) && run.origin.parent === null).length;

export function runTitle(run: Run): string {
  return `Run ${run.id}: ${run.kind} of ${formatName(subjectOf(run.request))}`;
}

export function runState(run: Run): { readonly text: string; readonly tone: Tone } {
  if (run.state === 'queued') return { text: 'waiting for the engine', tone: 'dim' };
  if (run.state === 'running')
    return run.cancelRequested
      ? { text: 'being cancelled', tone: 'warn' }
      : { text: 'running', tone: 'accent' };
  return OUTCOME_WORDS[run.outcome ?? 'failed'];
}

export const OUTCOME_WORDS: Readonly<
  Record<RunOutcome, { readonly sign: string; readonly text: string; readonly tone: Tone }>
> = {
  ok: { sign: '✓', text: 'OK', tone: 'good' },
  cancelled: { sign: '▲', text: 'CANCELLED', tone: 'warn' },
  interrupted: { sign: '✗', text: 'INTERRUPTED', tone: 'bad' },
  failed: { sign: '✗', text: 'FAILED', tone: 'bad' },
};

/** What is under the title. `now` in milliseconds. */
export function runLines(run: Run, width: number, now: number, theme: Theme): Line[] {
  if (run.report) return reportLines(run.report, width, theme);
  const notes = run.job?.notes.map((note): Line => [span(`  ${formatName(note)}`, 'warn')]) ?? [];
  return [...(run.job?.targets.flatMap((target) => targetLines(target, width, now, theme)) ?? []), ...notes];
}

function reportLines(report: RunReport, width: number, theme: Theme): Line[] {
  switch (report.kind) {
    case 'fault':
      return faultLines(report.fault, width);
    case 'replication':
      return report.results.flatMap((result) => resultLines(result, width, theme));
    case 'snapshot':
      return snapshotLines(report, width, theme);
    case 'delete':
      return report.results.flatMap((one) =>
        one.fault ? faultLines(one.fault, width) : [[span(`  deleted ${formatName(one.path)}`)]],
      );
    case 'cleanup':
      return cleanupLines(report, width);
    case 'task':
      return roundLines(report, width, theme);
    case 'seed':
      return seedLines(report).map((line): Line => [span(`  ${line}`)]);
    case 'restore':
    case 'extract': {
      const lines = report.kind === 'restore' ? restoreLines(report) : extractLines(report);
      return [
        ...lines.map((line): Line => [span(`  ${line}`)]),
        ...(report.fault ? faultLines(report.fault, width) : []),
      ];
    }
    case 'verify':
      return verifyLines(report).map((line): Line => [span(`  ${line}`)]);
  }
}

const snapshotLines = (report: SnapshotReport, width: number, theme: Theme): Line[] => [
  ...madeLines(report, width),
  ...report.tasks.flatMap((round) => [
    [span(`  task ${formatName(round.task)}`, 'bold')],
    ...roundLines(round, width, theme),
  ]),
];

function madeLines({ snapshots, already, failed, hooks }: MadeReport, width: number): Line[] {
  return [
    ...snapshots.map(({ path }): Line => [span(`  made ${formatName(path)}`)]),
    ...already.map(
      ({ subvolume, name }): Line => [
        span(`  ${formatName(subvolume)} has ${formatName(name)} already`, 'dim'),
      ],
    ),
    ...failed.flatMap(({ fault }) => faultLines(fault, width)),
    ...hooks.flatMap((hook) => hookLines(hook, hooks, width)),
  ];
}

function hookLines(hook: HookResult, all: readonly HookResult[], width: number): Line[] {
  const { when, code, seconds, output, fault } = hook;
  const whose = formatName(whoseHook(hook, all));
  const ended = code === null ? 'was ended' : `ended with ${code}`;
  const said = output.split('\n').filter((line) => line.trim() !== '');
  return [
    [span(`  command${whose} ${when} it ${ended} after ${formatSeconds(seconds)}`, fault ? 'bad' : 'plain')],
    ...said.map((line): Line => [span(`      ${formatName(line)}`, 'dim')]),
    ...(fault ? faultLines(fault, width) : []),
  ];
}

function cleanupLines({ kept, deleted, failed }: CleanupReport, width: number): Line[] {
  return [
    ...deleted.map(({ name }): Line => [span(`  deleted ${formatName(name)}`)]),
    ...failed.flatMap(({ fault }) => faultLines(fault, width)),
    [span(`  ${kept.length} kept`, 'dim')],
  ];
}

/** A round: its targets, what was sent to them, what was deleted there. */
function roundLines(report: TaskReport, width: number, theme: Theme): Line[] {
  const { snapshot, targets, replications, cleanups, faults, initializing } = report;
  // What was sent says it better, except of a group.
  const told = new Set(
    replications.length > 1 ? [] : replications.flatMap(({ results }) => results.map(({ server }) => server)),
  );
  return [
    ...(initializing ? [[span('  the first replication to a target: in full', 'dim')]] : []),
    ...(snapshot ? madeLines(snapshot, width) : []),
    ...targets.flatMap((one) => (told.has(serverOf(one.target)) ? [] : outcomeLines(one, width, theme))),
    ...replications.flatMap(({ subvolume, results }) => [
      ...(replications.length > 1 ? [[span(`  ${formatName(subvolume)}`, 'bold')]] : []),
      ...results.flatMap((result) => resultLines(result, width, theme)),
    ]),
    ...cleanups.flatMap(({ server, subvolume, deleted, kept, failed }) => [
      [
        span(
          `  ${formatName(server)}: ${deleted.length} deleted, ${kept.length} kept of ${formatName(subvolume)}`,
        ),
      ],
      ...failed.flatMap(({ fault }) => faultLines(fault, width)),
    ]),
    ...faults.flatMap((fault) => faultLines(fault, width)),
  ];
}

const OUTCOMES = {
  ok: ['ok', 'good', 'OK'],
  failed: ['failed', 'bad', 'FAILED'],
  absent: ['unknown', 'warn', 'not there now: waited for'],
  cancelled: ['warning', 'warn', 'CANCELLED'],
  suspended: ['warning', 'warn', 'left alone after failures'],
  busy: ['unknown', 'warn', 'rounds before it are still at work there'],
} as const satisfies Record<TaskTargetOutcome['status'], readonly [Glyph, Tone, string]>;

function outcomeLines({ target, status, fault }: TaskTargetOutcome, width: number, theme: Theme): Line[] {
  const [sign, tone, word] = OUTCOMES[status];
  return [
    [
      span(`  ${glyph(sign, theme)} `, tone),
      span(formatName(target).padEnd(12), 'bold'),
      span(` ${word}`, tone),
    ],
    ...(fault ? faultLines(fault, width) : []),
  ];
}

const faultLines = (fault: { readonly message: string; readonly hint: string }, width: number): Line[] => [
  ...wrap(fault.message, Math.max(20, width - 8)).map((text): Line => [span(`      ${text}`, 'bad')]),
  ...wrap(fault.hint, Math.max(20, width - 8)).map((text): Line => [span(`      ${text}`)]),
];

function resultLines(result: TargetResult, width: number, theme: Theme): Line[] {
  const { status, fault, snapshot, base, sentBytes, elapsedSeconds } = result;
  const good = status === 'ok' || status === 'already-there';
  const what = base === null ? `${snapshot ?? ''}` : `${snapshot} on top of ${base}`;
  const words = {
    ok: 'OK',
    'already-there': 'OK, there already',
    failed: 'FAILED',
    cancelled: 'CANCELLED',
    planned: '',
    absent: 'not there now',
  };
  const sent =
    status === 'ok'
      ? `  ${formatBytes(sentBytes)} in ${formatSeconds(elapsedSeconds)}, ${result.proof ?? 'identity'} verified`
      : '';
  const head: Line = [
    span(`  ${glyph(good ? 'ok' : 'failed', theme)} `, good ? 'good' : 'bad'),
    span(formatName(formatTarget(result)).padEnd(12), 'bold'),
    span(` ${isLeftAlone(result) ? 'left as it is, there already' : words[status]}`, good ? 'good' : 'bad'),
    span(sent),
    span(`  ${what}`, 'dim'),
  ];
  return [head, ...(fault ? faultLines(fault, width) : [])];
}

const BAR = 20;
/** Columns of what stands beside a bar: where there are few, the bar gives way, not the time left. */
const BESIDE_BAR = 56;

function leftText(seconds: number | null): string {
  if (seconds === null) return '';
  return seconds < 1 ? '< 1 s left' : `${formatSeconds(seconds)} left`;
}

function targetLines(
  { target, progress, results }: TargetJob,
  width: number,
  now: number,
  theme: Theme,
): Line[] {
  const done = results.flatMap((result) => resultLines(result, width, theme));
  if (progress.phase === 'finished') return done;
  const name = span(`    ${formatName(target).padEnd(12)} `, 'bold');
  if (progress.phase !== 'sending') return [...done, [name, span(PHASE_WORDS[progress.phase])]];
  const { fraction, bytesPerSecond, secondsLeft } = transferRate(
    progress,
    Math.max(now, Date.parse(progress.updatedAt)),
  );
  const parts = [
    formatBytes(progress.sentBytes),
    bytesPerSecond === null ? '' : `${formatBytes(Math.round(bytesPerSecond))}/s`,
    leftText(secondsLeft),
    progress.step.count > 1 ? `${progress.step.index} of ${progress.step.count}` : '',
  ].filter((part) => part !== '');
  const bar =
    fraction === null
      ? [span('sending, size not known  ')]
      : [
          span(barText(fraction, Math.max(4, Math.min(BAR, width - BESIDE_BAR)), theme), 'accent'),
          span(` ${String(Math.floor(fraction * 100)).padStart(3)} %  `),
        ];
  return [...done, [name, ...bar, span(parts.join('  '))]];
}
