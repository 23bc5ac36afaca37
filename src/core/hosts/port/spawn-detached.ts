/** Decides how a process is started that outlives this one: own session, no terminal, its output in a file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';

export interface DetachedOptions {
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets stdout and stderr, appended; made with mode 0600. */
  readonly logFile: string;
}

/** Resolves with its pid once it runs. Faults: command-failed (no such program, no such directory for the log). */
export async function spawnDetached(
  command: string,
  args: readonly string[],
  { env, logFile }: DetachedOptions,
): Promise<Result<number>> {
  let log: number;
  try {
    log = openSync(logFile, 'a', 0o600);
  } catch (error) {
    return failed(notStarted(command, error));
  }
  try {
    const child = spawn(command, args, { detached: true, env, stdio: ['ignore', log, log], cwd: '/' });
    child.unref();
    return await new Promise((resolve) => {
      child.once('spawn', () => resolve(ok(child.pid ?? 0)));
      child.once('error', (error) => resolve(failed(notStarted(command, error))));
    });
  } finally {
    closeSync(log);
  }
}

const notStarted = (command: string, error: unknown) =>
  shortageFault(error) ??
  fault(
    'command-failed',
    `${command} could not be started in the background: ${error instanceof Error ? error.message : error}.`,
    'Check that the program and the directory of its log file exist and that there is room on the disk.',
  );
