// Measures a fleet of hundreds of servers: how long a look at all of them takes, and whether the screen goes on meanwhile.
// The servers are played by one process of its own (fleet-simulator.ts), each 20 ms away.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireFleet } from '../../src/cli/wiring.ts';
import { ok } from '../../src/core/model/result.ts';
import type { Server } from '../../src/core/model/server.ts';
import { checkServers } from '../../src/core/run/check-servers.ts';
import type { Bench, BenchRow } from './bench.ts';
import { buildProgram, median, value } from './bench-fleet.ts';
import { type SimulatorReady, simulatedAddress } from './fleet-simulator.ts';
import { milliseconds, Pty } from './pty.ts';

const SERVERS = 300;
const SNAPSHOTS = 1000;
const DELAY = 20;
const KEYS = 150;

export const scale: Bench = {
  name: 'scale',
  async run(report) {
    const home = mkdtempSync(join(tmpdir(), 'btrfleet-bench-scale-'));
    const simulator = await Simulator.start();
    try {
      await buildProgram();
      const servers = enrol(home, simulator.ready);
      report(`${SERVERS} servers with ${SNAPSHOTS} snapshots each are played`);
      const looked = await lookAtAll(home, servers);
      report('looked at all of them');
      return [looked, ...(await screenMeanwhile(home))];
    } finally {
      simulator.end();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

/** With no connection open yet. */
async function lookAtAll(home: string, servers: readonly Server[]): Promise<BenchRow> {
  const wired = value(wireFleet(join(home, 'state')));
  try {
    const took = await milliseconds(async () => {
      const checks = await checkServers(wired.fleet, servers);
      const seen = checks.filter(({ inventory }) => inventory !== null).length;
      if (seen !== SERVERS)
        throw new Error(
          `${seen} of ${SERVERS} servers were seen: ${checks.find(({ fault }) => fault)?.fault?.message}`,
        );
    });
    return {
      title: `scale: first look at ${SERVERS} servers with ${SNAPSHOTS} snapshots each`,
      value: took / 1000,
      unit: 's',
      goal: { atMost: 10 },
      note: `each ${DELAY} ms away; connections are made and the journal written in it; the simulator shares the processors`,
    };
  } finally {
    await wired.close();
  }
}

/** Keys while the screen connects to all of them and looks. */
async function screenMeanwhile(home: string): Promise<BenchRow[]> {
  const pty = await Pty.open(join(home, 'state'), (one) => one.saw('Servers'));
  try {
    const times: number[] = [];
    pty.type('2');
    await pty.until(() => pty.saw('ADDRESS'));
    for (let key = 0; key < KEYS; key += 1)
      times.push(await milliseconds(() => pty.typeAndWait(key % 2 === 0 ? 'j' : 'k')));
    const upTo = await milliseconds(() => allUp(pty));
    const sorted = times.toSorted((a, b) => a - b);
    return [
      {
        title: 'scale: key to paint while all servers are looked at',
        value: median(times),
        unit: 'ms',
        goal: { atMost: 50 },
        note: `95 % within ${(sorted[Math.floor(KEYS * 0.95)] ?? 0).toFixed(0)} ms; the rest of the look took ${(upTo / 1000).toFixed(1)} s`,
      },
      {
        title: `scale: memory of the screen with ${SERVERS * SNAPSHOTS} snapshots`,
        value: pty.memoryMegabytes(),
        unit: 'MB',
        goal: { atMost: 400 },
      },
    ];
  } finally {
    await pty.end();
  }
}

/** Only what changed is written, so the count stands there in one piece after a redraw alone. */
async function allUp(pty: Pty): Promise<void> {
  while (!pty.saw(`${SERVERS}/${SERVERS} up`)) {
    pty.type('\u000c');
    await pty.quiet(100);
  }
}

function enrol(home: string, { port, hostKey }: SimulatorReady): Server[] {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'id')]);
  const state = join(home, 'state');
  mkdirSync(state, { mode: 0o700 });
  const servers = Array.from(
    { length: SERVERS },
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
  value(wired.fleet.config.change((config) => ok({ ...config, servers })));
  void wired.close();
  return servers;
}

class Simulator {
  readonly ready: SimulatorReady;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: SimulatorReady) {
    this.#child = child;
    this.ready = ready;
  }

  static async start(): Promise<Simulator> {
    const file = new URL('./fleet-simulator.ts', import.meta.url).pathname;
    const args = ['--import', 'tsx', file, String(SNAPSHOTS), String(DELAY)];
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
