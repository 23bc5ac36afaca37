/** Decides what is said of a running transfer: how much, how fast, how long still. Unknown stays unknown. */
import type { TargetProgress } from '../../model/runs/job.ts';

export interface TransferRate {
  /** 0 to 1; null while the whole is not known. */
  readonly fraction: number | null;
  /** Bytes of the stream a second, since the start; null in the first moments. */
  readonly bytesPerSecond: number | null;
  /** Seconds left at that rate; null while it cannot be told. */
  readonly secondsLeft: number | null;
}

/** Before this many seconds a rate says more about the start than about the link. */
const SETTLED_SECONDS = 0.5;

export function transferRate(
  progress: Extract<TargetProgress, { phase: 'sending' }>,
  now: number,
): TransferRate {
  const seconds = (now - Date.parse(progress.startedAt)) / 1000;
  const { payloadBytes, totalBytes } = progress;
  const fraction = totalBytes === null ? null : fractionOf(payloadBytes, totalBytes);
  // Not "seconds < SETTLED_SECONDS": a start that is no time must not become a rate that is no number.
  if (!(seconds >= SETTLED_SECONDS) || progress.sentBytes === 0) {
    return { fraction, bytesPerSecond: null, secondsLeft: null };
  }
  const left = totalBytes === null ? null : Math.max(0, totalBytes - payloadBytes);
  const payloadRate = payloadBytes / seconds;
  return {
    fraction,
    bytesPerSecond: progress.sentBytes / seconds,
    secondsLeft: left === null || payloadRate === 0 ? null : left / payloadRate,
  };
}

const fractionOf = (part: number, whole: number): number => (whole === 0 ? 1 : Math.min(1, part / whole));
