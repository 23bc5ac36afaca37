/**
 * Makes the weeks before the play begins: snapshots on a, and their replicas, made as a
 * send and a receive would have. The clock is the past's own, so that every name and every time is of then.
 */
import type { Subvolume } from '../btrfs/subvolume.ts';
import { type PlayServer, POOL } from '../ssh/server.ts';
import { SUBVOLUMES, type SubvolumePlan } from './cast.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** One snapshot of the past. */
export interface PastSnapshot {
  readonly subvolume: string;
  readonly name: string;
  readonly at: number;
  readonly uuid: string;
  /** On these servers there is a replica. */
  readonly on: readonly string[];
}

export interface PastWorld {
  readonly servers: ReadonlyMap<string, PlayServer>;
  readonly random: () => number;
}

/** `now`: milliseconds since 1970; the newest snapshot is some minutes old. Oldest first. */
export function makePast(world: PastWorld, now: number): PastSnapshot[] {
  return SUBVOLUMES.flatMap((plan) => pastOf(plan, world, now)).toSorted((one, other) => one.at - other.at);
}

function pastOf(plan: SubvolumePlan, { servers, random }: PastWorld, now: number): PastSnapshot[] {
  const primary = serverOf(servers, 'a');
  const times = timesOf(plan, now);
  primary.pool.create(plan.path, (times[0] ?? now) - DAY);
  primary.pool.mkdir(`.snapshots/${plan.path}`, now);
  fill(primary, plan, (times[0] ?? now) - HOUR);
  const last = new Map<string, Subvolume>();
  return times.map((at, index) => {
    change(primary, plan, at - 60_000, random);
    const name = new Date(at).toISOString();
    const made = primary.pool.snapshot(plan.path, `.snapshots/${plan.path}/${name}`, { readOnly: true, at });
    const on = Object.entries(plan.replicas)
      .filter(([, count]) => index >= times.length - count)
      .map(([server]) => server);
    for (const server of on)
      last.set(
        server,
        copy(serverOf(servers, server), plan.path, made, last.get(server) ?? null, at + 20_000),
      );
    return { subvolume: `${POOL}/${plan.path}`, name, at, uuid: made.uuid, on };
  });
}

const serverOf = (servers: ReadonlyMap<string, PlayServer>, name: string): PlayServer => {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`no server ${name} plays`);
  return server;
};

/** On the hour, and daily at three; what is to come in the next minutes is the scheduler's. */
function timesOf({ days, hours }: SubvolumePlan, now: number): number[] {
  const midnight = Math.floor(now / DAY) * DAY;
  const daily = Array.from({ length: days }, (_, index) => midnight - (days - index) * DAY + 3 * HOUR + 1234);
  const hour = Math.floor(now / HOUR) * HOUR;
  const hourly = Array.from({ length: hours }, (_, index) => hour - (hours - 1 - index) * HOUR + 2345);
  return [...daily, ...hourly.filter((at) => at > (daily.at(-1) ?? 0) && at < now)];
}

function fill({ pool }: PlayServer, { path, files, bytes }: SubvolumePlan, at: number): void {
  for (const [index, file] of files.entries()) {
    const directory = file.slice(0, Math.max(0, file.lastIndexOf('/')));
    if (directory !== '') pool.mkdir(`${path}/${directory}`, at);
    const share = Math.floor(bytes / 2 ** (index + (index === files.length - 1 ? 0 : 1)));
    pool.write(`${path}/${file}`, pool.store.synthetic(path.length * 97 + index, share), at);
  }
}

/** A day's work: one file more, or another content of it. */
function change(
  { pool }: PlayServer,
  { path, changedBytes }: SubvolumePlan,
  at: number,
  random: () => number,
): void {
  if (changedBytes === 0) return;
  const seed = Math.floor(random() * 1_000_000);
  pool.write(`${path}/work-${seed % 5}`, pool.store.synthetic(seed, changedBytes * (0.5 + random())), at);
}

/** What a send and a receive come to, without the bytes: both models hold the same files afterwards. */
function copy(
  to: PlayServer,
  path: string,
  snapshot: Subvolume,
  base: Subvolume | null,
  at: number,
): Subvolume {
  const { pool } = to;
  pool.mkdir(`.snapshots/${path}`, at);
  const where = `.snapshots/${path}/${new Date(snapshot.otime).toISOString()}`;
  const made =
    base === null ? pool.create(where, at) : pool.snapshot(base.path, where, { readOnly: false, at });
  made.root = snapshot.root;
  made.changed = made.generation;
  pool.setReceived(made, snapshot.originUuid, snapshot.changed, at);
  made.readOnly = true;
  pool.ledger.recount();
  return made;
}
