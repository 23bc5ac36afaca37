/** The Dashboard: what of the fleet is seen at a glance in every state, and where each line leads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { headLines } from '../../../src/screens/Dashboard/head-lines.ts';
import { paneLines } from '../../../src/screens/Dashboard/layout.ts';
import { dashboardList } from '../../../src/screens/Dashboard/lines.ts';
import { handleKey } from '../../../src/screens/frame/router.ts';
import { cursorPlace } from '../../../src/screens/lists/lists.ts';
import { readState } from '../../../src/store/refresh.ts';
import { patience } from '../../patience.ts';
import { scheduler } from '../world/automation-seeds.ts';
import { allDone, FAILED, FINE, HOSTILE, huge, TROUBLED, troubles } from '../world/dashboard-seeds.ts';
import { unreachable, type World } from '../world/fleet-world.ts';
import { FLEET } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen, type ScreenOptions } from '../world/open-screen.tsx';

const VERDICT = /^ [✓?▲✗+!x] (OK|UNKNOWN|DEGRADED|FAILED) /m;

/** beta does not answer: nothing is worse, and not all of it is known. */
const DOWN = { beta: { status: 'offline', fault: unreachable('beta'), latencySeconds: null } } as const;

/** `before`: what the journal has when the page is opened. */
async function openDashboard(
  t: Parameters<typeof openScreen>[0],
  options: ScreenOptions,
  before: (world: World) => void = () => {},
): Promise<Screen> {
  const screen = await openScreen(t, options);
  before(screen.world);
  readState(screen.app);
  const { looks } = screen.app.store.getState();
  await screen.set({ looks });
  await screen.keys('1');
  await untilVerdict(screen);
  return screen;
}

/** Of a huge fleet, and on a busy machine, it takes longer than a screen is waited for. */
async function untilVerdict(screen: Screen, tries = 6): Promise<void> {
  try {
    await screen.until((frame) => VERDICT.test(frame));
  } catch (error) {
    if (tries <= 1) throw error;
    await untilVerdict(screen, tries - 1);
  }
}

for (const [name, [columns, rows], seed, before, theme] of [
  ['dashboard-fine', [80, 24], FINE, allDone],
  ['dashboard-fine-narrow', [60, 20], FINE, allDone],
  ['dashboard-fine-wide', [160, 50], FINE, allDone],
  ['dashboard-troubled', [80, 24], TROUBLED, troubles],
  ['dashboard-troubled-narrow', [60, 20], TROUBLED, troubles],
  ['dashboard-troubled-wide', [160, 50], TROUBLED, troubles],
  ['dashboard-troubled-widest', [200, 50], TROUBLED, troubles],
  ['dashboard-ascii', [80, 24], TROUBLED, troubles, { color: false, unicode: false }],
  ['dashboard-untasked', [80, 24], FLEET, () => {}],
  ['dashboard-failed', [80, 24], FAILED, scheduler],
  ['dashboard-failed-narrow', [60, 20], FAILED, scheduler],
  ['dashboard-failed-wide', [160, 50], FAILED, scheduler],
  ['dashboard-unknown', [80, 24], { ...FINE, looks: DOWN }, allDone],
  ['dashboard-unknown-narrow', [60, 20], { ...FINE, looks: DOWN }, allDone],
  ['dashboard-hostile', [80, 24], huge(300, HOSTILE), scheduler],
  ['dashboard-hostile-narrow', [60, 20], huge(300, HOSTILE), scheduler],
  ['dashboard-hostile-wide', [160, 50], huge(300, HOSTILE), scheduler],
  ['dashboard-huge', [80, 24], huge(300), () => {}],
  ['dashboard-huge-wide', [200, 50], huge(300), () => {}],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openDashboard(t, { ...seed, columns, rows, ...(theme ? { theme } : {}) }, before);
    assertFrame(name, screen.frame());
    assert.equal(screen.wrapped(), 0);
  });
}

test('the program begins here; without servers it says which key adds the first one, and that key does', async (t) => {
  const screen = await openScreen(t, { page: null, columns: 60, rows: 20 });
  assertFrame('dashboard-empty', screen.frame());
  await screen.keys('\r');
  assert.ok(screen.row('there are no servers yet: n adds one'));
  await screen.keys('n');
  assert.ok(screen.row('Add a server'));
});

test('where it was left the last time is where it opens', async (t) => {
  const screen = await openScreen(t, {
    remembered: { page: 'history', tabs: {}, lists: {}, subvolume: null, lookedAt: null },
  });
  assert.ok(screen.row('7 History'));
  assert.equal(screen.app.store.getState().page, 'history');
});

for (const [name, key] of [
  ['q', 'q'],
  ['Esc', '\u001b'],
] as const) {
  test(`${name} goes back from where Enter led, to the very same line; a page of its own key is the top`, async (t) => {
    const screen = await openDashboard(t, { ...TROUBLED, columns: 160, rows: 50 }, troubles);
    await onto(screen, 'gamma  ');
    await screen.keys('\r');
    await screen.until((frame) => /▸ gamma +secondary/.test(frame) && /q back$/m.test(frame));
    await screen.keys(key);
    await screen.until((frame) => /▸ gamma +✗ offline/.test(frame) && /q quit$/m.test(frame));
    assert.deepEqual(screen.world.asked, []);
    await screen.keys('\r');
    await screen.keys('3');
    await screen.keys('q');
    assert.deepEqual(screen.world.asked, ['quit']);
  });
}

test('before all is worked out it says so, and claims nothing', async (t) => {
  const screen = await openScreen(t, huge(300));
  await screen.keys('1');
  assertFrame('dashboard-loading', screen.frame());
  assert.doesNotMatch(screen.frame(), VERDICT);
  await untilVerdict(screen);
});

test('nobody has looked yet and what is known is hours old: UNKNOWN, STALE with its age, and dim', async (t) => {
  const unseen = { status: 'unknown', checkedAt: null, latencySeconds: null } as const;
  const screen = await openDashboard(
    t,
    { ...FINE, looks: { alpha: unseen, beta: unseen, gamma: unseen } },
    (world) => {
      allDone(world);
      world.clock.pass(3 * 3600);
    },
  );
  await screen.set({ now: screen.world.clock.now() });
  assertFrame('dashboard-stale', screen.frame());
  const row = screen.text().findIndex((line) => line.includes('▲ STALE 3 h'));
  const column = screen.text()[row]?.indexOf('/srv') ?? 0;
  assert.equal(screen.attributes(row, column).dim, true);
});

test('a journal that cannot be read makes all of it STALE', async (t) => {
  const screen = await openDashboard(t, FINE, allDone);
  const { history, now } = screen.app.store.getState();
  const trouble = {
    fault: fault('config-invalid', 'The journal is damaged.', 'See it.'),
    since: now,
    triedAt: now,
  };
  await screen.set({ history: { ...history, trouble } });
  assert.match(screen.frame(), /^ ✓ OK STALE: worked out < 1 min ago, the journal cannot be read/m);
});

for (const [title, to, shown] of [
  [
    'a breached RPO',
    '/srv/data: The RPO of the task',
    /4 Automation.*\n.*Replication tasks.*[\s\S]*▸ offsite/,
  ],
  ['a snapshot that failed', 'The last snapshot of', /▸ \/srv\/data +every 1h/],
  ['a server that is down', '? unknown  gamma cannot be reached', /▸ gamma +secondary/],
  ['a disk that fills', '/backup on beta has', /▸ beta +\/backup/],
  ['a running replication', '● replication', /▸ +\d+ replication/],
  ['a subvolume that is fine', '/srv/home', /Subvolume \/srv\/home/],
  ['a disk that is fine', 'alpha  ', /▸ alpha +\/srv/],
  ['what failed', '< 1 min  ✗ failed', /▸ +\d+ snapshot/],
  ['what is next', 'in 1 h       snapshot of /srv/data', /▸ \/srv\/data +every 1h/],
] as const) {
  test(`Enter on ${title} goes where it is mended, with it under the cursor`, async (t) => {
    const screen = await openDashboard(t, { ...TROUBLED, columns: 160, rows: 50 }, troubles);
    await onto(screen, to);
    await screen.keys('\r');
    await screen.until((frame) => shown.test(frame));
  });
}

/** Moves down until the cursor is on the line that begins so. */
async function onto(screen: Screen, text: string): Promise<void> {
  const isOn = (): boolean =>
    screen.text().some((row) => row.includes(`▸ ${text}`) || row.includes(`▸ ▲ degraded ${text}`));
  for (let step = 0; step < 40 && !isOn(); step += 1) await screen.keys('j');
  assert.ok(isOn(), `${text} is not to be reached:\n${screen.frame()}`);
}

test('j and k go over all lines of both panes, Tab to the next part and round again', async (t) => {
  const screen = await openDashboard(t, { ...TROUBLED, columns: 160, rows: 50 }, troubles);
  const first = screen.text().findIndex((row) => row.includes('▸'));
  await screen.keys('jk');
  assert.equal(
    screen.text().findIndex((row) => row.includes('▸')),
    first,
  );
  for (const part of ['● replication', '/srv/data', 'gamma', '✗ failed', 'snapshot of', 'RPO of the task']) {
    await screen.keys('\t');
    await screen.until((frame) => new RegExp(`▸ .{0,14}${part}|▸.*${part}`).test(frame));
  }
  await screen.keys('G');
  assert.match(screen.row('▸'), /▸ in \d+ h +clean-up/);
});

test('at the cursor the reason stands in full with the next step, i shows all of it', async (t) => {
  const screen = await openDashboard(t, TROUBLED, troubles);
  assert.match(screen.frame(), /2 h is the most that may be\.\n See why: btrfleet task show offsite/);
  await onto(screen, '/srv/data   ');
  await screen.keys('i');
  assert.ok(screen.row('behind the newest'));
  assert.match(screen.frame(), /would lose 13 h/);
});

test('a server goes down while the page is open: within seconds it is UNKNOWN, and says which', async (t) => {
  const screen = await openDashboard(t, { ...FINE, follow: true }, allDone);
  await screen.until(' ✓ OK ');
  const { looks } = screen.app.store.getState();
  const gamma = looks['gamma'];
  assert.ok(gamma);
  await screen.set({ looks: { ...looks, gamma: { ...gamma, ...TROUBLED.looks.gamma } } });
  await screen.until(' ? UNKNOWN ');
  assert.ok(screen.row('▸ ? unknown  gamma cannot be reached'));
});

test('a key in a fleet of 300 servers and 11,000 snapshots is painted within moments', async (t) => {
  const screen = await openDashboard(t, { ...huge(300), columns: 200, rows: 50 });
  await screen.keys('jjjj');
  const state = screen.app.store.getState();
  const times: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const began = performance.now();
    screen.app.store.setState({ now: state.now });
    cursorPlace(screen.app.store.getState(), dashboardList);
    handleKey(screen.app, round % 2 === 0 ? 'j' : 'k');
    paneLines(
      {
        lines: dashboardList.items(screen.app.store.getState()),
        ...{ cursor: round, focused: true, now: state.now, height: 44 },
        theme: { color: true, unicode: true },
      },
      200,
    );
    headLines(screen.app.store.getState(), screen.app.store.getState().dashboard ?? assert.fail());
    times.push(performance.now() - began);
  }
  const median = times.toSorted((a, b) => a - b)[25] ?? 0;
  assert.ok(median < patience(0.02), `${median.toFixed(1)} ms`);
});

test('idle it writes nothing', async (t) => {
  const screen = await openDashboard(t, FINE, allDone);
  const { now } = screen.app.store.getState();
  await screen.set({ now: now + 90_000 });
  const before = screen.bytes();
  await screen.set({ now: now + 91_000 });
  assert.equal(screen.bytes(), before);
});
