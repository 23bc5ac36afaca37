/** Decides what `stat -c` prints of files. */
import type { NodeKind, Stat } from '../files/files.ts';
import type { Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { forEach, readOptions } from './options.ts';

const TYPES: Readonly<Record<NodeKind, number>> = { file: 0x8000, directory: 0x4000, symlink: 0xa000 };

/** A number for each subvolume and filesystem, as the kernel has one. */
const deviceNumber = (device: string): number =>
  [...device].reduce((number, char) => (number * 31 + char.charCodeAt(0)) % 1_000_003, 7);

const moment = (milliseconds: number): string => {
  const iso = new Date(milliseconds).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}000000 +0000`;
};

/** Nobody but root has a name here. */
const nameOf = (id: number): string => (id === 0 ? 'root' : 'UNKNOWN');

const VALUES: Readonly<Record<string, (about: Stat, name: string) => string>> = {
  n: (_, name) => name,
  i: ({ ino }) => String(ino),
  d: ({ device }) => String(deviceNumber(device)),
  f: ({ kind, mode }) => (TYPES[kind] + mode).toString(16),
  a: ({ mode }) => mode.toString(8),
  s: ({ size }) => String(size),
  h: () => '1',
  u: ({ uid }) => String(uid),
  g: ({ gid }) => String(gid),
  U: ({ uid }) => nameOf(uid),
  G: ({ gid }) => nameOf(gid),
  Y: ({ mtime }) => String(Math.floor(mtime / 1000)),
  y: ({ mtime }) => moment(mtime),
  z: ({ ctime }) => moment(ctime),
};

export const stat: Program = async (process) => {
  const { flags, operands } = readOptions(process, 'c:');
  const format = flags.get('c');
  if (format === undefined) throw new NotSimulated('stat without -c');
  const { files } = process.machine;
  return forEach(process, operands, 'cannot statx', async (name) => {
    const about = files.lstat(process.path(name));
    const line = format.replace(/%(.)/gs, (_, letter: string) => {
      const value = VALUES[letter];
      if (value === undefined) throw new NotSimulated(`stat -c %${letter}`);
      return value(about, name);
    });
    await process.write(`${line}\n`);
  });
};
