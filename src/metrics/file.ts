/** Writes metrics into a file, whole or not at all: who reads it never sees half of them. */

import { chmodSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { quoteWord } from '../core/model/command-line.ts';
import { fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';

/** Readable by everybody, as node_exporter runs as somebody else; nothing in it is secret. Faults: command-failed. */
export function writeMetrics(file: string, text: string): Result<void> {
  // Beside it, as only there a rename is atomic; with a name that the collector does not read.
  const part = `${file}.${process.pid}.part`;
  try {
    removeLeft(file);
    writeFileSync(part, text, { mode: 0o644 });
    // The umask may have taken more away.
    chmodSync(part, 0o644);
    renameSync(part, file);
    return ok(undefined);
  } catch (error) {
    removeQuietly(part);
    return failed(
      fault(
        'command-failed',
        `The metrics could not be written to ${file}: ${error instanceof Error ? error.message : String(error)}`,
        `Is the directory there, and may this user write into it? ls -ld ${quoteWord(dirname(file))}`,
      ),
    );
  }
}

/** On a disk that fails, that fails as well: the next one that is written removes it. */
function removeQuietly(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch {
    // Why it could not be written is told already.
  }
}

/** What a process left that was killed while it wrote. */
function removeLeft(file: string): void {
  const directory = dirname(file);
  const start = `${basename(file)}.`;
  for (const name of readdirSync(directory)) {
    const pid = name.startsWith(start) ? /^(\d+)\.part$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of somebody else may not be asked, and runs.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
