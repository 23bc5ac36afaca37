/** Every page in every state at every size: what it says, that nothing is wider than the terminal, nothing is left over. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Look } from '../../src/store/state.ts';
import { AUTOMATED } from './world/automation-seeds.ts';
import { type Seed, unreachable } from './world/fleet-world.ts';
import { alpha, beta, crowded, FLEET, gamma, inventory, SERVERS } from './world/inventories.ts';
import { assertFrame } from './world/kept-frame.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const SIZES = [
  [60, 20],
  [80, 24],
  [200, 50],
] as const;

const OLD = '2026-11-20T11:50:00.000Z';

const offline = Object.fromEntries(
  SERVERS.map(({ name }): [string, Partial<Look>] => [
    name,
    { status: 'offline', fault: unreachable(name), latencySeconds: null },
  ]),
);

const STATES = {
  'first run': {},
  loading: { servers: SERVERS },
  empty: {
    servers: SERVERS,
    inventories: [
      inventory('alpha', [{ mount: '/srv', subvolumes: ['data'] }]),
      inventory('beta', [{ mount: '/backup' }]),
      inventory('gamma', [{ mount: '/backup' }]),
    ],
  },
  filled: AUTOMATED,
  '10,000 rows': { ...AUTOMATED, ...crowded(10_000) },
  stale: {
    servers: SERVERS,
    inventories: [alpha(undefined, OLD), beta(undefined, OLD), gamma(undefined, OLD)],
  },
  failed: { servers: SERVERS, looks: offline },
  unreachable: {
    servers: SERVERS,
    inventories: [alpha(undefined, OLD), beta(undefined, OLD), gamma(undefined, OLD)],
    looks: offline,
  },
} satisfies Record<string, Seed>;

type StateName = keyof typeof STATES;

/** What must be read on the page in that state, at any size. */
const TEXTS: Readonly<Record<string, Readonly<Record<StateName, readonly string[]>>>> = {
  '2 Servers': {
    'first run': ['No servers yet.', 'Press n to add the first one'],
    loading: ['alpha', '○ not checked yet', '?/3 up'],
    empty: ['● online 4 ms', '3/3 up'],
    filled: ['SERVER', 'ROLE', 'STATUS', 'primary', 'secondary', '● online 4 ms', 'n new'],
    '10,000 rows': ['● online 4 ms'],
    stale: ['STALE 10 min old', '● online'],
    failed: ['✗ offline', '0/3 up'],
    unreachable: ['✗ offline', 'STALE 10 min old'],
  },
  '3 Snapshots': {
    'first run': ['there is no primary yet: page 2 adds servers.'],
    loading: ['Looking at alpha …'],
    empty: ['/srv/data has no snapshots yet.', 'Press n to make the first one'],
    filled: ['Subvolume /srv/data on alpha', '▸ 2026-11-02T18:00:00.000Z', 'none', 'beta, gamma'],
    '10,000 rows': ['more below'],
    stale: ['▲ STALE: alpha was seen 10 min ago, R looks again', '2026-11-02T18:00:00.000Z'],
    failed: ['alpha could not be looked at', 'cannot be reached: connection refused', 'R tries again'],
    unreachable: ['▲ STALE: alpha was seen 10 min ago', '2026-11-02T18:00:00.000Z'],
  },
  '5 Replication': {
    'first run': ['[ Replicate ]', 'there is no primary yet: page 2 adds servers'],
    loading: ['[ Replicate ]', 'alpha was not seen yet'],
    empty: ['/srv/data has no snapshots: page 3 makes one'],
    filled: ['[✓] beta', '[✓] gamma', '[ Replicate ]', 'size not counted yet'],
    '10,000 rows': ['of 10000'],
    stale: ['▲ STALE: alpha was seen 10 min ago'],
    failed: ['alpha was not seen yet'],
    unreachable: ['▲ STALE: alpha was seen 10 min ago', '✗ offline'],
  },
  ']5 Replication': {
    'first run': ['There is no primary yet: page 2 adds'],
    loading: ['beta was not seen yet; R looks again.'],
    empty: ['beta has no replicas yet'],
    filled: ['18 h apart', 'only what changed since', '[ Replicate ]'],
    '10,000 rows': ['Base on it'],
    stale: ['▲ STALE: alpha was seen 10 min ago'],
    failed: ['beta cannot be reached: connection'],
    unreachable: ['▲ STALE: alpha was seen 10 min ago', '✗ offline'],
  },
  '1 Dashboard': {
    ...everywhere('? UNKNOWN'),
    'first run': ['No servers yet.', 'to add the first one'],
    filled: ['✗ FAILED', '3 servers: 3 up', 'RPO'],
    '10,000 rows': ['✗ FAILED', '3 servers: 3 up'],
    stale: ['? UNKNOWN', '3 not seen now'],
    unreachable: ['▲ 3 servers: 0 up, 3 down', 'alpha cannot be reached'],
  },
  '4 Automation': {
    ...everywhere('No snapshot policy yet: n makes one.'),
    filled: ['2 snapshot policies', 'No scheduler runs', '/srv/data', 'every 15m', 'on', '▲ waits', 'off'],
    '10,000 rows': ['2 snapshot policies', 'every 15m'],
  },
  ']4 Automation': {
    ...everywhere('No retention policy yet: n makes one.'),
    filled: ['2 retention policies', 'last 3, daily', 'newest 2 of', 'never'],
    '10,000 rows': ['2 retention policies'],
  },
  ']]4 Automation': {
    ...everywhere('No replication task yet: n makes one.'),
    filled: ['3 replication tasks', 'offsite', '▲ lagging', '▲ 19 d / 30 min', '○ suspended'],
    '10,000 rows': ['3 replication tasks'],
  },
  '6 Monitoring': everywhere('Snapshot health'),
  '7 History': everywhere('Nothing was run yet.'),
};

function everywhere(text: string): Record<StateName, readonly string[]> {
  return Object.fromEntries(Object.keys(STATES).map((name) => [name, [text]])) as Record<StateName, string[]>;
}

function assertWhole(screen: Screen, columns: number, rows: number, title: string): void {
  const lines = screen.text();
  assert.equal(lines.length, rows);
  assert.equal(screen.wrapped(), 0, `something is wider than ${columns}:\n${screen.frame()}`);
  const first = lines[0] ?? '';
  assert.ok(first.startsWith(' 1'), `the first row is not the pages:\n${screen.frame()}`);
  assert.ok(first.includes(title), `${title} is not the page:\n${screen.frame()}`);
  assert.match(lines.at(-1) ?? '', /\? help {2}q quit/, screen.frame());
}

async function goTo(screen: Screen, page: string): Promise<string> {
  const title = page.replace(/^\]+/, '');
  const tab = page.length - title.length;
  await screen.keys(title.slice(0, 1));
  // It is worked out in the background.
  if (title === '1 Dashboard') await screen.until((frame) => !frame.includes('Reading what is known'));
  await screen.set({ tabs: { replication: tab, automation: tab } });
  return title;
}

/** A blank at the end of a row that was written looks like a cell that never was. */
const seen = (frame: string): string => frame.replace(/ +$/gm, '');

for (const [name, seed] of Object.entries(STATES) as [StateName, Seed][]) {
  test(`${name}: every page at every size, and nothing is left over after shrinking and growing`, async (t) => {
    const screen = await openScreen(t, seed);
    const frames = new Map<string, string>();
    for (const [columns, rows] of SIZES) {
      await screen.resize(columns, rows);
      for (const [page, texts] of Object.entries(TEXTS)) {
        const title = await goTo(screen, page);
        assertWhole(screen, columns, rows, title);
        const shown = screen.frame().replace(/\s*\n\s*/g, ' ');
        for (const text of texts[name]) {
          assert.ok(
            shown.includes(text),
            `"${text}" is not on ${page} at ${columns}×${rows}:\n${screen.frame()}`,
          );
        }
        frames.set(`${columns} ${page}`, seen(screen.frame()));
      }
    }
    for (const [columns, rows] of [...SIZES, ...SIZES.toReversed()]) {
      await screen.resize(columns, rows);
      assert.equal(seen(screen.frame()), frames.get(`${columns} 7 History`));
    }
    await screen.keys('3');
    for (const [columns, rows] of SIZES.toReversed()) {
      await screen.resize(columns, rows);
      assert.equal(seen(screen.frame()), frames.get(`${columns} 3 Snapshots`));
    }
  });
}

test('the columns of a table stand under their titles at every size', async (t) => {
  const screen = await openScreen(t, FLEET);
  for (const [columns, rows] of SIZES) {
    await screen.resize(columns, rows);
    await screen.keys('3');
    const header = screen.row('SNAPSHOT');
    const row = screen.row('2026-11-01T00:00:00.000Z');
    assert.equal(row.indexOf('beta, gamma'), header.indexOf('REPLICAS'));
    assert.equal(row.indexOf('19 d') + 4, header.indexOf('AGE') + 3);
    await screen.keys('2');
    const names = screen.row('STATUS');
    assert.equal(screen.row('gamma.example').indexOf('● online'), names.indexOf('STATUS'));
    assert.equal(screen.row('gamma.example').indexOf('gamma.example'), names.indexOf('ADDRESS'));
  }
});

test('below 60 columns or 15 rows it only says so, and q quits', async (t) => {
  for (const [columns, rows] of [
    [59, 24],
    [80, 14],
    [59, 14],
    [10, 1],
  ] as const) {
    const screen = await openScreen(t, { ...FLEET, columns, rows });
    assert.ok(screen.text()[0]?.startsWith(`${columns}×${rows}`.slice(0, columns)), screen.frame());
    if (columns > 40) assert.match(screen.frame(), /needs 60×15\nq quits/);
    await screen.chunks('d', 'n', 'y', '\r');
    assert.equal(screen.app.store.getState().overlay, null);
    await screen.keys('q');
    assert.deepEqual(screen.world.asked, ['quit']);
  }
});

test('growing from too small shows all of it again', async (t) => {
  const screen = await openScreen(t, FLEET);
  const before = screen.frame();
  await screen.resize(40, 10);
  assert.match(screen.frame(), /^40×10, needs 60×15\nq quits$/);
  await screen.resize(80, 24);
  assert.equal(screen.frame(), before);
});

test('the form of a server keeps the field in focus in sight where there is no room for all', async (t) => {
  const screen = await openScreen(t, { ...FLEET, columns: 60, rows: 15 });
  await screen.keys('n');
  for (const label of [
    'Name',
    'Login',
    'Host',
    'Port',
    'User',
    'Key file',
    'Passphrase',
    'Reached through',
  ]) {
    assert.ok(screen.row(`▸ ${label}`));
    await screen.keys('\t');
  }
  await screen.keys('\t');
  assert.ok(screen.row('[ Save ]'));
  await screen.chunks('\t', '\r');
  // Save with nothing filled in: back to the first complaint.
  assert.ok(screen.row('▸ Name'));
  assert.ok(screen.row('letters, digits, dots, dashes; not '));
});

for (const [name, [columns, rows], seed, keys] of [
  ['servers-first-run', [60, 20], {}, ''],
  ['servers', [80, 24], FLEET, ''],
  ['servers-wide', [200, 30], FLEET, 'j'],
  ['servers-unreachable', [80, 24], STATES.unreachable, ''],
  ['server-form', [80, 24], FLEET, 'n'],
  ['snapshots', [80, 24], FLEET, '3j v'],
  ['snapshots-narrow', [60, 20], STATES.unreachable, '3'],
  ['snapshots-delete', [80, 24], FLEET, '3*d'],
  ['replication-full', [80, 24], FLEET, '5'],
  ['replication-incremental', [80, 24], FLEET, '5]'],
  ['help', [80, 24], FLEET, '3?'],
  ['palette', [80, 24], FLEET, ':data'],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openScreen(t, { ...seed, columns, rows });
    await screen.keys(keys);
    assertFrame(name, screen.frame());
  });
}
