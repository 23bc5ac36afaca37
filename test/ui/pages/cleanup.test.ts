/** Cleaning up from the Snapshots page: what the rules would do is seen as they are typed, and only what was seen goes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BY_HAND } from '../../../src/core/model/runs/replication.ts';
import type { RunRequest } from '../../../src/core/model/runs/run.ts';
import { ARMED } from '../../../src/store/app.ts';
import { alpha, at, crowded, FLEET, originOf, SERVERS } from '../world/inventories.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';

const arm = (screen: Screen): void => screen.world.clock.pass(ARMED / 1000);

const requests = (screen: Screen): readonly RunRequest[] => screen.world.queued;

const DAY = {
  kind: 'per-period',
  timeZone: 'UTC',
  minAgeSeconds: 0,
  per: 'day',
  keep: 1,
} as const;

const chosen = (...hours: readonly number[]) =>
  hours.map((hour) => ({ name: at(hour), uuid: originOf('data', at(hour)) }));

const cleanup = (rules: object, ...hours: readonly number[]) => ({
  kind: 'cleanup',
  subvolume: '/srv/data',
  server: null,
  mount: null,
  into: null,
  rules,
  only: chosen(...hours),
});

// Hours 0 6 12 18 | 24 30 36 42: beta's newest is 24, gamma's 6.
test('the preview says what goes and why the others stay, and follows what is typed', async (t) => {
  const screen = await openScreen(t, { ...FLEET, rows: 34 });
  await screen.keys('3C');
  assert.ok(screen.row('Now: 4 would be deleted, 4 kept'));
  assert.ok(screen.row(`${at(42)}  keep: newest, newest of 2026-11-02`));
  assert.ok(screen.row(`${at(24)}  keep: base for beta`));
  assert.ok(screen.row(`${at(6)}  keep: base for gamma`));
  assert.ok(screen.row(`${at(0)}  DELETE`));
  await screen.chunks('\t', '\u007f', '3');
  assert.ok(screen.row('Now: 1 would be deleted, 7 kept'));
  assert.ok(screen.row(`${at(36)}  keep: newest 3 of 2026-11-02`));
  await screen.chunks('\t', '\u0015', '3d');
  await screen.chunks('\u0015', '443h');
  assert.ok(screen.row(`${at(30)}  keep: younger than 443h, newest 3`));
  await screen.chunks('\u0015', 'soon');
  assert.ok(screen.row('"soon" is no age.'));
});

test('what goes is listed, frozen, and handed to the engine only by y', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3C', '\t\t\t', '\r');
  assert.ok(screen.row('Delete these 4 snapshots of /srv/data for good?'));
  for (const hour of [0, 12, 30, 36]) assert.ok(screen.row(`  ${at(hour)}`));
  for (const hour of [6, 18, 24, 42]) assert.ok(!screen.frame().includes(at(hour)));
  assert.ok(screen.row('replicas on other servers stay, and 4 here'));
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, []);
  // What is seen meanwhile changes nothing of what was asked.
  const { looks } = screen.app.store.getState();
  const look = looks['alpha'];
  assert.ok(look);
  await screen.set({ looks: { ...looks, alpha: { ...look, inventory: alpha([0, 6, 12, 48, 54]) } } });
  arm(screen);
  await screen.keys('y');
  assert.deepEqual(screen.world.queued, [cleanup(DAY, 0, 12, 30, 36)]);
});

test('a ladder has its own fields; Enter, Esc and Cancel delete nothing', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3C', '\u001b[D');
  for (const label of ['The newest', 'Hours', 'Days']) assert.ok(screen.row(label));
  assert.ok(screen.row('Now: 4 would be deleted, 4 kept'));
  // Days: none. Only the newest, and the bases.
  await screen.chunks('\t\t\t', '\u0015', '0', '\t', '\u0015', '0', '\t', '\u0015', '0');
  assert.ok(screen.row('Now: 5 would be deleted, 3 kept'));
  await screen.chunks('\t\t\t', '\r');
  arm(screen);
  await screen.keys('\r');
  assert.deepEqual(screen.world.queued, []);
  await screen.chunks('C', '\t\t\t\t', '\r');
  assert.equal(screen.app.store.getState().overlay, null);
  assert.deepEqual(screen.world.queued, []);
});

test('more than ten: the count must be typed', async (t) => {
  const screen = await openScreen(t, { ...crowded(100), rows: 40 });
  await screen.chunks('3C', '\t\t\t', '\r');
  assert.match(screen.frame(), /Delete these (\d+) snapshots/);
  const count = /Delete these (\d+) snapshots/.exec(screen.frame())?.[1] ?? '';
  assert.ok(Number(count) > 10);
  arm(screen);
  await screen.chunks('y', '\r');
  assert.deepEqual(screen.world.queued, []);
  await screen.chunks('C', '\t\t\t', '\r');
  arm(screen);
  await screen.chunks(count, '\r');
  const [request] = requests(screen);
  assert.equal(request?.kind === 'cleanup' && request.only?.length, Number(count));
});

test('nothing goes while a secondary was never seen, and it says which', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), FLEET.inventories[1]] });
  await screen.keys('3C');
  assert.ok(screen.row('Now: 0 would be deleted, 8 kept'));
  assert.ok(screen.row('may be the base for gamma'));
  await screen.chunks('\t\t\t', '\r');
  const told = screen.app.store.getState().overlay;
  assert.match(
    told?.kind === 'form' ? (told.form.message?.text ?? '') : '',
    /^Nothing would go: \d that the rules let go stay, may be the base for gamma: what is there is not known\.$/,
  );
  assert.deepEqual(screen.world.queued, []);
});

/** One of `/srv/data` that a run at work sends. */
async function pinned(screen: Screen, hour: number): Promise<number> {
  const { journal, holder } = screen.world.fleet;
  const request: RunRequest = {
    kind: 'replication',
    subvolume: '/srv/data',
    targets: [{ server: 'beta', mount: null }],
    wanted: { mode: 'auto', snapshot: null, all: false },
    options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
    ...BY_HAND,
  };
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const filesystem = alpha().filesystems[0]?.uuid ?? assert.fail();
  const pins = [{ filesystem, origin: originOf('data', at(hour)) }];
  assert.deepEqual(journal.pin(run.id, { pins, there: [], since: journal.moves() }), { ok: true, value: [] });
  await screen.set({ runs: [run] });
  return run.id;
}

test('what a replication at work has pinned is kept, and the others go', async (t) => {
  const screen = await openScreen(t, FLEET);
  await pinned(screen, 12);
  await screen.keys('3C');
  assert.ok(screen.row(`${at(12)}  keep: in use by a running job`));
  await screen.chunks('\t\t\t', '\r');
  assert.ok(screen.row('Delete these 3 snapshots of /srv/data for good?'));
});

test('who deletes one by hand is shown which run uses it', async (t) => {
  const screen = await openScreen(t, FLEET);
  const run = await pinned(screen, 42);
  await screen.keys('3d');
  assert.match(screen.row(at(42)) ?? '', new RegExp(`in use by run ${run}`));
});

for (const [columns, rows] of [
  [60, 15],
  [80, 24],
  [160, 50],
] as const) {
  test(`at ${columns}×${rows} the counts, the field in focus and its keys are seen`, async (t) => {
    const screen = await openScreen(t, { ...FLEET, columns, rows });
    await screen.chunks('3C', '\u001b[D', '\t\t\t\t');
    for (const text of ['would be deleted', '▸ Weeks', 'Esc back']) assert.ok(screen.row(text));
    await screen.keys('\u001b[6~');
    assert.ok(screen.row('▸ Weeks'));
  });
}
