/**
 * Decides how a service manager is told how the service is (sd_notify(3)). Node cannot send to a unix datagram socket,
 * so `systemd-notify` does it, one message after the other: their order is their meaning.
 */
import { spawn } from 'node:child_process';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { MIB, readBounded } from './port/bounded-output.ts';
import { tailBuffer } from './port/tail-buffer.ts';

/** One assignment of a message, such as `READY=1` or `STATUS=3 at work`; no line end in it. */
export type NotifyField = `${string}=${string}`;

export interface Notifier {
  /** Resolves when the manager has taken it. Fault: `tool-missing`, `command-failed`. */
  send(fields: readonly NotifyField[]): Promise<Result<void>>;
}

const PROGRAM = 'systemd-notify';
/** It waits up to five seconds for the manager by itself. */
const LIMIT = 10_000;

/**
 * @param socket $NOTIFY_SOCKET
 * @param path PATH of this process
 */
export function serviceNotifier(socket: string, path: string): Notifier {
  let last: Promise<Result<void>> = Promise.resolve(ok(undefined));
  return {
    send(fields) {
      last = last.then(() => notify(fields, socket, path));
      return last;
    },
  };
}

function notify(fields: readonly string[], socket: string, path: string): Promise<Result<void>> {
  const { promise, resolve } = Promise.withResolvers<Result<void>>();
  const child = spawn(PROGRAM, [...fields], {
    env: { NOTIFY_SOCKET: socket, LC_ALL: 'C', PATH: path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  const said = tailBuffer(1000);
  readBounded(child.stderr, { bytes: MIB, lines: false }, said.add, () => child.kill('SIGKILL'));
  const end = (result: Result<void>): void => {
    clearTimeout(limit);
    resolve(result);
  };
  child.once('error', (error: NodeJS.ErrnoException) =>
    end(failed(error.code === 'ENOENT' ? missing : broken(error.message))),
  );
  child.once('close', (code) =>
    end(code === 0 ? ok(undefined) : failed(broken(said.text().trim() || 'no answer'))),
  );
  return promise;
}

const missing: Fault = fault(
  'tool-missing',
  `There is no ${PROGRAM} on this machine, so systemd cannot be told that the service is up.`,
  'Install it (it comes with systemd), or set Type=exec and no WatchdogSec in the unit.',
);

const broken = (why: string): Fault =>
  fault(
    'command-failed',
    `${PROGRAM} failed: ${why}.`,
    'See whether the unit has NotifyAccess=all: systemctl show -p NotifyAccess UNIT',
    { retry: true },
  );
