/** One simulated machine with one filesystem on /pool, and a way to run the programs that know btrfs. */
import { BlockStore } from '../../../src/play/btrfs/block-store.ts';
import { Pool } from '../../../src/play/btrfs/pool.ts';
import { MachineFiles } from '../../../src/play/files/machine-files.ts';
import { openPipe, toBytes, toText } from '../../../src/play/files/open-file.ts';
import { Machine } from '../../../src/play/machine/machine.ts';
import { btrfsPrograms } from '../../../src/play/programs/btrfs-programs.ts';
import { seeded } from '../../../src/play/story/random.ts';

export const MIB = 1024 * 1024;
export const START = Date.parse('2026-11-20T09:00:00.000Z');

export interface Ran {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly text: string;
  readonly stderr: string;
}

export function oneMachine({ size = 400 * MIB, seed = 1, store = new BlockStore() } = {}) {
  const clock = { now: START };
  const now = (): number => clock.now;
  const pool = new Pool({ size, device: '/dev/vdb', store, random: seeded(seed), at: START });
  const files = new MachineFiles({ store, now });
  files.mount(pool, '', '/pool');
  const machine = new Machine({ hostname: 'one', files, programs: btrfsPrograms, now });
  const run = async (words: string, input: Uint8Array = new Uint8Array()): Promise<Ran> => {
    const argv = words.split(' ');
    const [reads, feeds] = openPipe();
    const [outReads, out] = openPipe();
    const [errReads, err] = openPipe();
    const program = machine.program(argv[0] ?? '');
    if (program === undefined) throw new Error(`there is no ${argv[0]}`);
    const fds = new Map([[0, reads] as const, [1, out] as const, [2, err] as const]);
    const process = machine.spawn({ argv, env: new Map(), cwd: '/pool', fds }, program);
    const never = new AbortController().signal;
    const feed = async (): Promise<void> => {
      for (let at = 0; at < input.length; at += 10_007)
        await feeds.write(input.subarray(at, at + 10_007), never);
    };
    const drain = async (file: typeof reads): Promise<Uint8Array> => {
      const parts: Uint8Array[] = [];
      for (let bytes = await file.read(MIB, never); bytes.length > 0; bytes = await file.read(MIB, never))
        parts.push(bytes);
      return Buffer.concat(parts);
    };
    const fed = feed()
      .catch(() => undefined)
      .finally(() => feeds.release());
    const [stdout, stderr, code] = await Promise.all([drain(outReads), drain(errReads), process.ended, fed]);
    return { code, stdout, text: toText(stdout), stderr: toText(stderr) };
  };
  return { clock, pool, files, machine, store, run, text: toBytes };
}
