/** Decides what `test` and `[` answer to root, who may read and write everything. */
import { Errno } from '../errno.ts';
import type { Stat } from '../files/files.ts';
import type { Process } from '../machine/machine.ts';
import { NotSimulated } from './not-simulated.ts';
import { ShellFault } from './shell-fault.ts';

function stat(process: Process, name: string, how: 'stat' | 'lstat' = 'stat'): Stat | null {
  try {
    return name === '' ? null : process.machine.files[how](process.path(name));
  } catch (error) {
    if (error instanceof Errno) return null;
    throw error;
  }
}

type Unary = (process: Process, word: string) => boolean;
const exists: Unary = (process, word) => stat(process, word) !== null || word === '/dev/null';
const isLink: Unary = (process, word) => stat(process, word, 'lstat')?.kind === 'symlink';
/** The login is root. */
const isOwn: Unary = (process, word) => stat(process, word)?.uid === 0;
const UNARY: Readonly<Record<string, Unary>> = {
  '-n': (_, word) => word !== '',
  '-z': (_, word) => word === '',
  '-e': exists,
  '-r': exists,
  '-w': exists,
  '-x': (process, word) => {
    const found = stat(process, word);
    return found !== null && (found.kind === 'directory' || (found.mode & 0o111) !== 0);
  },
  '-f': (process, word) => stat(process, word)?.kind === 'file',
  '-d': (process, word) => stat(process, word)?.kind === 'directory',
  '-h': isLink,
  '-L': isLink,
  '-O': isOwn,
  '-s': (process, word) => (stat(process, word)?.size ?? 0) > 0,
  '-t': () => false,
};
const UNKNOWN = new Set(['-b', '-c', '-g', '-k', '-G', '-p', '-S', '-u', '-nt', '-ot']);

function integer(word: string): bigint {
  if (!/^\s*[-+]?\d+\s*$/.test(word)) throw new ShellFault(`Illegal number: ${word}`);
  return BigInt(word.trim().replace(/^\+/, ''));
}

type Binary = (left: string, right: string, process: Process) => boolean;
const BINARY: Readonly<Record<string, Binary>> = {
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '-eq': (left, right) => integer(left) === integer(right),
  '-ne': (left, right) => integer(left) !== integer(right),
  '-lt': (left, right) => integer(left) < integer(right),
  '-le': (left, right) => integer(left) <= integer(right),
  '-gt': (left, right) => integer(left) > integer(right),
  '-ge': (left, right) => integer(left) >= integer(right),
  '-ef': (left, right, process) => {
    const [one, other] = [stat(process, left), stat(process, right)];
    return one !== null && one.ino === other?.ino && one.device === other.device;
  },
};

class Expression {
  readonly #process: Process;
  readonly #words: readonly string[];
  #at = 0;

  constructor(process: Process, words: readonly string[]) {
    this.#process = process;
    this.#words = words;
  }

  result(): boolean {
    if (this.#words.length === 0) return false;
    const is = this.#or();
    const rest = this.#words[this.#at];
    if (rest !== undefined) throw new ShellFault(`${rest}: unexpected operator`);
    return is;
  }

  #take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  #or(): boolean {
    let is = this.#and();
    while (this.#take('-o')) is = this.#and() || is;
    return is;
  }

  #and(): boolean {
    let is = this.#not();
    while (this.#take('-a')) is = this.#not() && is;
    return is;
  }

  #not(): boolean {
    const [first = '', second, third] = this.#words.slice(this.#at);
    const binary = second === undefined || third === undefined ? undefined : BINARY[second];
    if (binary !== undefined && third !== undefined) {
      this.#at += 3;
      return binary(first, third, this.#process);
    }
    if (second !== undefined && this.#take('!')) return !this.#not();
    if (second !== undefined && this.#take('(')) {
      const is = this.#or();
      if (!this.#take(')')) throw new ShellFault('closing paren expected');
      return is;
    }
    return this.#unary(first, second);
  }

  #unary(first: string, second: string | undefined): boolean {
    const unary = UNARY[first];
    if (second !== undefined && (UNKNOWN.has(first) || UNKNOWN.has(second)))
      throw new NotSimulated(`test ${first} ${second}`);
    this.#at += 1;
    if (unary === undefined || second === undefined) return first !== '';
    this.#at += 1;
    return unary(this.#process, second);
  }
}

/** Faults: ShellFault. */
export function isTrue(process: Process, words: readonly string[]): boolean {
  return new Expression(process, words).result();
}
