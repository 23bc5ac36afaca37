/** One simulated server: a machine, its filesystem at /srv/pool, and the way to it. */
import type { BlockStore } from '../btrfs/block-store.ts';
import { Pool } from '../btrfs/pool.ts';
import { MachineFiles } from '../files/machine-files.ts';
import { Machine } from '../machine/machine.ts';
import { btrfsPrograms } from '../programs/btrfs-programs.ts';
import { corePrograms } from '../programs/core-programs.ts';
import { Link } from './link.ts';

/** Where its filesystem is mounted. */
export const POOL = '/srv/pool';

export interface PlayServer {
  readonly name: string;
  readonly pool: Pool;
  readonly files: MachineFiles;
  readonly machine: Machine;
  readonly link: Link;
}

export interface ServerPlan {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** @param madeAt when its filesystem was made, in milliseconds since 1970 */
export function makeServer(
  { name, size }: ServerPlan,
  {
    store,
    random,
    now,
    madeAt,
  }: { store: BlockStore; random: () => number; now: () => number; madeAt: number },
): PlayServer {
  const pool = new Pool({ size, device: '/dev/vdb', store, random, at: madeAt });
  const files = new MachineFiles({ store, now });
  files.mount(pool, '', POOL);
  const machine = new Machine({
    hostname: name,
    files,
    programs: new Map([...corePrograms, ...btrfsPrograms]),
    now,
  });
  return { name, pool, files, machine, link: new Link() };
}
