/** Copies blocks: `dd` with bs, count, skip, if, of and iflag=fullblock. */

import type { OpenFile } from '../files/open-file.ts';
import type { Process, Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { openPath } from '../shell/redirect.ts';
import { forEach } from './options.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, c: 1, k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const KNOWN = /^(?:(?:bs|count|skip|if|of|status)=.|iflag=fullblock$|conv=f(?:data)?sync$)/;

interface Copying {
  readonly size: number;
  readonly count: number;
  readonly skip: number;
  /** A block is read until it is whole, not only what comes at once. */
  readonly isFull: boolean;
}

function amount(word: string): number {
  const [, digits, unit = ''] = /^(\d+)([ckKMG]?)$/.exec(word) ?? [];
  if (digits === undefined) throw new NotSimulated(`dd with ${word}`);
  return Number(digits) * (UNITS[unit] ?? 1);
}

export const dd: Program = (process) => {
  const words = process.argv.slice(1);
  const unknown = words.find((word) => !KNOWN.test(word));
  if (unknown !== undefined) throw new NotSimulated(`dd ${unknown}`);
  const options = new Map(words.map((word) => [word.replace(/=.*/s, ''), word.replace(/^[^=]*=/, '')]));
  const copying: Copying = {
    size: amount(options.get('bs') ?? '512'),
    count: options.has('count') ? amount(options.get('count') ?? '') : Number.POSITIVE_INFINITY,
    skip: amount(options.get('skip') ?? '0'),
    isFull: options.has('iflag'),
  };
  const withFile = (
    name: string,
    how: 'read' | 'write',
    act: (file: OpenFile) => Promise<unknown>,
  ): Promise<number> =>
    forEach(process, [name], 'failed to open', async () => {
      const file = openPath(process, name, how);
      await act(file).finally(() => file.release());
    });
  return withFile(options.get('if') ?? '/dev/stdin', 'read', (input) =>
    withFile(options.get('of') ?? '/dev/stdout', 'write', async (output) => {
      const said = await copyBlocks(process, input, output, copying);
      if (!options.has('status')) await process.complain(said);
    }),
  );
};

/** What is said about it in the end. */
async function copyBlocks(process: Process, input: OpenFile, output: OpenFile, copying: Copying) {
  const { size, count, skip, isFull } = copying;
  let [whole, partial, bytes] = [0, 0, 0];
  for (let block = 0; block < skip + count; block += 1) {
    let read = 0;
    do {
      const chunk = await input.read(size - read, process.signal);
      if (chunk.length === 0) break;
      read += chunk.length;
      if (block >= skip) await output.write(chunk, process.signal);
    } while (isFull && read < size);
    if (read === 0) break;
    if (block < skip) continue;
    bytes += read;
    if (read === size) whole += 1;
    else partial += 1;
  }
  const records = `${whole}+${partial} records`;
  return `${records} in\n${records} out\n${bytes} bytes copied, 0.001 s, ${bytes} kB/s`;
}
