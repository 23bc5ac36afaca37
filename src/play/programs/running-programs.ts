/** The programs that run others: timeout, flock, setsid, env, sudo, xargs; and those that wait or end them. */
import { Errno } from '../errno.ts';
import { openNull, SharedFile } from '../files/open-file.ts';
import type { Process, Program } from '../machine/machine.ts';
import { kill } from '../shell/kill.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import {
  become,
  type Group,
  killGroup,
  leaveGroup,
  putFile,
  retained,
  startChild,
} from '../shell/start-child.ts';
import { signalNamed } from '../shell/traps.ts';
import { complain, numberOf, quoted, readOptions } from './options.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function milliseconds(process: Process, word: string): number {
  const [, digits, unit = ''] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word) ?? [];
  if (digits === undefined) throw new NotSimulated(`${process.argv[0]} ${word}`);
  return Number(digits) * (UNITS[unit] ?? 1) * 1000;
}

async function cannotRun(process: Process, name: string): Promise<number> {
  await complain(process, `failed to run command ${quoted(name)}: ${new Errno('ENOENT').message}`);
  return 127;
}

const instead = async (process: Process, argv: readonly string[]): Promise<number> => {
  const missing = process.machine.program(argv[0] ?? '') === undefined;
  return missing ? cannotRun(process, argv[0] ?? '') : ((await become(process, argv)) ?? 127);
};

const sleep: Program = async (process) => {
  for (const word of process.argv.slice(1)) await process.sleep(milliseconds(process, word));
  return 0;
};

/** `late`: it took longer than that. */
async function endsWithin(process: Process, child: Process, most: number): Promise<number | 'late'> {
  if (most === 0) return process.until(child.ended);
  const stop = new AbortController();
  const timer = Promise.withResolvers<'late'>();
  const timeout = setTimeout(() => timer.resolve('late'), most);
  stop.signal.addEventListener('abort', () => clearTimeout(timeout), { once: true });
  try {
    return await process.until(Promise.race([child.ended, timer.promise]));
  } finally {
    stop.abort();
  }
}

/** The command has a group of its own, and all in it get the signal, as from the real one. */
const timeout: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'k:s:', true);
  const [limit = '', ...argv] = operands;
  const signal = signalNamed(flags.get('s') ?? 'TERM');
  if (signal === undefined) throw new NotSimulated(`timeout -s ${flags.get('s')}`);
  const most = milliseconds(process, limit);
  const grace = milliseconds(process, flags.get('k') ?? '0');
  const program = process.machine.program(argv[0] ?? '');
  if (program === undefined) return cannotRun(process, argv[0] ?? '');
  const group: Group = new Set();
  const child = startChild(process, { argv, group }, program);
  process.onSignal = (sent) => {
    killGroup(group, sent);
    return true;
  };
  const code = await endsWithin(process, child, most);
  if (code !== 'late') return code;
  killGroup(group, signal);
  if (grace > 0 && (await endsWithin(process, child, grace)) === 'late') {
    killGroup(group, 'KILL');
    return 137;
  }
  await process.until(child.ended);
  return signal === 'KILL' ? 137 : 124;
};

/** Null: it is somebody else's for longer than that. */
async function locked(process: Process, key: string, most: number): Promise<(() => void) | null> {
  const { locks, now } = process.machine;
  const deadline = now() + most;
  for (let held = locks.get(key); held !== undefined; held = locks.get(key)) {
    const left = deadline - now();
    if (left <= 0) return null;
    const rest = Number.isFinite(left) ? process.sleep(left) : held;
    await process.until(Promise.race([held, rest]));
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  locks.set(key, promise);
  return () => {
    locks.delete(key);
    resolve();
  };
}

function lockKey(process: Process, name: string): string {
  if (name === '/dev/null') return name;
  const { files } = process.machine;
  const path = process.path(name);
  try {
    files.stat(path);
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'ENOENT') throw error;
    files.open(path, 'append').release();
  }
  const { device, ino } = files.stat(path);
  return `${device}:${ino}`;
}

/** What a descriptor stands for is locked until the last process that has it open has ended. */
async function lockOpen(process: Process, word: string, most: number, busy: number): Promise<number> {
  if (!/^\d+$/.test(word)) throw new NotSimulated('flock without a command');
  const file = process.fds.get(Number(word));
  if (file === undefined) {
    await complain(process, `${word}: Bad file descriptor`);
    return 65;
  }
  if (!(file instanceof SharedFile) || file.path === null) throw new NotSimulated('flock of what is no file');
  if (file.isLocked) return 0;
  const release = await locked(process, lockKey(process, file.path), most);
  if (release === null) return busy;
  file.lock(release);
  return 0;
}

/** The lock is let go when the command has ended or `flock` is killed: as with `-o`. */
const flock: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'w:E:onxe', true);
  const [name = '', ...words] = operands;
  const [argv, code] = [words[0] === '-c' ? ['sh', ...words] : words, Number(flags.get('E') ?? 1)];
  const given = flags.has('w') ? milliseconds(process, flags.get('w') ?? '') : Number.POSITIVE_INFINITY;
  const waits = flags.has('n') ? 0 : given;
  if (argv.length === 0) return lockOpen(process, name, waits, code);
  let key: string;
  try {
    key = lockKey(process, name);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    await complain(process, `cannot open lock file ${name}: ${error.message}`);
    return 66;
  }
  const release = await locked(process, key, waits);
  if (release === null) return code;
  try {
    const program = process.machine.program(argv[0] ?? '');
    if (program !== undefined) return await process.until(startChild(process, { argv }, program).ended);
    await complain(process, `failed to execute ${argv[0]}: ${new Errno('ENOENT').message}`);
    return 69;
  } finally {
    release();
  }
};

const setsid: Program = (process) => {
  const { operands } = readOptions(process, '', true);
  leaveGroup(process);
  return instead(process, operands);
};

const env: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'iu:', true);
  if (flags.has('i')) process.env.clear();
  process.env.delete(flags.get('u') ?? '');
  const words = [...operands];
  for (let [word] = words; word?.includes('='); [word] = words) {
    process.env.set(word.replace(/=.*/s, ''), word.replace(/^[^=]*=/, ''));
    words.shift();
  }
  if (words.length > 0) return instead(process, words);
  await process.write([...process.env].map(([name, value]) => `${name}=${value}\n`).join(''));
  return 0;
};

/** The login is root, who may run everything. */
const sudo: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'nu:', true);
  if (operands.length === 0 || (flags.get('u') ?? 'root') !== 'root')
    throw new NotSimulated(`sudo ${process.argv.slice(1).join(' ')}`);
  if (process.machine.program(operands[0] ?? '') !== undefined) return instead(process, operands);
  await complain(process, `${operands[0]}: command not found`);
  return 1;
};

const xargs: Program = async (process) => {
  const { flags, operands } = readOptions(process, '0rn:', true);
  const argv = operands.length > 0 ? operands : ['echo'];
  const text = await process.readAll();
  if (!flags.has('0') && /['"\\]/.test(text)) throw new NotSimulated('xargs with quotes');
  const words = text.split(flags.has('0') ? '\0' : /[ \t\n]+/).filter(Boolean);
  const most = flags.has('n') ? numberOf(process, flags.get('n') ?? '') : Number.POSITIVE_INFINITY;
  if (words.length === 0 && flags.has('r')) return 0;
  const program = process.machine.program(argv[0] ?? '');
  if (program === undefined) {
    await complain(process, `${argv[0]}: ${new Errno('ENOENT').message}`);
    return 127;
  }
  let code = 0;
  do {
    const fds = retained(process.fds);
    putFile(fds, 0, openNull());
    const child = startChild(process, { argv: [...argv, ...words.splice(0, most)], fds }, program);
    if ((await process.until(child.ended)) !== 0) code = 123;
  } while (words.length > 0);
  return code;
};

const killProgram: Program = async (process) => {
  const missing = kill(process, process.argv.slice(1));
  for (const pid of missing) await complain(process, `(${pid}): No such process`);
  return missing.length > 0 ? 1 : 0;
};

export const RUNNING_PROGRAMS: Readonly<Record<string, Program>> = {
  ...{ sleep, timeout, flock, setsid, env, sudo, xargs },
  kill: killProgram,
};
