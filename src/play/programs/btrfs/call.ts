/** Decides what a verb of `btrfs` was asked for: its options, and what its words lead to. */
import type { Pool } from '../../btrfs/pool.ts';
import { Subvolume } from '../../btrfs/subvolume.ts';
import { Errno } from '../../errno.ts';
import { MachineFiles } from '../../files/machine-files.ts';
import type { Mount } from '../../files/mounts.ts';
import type { Spot } from '../../files/spot.ts';
import type { Process } from '../../machine/machine.ts';

/** Ends the program with 1 and `ERROR: ` before the text. */
export class Refusal extends Error {}

/** Ends the program with 1 and the text: it is not known what btrfs would do. */
export class NotSimulated extends Error {
  constructor(what: string) {
    super(`play: btrfs ${what} is not simulated`);
  }
}

export interface Call {
  readonly process: Process;
  readonly files: MachineFiles;
  /** Milliseconds. */
  readonly now: number;
  /** Given more than once: the last. */
  readonly options: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

export type Verb = (call: Call) => Promise<number>;

export function machineFiles(process: Process): MachineFiles {
  const { files } = process.machine;
  if (files instanceof MachineFiles) return files;
  throw new NotSimulated('on such files');
}

export interface Known {
  readonly flags: readonly string[];
  /** Those that take a word. */
  readonly values: readonly string[];
}

/** As getopt reads them. Faults: NotSimulated. */
export function parseOptions(verb: string, words: readonly string[], { flags, values }: Known) {
  const options = new Map<string, string>();
  const operands: string[] = [];
  const ahead = words.toReversed();
  const set = (name: string, value: string | undefined): void => {
    if (values.includes(name)) options.set(name, value ?? ahead.pop() ?? '');
    else if (flags.includes(name) && value === undefined) options.set(name, '');
    else throw new NotSimulated(`${verb} ${name}`);
  };
  while (ahead.length > 0) {
    const word = ahead.pop() ?? '';
    if (word === '--') operands.push(...ahead.splice(0).toReversed());
    else if (word.startsWith('--')) {
      const [name = '', ...value] = word.split('=');
      set(name, value.length > 0 ? value.join('=') : undefined);
    } else if (word.length > 1 && word.startsWith('-')) {
      for (let at = 1; at < word.length; at++) {
        const name = `-${word[at]}`;
        const isValue = values.includes(name) && at + 1 < word.length;
        set(name, isValue ? word.slice(at + 1) : undefined);
        if (isValue) break;
      }
    } else operands.push(word);
  }
  return { options, operands };
}

export const operand = ({ operands }: Call, index: number, verb: string): string => {
  const word = operands[index];
  if (word === undefined) throw new NotSimulated(`${verb} with so few words`);
  return word;
};

/** What a word leads to. Faults: Refusal, `before` and why. */
export function spotOf({ process, files }: Call, word: string, before: string): Spot {
  try {
    const spot = files.locate(process.path(word));
    if (spot.node === undefined) throw new Errno('ENOENT');
    return spot;
  } catch (error) {
    throw error instanceof Errno ? new Refusal(`${before}: ${error.message}`) : error;
  }
}

export interface OnBtrfs extends Spot {
  readonly mount: Mount;
  readonly tree: Subvolume;
}

export const isOnBtrfs = (spot: Spot): spot is OnBtrfs =>
  spot.mount !== null && spot.tree instanceof Subvolume;

export const isSubvolume = (spot: Spot): spot is OnBtrfs => isOnBtrfs(spot) && spot.parts.length === 0;

/** What most verbs want: a subvolume, not a directory in one. */
export function subvolumeOf(call: Call, word: string, missing: string): OnBtrfs {
  const spot = spotOf(call, word, missing);
  if (!isOnBtrfs(spot)) throw new Refusal('Not a Btrfs filesystem: Invalid argument');
  if (!isSubvolume(spot)) throw new Refusal('Not a Btrfs subvolume: Invalid argument');
  return spot;
}

/** The filesystem of a path anywhere on it. */
export function poolOf(call: Call, word: string): { readonly pool: Pool; readonly spot: OnBtrfs } {
  const spot = spotOf(call, word, `cannot access '${word}'`);
  if (!isOnBtrfs(spot)) throw new Refusal(`not a btrfs filesystem: ${word}`);
  return { pool: spot.mount.pool, spot };
}

/** Runs what may throw Errno. Faults: Refusal, `before` and why. */
export function attempt<T>(before: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof Errno ? new Refusal(`${before}: ${error.message}`) : error;
  }
}

export function mustBeWritable({ mount }: Spot): void {
  if (mount?.readOnly === true) throw new Errno('EROFS');
}

export const baseName = (word: string): string => word.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** As `dirname` has it. */
export function directoryName(word: string): string {
  const trimmed = word.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : trimmed.slice(0, at);
}

/** `2026-11-20 09:22:17`, in UTC as all that a simulated machine tells. */
export const timeText = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
