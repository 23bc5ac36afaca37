/** Decides where the scheduler's log goes: to stderr, in the style that fits what is at the other end. */
import { fstatSync } from 'node:fs';
import type { Clock } from '../core/model/clock.ts';
import { isoTime } from '../core/model/clock.ts';
import { logLines, type ServiceEvent } from './schedule-log.ts';
import type { LogFormat } from './schedule-options.ts';

const STDERR = 2;

export type Log = (event: ServiceEvent) => void;

export function createLog(format: LogFormat, clock: Clock): Log {
  const style = { format, journald: isJournal(process.env['JOURNAL_STREAM'], stderrFile()) };
  return (event) => {
    const lines = logLines(event, isoTime(clock.now()), style);
    process.stderr.write(`${lines.join('\n')}\n`);
  };
}

/**
 * $JOURNAL_STREAM names the journal's end as `device:inode`. Who redirects stderr elsewhere still has the variable, so
 * both must be the same (systemd.exec(5)).
 */
export const isJournal = (stream: string | undefined, stderr: string | null): boolean =>
  stream !== undefined && stream === stderr;

function stderrFile(): string | null {
  try {
    const { dev, ino } = fstatSync(STDERR, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
