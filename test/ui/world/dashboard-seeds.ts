/** Fleets for tests of the Dashboard: one that is well, one with troubles of every kind, a huge one. It decides nothing. */
import { fault } from '../../../src/core/model/fault.ts';
import type { Server } from '../../../src/core/model/server.ts';
import { begun, policy, retention, scheduler, task } from './automation-seeds.ts';
import { NOW, unreachable, type World } from './fleet-world.ts';
import { queue, replication } from './history-runs.ts';
import { alpha, at, beta, gamma, inventory, made, received, SERVERS, server } from './inventories.ts';
import { claim, MIB, progress, sending } from './runs.ts';

/** The last hours before NOW, the newest at NOW. */
const HOURS = [443, 449, 455, 461, 467];
export const NEWEST = 468;

export const FINE = {
  servers: SERVERS,
  inventories: [
    inventory('alpha', [
      {
        mount: '/srv',
        subvolumes: ['data', 'home'],
        snapshots: { data: made('data', [...HOURS, NEWEST]), home: made('home', [456, NEWEST]) },
      },
    ]),
    inventory('beta', [
      {
        mount: '/backup',
        snapshots: { data: received('data', [...HOURS, NEWEST]), home: received('home', [456, NEWEST]) },
      },
    ]),
    inventory('gamma', [{ mount: '/backup', snapshots: { data: received('data', [...HOURS, NEWEST]) } }]),
  ],
  snapshotPolicies: [policy('/srv/data', { schedule: { kind: 'every', seconds: 3600 } })],
  retentionPolicies: [retention('/srv/data')],
  tasks: [
    task('offsite', { rpoSeconds: 7200 }),
    task('homes', { subvolumes: ['/srv/home'], targets: [{ server: 'beta', mount: null }] }),
  ],
} as const;

/** The scheduler runs and has done all that was due. */
export function allDone(world: World): void {
  scheduler(world);
  for (const item of ['snapshot:/srv/data', 'task:offsite', 'task-snapshot:homes', 'task:homes'])
    begun(world, item, NOW);
  begun(world, 'retention:/srv/data', '2026-11-20T03:00:00.000Z');
}

/** Two weeks of samples, in which so many bytes are gone every day. */
export function growing(
  world: World,
  name: string,
  uuid: string,
  bytesPerDay: number,
  freeBytes: number,
): void {
  for (let hour = 14 * 24; hour >= 0; hour -= 6) {
    const gone = Math.round((bytesPerDay * hour) / 24);
    world.fleet.journal.addStorageSample({
      server: name,
      filesystem: uuid,
      takenAt: new Date(Date.parse(NOW) - hour * 3_600_000).toISOString(),
      sizeBytes: 2 * 1024 ** 4,
      usedBytes: Math.round(1.3 * 1024 ** 4) - gone,
      freeBytes: freeBytes + gone,
    });
  }
}

/** gamma is down, beta lags behind and fills, a snapshot failed, one is being sent. */
export const TROUBLED = {
  ...FINE,
  inventories: [
    FINE.inventories[0],
    inventory('beta', [
      {
        mount: '/backup',
        freeBytes: 20 * 1024 ** 3,
        snapshots: { data: received('data', HOURS.slice(0, 3)), home: received('home', [456, NEWEST]) },
      },
    ]),
    inventory(
      'gamma',
      [{ mount: '/backup', snapshots: { data: received('data', HOURS) } }],
      '2026-11-20T09:00:00.000Z',
    ),
  ],
  looks: { gamma: { status: 'offline', fault: unreachable('gamma'), latencySeconds: null } },
} as const;

export function troubles(world: World): void {
  scheduler(world);
  growing(world, 'beta', 'fs-beta-0', 4 * 1024 ** 3, 20 * 1024 ** 3);
  begun(world, 'snapshot:/srv/data', NOW, {
    outcome: 'failed',
    fault: fault('no-space', 'alpha is full.', 'Delete something.'),
  });
  begun(world, 'task:offsite', NOW);
  begun(world, 'task:homes', NOW);
  begun(world, 'task-snapshot:homes', NOW);
  queue(world, replication(['beta', 'gamma']));
  progress(world, claim(world), {
    beta: sending(world, 40 * MIB, 120 * MIB),
    gamma: { phase: 'preparing' },
  });
}

/** Nothing whole of home is anywhere but on alpha, and of mail not even there. */
export const FAILED = {
  ...FINE,
  inventories: [
    inventory('alpha', [
      {
        mount: '/srv',
        subvolumes: ['data', 'home', 'mail', 'scratch'],
        snapshots: { data: made('data', [...HOURS, NEWEST]), home: made('home', [456, NEWEST]) },
      },
    ]),
    inventory('beta', [{ mount: '/backup', snapshots: { data: received('data', [...HOURS, NEWEST]) } }]),
    inventory('gamma', [{ mount: '/backup', snapshots: { data: received('data', [...HOURS, NEWEST]) } }]),
  ],
  snapshotPolicies: [
    ...FINE.snapshotPolicies,
    policy('/srv/mail', { schedule: { kind: 'every', seconds: 3600 } }),
  ],
} as const;

interface Size {
  /** Below the mount of the primary. */
  readonly subvolumes: readonly string[];
  /** Of each of them. */
  readonly snapshots: number;
  readonly serverName: (index: number) => string;
}

const numbered = (word: string, digits: number, index: number): string =>
  `${word}${String(index + 1).padStart(digits, '0')}`;

const USUAL: Size = {
  subvolumes: Array.from({ length: 40 }, (_, index) => numbered('vol', 2, index)),
  snapshots: 275,
  serverName: (index) => numbered('node-', 3, index),
};

/** Names as somebody has them who means harm, or only types a lot. */
export const HOSTILE: Size = {
  subvolumes: Array.from({ length: 200 }, (_, index) => {
    const name = [
      'customers/of the north/and of the south/invoices and letters',
      '$(reboot) `x` "quoted" \\ back',
      '日本語のとても長い名前のサブボリューム',
      '\u202eeman denrut',
      'esc\u001b[2Jape',
      '-rf',
    ][index % 6];
    return `${name} ${index + 1}`;
  }),
  snapshots: 10,
  serverName: (index) => `backup-${index + 1}.rack-17.frankfurt-am-main.example.org`,
};

/** A primary and so many secondaries, of which every hundredth is down. */
export function huge(count: number, { subvolumes, snapshots, serverName }: Size = USUAL) {
  const names = Array.from({ length: count }, (_, index) => serverName(index));
  const many = Array.from({ length: snapshots }, (_, index) => NEWEST - index);
  const servers: Server[] = [server('alpha', { role: 'primary' }), ...names.map((name) => server(name))];
  const on = (index: number): string => subvolumes[index % subvolumes.length] ?? '';
  return {
    servers,
    inventories: [
      inventory('alpha', [
        {
          mount: '/srv',
          subvolumes,
          snapshots: Object.fromEntries(subvolumes.map((name) => [name, made(name, many)])),
        },
      ]),
      ...names.map((name, index) =>
        inventory(name, [{ mount: '/backup', snapshots: { [on(index)]: received(on(index), [NEWEST]) } }]),
      ),
    ],
    looks: Object.fromEntries(
      names.flatMap((name, index) =>
        index % 100 === 99 ? [[name, { status: 'offline' as const, fault: unreachable(name) }]] : [],
      ),
    ),
    snapshotPolicies: subvolumes.map((name) =>
      policy(`/srv/${name}`, { schedule: { kind: 'every', seconds: 3600 } }),
    ),
    tasks: subvolumes.map((name, index) =>
      task(numbered('copy-', 3, index), {
        subvolumes: [`/srv/${name}`],
        targets: [{ server: names[index] ?? 'alpha', mount: null }],
        rpoSeconds: 7200,
      }),
    ),
  };
}

export { alpha, at, beta, gamma };
