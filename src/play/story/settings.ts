/** The configuration of a play: its servers and nothing else, what is due by itself, and how often. */

import type { Task } from '../../core/model/automation/task.ts';
import { NO_HOOKS, type SnapshotHooks, type SnapshotPolicy } from '../../core/model/policy.ts';
import type { LadderRules } from '../../core/model/retention.ts';
import { USUAL_TRANSFER } from '../../core/model/runs/replication.ts';
import type { Server } from '../../core/model/server.ts';
import { type Config, EMPTY_CONFIG } from '../../core/state/config/schema.ts';
import { POOL } from '../ssh/server.ts';

export const PLAY_LABEL = 'PLAY: simulated servers, nothing real is touched';

export interface Address {
  readonly name: string;
  readonly port: number;
}

export interface SettingsFor {
  readonly addresses: readonly Address[];
  /** The private key that logs in; d takes the password. */
  readonly keyFile: string;
  /** How much faster than life: at 1 something is due about every minute. */
  readonly speed: number;
  /** A policy's hook fails. */
  readonly withFailingHook: boolean;
}

export function settingsOf({ addresses, keyFile, speed, withFailingHook }: SettingsFor): Config {
  const every = (seconds: number) =>
    ({ kind: 'every', seconds: Math.max(10, Math.round(seconds / speed)) }) as const;
  const failing: SnapshotHooks = {
    before: { command: 'pg_dumpall --file /srv/pool/db/dump.sql', timeoutSeconds: 60, required: false },
    after: null,
  };
  const policy = (path: string, seconds: number, hooks: SnapshotHooks = NO_HOOKS): SnapshotPolicy => ({
    subvolume: `${POOL}/${path}`,
    schedule: every(seconds),
    hooks,
    enabled: true,
  });
  return {
    ...EMPTY_CONFIG,
    confinement: { label: PLAY_LABEL, addresses: addresses.map(({ port }) => `127.0.0.1:${port}`) },
    servers: addresses.map((address) => serverAt(address, keyFile)),
    snapshotPolicies: [
      policy('data', 60),
      policy('home', 180),
      policy('db', 90, withFailingHook ? failing : NO_HOOKS),
    ],
    retentionPolicies: ['data', 'home', 'db'].map((path) => ({
      subvolume: `${POOL}/${path}`,
      rules: LADDER,
      schedule: every(300),
      enabled: true,
    })),
    tasks: [
      task('offsite', ['data'], ['b', 'c'], every(120)),
      task('homes', ['home'], ['b'], every(180)),
      { ...task('database', ['db'], ['b', 'd'], every(90)), rpoSeconds: 900 },
      task('films', ['media'], ['c'], every(600)),
    ],
  };
}

const LADDER: LadderRules = {
  kind: 'ladder',
  timeZone: 'UTC',
  minAgeSeconds: 0,
  last: 10,
  hourly: 24,
  daily: 21,
  weekly: 8,
  monthly: 0,
  yearly: 0,
};

const serverAt = ({ name, port }: Address, keyFile: string): Server => ({
  name,
  host: '127.0.0.1',
  port,
  user: 'root',
  auth: name === 'd' ? { kind: 'password' } : { kind: 'key', file: keyFile },
  jump: null,
  role: name === 'a' ? 'primary' : 'secondary',
  defaultMount: null,
});

const task = (
  name: string,
  paths: readonly [string, ...string[]],
  targets: readonly [string, ...string[]],
  schedule: Task['schedule'],
): Task => {
  const [first, ...rest] = paths.map((path) => `${POOL}/${path}`);
  const [target, ...targetsLeft] = targets.map((server) => ({ server, mount: null }));
  if (first === undefined || target === undefined) throw new Error('a task without subvolume or target');
  return {
    name,
    subvolumes: [first, ...rest],
    targets: [target, ...targetsLeft],
    schedule,
    mode: 'async',
    rpoSeconds: 3600,
    options: USUAL_TRANSFER,
    retention: LADDER,
    into: null,
    retries: 1,
    suspendAfter: 5,
    suspended: false,
    enabled: true,
  };
};
