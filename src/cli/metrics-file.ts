/** Writes metrics into a file, whole or not at all: who reads it never sees half of them. */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';

/** Readable by everybody, as node_exporter runs as somebody else; nothing in it is secret. Faults: command-failed. */
export function writeMetrics(file: string, text: string): Result<void> {
  // Beside it, as only there a rename is atomic; with a name that the collector does not read.
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, text, { mode: 0o644 });
    // The umask may have taken more away.
    chmodSync(part, 0o644);
    renameSync(part, file);
    return ok(undefined);
  } catch (error) {
    rmSync(part, { force: true });
    return failed(
      fault(
        'command-failed',
        `The metrics could not be written to ${file}: ${error instanceof Error ? error.message : String(error)}`,
        `Is the directory there, and may this user write into it? ls -ld ${JSON.stringify(dirname(file))}`,
      ),
    );
  }
}
