// Measures the screen in a real pty, over a state with 10,000 snapshots and no network: what a user feels of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Inventory, Subvolume } from '../../src/core/model/inventory.ts';
import { ok } from '../../src/core/model/result.ts';
import { addServer } from '../../src/core/run/settings/servers.ts';
import { wireFleet } from '../../src/process/wiring.ts';
import type { Bench, BenchRow } from './bench.ts';
import { buildProgram, median, value } from './bench-fleet.ts';
import { milliseconds, Pty } from './pty.ts';

const SNAPSHOTS = 10_000;
const REPLICAS = 1000;
const ROUNDS = 7;
const KEYS = 4000;

export const screen: Bench = {
  name: 'screen',
  async run(report) {
    const home = mkdtempSync(join(tmpdir(), 'btrfleet-bench-screen-'));
    try {
      await buildProgram();
      await fillState(home);
      report(`${SNAPSHOTS} snapshots in the state`);
      const first = await firstFrame(home);
      report('first frames measured');
      return [first, ...(await manyKeys(home, report))];
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function firstFrame(home: string): Promise<BenchRow> {
  const bare: number[] = [];
  const opened: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await milliseconds(() => new Pty(home, ['-e', '0']).ended));
    const pty = await Pty.open(home, (one) => one.saw('Snapshots'));
    opened.push(pty.readyAfter);
    await pty.end();
  }
  return {
    title: 'screen: first frame from the last known state, beyond "node -e 0"',
    value: median(opened) - median(bare),
    unit: 'ms',
    goal: { atMost: 200 },
    note: `node -e 0 took ${median(bare).toFixed(0)} ms, both in a pty; median of ${ROUNDS}`,
  };
}

async function manyKeys(home: string, report: (progress: string) => void): Promise<BenchRow[]> {
  const pty = await Pty.open(home, (one) => one.saw('Snapshots'));
  try {
    pty.type('3');
    await pty.until(() => pty.saw('REPLICAS'));
    await pty.quiet();
    const times: number[] = [];
    const bytes: number[] = [];
    for (let key = 0; key < 200; key += 1) {
      const before = pty.bytes;
      times.push(await milliseconds(() => pty.typeAndWait(key % 2 === 0 ? 'j' : 'k')));
      // As far apart as a person types: faster than a frame they would share one.
      await pty.quiet(30);
      bytes.push(pty.bytes - before);
    }
    report('200 single keys measured');
    const scrolled: number[] = [];
    pty.type('j'.repeat(60));
    await pty.quiet();
    for (let key = 0; key < 50; key += 1) scrolled.push(await milliseconds(() => pty.typeAndWait('j')));
    await pty.quiet(500);
    const idle = pty.bytes;
    await pause(3000);
    const written = pty.bytes - idle;
    for (let sent = 0; sent < KEYS; sent += 100) {
      pty.type('jk'.repeat(50));
      await pty.quiet(20);
    }
    return [
      {
        title: 'screen: key to paint with 10,000 snapshots',
        value: median(times),
        unit: 'ms',
        goal: { atMost: 20 },
      },
      {
        title: 'screen: key to paint when the list scrolls',
        value: median(scrolled),
        unit: 'ms',
        goal: { atMost: 20 },
      },
      { title: 'screen: written for a cursor move', value: median(bytes), unit: 'B', goal: { atMost: 1024 } },
      {
        title: 'screen: written in 3 s without anything happening',
        value: written,
        unit: 'B',
        goal: { atMost: 0 },
      },
      {
        title: `screen: memory after ${KEYS} keys`,
        value: pty.memoryMegabytes(),
        unit: 'MB',
        goal: { atMost: 180 },
      },
    ];
  } finally {
    await pty.end();
  }
}

/** A fleet of two whose servers do not answer, and what was seen of them last. */
async function fillState(home: string): Promise<void> {
  const wired = value(wireFleet(home));
  try {
    for (const name of ['a', 'b']) {
      const server = { name, host: '127.0.0.1', port: 1, user: 'root', jump: null, defaultMount: null };
      value(addServer(wired.fleet, { ...server, auth: { kind: 'agent' } }));
      wired.fleet.journal.saveInventory(inventoryOf(name, name === 'a' ? SNAPSHOTS : REPLICAS));
    }
  } finally {
    await wired.close();
  }
}

function inventoryOf(server: string, count: number): Inventory {
  const entry = (index: number): Subvolume => {
    const name = new Date(Date.UTC(2024, 0, 1) + index * 3_600_000).toISOString();
    const path = `.snapshots/data/${name}`;
    const uuid = `${server}-${index}`;
    const receivedUuid = server === 'a' ? null : `a-${index}`;
    return {
      ...SUBVOLUME,
      id: 300 + index,
      path,
      absolutePath: `/srv/pool/${path}`,
      uuid,
      receivedUuid,
      readOnly: true,
    };
  };
  const entries = Array.from({ length: count }, (_, index) => entry(index));
  return {
    server,
    takenAt: new Date().toISOString(),
    problems: [],
    filesystems: [
      {
        uuid: `fs-${server}`,
        mount: '/srv/pool',
        mounts: [{ path: '/srv/pool', root: '/', readOnly: false, bind: false }],
        space: { sizeBytes: 2e12, usedBytes: 1e12, freeBytes: 1e12 },
        listing: ok([SUBVOLUME, ...entries]),
        receiving: [],
        owners: {},
        problems: [],
      },
    ],
  };
}

const SUBVOLUME: Subvolume = {
  id: 256,
  path: 'data',
  absolutePath: '/srv/pool/data',
  mount: '/srv/pool',
  uuid: 'data',
  parentUuid: null,
  receivedUuid: null,
  generation: 1,
  createdGeneration: 1,
  readOnly: false,
  createdAt: null,
};
