// A fleet of hundreds of servers to measure with: played by one process of its own (fleet-simulator.ts), and written into
// a configuration as if somebody had added and trusted each of them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../src/core/model/automation/task.ts';
import { NO_HOOKS } from '../../src/core/model/policy.ts';
import { ok } from '../../src/core/model/result.ts';
import { USUAL_TRANSFER } from '../../src/core/model/runs/replication.ts';
import type { Server } from '../../src/core/model/server.ts';
import type { Config } from '../../src/core/state/config/schema.ts';
import { wireFleet } from '../../src/process/wiring.ts';
import { value } from './bench-fleet.ts';
import { type SimulatorReady, type SimulatorSettings, simulatedAddress } from './fleet-simulator.ts';
import { simulatedProofs } from './simulated-inventory.ts';

const SUBVOLUME = '/srv/pool/data';

/**
 * The state directory is `home`/state. The first server is the primary. What the others have of it was received by
 * btrfleet, so it is remembered what each replica was then.
 */
export function enrol(
  home: string,
  { servers: count, snapshots }: { readonly servers: number; readonly snapshots: number },
  { port, hostKey }: SimulatorReady,
): Server[] {
  mkdirSync(home);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'id')]);
  const state = join(home, 'state');
  mkdirSync(state, { mode: 0o700 });
  const servers = Array.from(
    { length: count },
    (_, index): Server => ({
      name: `s${index}`,
      host: simulatedAddress(index),
      port,
      user: 'root',
      auth: { kind: 'key', file: join(home, 'id') },
      jump: null,
      role: index === 0 ? 'primary' : 'secondary',
      defaultMount: null,
    }),
  );
  writeFileSync(
    join(state, 'known_hosts'),
    servers.map(({ host }) => `[${host}]:${port} ${hostKey}\n`).join(''),
    { mode: 0o600 },
  );
  const wired = value(wireFleet(state));
  value(wired.fleet.config.change((config) => ok({ ...config, ...plans(servers), servers })));
  for (const [index, { name }] of servers.entries()) {
    const { filesystem, proofs } = simulatedProofs(index, snapshots);
    wired.fleet.journal.rememberProofs(name, filesystem, proofs);
  }
  void wired.close();
  return servers;
}

/** The primary's subvolume is snapshotted, and a task brings it to all others. */
function plans(servers: readonly Server[]): Pick<Config, 'snapshotPolicies' | 'tasks'> {
  const schedule = { kind: 'every', seconds: 3600 } as const;
  const [first, ...others] = servers.slice(1).map(({ name }) => ({ server: name, mount: null }));
  if (!first) throw new Error('a fleet has more than one server');
  const task: Task = {
    name: 'everywhere',
    subvolumes: [SUBVOLUME],
    targets: [first, ...others],
    schedule,
    mode: 'async',
    rpoSeconds: 7200,
    options: USUAL_TRANSFER,
    retention: null,
    into: null,
    retries: 3,
    suspendAfter: 0,
    suspended: false,
    enabled: true,
  };
  return {
    snapshotPolicies: [{ subvolume: SUBVOLUME, schedule, hooks: NO_HOOKS, enabled: true }],
    tasks: [task],
  };
}

export class Simulator {
  readonly ready: SimulatorReady;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: SimulatorReady) {
    this.#child = child;
    this.ready = ready;
  }

  static async start({ servers, snapshots, delay }: SimulatorSettings): Promise<Simulator> {
    const file = join(import.meta.dirname, 'fleet-simulator.ts');
    const args = ['--import', 'tsx', file, ...[servers, snapshots, delay].map(String)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
      child.once('exit', () => reject(new Error('the simulator ended')));
    });
    return new Simulator(child, JSON.parse(line) as SimulatorReady);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
