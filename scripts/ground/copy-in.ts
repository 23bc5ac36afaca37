// Copies files and folders of this machine into a simulated filesystem, with their rights and times.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from '../../src/play/btrfs/pool.ts';

/** @param to a path below the top level of the filesystem */
export function copyIn(pool: Pool, from: string, to: string): void {
  const stats = lstatSync(from);
  const { mtimeMs: at, mode } = stats;
  const path = Buffer.from(to).toString('latin1');
  pool.mkdir(path.slice(0, path.lastIndexOf('/')), at);
  const { subvolume, parts } = pool.place(path);
  if (stats.isSymbolicLink()) {
    pool.change(subvolume, at, (tree) => tree.symlink(readlinkSync(from), parts, at));
    return;
  }
  if (stats.isDirectory()) {
    pool.mkdir(path, at);
    for (const name of readdirSync(from)) copyIn(pool, join(from, name), `${to}/${name}`);
  } else if (stats.isFile()) pool.write(path, readFileSync(from), at);
  pool.change(subvolume, at, (tree) => tree.describe(parts, { mode: mode & 0o7777, mtime: at }, at));
}
