/** The Monitoring page: health, filesystems and sizes, seen, asked for, and where they are not known. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ok } from '../../../src/core/model/result.ts';
import type { FilesystemStorage, MeasuredSize } from '../../../src/core/model/storage.ts';
import { efficiencyOf } from '../../../src/core/plan/storage/efficiency.ts';
import { places, snapshotsOfPlace } from '../../../src/screens/shared/fleet-view.ts';
import type { Measuring } from '../../../src/store/page-state.ts';
import { AUTOMATED } from '../world/automation-seeds.ts';
import { allDone, FINE, HOSTILE, huge } from '../world/dashboard-seeds.ts';
import { unreachable } from '../world/fleet-world.ts';
import { FLEET } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';

const GIB = 1024 ** 3;

const AWAY_ALPHA = { alpha: { status: 'offline', fault: unreachable('alpha') } } as const;

const AWAY = { alpha: unreachable('alpha'), beta: unreachable('beta'), gamma: unreachable('gamma') };

/** What a closer look shows of the first filesystem of alpha. */
const closer = (uuid: string, mount: string): FilesystemStorage => ({
  uuid,
  mount,
  usage: ok({
    deviceSizeBytes: 1000 * GIB,
    allocatedBytes: 900 * GIB,
    unallocatedBytes: 100 * GIB,
    missingBytes: 0,
    usedBytes: 620 * GIB,
    freeEstimatedBytes: 380 * GIB,
    freeMinBytes: 330 * GIB,
    dataRatio: 1,
    metadataRatio: 2,
    globalReserveBytes: GIB,
    globalReserveUsedBytes: 0,
    allocations: [
      { kind: 'data', profile: 'single', sizeBytes: 880 * GIB, usedBytes: 600 * GIB },
      { kind: 'metadata', profile: 'DUP', sizeBytes: 10 * GIB, usedBytes: 8 * GIB },
      { kind: 'system', profile: 'DUP', sizeBytes: GIB, usedBytes: 16384 },
    ],
  }),
  devices: ok([
    {
      device: '/dev/sda',
      writeErrors: 0,
      readErrors: 0,
      flushErrors: 0,
      corruptionErrors: 0,
      generationErrors: 0,
    },
    {
      device: '/dev/sdb',
      writeErrors: 0,
      readErrors: 3,
      flushErrors: 0,
      corruptionErrors: 0,
      generationErrors: 0,
    },
  ]),
  scrub: ok({
    status: 'finished',
    startedAt: '2026-11-18T12:00:00.000Z',
    durationSeconds: 7322,
    errors: 0,
    uncorrectableErrors: 0,
  }),
  qgroups: ok(null),
});

async function opened(
  t: Parameters<typeof openScreen>[0],
  options: Parameters<typeof openScreen>[1],
): Promise<Screen> {
  const screen = await openScreen(t, { ...AUTOMATED, ...options });
  const [inventory] = screen.world.fleet.journal.lastInventories();
  const [filesystem] = inventory?.filesystems ?? [];
  if (inventory && filesystem) {
    screen.world.fleet.journal.saveStorageLook({
      server: inventory.server,
      takenAt: inventory.takenAt,
      filesystems: [closer(filesystem.uuid, filesystem.mount)],
    });
  }
  await screen.keys('6');
  await screen.until((frame) => !/Looking at/.test(frame));
  return screen;
}

for (const [name, [columns, rows], keys, options] of [
  ['monitoring-health', [80, 24], '', {}],
  ['monitoring-health-narrow', [60, 20], '', {}],
  ['monitoring-health-wide', [160, 50], '', {}],
  ['monitoring-health-details', [80, 24], '\r', {}],
  ['monitoring-filesystem', [80, 24], ']', {}],
  ['monitoring-filesystem-narrow', [60, 20], ']', {}],
  ['monitoring-filesystem-wide', [160, 50], ']j', {}],
  ['monitoring-filesystem-ascii', [80, 24], ']', { theme: { color: false, unicode: false } }],
  ['monitoring-subvolume', [80, 24], ']]', {}],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await opened(t, { columns, rows, ...options });
    for (const key of keys) await screen.keys(key);
    assertFrame(name, screen.frame());
    assert.equal(screen.wrapped(), 0);
  });
}

for (const [tab, keys] of [
  ['health', '6'],
  ['filesystem', '6]'],
] as const) {
  for (const [name, columns, rows] of [
    ['', 80, 24],
    ['-narrow', 60, 20],
    ['-wide', 160, 50],
  ] as const) {
    test(`the kept frame monitoring-${tab}-hostile${name}`, async (t) => {
      const screen = await openScreen(t, { ...huge(300, HOSTILE), columns, rows });
      for (const key of keys) await screen.keys(key);
      await read(screen);
      assertFrame(`monitoring-${tab}-hostile${name}`, screen.frame());
      assert.equal(screen.wrapped(), 0);
    });
  }
}

/** Of a huge fleet, and on a busy machine, it takes longer than a screen is waited for. */
async function read(screen: Screen, tries = 6): Promise<void> {
  try {
    await screen.until((frame) => !/Looking at/.test(frame));
  } catch (error) {
    if (tries <= 1) throw error;
    await read(screen, tries - 1);
  }
}

test('before it was read it says so, and claims nothing', async (t) => {
  const screen = await openScreen(t, huge(300, HOSTILE));
  await screen.keys('6');
  assertFrame('monitoring-loading', screen.frame());
  await read(screen);
});

test('nobody has looked for hours: nothing is called complete, and what is shown is said to be old', async (t) => {
  const unseen = { status: 'unknown', checkedAt: null, latencySeconds: null } as const;
  const screen = await openScreen(t, { ...FINE, looks: { alpha: unseen, beta: unseen, gamma: unseen } });
  allDone(screen.world);
  screen.world.clock.pass(3 * 3600);
  await screen.set({ now: screen.world.clock.now() });
  await screen.keys('6');
  await screen.until('UNKNOWN');
  assertFrame('monitoring-stale', screen.frame());
  assert.doesNotMatch(screen.frame(), /✓/);
});

/** So many snapshots of one size, as `du` told it a quarter of an hour ago. */
function measured(screen: Screen, server: string, exclusive: readonly number[]): Measuring {
  const [place] = places(screen.app.store.getState()).filter(({ path }) => path === '/srv/data');
  assert.ok(place);
  const found = snapshotsOfPlace(place);
  const at = screen.world.clock.now() - 900_000;
  const size = (uuid: string, exclusiveBytes: number): MeasuredSize => ({
    ...{ uuid, referencedBytes: 120 * GIB, exclusiveBytes },
    ...{ source: 'du', measuredAt: new Date(at).toISOString() },
  });
  const sizes = found.map((snapshot, index) => ({
    snapshot,
    size: size(snapshot.uuid, (exclusive[index % exclusive.length] ?? 0) * GIB),
  }));
  const live = size('live', GIB);
  const known = sizes.map((one) => one.size);
  const efficiency = efficiencyOf(live, known);
  return {
    state: 'known',
    at,
    value: {
      server,
      subvolume: place.path,
      live,
      snapshots: sizes,
      efficiency,
      fault: null,
      quotaFault: null,
    },
  };
}

for (const [name, columns, rows] of [
  ['monitoring-measured', 80, 24],
  ['monitoring-measured-narrow', 60, 20],
  ['monitoring-measured-wide', 160, 50],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openScreen(t, { ...FINE, columns, rows });
    for (const key of '6]]') await screen.keys(key);
    await screen.until('Subvolume /srv/data');
    const { monitoring } = screen.app.store.getState();
    await screen.set({
      monitoring: {
        ...monitoring,
        measured: {
          'alpha /srv/data': measured(screen, 'alpha', [0, 2, 14, 1]),
          'beta /srv/data': { state: 'measuring', done: 3, total: 6 },
        },
      },
    });
    assertFrame(name, screen.frame());
    assert.equal(screen.wrapped(), 0);
  });
}

for (const [title, options, keys, shown] of [
  ['of the health, where it is mended', {}, '6', /3 Snapshots|5 Replication|4 Automation/],
  ['of a disk of a server that is down, the server', { looks: AWAY_ALPHA }, '6]', /▸ alpha +primary/],
] as const) {
  test(`Enter shows the details ${title}: Enter once more leads there, and q back`, async (t) => {
    const screen = await opened(t, { columns: 160, rows: 50, ...options });
    for (const key of keys) await screen.keys(key);
    const page = screen.app.store.getState().page;
    await screen.keys('\r');
    await screen.until('Enter go ');
    await screen.keys('\r');
    await screen.until((frame) => shown.test(frame));
    assert.notEqual(screen.app.store.getState().page, page);
    await screen.keys('q');
    assert.equal(screen.app.store.getState().page, page);
  });
}

test('nothing there yet: each tab says what is missing and what to press', async (t) => {
  const screen = await openScreen(t, { columns: 60, rows: 20 });
  for (const keys of ['6', ']', ']']) {
    await screen.keys(keys);
    assert.ok(screen.row('There are no servers yet.'));
    assert.ok(screen.row('press 2, then n'));
  }
  assertFrame('monitoring-empty', screen.frame());
});

test('a primary that was never seen and does not answer is no empty list', async (t) => {
  const away = unreachable('alpha');
  const screen = await openScreen(t, {
    servers: FLEET.servers,
    looks: { alpha: { status: 'offline', fault: away } },
    columns: 80,
    rows: 24,
  });
  await screen.keys('6');
  await screen.until('is not known');
  assert.ok(screen.row('R tries again'));
  assertFrame('monitoring-failed', screen.frame());
});

test('a secondary that does not answer is told as such, and the rest stands', async (t) => {
  const screen = await opened(t, {
    looks: { beta: { status: 'offline', fault: unreachable('beta') } },
    columns: 160,
    rows: 50,
  });
  await screen.until('○ could not check');
  assert.match(screen.frame(), /✗ missing/);
});

test('measuring says that it goes on, and why it failed', async (t) => {
  const screen = await opened(t, { faults: AWAY });
  await screen.keys(']');
  await screen.keys(']');
  assert.ok(screen.row('not measured yet: m measures'));
  await screen.keys('m');
  await screen.until((frame) => /alpha +✗/.test(frame));
});

test('looking closer where nobody answers keeps the last figures and says that it could not be checked', async (t) => {
  const screen = await opened(t, { faults: AWAY });
  await screen.keys(']');
  const before = screen.row('alpha');
  await screen.keys('m');
  await screen.until((frame) => !/○ looking/.test(frame));
  assert.equal(screen.row('alpha').slice(0, 40), before.slice(0, 40));
});
