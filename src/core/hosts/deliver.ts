/**
 * Decides how a notification leaves this machine: a command, a webhook, a mail through sendmail. It decides nothing
 * about what is told, and no fault of it holds the address of a webhook, which may be a secret.
 */
import { spawn } from 'node:child_process';
import type { Notification } from '../model/alarm.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import { SYSTEM_PATHS } from './quote.ts';
import { tailBuffer } from './tail-buffer.ts';

export interface Mail {
  readonly to: readonly string[];
  /** Null: sendmail's own. */
  readonly from: string | null;
  readonly subject: string;
  readonly text: string;
}

export interface Deliver {
  /** The notification on stdin as JSON, and in BTRFLEET_EVENT, _LEVEL, _KEY, _TITLE, _MESSAGE, _HINT, _SINCE. */
  command(command: string, notification: Notification): Promise<Result<void>>;
  /** POST of the notification as JSON; any 2xx is success. No redirect is followed. */
  webhook(address: string, notification: Notification): Promise<Result<void>>;
  mail(mail: Mail): Promise<Result<void>>;
}

/** Milliseconds for each. */
const LIMIT = 15_000;

/** @param path PATH of this process */
export const createDeliver = (path: string): Deliver => ({
  command: (command, notification) =>
    feed('sh', ['-c', command], JSON.stringify(notification), {
      PATH: `${path}:${SYSTEM_PATHS}`,
      ...environmentOf(notification),
    }),
  webhook: post,
  mail: (mail) =>
    feed('sendmail', ['-oi', '-t'], messageOf(mail), { PATH: `${path}:/usr/sbin:/usr/lib:${SYSTEM_PATHS}` }),
});

/** A NUL cannot be in an environment; a process that is given one does not start. */
const environmentOf = (notification: Notification): Record<string, string> =>
  Object.fromEntries(
    (['event', 'level', 'key', 'title', 'message', 'hint', 'since'] as const).map((name) => [
      `BTRFLEET_${name.toUpperCase()}`,
      notification[name].replaceAll('\0', ''),
    ]),
  );

function feed(
  program: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
): Promise<Result<void>> {
  const { promise, resolve } = Promise.withResolvers<Result<void>>();
  // A group of its own, so that all of what it started ends with it.
  const child = spawn(program, args, { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'], cwd: '/' });
  const said = tailBuffer(2000);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, LIMIT);
  child.stderr.on('data', (chunk: Buffer) => said.add(chunk));
  // It may end without reading all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  child.once('error', (error) => {
    clearTimeout(limit);
    resolve(failed(undelivered(program, error.message)));
  });
  // Not `close`: a child of its own may hold the pipe for ever.
  child.once('exit', (code) => {
    clearTimeout(limit);
    child.stderr.destroy();
    if (code === 0) resolve(ok(undefined));
    else
      resolve(
        failed(
          undelivered(
            program,
            late ? `no end within ${LIMIT / 1000} s` : `exit code ${code}: ${said.text().trim()}`,
          ),
        ),
      );
  });
  return promise;
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function post(address: string, notification: Notification): Promise<Result<void>> {
  try {
    const answer = await globalThis.fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'btrfleet' },
      body: JSON.stringify(notification),
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT),
    });
    await answer.body?.cancel();
    return answer.ok ? ok(undefined) : failed(undelivered('the webhook', `it answered ${answer.status}`));
  } catch (error) {
    return failed(undelivered('the webhook', reasonOf(error)));
  }
}

/** The code of the system's own error; its text may hold the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it could not be reached';
  if (error.name === 'TimeoutError') return `no answer within ${LIMIT / 1000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? 'it could not be reached' : `it could not be reached (${code})`;
}

function messageOf({ to, from, subject, text }: Mail): string {
  const headers = [
    ...(from === null ? [] : [`From: ${header(from)}`]),
    `To: ${to.map(header).join(', ')}`,
    `Subject: ${encoded(subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    'Auto-Submitted: auto-generated',
  ];
  return `${headers.join('\n')}\n\n${text}\n`;
}

/** One line, so that nothing in it becomes a header of its own. */
const header = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');

/** RFC 2047, where it is not plain ASCII. */
const encoded = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(header(text)).toString('base64')}?=`;

const undelivered = (by: string, why: string): Fault =>
  fault(
    'command-failed',
    `A notification could not be delivered by ${by}: ${why}`,
    'Try it with "btrfleet notify test". It is tried again every minute, as long as nobody could be told.',
    { retry: true },
  );
