/** A fleet for tests of the screen: real configuration, journal and vault in a temporary directory, servers that are made up. */

import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { HostKeyScan, HostPool } from '../../../src/core/hosts/pool.ts';
import { createHostKeys } from '../../../src/core/hosts/ssh/host-keys.ts';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import type { Inventory } from '../../../src/core/model/inventory.ts';
import { failed, ok, type Result } from '../../../src/core/model/result.ts';
import type { RunRequest } from '../../../src/core/model/runs/run.ts';
import type { Server } from '../../../src/core/model/server.ts';
import type { HostFacts, ServerCheck } from '../../../src/core/model/server-check.ts';
import type { Hold } from '../../../src/core/model/snapshot.ts';
import type { Plans } from '../../../src/core/plan/automation/due.ts';
import type { Fleet } from '../../../src/core/run/ground/fleet.ts';
import { createConfigStore } from '../../../src/core/state/config/store.ts';
import type { Holder } from '../../../src/core/state/home/holder.ts';
import type { Home } from '../../../src/core/state/home/home.ts';
import { openJournal } from '../../../src/core/state/journal/journal.ts';
import { openVault } from '../../../src/core/state/vault/vault.ts';
import type { AppDeps, Remembered } from '../../../src/store/app.ts';
import type { Look } from '../../../src/store/state.ts';
import { clockAt, must, stateHome } from '../../unit/state/fixtures/state-home.ts';

export const NOW = '2026-11-20T12:00:00.000Z';

export interface Seed extends Partial<Plans> {
  readonly servers?: readonly Server[];
  readonly inventories?: readonly Inventory[];
  readonly holds?: readonly Hold[];
  /** How the servers were found; without one a server is online when it has an inventory. */
  readonly looks?: Readonly<Record<string, Partial<Look>>>;
  readonly sizes?: Readonly<Record<string, number | null>>;
  readonly readOnly?: boolean;
  readonly remembered?: Remembered;
  /** How connecting ends; a server that is not here never answers. */
  readonly faults?: Readonly<Record<string, Fault>>;
}

export interface World {
  readonly seed: Seed;
  readonly home: Home;
  readonly fleet: Fleet;
  readonly deps: AppDeps;
  readonly clock: ReturnType<typeof clockAt>;
  /** What was handed to the engine. */
  readonly queued: RunRequest[];
  readonly copied: string[];
  readonly remembered: Remembered[];
  /** `quit`, `suspend`, `redraw`, in the order they were asked for. */
  readonly asked: string[];
  /** Servers that were connected to, or whose next connection may come at once (`again b`). */
  readonly connects: string[];
  /** The host key every place shows. */
  readonly hostKey: { scan: Result<HostKeyScan> };
  /** What Verify finds, and when. Default: at once. */
  readonly verdict: { check: Partial<ServerCheck>; when?: Promise<void> };
}

const unused = (): never => {
  throw new Error('not used by the screen');
};

const HOLDER: Holder = { host: 'here', pid: 1, startTime: 1, bootId: 'boot' };

export function fleetWorld(test: TestContext, seed: Seed = {}): World {
  const home = stateHome(test);
  const clock = clockAt(NOW);
  const journal = must(openJournal({ home, clock }));
  test.after(() => journal.close());
  const config = createConfigStore(home);
  const { servers = [], holds = [], snapshotPolicies = [], retentionPolicies = [], tasks = [] } = seed;
  if (servers.length + holds.length > 0)
    must(config.change((now) => ok({ ...now, servers, holds, snapshotPolicies, retentionPolicies, tasks })));
  for (const inventory of seed.inventories ?? []) journal.saveInventory(inventory);
  const connects: string[] = [];
  const hostKey = { scan: failed(unreachable('x')) as Result<HostKeyScan> };
  const hosts: HostPool = {
    connect: (name) => {
      connects.push(name);
      const why = seed.faults?.[name];
      return why === undefined ? new Promise(() => {}) : Promise.resolve(failed(why));
    },
    close: async () => {},
    here: () => failed(unreachable('x')),
    scanHostKey: async () => hostKey.scan,
    retryNow: (name) => void connects.push(`again ${name}`),
  };
  const fleet: Fleet = {
    config,
    hosts,
    hostKeys: createHostKeys({ own: home.knownHosts, others: [] }, clock.now),
    vault: openVault({ home, passphrase: () => null, randomBytes }),
    journal,
    clock,
    holder: HOLDER,
    isAlive: () => true,
    nonce: () => 'nonce',
    build: 'build',
  };
  const kept = { queued: [], copied: [], remembered: [], asked: [] } as Pick<
    World,
    'queued' | 'copied' | 'remembered' | 'asked'
  >;
  const verdict: World['verdict'] = { check: { status: 'offline', fault: unreachable('it') } };
  const deps: AppDeps = {
    fleet,
    queue: (request) => {
      kept.queued.push(request);
      return journal.createRun({ request, trigger: 'hand', state: 'queued', holder: fleet.holder });
    },
    verify: async (server) => {
      await verdict.when;
      const nothing = { status: 'offline', facts: null, inventory: null, fault: null } as const;
      return { server, ...nothing, ...verdict.check };
    },
    copy: (text) => void kept.copied.push(text),
    remembered: seed.remembered ?? null,
    remember: (what) => {
      kept.remembered.push(what);
      return ok(undefined);
    },
    typing: { whenKnown: unused },
    quit: unused,
    tryOut: () => void kept.asked.push('try out'),
    suspend: () => void kept.asked.push('suspend'),
    redraw: () => void kept.asked.push('redraw'),
    readOnly: seed.readOnly ?? false,
    timeZone: 'UTC',
  };
  return { seed, home, fleet, deps, clock, connects, hostKey, verdict, ...kept };
}

export const unreachable = (server: string): Fault =>
  fault(
    'unreachable',
    `${server} cannot be reached: connection refused.`,
    'Is it up, and does sshd listen there? Try "ssh" to it.',
    { server },
  );

export const facts: HostFacts = {
  privilege: 'root',
  sudo: [],
  kernel: '6.12.0',
  btrfsProgs: '6.17',
  sendStreamVersion: 2,
  sudoers: [],
  latencySeconds: 0.004,
  fault: null,
};
