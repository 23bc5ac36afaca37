/**
 * Decides where the scheduler's log goes: to stderr, in the style that fits what is at the other end. A line that cannot
 * be written is counted and never ends anything.
 */
import { type BigIntStats, fstatSync, writeSync } from 'node:fs';
import type { Clock } from '../core/model/clock.ts';
import { isoTime } from '../core/model/clock.ts';
import { logLines, type ServiceEvent } from './log.ts';
import type { LogFormat } from './options.ts';

const STDERR = 2;

export type Log = (event: ServiceEvent) => void;

export function createLog(format: LogFormat, clock: Clock): Log {
  const stderr = stderrFile();
  const style = { format, journald: isJournal(process.env['JOURNAL_STREAM'], placeOf(stderr)) };
  // Of a file: the stream gives up for good at the first line for which there is no room.
  const write = stderr?.isFile() ? writeToFile : (text: string) => process.stderr.write(text);
  return tolerantLog(
    (event) => logLines(event, isoTime(clock.now()), style),
    (text) => void write(text),
  );
}

/** `write` may throw: how many lines were lost is told by the first one that can be written again. */
export function tolerantLog(
  linesOf: (event: ServiceEvent) => readonly string[],
  write: (text: string) => void,
): Log {
  let lost = 0;
  return (event) => {
    const lines = linesOf(event);
    const before = lost === 0 ? [] : linesOf({ type: 'log-lost', lines: lost });
    try {
      write(`${[...before, ...lines].join('\n')}\n`);
      lost = 0;
    } catch {
      lost += lines.length;
    }
  };
}

function writeToFile(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(STDERR, bytes, written);
}

/**
 * $JOURNAL_STREAM names the journal's end as `device:inode`. Who redirects stderr elsewhere still has the variable, so
 * both must be the same (systemd.exec(5)).
 */
export const isJournal = (stream: string | undefined, stderr: string | null): boolean =>
  stream !== undefined && stream === stderr;

const placeOf = (stats: BigIntStats | null): string | null => stats && `${stats.dev}:${stats.ino}`;

function stderrFile(): BigIntStats | null {
  try {
    return fstatSync(STDERR, { bigint: true });
  } catch {
    return null;
  }
}
