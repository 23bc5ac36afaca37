/** The program `findmnt`, as far as it tells of btrfs mounts in JSON. */
import { freeOf } from '../btrfs/space.ts';
import { type Mount, pointOf, rootOf } from '../files/mounts.ts';
import type { Program } from '../machine/machine.ts';
import { machineFiles } from './btrfs/call.ts';

const MIB = 1024 * 1024;

const text = (value: string): string =>
  `"${[...value].map((one) => (one < ' ' ? unicode(one) : one.replace(/["\\]/, '\\$&'))).join('')}"`;

const unicode = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

function used({ pool }: Mount): number {
  const { data, metadata, system, reserve } = pool.usage();
  return data.used + 2 * (metadata.used + system.used) + reserve;
}

const COLUMNS: Readonly<Record<string, (mount: Mount) => string | number>> = {
  TARGET: (mount) => text(pointOf(mount)),
  SOURCE: ({ pool }) => text(pool.device),
  FSROOT: (mount) => text(rootOf(mount)),
  'MAJ:MIN': ({ device }) => text(device),
  UUID: ({ pool }) => text(pool.uuid),
  FSTYPE: () => text('btrfs'),
  SIZE: ({ pool }) => pool.size,
  USED: used,
  AVAIL: ({ pool }) => Math.max(0, freeOf(pool.usage()) - MIB),
};

/** In any order; `-l` or not makes no difference where no mount lies below another. */
const WORDS = /^(?:-l )?-t btrfs -J -b -o ([A-Z:,]+)$/;

export const findmnt: Program = async (process) => {
  const words = process.argv.slice(1).join(' ');
  const names = WORDS.exec(words)?.[1]?.split(',') ?? [];
  if (names.length === 0 || names.some((name) => !Object.hasOwn(COLUMNS, name))) {
    await process.complain(`play: findmnt ${words} is not simulated`);
    return 1;
  }
  const { mounts } = machineFiles(process);
  if (mounts.length === 0) return 1;
  const rows = mounts.map((mount) => {
    const cells = names.map((name) => `         "${name.toLowerCase()}": ${COLUMNS[name]?.(mount)}`);
    return `{\n${cells.join(',\n')}\n      }`;
  });
  await process.write(`{\n   "filesystems": [\n      ${rows.join(',')}\n   ]\n}\n`);
  return 0;
};
