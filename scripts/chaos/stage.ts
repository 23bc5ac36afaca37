// What a chaos run is about: the subvolumes, policies and tasks of its manager, and what of others lies beside them.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteWord } from '../../src/core/model/command-line.ts';
import { must } from '../lab/run-command.ts';
import type { Owner, Treasure } from './books.ts';
import { fingerprints, listing, type Place } from './listing.ts';
import { PRIMARY, TARGETS } from './sequence.ts';
import type { World } from './world.ts';

export const POOL = '/srv/pool';
export const USB = '/mnt/usb';

/** In seconds, on a quiet machine. */
const SNAPSHOT_SECONDS = 4;
const TASK_SECONDS = 8;
const CLEANUP_SECONDS = 12;

export const KEPT_ON_PRIMARY = 8;
const KEPT_ON_TARGET = 5;

export const SUBVOLUMES = ['data', 'db', 'log', 'mail', 'docs'] as const;

export interface Task {
  readonly name: string;
  readonly subvolumes: readonly string[];
  readonly targets: readonly Place[];
  readonly into?: string;
  readonly mode?: 'sync';
  readonly options?: object;
}

const at = (server: string, mount = POOL): Place => ({ server, mount });

export const TASKS: readonly Task[] = [
  {
    name: 'wide',
    subvolumes: ['data'],
    targets: TARGETS.map((server) => at(server)),
    options: { rateBytesPerSecond: 2_000_000 },
  },
  { name: 'group', subvolumes: ['db', 'log'], targets: [at('b'), at('c')] },
  { name: 'resumable', subvolumes: ['mail'], targets: [at('b'), at('d')], options: { resumable: true } },
  { name: 'confirmed', subvolumes: ['docs'], targets: [at('b', USB), at('c')], mode: 'sync' },
  {
    name: 'archive',
    subvolumes: ['docs'],
    targets: [at('d')],
    into: 'archive/docs',
    options: { compress: true },
  },
];

export const PLACES: readonly Place[] = [at(PRIMARY), ...TARGETS.map((server) => at(server)), at('b', USB)];

export const homeOf = (subvolume: string): string => `${POOL}/${subvolume}`;
export const snapshotsOf = (subvolume: string): string => `${POOL}/.snapshots/${subvolume}`;

/** Where a task keeps the replicas of a subvolume on a target. */
export const replicasOf = ({ into }: Pick<Task, 'into'>, subvolume: string, mount: string): string =>
  `${mount}/.snapshots/${into ?? subvolume}`;

/** One target of one task, member by member. */
export interface Served {
  readonly task: Task;
  readonly place: Place;
  readonly directory: string;
}

export const SERVED: readonly Served[] = TASKS.flatMap((task) =>
  task.targets.flatMap((place) =>
    task.subvolumes.map((subvolume) => ({
      task,
      place,
      directory: replicasOf(task, subvolume, place.mount),
    })),
  ),
);

/** In seconds. */
export const taskSeconds = ({ pace }: Pick<World, 'pace'>): number => Math.round(TASK_SECONDS * pace);

const every = (seconds: number) => ({ kind: 'every', seconds: Math.round(seconds) });

const newest = (last: number) => ({ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0, last });

function automation({ pace }: World): object {
  return {
    snapshotPolicies: ['data', 'mail', 'docs'].map((name) => ({
      subvolume: homeOf(name),
      schedule: every(SNAPSHOT_SECONDS * pace),
    })),
    retentionPolicies: SUBVOLUMES.map((name) => ({
      subvolume: homeOf(name),
      rules: newest(KEPT_ON_PRIMARY),
      schedule: every(CLEANUP_SECONDS * pace),
    })),
    tasks: TASKS.map(({ subvolumes, ...task }) => ({
      ...task,
      subvolumes: subvolumes.map(homeOf),
      schedule: every(taskSeconds({ pace })),
      retention: newest(KEPT_ON_TARGET),
      // A target that was away is to be served the moment it is back.
      suspendAfter: 0,
    })),
    preferences: { stallSeconds: 30 },
  };
}

/** Changes the configuration in one step, as editors do it; gives what it was. */
export function writeConfig(world: World, change: (text: string) => string): string {
  const file = join(world.home, 'config.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(`${file}.new`, change(before), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return before;
}

/** Fills the servers and tells the manager of them; nothing is scheduled before `schedule`. */
export async function setStage(world: World): Promise<void> {
  const { lab } = world;
  await lab.addFilesystem('b', USB, '512M');
  for (const name of SUBVOLUMES) await world.on(PRIMARY, FILL, [homeOf(name)]);
  await Promise.all(
    lab.servers.map(({ name, host, port, user }) => {
      const login = ['--host', host, '--port', String(port), '--user', user, '--key', lab.keyFile];
      const role = name === PRIMARY ? ['--primary'] : [];
      return world.mustBtrfleet(['server', 'add', name, ...login, ...role, '--trust-first']);
    }),
  );
  await keepHeld(world);
  await plantForeign(world);
}

/** What the user has, and nobody changes. */
const FILL = `btrfs subvolume create "$1" >/dev/null
mkdir "$1/steady" "$1/busy"
for n in 1 2 3 4; do head -c 200000 /dev/urandom >"$1/steady/file $n"; done
ln -s 'file 1' "$1/steady/link"; chmod 640 "$1/steady/file 2"; touch -d 2020-02-02 "$1/steady/file 3"`;

/** One of each is held. */
async function keepHeld(world: World): Promise<void> {
  const homes = SUBVOLUMES.map(homeOf);
  const made = await world.mustBtrfleet(['snapshot', 'create', ...homes, '--json']);
  const { snapshots } = JSON.parse(made) as {
    snapshots: { subvolume: string; name: string; path: string }[];
  };
  await Promise.all(
    snapshots.map(({ subvolume, name }) => world.mustBtrfleet(['snapshot', 'hold', subvolume, name])),
  );
  await treasure(
    world,
    'held',
    PRIMARY,
    snapshots.map(({ path }) => path),
  );
  await treasure(world, 'user', PRIMARY, homes, 'steady');
}

/** Others' snapshots and subvolumes, beside ours and between them. */
async function plantForeign(world: World): Promise<void> {
  const btrbk = `${POOL}/btrbk_snapshots/data.20260101T0000`;
  const between = `${snapshotsOf('data')}/before-the-upgrade`;
  const writable = `${snapshotsOf('data')}/somebodys-work`;
  await world.on(
    PRIMARY,
    `mkdir -p ${POOL}/btrbk_snapshots
    btrfs subvolume snapshot -r ${homeOf('data')} ${btrbk}
    btrfs subvolume snapshot -r ${homeOf('data')} ${between}
    btrfs subvolume snapshot ${homeOf('data')} ${writable}`,
  );
  await treasure(world, 'foreign', PRIMARY, [btrbk, between, writable]);
  for (const server of TARGETS) {
    const backup = `${POOL}/backup`;
    await world.on(
      server,
      `mkdir -p ${backup}; btrfs subvolume create ${POOL}/vms; echo disk >${POOL}/vms/disk`,
    );
    await sendPast(world, btrbk, server, backup);
    // Named as ours are, in a directory that is nobody's.
    const named = `${POOL}/.snapshots/theirs/2026-01-01T00:00:00.000Z`;
    await world.on(server, `mkdir -p "$(dirname "$1")"; btrfs subvolume snapshot -r ${POOL}/vms "$1"`, [
      named,
    ]);
    await treasure(world, 'user', server, [`${POOL}/vms`]);
    await treasure(world, 'foreign', server, [`${backup}/data.20260101T0000`, named]);
  }
}

/** `btrfs send | btrfs receive` from the primary, past btrfleet; `bytes`: of the stream no more than that arrives. */
export async function sendPast(
  { lab }: World,
  path: string,
  server: string,
  directory: string,
  bytes?: number,
): Promise<void> {
  const line = (argv: readonly string[]): string => argv.map(quoteWord).join(' ');
  const send = line(lab.execArgv(PRIMARY, ['btrfs', 'send', '-q', path]));
  const receive = line(lab.execArgv(server, ['btrfs', 'receive', '-q', directory]));
  if (bytes === undefined) await must(['sh', '-c', `${send} | ${receive}`]);
  else await must(['sh', '-c', `${send} 2>/dev/null | head -c ${bytes} | ${receive} 2>/dev/null; true`]);
}

/** Writes into the books what must be there and unchanged at the end; `below`: the part of each that nobody changes. */
export async function treasure(
  world: World,
  owner: Owner,
  server: string,
  paths: readonly string[],
  below = '.',
): Promise<Treasure[]> {
  const all = await listing(world, { server, mount: POOL });
  const contents = await fingerprints(
    world,
    server,
    paths.map((path) => `${path}/${below}`),
  );
  const treasures = paths.map((path, index) => {
    const uuid = all.find((one) => one.path === path)?.uuid;
    if (uuid === undefined) throw new Error(`${path} is not on ${server}`);
    return { owner, server, path, uuid, content: contents[index] ?? null, below };
  });
  for (const one of treasures) world.books.treasures.add(one);
  return treasures;
}

/** From here on there is something to do for a scheduler. */
export function schedule(world: World): void {
  const more = automation(world);
  writeConfig(world, (text) => JSON.stringify({ ...(JSON.parse(text) as object), ...more }));
}
