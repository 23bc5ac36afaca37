/**
 * Decides how a notification leaves this machine: a command, a webhook, a mail through sendmail. It decides nothing
 * about what is told, and no fault of it holds the address of a webhook, which may be a secret.
 */
import { spawn } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { type Fault, fault } from '../model/fault.ts';
import { harmlessJson, harmlessLines } from '../model/harmless.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Notification } from '../model/status/alarm.ts';
import { MIB, readBounded } from './port/bounded-output.ts';
import { SYSTEM_PATHS } from './port/quote.ts';
import { type TailBuffer, tailBuffer } from './port/tail-buffer.ts';

export interface Mail {
  readonly to: readonly string[];
  /** Null: sendmail's own. */
  readonly from: string | null;
  readonly subject: string;
  readonly text: string;
}

export interface Deliver {
  /**
   * The notification on stdin as JSON, and in BTRFLEET_EVENT, _LEVEL, _KEY, _TITLE, _MESSAGE, _HINT, _SINCE. Faults:
   * command-failed, stalled (it had not ended in time, and was).
   */
  command(command: string, notification: Notification): Promise<Result<void>>;
  /**
   * POST of the notification as JSON; any 2xx is success. No redirect is followed. A login in the address is sent as
   * basic authentication. Faults: command-failed, stalled (no answer in time).
   */
  webhook(address: string, notification: Notification): Promise<Result<void>>;
  mail(mail: Mail): Promise<Result<void>>;
}

/** Milliseconds for each. */
const LIMIT = 15_000;

/** `env`: of this process; what is started gets little of it. */
export function createDeliver(env: NodeJS.ProcessEnv): Deliver {
  const base = baseEnvironment(env);
  const path = env['PATH'] ?? '/usr/bin:/bin';
  return {
    command: (command, notification) =>
      feed('sh', ['-c', command], harmlessJson(notification), {
        ...base,
        PATH: `${path}:${SYSTEM_PATHS}`,
        ...environmentOf(notification),
      }),
    webhook: post,
    mail: (mail) =>
      feed('sendmail', ['-oi', '-t'], messageOf(mail), {
        ...base,
        PATH: `${path}:/usr/sbin:/usr/lib:${SYSTEM_PATHS}`,
      }),
  };
}

/** Who it runs as, and its language: a service often has none of them. Nothing else of `env` is handed on. */
function baseEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const user = userName() ?? env['USER'] ?? '';
  const zone = env['TZ'];
  return {
    HOME: env['HOME'] ?? homedir(),
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    LANG: env['LC_ALL'] || env['LANG'] || 'C.UTF-8',
    ...(zone === undefined ? {} : { TZ: zone }),
  };
}

/** Null: this user is in no list of users. */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

/** A NUL cannot be in an environment; a process that is given one does not start. What a shell prints draws nothing. */
const environmentOf = (notification: Notification): Record<string, string> =>
  Object.fromEntries(
    (['event', 'level', 'key', 'title', 'message', 'hint', 'since'] as const).map((name) => [
      `BTRFLEET_${name.toUpperCase()}`,
      harmlessLines(notification[name].replaceAll('\0', '')),
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
  readSlowly(child.stderr, said, () => endGroup(child.pid));
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
    else if (late) resolve(failed(undelivered(program, `no end within ${LIMIT / 1000} s`, 'stalled')));
    else resolve(failed(undelivered(program, `exit code ${code}: ${said.text().trim()}`)));
  });
  return promise;
}

/** Bytes of stderr that are read at once, and milliseconds until more are: who floods it waits, and costs nothing. */
const GULP = 65_536;
const PAUSE = 100;
/** More than comes at that pace within the limit. */
const STDERR_BOUND = { bytes: 16 * MIB, lines: false };

function readSlowly(stderr: Readable, said: TailBuffer, end: () => void): void {
  let read = 0;
  const take = (chunk: Buffer): void => {
    said.add(chunk);
    read += chunk.length;
    if (read < GULP) return;
    read = 0;
    stderr.pause();
    setTimeout(() => stderr.resume(), PAUSE).unref();
  };
  readBounded(stderr, STDERR_BOUND, take, end);
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
    const { url, login } = withoutLogin(address);
    const answer = await globalThis.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'btrfleet', ...login },
      body: harmlessJson(notification),
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT),
    });
    await answer.body?.cancel();
    return answer.ok ? ok(undefined) : failed(undelivered('the webhook', `it answered ${answer.status}`));
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return failed(undelivered('the webhook', reasonOf(error), isLate ? 'stalled' : 'command-failed'));
  }
}

/** `https://user:password@host/…`: fetch takes no such address, and a server wants the login in a header of its own. */
function withoutLogin(address: string): {
  readonly url: URL;
  readonly login: Readonly<Record<string, string>>;
} {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return { url, login: {} };
  const words = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, login: { authorization: `Basic ${Buffer.from(words).toString('base64')}` } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is one.
    return text;
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

const undelivered = (by: string, why: string, code: 'command-failed' | 'stalled' = 'command-failed'): Fault =>
  fault(
    code,
    `A notification could not be delivered by ${by}: ${why}`,
    'Try it with "btrfleet notify test". It is tried again after a minute, and less and less often, every ten minutes at last, until it arrives.',
    { retry: true },
  );
