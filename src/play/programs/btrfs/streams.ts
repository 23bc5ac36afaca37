/** Decides what `btrfs send` and `btrfs receive` do and say. */
import { Receiver } from '../../btrfs/receive.ts';
import { sendStream } from '../../btrfs/send.ts';
import { StreamFault } from '../../btrfs/stream-format.ts';
import type { Subvolume } from '../../btrfs/subvolume.ts';
import {
  attempt,
  type Call,
  isOnBtrfs,
  isSubvolume,
  mustBeWritable,
  NotSimulated,
  type OnBtrfs,
  operand,
  Refusal,
  spotOf,
  type Verb,
} from './call.ts';
import { isReached } from './subvolume-verbs.ts';

export const SEND_OPTIONS = { flags: ['-q', '--no-data'], values: ['-p'] };
export const RECEIVE_OPTIONS = { flags: ['-q', '-e'], values: [] };

function readOnlySubvolume(call: Call, word: string, missing: string, what: string): OnBtrfs {
  const spot = missing === '' ? spotThere(call, word) : spotOf(call, word, missing);
  const { path } = spot;
  if (!isOnBtrfs(spot)) throw new Refusal(`${path} doesn't belong to btrfs mount point`);
  if (!isSubvolume(spot)) throw new Refusal(`failed to get flags for subvolume ${path}: Invalid argument`);
  if (!spot.tree.readOnly) throw new Refusal(`${what} ${path} is not read-only`);
  return spot;
}

function spotThere(call: Call, word: string) {
  try {
    return spotOf(call, word, '');
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(`unable to resolve ${word}`) : error;
  }
}

export const send: Verb = async (call) => {
  const { options, process } = call;
  const word = operand(call, 0, 'send');
  if (call.operands.length > 1) throw new NotSimulated('send of several');
  const given = options.get('-p');
  const { tree: snapshot, mount } = readOnlySubvolume(call, word, '', 'subvolume');
  const base =
    given === undefined
      ? null
      : readOnlySubvolume(call, given, `realpath ${given} failed`, 'parent subvolume');
  if (base !== null && base.mount.pool !== mount.pool) throw new NotSimulated('send with a base elsewhere');
  const sent = [snapshot, ...(base ? [base.tree] : [])];
  if (!options.has('-q')) await process.complain(`At subvol ${word}`);
  for (const one of sent) mount.pool.flush(one, call.now);
  for (const one of sent) one.sends += 1;
  try {
    const withoutData = options.has('--no-data');
    for (const bytes of sendStream({ snapshot, base: base?.tree ?? null, withoutData }))
      await process.write(bytes);
  } finally {
    for (const one of sent) one.sends -= 1;
  }
  return 0;
};

export const receive: Verb = async (call) => {
  const { process, files, options } = call;
  const word = operand(call, 0, 'receive');
  const spot = spotOf(call, word, `realpath(${word}) failed`);
  if (!isOnBtrfs(spot)) throw new Refusal(`${spot.path} doesn't belong to btrfs mount point`);
  attempt('creating subvolume failed', () => mustBeWritable(spot));
  const said: string[] = [];
  const receiver = new Receiver({
    pool: spot.mount.pool,
    container: spot.tree,
    parts: spot.parts,
    now: files.now,
    reaches: ({ parts }: Subvolume) => isReached(spot, parts),
    say: (line) => said.push(line),
  });
  try {
    for (let bytes = await process.read(); bytes.length > 0; bytes = await process.read())
      receiver.push(bytes);
    receiver.finish();
    return 0;
  } catch (error) {
    throw error instanceof StreamFault ? new Refusal(error.message) : error;
  } finally {
    if (!options.has('-q')) for (const line of said) await process.complain(line);
  }
};
