/** Decides what lies below /proc and /sys of a machine. */
import { Extents } from '../btrfs/extents.ts';
import type { DirectoryNode, FileNode, Node, Parts } from '../btrfs/tree.ts';
import { type Mount, mountinfo, procMounts } from './mounts.ts';

export interface Telling {
  readonly mounts: readonly Mount[];
  /** Milliseconds. */
  readonly uptime: number;
}

const FIXED = ['/proc/self', '/sys/fs/btrfs/features'];

const FILES = new Map<string, (about: Telling) => string>([
  ['/proc/self/mountinfo', ({ mounts }) => mountinfo(mounts)],
  ['/proc/self/mounts', ({ mounts }) => procMounts(mounts)],
  ['/proc/mounts', ({ mounts }) => procMounts(mounts)],
  ['/proc/uptime', ({ uptime }) => `${(uptime / 1000).toFixed(2)} ${(uptime / 500).toFixed(2)}\n`],
  ['/sys/fs/btrfs/features/send_stream_version', () => '1\n'],
]);

const devices = (mounts: readonly Mount[]): string[] =>
  mounts.map(({ pool }) => `/sys/fs/btrfs/${pool.uuid}/devices/${pool.device.split('/').at(-1)}`);

export const isGenerated = ([first]: Parts): boolean => first === 'proc' || first === 'sys';

export function generatedNode(parts: Parts, about: Telling): Node | undefined {
  const path = `/${parts.join('/')}`;
  const text = FILES.get(path);
  if (text) return fileOf(text(about));
  const links = devices(about.mounts);
  if (links.includes(path)) return fileOf('');
  const below = [...FILES.keys(), ...links, ...FIXED].filter((one) => one.startsWith(`${path}/`));
  if (below.length === 0 && !FIXED.includes(path)) return undefined;
  const names = below.map((one) => one.slice(path.length + 1).split('/')[0] ?? '');
  return { ...ABOUT, mode: 0o555, kind: 'directory', entries: new Map(names.map((name) => [name, EMPTY])) };
}

const ABOUT = { ino: 1, mode: 0o444, uid: 0, gid: 0, mtime: 0, ctime: 0 };
const EMPTY: DirectoryNode = { ...ABOUT, kind: 'directory', entries: new Map() };

function fileOf(text: string): FileNode {
  const bytes = Buffer.from(text, 'latin1');
  return { ...ABOUT, kind: 'file', size: bytes.length, extents: Extents.of([{ bytes, crc: 0 }]) };
}
