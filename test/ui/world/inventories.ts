/** Fleets as they are looked at: a primary with subvolumes and snapshots, secondaries with some of them. It decides nothing. */
import type { Filesystem, Inventory, Subvolume } from '../../../src/core/model/inventory.ts';
import { ok } from '../../../src/core/model/result.ts';
import type { Server } from '../../../src/core/model/server.ts';
import { NOW } from './fleet-world.ts';

export interface SnapshotSpec {
  readonly name: string;
  /** Null: not received. */
  readonly origin?: string | null;
  readonly readOnly?: boolean;
  readonly parent?: string | null;
}

export interface FilesystemSpec {
  readonly mount: string;
  readonly uuid?: string;
  /** Below the mount. */
  readonly subvolumes?: readonly string[];
  /** By the directory below `.snapshots`. */
  readonly snapshots?: Readonly<Record<string, readonly SnapshotSpec[]>>;
  readonly receiving?: readonly string[];
  readonly freeBytes?: number | null;
}

/** The n-th hour of November 2026. */
export const at = (hour: number): string => new Date(Date.UTC(2026, 10, 1, hour)).toISOString();

export const originOf = (below: string, name: string): string => `origin-${below}-${name}`;

/** Made on the primary: the origin id is its uuid. */
export const made = (below: string, hours: readonly number[]): SnapshotSpec[] =>
  hours.map((hour) => ({ name: at(hour), origin: null, parent: `uuid-${below}` }));

/** Received by a secondary. */
export const received = (below: string, hours: readonly number[]): SnapshotSpec[] =>
  hours.map((hour) => ({ name: at(hour), origin: originOf(below, at(hour)) }));

export function inventory(
  server: string,
  filesystems: readonly FilesystemSpec[],
  takenAt: string = NOW,
): Inventory {
  return {
    server,
    takenAt,
    problems: [],
    filesystems: filesystems.map((spec, index) => filesystem(server, spec, index)),
  };
}

function filesystem(server: string, spec: FilesystemSpec, index: number): Filesystem {
  const { mount, subvolumes = [], snapshots = {}, receiving = [], freeBytes = 700 * 1024 ** 3 } = spec;
  const entries: Pick<Subvolume, 'path' | 'uuid' | 'parentUuid' | 'receivedUuid' | 'readOnly'>[] = [
    { path: '', uuid: `top-${server}-${index}`, parentUuid: null, receivedUuid: null, readOnly: false },
    ...subvolumes.map((path) => ({
      path,
      uuid: `uuid-${path}`,
      parentUuid: null,
      receivedUuid: null,
      readOnly: false,
    })),
    ...Object.entries(snapshots).flatMap(([below, list]) =>
      list.map(({ name, origin = null, readOnly = true, parent = null }) => ({
        path: `.snapshots/${below}/${name}`,
        uuid: origin === null && parent !== null ? originOf(below, name) : `${server}-${below}-${name}`,
        parentUuid: parent,
        receivedUuid: origin,
        readOnly,
      })),
    ),
  ];
  return {
    uuid: spec.uuid ?? `fs-${server}-${index}`,
    mount,
    mounts: [{ path: mount, root: '/', readOnly: false, bind: false }],
    space: { sizeBytes: 2 * 1024 ** 4, usedBytes: 1.3 * 1024 ** 4, freeBytes },
    receiving,
    owners: {},
    problems: [],
    listing: ok(
      entries.map((entry, place) => ({
        id: 256 + place,
        absolutePath: entry.path === '' ? mount : `${mount === '/' ? '' : mount}/${entry.path}`,
        mount,
        generation: 10,
        createdGeneration: 9,
        createdAt: null,
        ...entry,
      })),
    ),
  };
}

export const server = (name: string, more: Partial<Server> = {}): Server => ({
  name,
  host: `${name}.example`,
  port: 22,
  user: 'root',
  auth: { kind: 'key', file: '~/.ssh/id_ed25519' },
  jump: null,
  role: 'secondary',
  defaultMount: null,
  ...more,
});

export const SERVERS = [server('alpha', { role: 'primary' }), server('beta'), server('gamma')] as const;

const HOURS = [0, 6, 12, 18, 24, 30, 36, 42];

/** alpha has /srv/data with eight snapshots and /srv/home without; beta has the first five, gamma the first two. */
export const alpha = (hours: readonly number[] = HOURS, takenAt = NOW): Inventory =>
  inventory(
    'alpha',
    [{ mount: '/srv', subvolumes: ['data', 'home'], snapshots: { data: made('data', hours) } }],
    takenAt,
  );

export const beta = (hours: readonly number[] = HOURS.slice(0, 5), takenAt = NOW): Inventory =>
  inventory('beta', [{ mount: '/backup', snapshots: { data: received('data', hours) } }], takenAt);

export const gamma = (hours: readonly number[] = HOURS.slice(0, 2), takenAt = NOW): Inventory =>
  inventory('gamma', [{ mount: '/backup', snapshots: { data: received('data', hours) } }], takenAt);

/** Three servers, all of them seen just now. */
export const FLEET = { servers: SERVERS, inventories: [alpha(), beta(), gamma()] } as const;

/** The primary with so many snapshots of /srv/data. */
export const crowded = (count: number) =>
  ({
    servers: SERVERS,
    inventories: [alpha(Array.from({ length: count }, (_, index) => index - count)), beta(), gamma()],
  }) as const;
