/** Decides how a run reads while it goes on and when it has ended: a line a target, and under a failed one why. */
import { barText } from '../components/bar.ts';
import { span } from '../components/line-width.ts';
import { glyph, type Line, type Theme, type Tone } from '../components/theme.ts';
import type { TargetJob } from '../core/model/job.ts';
import type { TargetResult } from '../core/model/replication.ts';
import type { Run } from '../core/model/run.ts';
import { formatTarget } from '../core/model/target.ts';
import { transferRate } from '../core/plan/transfer-rate.ts';
import { formatBytes, formatName, formatSeconds } from '../text/format.ts';
import { wrap } from '../text/width.ts';

export const isActive = (run: Run): boolean => run.state !== 'finished';

export function runTitle(run: Run): string {
  const subject = run.request.kind === 'snapshot' ? run.request.subvolumes.join(', ') : run.request.subvolume;
  return `Run ${run.id}: ${run.kind} of ${formatName(subject)}`;
}

export function runState(run: Run): { readonly text: string; readonly tone: Tone } {
  if (run.state === 'queued') return { text: 'waiting for the engine', tone: 'dim' };
  if (run.state === 'running')
    return run.cancelRequested
      ? { text: 'being cancelled', tone: 'warn' }
      : { text: 'running', tone: 'accent' };
  switch (run.outcome) {
    case 'ok':
      return { text: 'OK', tone: 'good' };
    case 'cancelled':
      return { text: 'CANCELLED', tone: 'warn' };
    case 'interrupted':
      return { text: 'INTERRUPTED', tone: 'bad' };
    default:
      return { text: 'FAILED', tone: 'bad' };
  }
}

/** What is under the title. `now` in milliseconds. */
export function runLines(run: Run, width: number, now: number, theme: Theme): Line[] {
  if (run.report?.kind === 'fault') return faultLines(run.report.fault, width);
  if (run.report?.kind === 'replication')
    return run.report.results.flatMap((result) => resultLines(result, width, theme));
  if (run.report?.kind === 'snapshot') {
    return [
      ...run.report.snapshots.map(({ path }): Line => [span(`  made ${formatName(path)}`)]),
      ...run.report.failed.flatMap(({ fault }) => faultLines(fault, width)),
    ];
  }
  if (run.report?.kind === 'delete') {
    return run.report.results.flatMap((one) =>
      one.fault ? faultLines(one.fault, width) : [[span(`  deleted ${formatName(one.path)}`)]],
    );
  }
  if (run.report?.kind === 'cleanup') {
    const { kept, deleted, failed } = run.report;
    return [
      ...deleted.map(({ name }): Line => [span(`  deleted ${formatName(name)}`)]),
      ...failed.flatMap(({ fault }) => faultLines(fault, width)),
      [span(`  ${kept.length} kept`, 'dim')],
    ];
  }
  const notes = run.job?.notes.map((note): Line => [span(`  ${formatName(note)}`, 'warn')]) ?? [];
  return [...(run.job?.targets.flatMap((target) => targetLines(target, width, now, theme)) ?? []), ...notes];
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
  };
  const sent =
    status === 'ok' ? `  ${formatBytes(sentBytes)} in ${formatSeconds(elapsedSeconds)}, verified` : '';
  const head: Line = [
    span(`  ${glyph(good ? 'ok' : 'failed', theme)} `, good ? 'good' : 'bad'),
    span(formatName(formatTarget(result)).padEnd(12), 'bold'),
    span(` ${words[status]}`, good ? 'good' : 'bad'),
    span(sent),
    span(`  ${what}`, 'dim'),
  ];
  return [head, ...(fault ? faultLines(fault, width) : [])];
}

const PHASES = {
  preparing: 'preparing',
  waiting: 'ready',
  sending: 'sending',
  verifying: 'verifying',
  cleaning: 'removing what was half received',
  finished: 'finished',
} as const;

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
  if (progress.phase !== 'sending') return [...done, [name, span(PHASES[progress.phase])]];
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
