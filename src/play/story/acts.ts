/** What can happen in a play: each act changes the models or the way to a server, as somebody or something there would. */
import { Errno } from '../errno.ts';
import type { PlayServer } from '../ssh/server.ts';
import type { PastSnapshot } from './past.ts';

export interface Stage {
  readonly servers: ReadonlyMap<string, PlayServer>;
  readonly past: readonly PastSnapshot[];
  readonly random: () => number;
  readonly now: () => number;
}

export type Act = (stage: Stage) => void;

const MIB = 1024 * 1024;

const at = ({ servers }: Stage, name: string): PlayServer => {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`no server ${name} plays`);
  return server;
};

/** Somebody works: a file of each subvolume changes. A full disk stops them, and nothing else. */
export const work: Act = (stage) => {
  const { pool } = at(stage, 'a');
  for (const path of ['data', 'home', 'db']) {
    const seed = Math.floor(stage.random() * 1_000_000);
    const bytes = Math.floor((0.5 + stage.random()) * 3 * MIB);
    unlessFull(() => pool.write(`${path}/work-${seed % 5}`, pool.store.synthetic(seed, bytes), stage.now()));
  }
};

export const slowDown =
  (server: string, bytesPerSecond: number): Act =>
  (stage) => {
    at(stage, server).link.rate = bytesPerSecond;
  };

export const goDown =
  (server: string): Act =>
  (stage) => {
    const { link, machine } = at(stage, server);
    link.isDown = true;
    machine.killAll();
  };

export const comeBack =
  (server: string): Act =>
  (stage) => {
    at(stage, server).link.isDown = false;
  };

/** Somebody deletes a replica by hand, not knowing what it was for. */
export const deleteReplica =
  (server: string, path: string): Act =>
  (stage) => {
    const { pool } = at(stage, server);
    const [first] = replicasOn(stage, server, path).slice(-3);
    if (first !== undefined) pool.delete(first, stage.now());
  };

/** Somebody makes one writable to get at a file, and leaves a file of their own in it. */
export const makeWritable =
  (server: string, path: string): Act =>
  (stage) => {
    const { pool } = at(stage, server);
    const [chosen] = replicasOn(stage, server, path).slice(-2);
    if (chosen === undefined) return;
    const { subvolume } = pool.place(chosen);
    pool.setReceived(subvolume, null, 0, stage.now());
    pool.setReadOnly(subvolume, false, stage.now());
    unlessFull(() => pool.write(`${chosen}/tried.txt`, Buffer.from('restored by hand\n'), stage.now()));
  };

/** Of what is free, so much is taken by something that is no snapshot. */
export const takeRoom =
  (server: string, share: number): Act =>
  (stage) => {
    const { pool } = at(stage, server);
    const { unallocated, data } = pool.usage();
    const bytes = Math.floor((unallocated + data.size - data.used) * share);
    const seed = Math.floor(stage.random() * 1_000_000);
    unlessFull(() => pool.write(`images-${seed}.iso`, pool.store.synthetic(seed, bytes), stage.now()));
  };

/** A disk begins to go. */
export const corrupt =
  (server: string): Act =>
  (stage) => {
    at(stage, server).pool.deviceErrors.corruption += 3;
  };

/** Paths below the top level, oldest first. */
const replicasOn = ({ past }: Stage, server: string, path: string): string[] =>
  past
    .filter(({ subvolume, on }) => subvolume.endsWith(`/${path}`) && on.includes(server))
    .map(({ name }) => `.snapshots/${path}/${name}`);

function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
}
