/** Shows a running replication on stderr: on a terminal one line a target, drawn in place; elsewhere its milestones. */
import {
  type Job,
  type JobEvent,
  PHASE_WORDS,
  type TargetJob,
  type TargetProgress,
} from '../../core/model/runs/job.ts';
import { transferRate } from '../../core/plan/replication/transfer-rate.ts';
import type { Drawable } from '../../process/output.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';

export interface ProgressView {
  show(job: Job, event: JobEvent): void;
  finish(): void;
}

const BAR = 20;

export function createProgress(terminal: Drawable, now: () => number): ProgressView {
  return terminal.isTTY === true ? drawnProgress(terminal, now) : toldProgress(terminal);
}

function drawnProgress(terminal: Drawable, now: () => number): ProgressView {
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  return {
    show: (job, event) => {
      clear();
      if (event.type === 'note') terminal.write(`${formatName(event.message)}\n`);
      const width = (terminal.columns ?? 80) - 1;
      for (const target of job.targets) terminal.write(`${progressLine(target, now()).slice(0, width)}\n`);
      drawn = job.targets.length;
    },
    finish: clear,
  };
}

/** Without a terminal a bar is noise: only the beginning of a phase is told. */
function toldProgress(terminal: Drawable): ProgressView {
  const told = new Map<string, string>();
  return {
    show: (job, event) => {
      if (event.type === 'note') terminal.write(`${formatName(event.message)}\n`);
      if (event.type !== 'target' || event.progress.phase === 'finished') return;
      const line = `${formatName(event.target)}: ${milestone(event.progress)}`;
      if (told.get(event.target) === line) return;
      told.set(event.target, line);
      if (job.targets.some(({ target }) => target === event.target)) terminal.write(`${line}\n`);
    },
    finish: () => {},
  };
}

const milestone = (progress: TargetProgress): string => {
  if (progress.phase !== 'sending') return PHASE_WORDS[progress.phase];
  const { step } = progress;
  const whole = step.base === null ? 'in full' : `on top of ${step.base}`;
  return `sending ${step.snapshot} ${whole}${step.count > 1 ? ` (${step.index} of ${step.count})` : ''}`;
};

function progressLine({ target, progress }: TargetJob, now: number): string {
  if (progress.phase !== 'sending') return `${formatName(target)}  ${PHASE_WORDS[progress.phase]}`;
  const { fraction, bytesPerSecond, secondsLeft } = transferRate(progress, now);
  const parts = [
    fraction === null ? PHASE_WORDS[progress.phase] : `${bar(fraction)} ${Math.floor(fraction * 100)} %`,
    formatBytes(progress.sentBytes),
    bytesPerSecond === null ? '' : `${formatBytes(Math.round(bytesPerSecond))}/s`,
    secondsLeft === null ? '' : `${formatSeconds(secondsLeft)} left`,
    progress.step.count > 1 ? `${progress.step.index}/${progress.step.count}` : '',
  ];
  return `${formatName(target)}  ${parts.filter((part) => part !== '').join('  ')}`;
}

const bar = (fraction: number): string => {
  const full = Math.round(fraction * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
};
