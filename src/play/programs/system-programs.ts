/** The programs that tell who and where one is and what time it is; and those that only print or answer. */
import type { Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { formatted } from '../shell/printf.ts';
import { ShellFault } from '../shell/shell-fault.ts';
import { isTrue } from '../shell/test-expression.ts';
import { complain, readOptions } from './options.ts';

/** What `uname -r` tells. */
const KERNEL = '6.12.0-play';

const two = (value: number): string => String(value).padStart(2, '0');

function timeText(milliseconds: number, format: string): string {
  const at = new Date(milliseconds);
  const [year, month, day] = [at.getUTCFullYear(), two(at.getUTCMonth() + 1), two(at.getUTCDate())];
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two);
  const parts: Readonly<Record<string, string>> = {
    Y: String(year).padStart(4, '0'),
    m: month,
    d: day,
    H: hour ?? '',
    M: minute ?? '',
    S: second ?? '',
    s: String(Math.floor(milliseconds / 1000)),
    N: String(Math.round((((milliseconds % 1000) + 1000) % 1000) * 1e6)).padStart(9, '0'),
    F: `${year}-${month}-${day}`,
    T: `${hour}:${minute}:${second}`,
    Z: 'UTC',
    '%': '%',
  };
  return format.replace(/%([\s\S])/g, (whole, letter: string) => {
    const part = parts[letter];
    if (part === undefined) throw new NotSimulated(`date ${whole}`);
    return part;
  });
}

/** Always in UTC. */
const date: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'ud:');
  const asked = flags.get('d');
  const seconds = asked === undefined ? null : /^@(-?\d+(?:\.\d+)?)$/.exec(asked)?.[1];
  const [format = ''] = operands;
  if (seconds === undefined || !format.startsWith('+') || operands.length > 1)
    throw new NotSimulated(`date ${process.argv.slice(1).join(' ')}`);
  const at = seconds === null ? process.machine.now() : Number(seconds) * 1000;
  await process.write(`${timeText(at, format.slice(1))}\n`);
  return 0;
};

const id: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'ugnr');
  if (operands.length > 0) throw new NotSimulated(`id ${operands.join(' ')}`);
  const isPart = flags.has('u') || flags.has('g');
  const part = flags.has('n') ? 'root' : '0';
  await process.write(isPart ? `${part}\n` : 'uid=0(root) gid=0(root) groups=0(root)\n');
  return 0;
};

const uname: Program = async (process) => {
  const { flags } = readOptions(process, 'rnsm');
  const { hostname } = process.machine;
  const parts = { s: 'Linux', n: hostname, r: KERNEL, m: 'x86_64' };
  const asked = flags.size === 0 ? new Map([['s', '']]) : flags;
  const told = Object.entries(parts).filter(([flag]) => asked.has(flag));
  await process.write(`${told.map(([, part]) => part).join(' ')}\n`);
  return 0;
};

const hostname: Program = async (process) => {
  if (process.argv.length > 1) throw new NotSimulated(process.argv.join(' '));
  await process.write(`${process.machine.hostname}\n`);
  return 0;
};

const whoami: Program = async (process) => {
  await process.write('root\n');
  return 0;
};

const printf: Program = async (process) => {
  const [format = '', ...words] = process.argv.slice(1);
  const { text, complaints } = formatted(format, words);
  await process.write(text);
  for (const complaint of complaints) await complain(process, complaint);
  return complaints.length > 0 ? 1 : 0;
};

const echo: Program = async (process) => {
  const words = process.argv.slice(1);
  if (/^-[neE]*[eE]/.test(words[0] ?? '')) throw new NotSimulated(`echo ${words[0]}`);
  const isOpen = words[0] === '-n';
  await process.write(`${words.slice(isOpen ? 1 : 0).join(' ')}${isOpen ? '' : '\n'}`);
  return 0;
};

const test: Program = async (process) => {
  const [name = '', ...words] = process.argv;
  try {
    const isBracket = name.endsWith('[');
    if (isBracket && words.pop() !== ']') throw new ShellFault("missing ']'");
    return isTrue(process, words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ShellFault)) throw error;
    await complain(process, error.message);
    return error.code;
  }
};

export const SYSTEM_PROGRAMS: Readonly<Record<string, Program>> = {
  ...{ date, id, uname, hostname, whoami, printf, echo, test },
  '[': test,
  true: () => Promise.resolve(0),
  false: () => Promise.resolve(1),
};
