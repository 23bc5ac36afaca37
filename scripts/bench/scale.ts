// Measures a fleet of hundreds of servers: how long a look at all of them takes, and whether the screen goes on meanwhile.
// The servers are played by one process of its own (fleet-simulator.ts), each 20 ms away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from '../../src/core/model/server.ts';
import { checkServers } from '../../src/core/run/looks/check-servers.ts';
import { wireFleet } from '../../src/process/wiring.ts';
import type { Bench, BenchRow } from './bench.ts';
import { buildProgram, value } from './bench-fleet.ts';
import { milliseconds, Pty } from './pty.ts';
import { enrol, Simulator } from './scale-fleet.ts';

const SERVERS = 300;
const SNAPSHOTS = 1000;
const DELAY = 20;
/** Milliseconds; faster than anybody types who reads what comes of it. */
const BETWEEN_KEYS = 100;

export const scale: Bench = {
  name: 'scale',
  async run(report) {
    const home = mkdtempSync(join(tmpdir(), 'btrfleet-bench-scale-'));
    const simulator = await Simulator.start({ servers: SERVERS, snapshots: SNAPSHOTS, delay: DELAY });
    try {
      await buildProgram();
      const many = { servers: SERVERS, snapshots: SNAPSHOTS };
      const [bare, screen] = [join(home, 'bare'), join(home, 'screen')];
      const servers = enrol(bare, many, simulator.ready);
      enrol(screen, many, simulator.ready);
      report(`${SERVERS} servers with ${SNAPSHOTS} snapshots each are played`);
      const looked = await lookAtAll(bare, servers);
      report('looked at all of them');
      const first = await screenMeanwhile(screen, 'at its first start');
      report('the screen has looked at all of them');
      return [...looked, ...first, ...(await screenMeanwhile(screen, 'at a later start'))];
    } finally {
      simulator.end();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

/** With no connection open yet, and then once more when all is known. */
async function lookAtAll(home: string, servers: readonly Server[]): Promise<BenchRow[]> {
  const wired = value(wireFleet(join(home, 'state')));
  const look = (): Promise<number> =>
    milliseconds(async () => {
      const checks = await checkServers(wired.fleet, servers);
      const seen = checks.filter(({ inventory }) => inventory !== null).length;
      if (seen !== SERVERS)
        throw new Error(
          `${seen} of ${SERVERS} servers were seen: ${checks.find(({ fault }) => fault)?.fault?.message}`,
        );
    });
  try {
    return [
      {
        title: `scale: first look at ${SERVERS} servers with ${SNAPSHOTS} snapshots each`,
        value: (await look()) / 1000,
        unit: 's',
        goal: { atMost: 10 },
        note: `each ${DELAY} ms away; connections are made and the journal written in it; the simulator shares the processors`,
      },
      {
        title: 'scale: the next look, at which nothing but the sizes is new',
        value: (await look()) / 1000,
        unit: 's',
        goal: { atMost: 10 },
      },
    ];
  } finally {
    await wired.close();
  }
}

/** Keys while the screen connects to all of them and looks. */
async function screenMeanwhile(home: string, start: string): Promise<BenchRow[]> {
  const began = performance.now();
  const pty = await Pty.open(join(home, 'state'), (one) => one.saw('Servers'), { draws: true });
  try {
    pty.type('2');
    await pty.until(() => chosen(pty) !== null);
    const times: number[] = [];
    while (!pty.lines()[0]?.includes(`${SERVERS}/${SERVERS} up`)) {
      times.push(await milliseconds(() => moveBy(pty, times.length % 2 === 0 ? 'j' : 'k')));
      await pause(BETWEEN_KEYS);
    }
    const took = performance.now() - began;
    const sorted = times.toSorted((a, b) => a - b);
    const within = (part: number): number => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
    // What is asked of all servers at once: where each snapshot is.
    pty.type('3');
    await pty.until(() => pty.lines().some((line) => line.includes('REPLICAS')));
    await pty.quiet(1000);
    return [
      {
        title: `scale: the screen has looked at all of them, ${start}`,
        value: took / 1000,
        unit: 's',
        goal: { atMost: 10 },
        note: 'while somebody types',
      },
      {
        title: `scale: key to paint meanwhile, 95 of 100, ${start}`,
        value: within(0.95),
        unit: 'ms',
        goal: { atMost: 50 },
        note: `${times.length} keys; half of them within ${within(0.5).toFixed(0)} ms, the slowest ${within(1).toFixed(0)} ms`,
      },
      {
        title: `scale: memory of the screen with ${SERVERS * SNAPSHOTS} snapshots, ${start}`,
        value: pty.memoryMegabytes(),
        unit: 'MB',
        goal: { atMost: 400 },
      },
    ];
  } finally {
    await pty.end();
  }
}

/** The server the cursor is on. */
const chosen = (pty: Pty): string | null =>
  pty
    .lines()
    .map((line) => /^▸\s*(s\d+) /.exec(line)?.[1])
    .find((name) => name !== undefined) ?? null;

async function moveBy(pty: Pty, key: string): Promise<void> {
  const before = chosen(pty);
  pty.type(key);
  await pty.until(() => chosen(pty) !== before);
}
