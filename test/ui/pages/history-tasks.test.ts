/** Rounds of tasks in the history: the round, its parts below it, and what each came to; also those of another process. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BY_HAND } from '../../../src/core/model/runs/replication.ts';
import type { RunOrigin, RunReport, RunRequest } from '../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { followRuns } from '../../../src/store/follow-runs.ts';
import { patience } from '../../patience.ts';
import { task } from '../world/automation-seeds.ts';
import type { World } from '../world/fleet-world.ts';
import { look, made, otherProcess, ran, refused, SNAPSHOT } from '../world/history-runs.ts';
import { at, FLEET } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';
import { result } from '../world/runs.ts';

const ITEM = 'task:nightly';
const SEED = { ...FLEET, tasks: [task('nightly')] } as const;

const replication: RunRequest = {
  kind: 'replication',
  subvolume: '/srv/data',
  targets: [
    { server: 'beta', mount: null },
    { server: 'gamma', mount: null },
  ],
  wanted: { mode: 'catch-up', snapshot: null, keep: null, group: null },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
  ...BY_HAND,
};

/** Running from now on. */
function begin({ fleet }: Pick<World, 'fleet'>, request: RunRequest, origin: Partial<RunOrigin>): number {
  const { journal, holder } = fleet;
  const whole = { item: ITEM, dueAt: null, parent: null, ...origin };
  return journal.createRun({ request, trigger: 'schedule', state: 'running', origin: whole, holder }).id;
}

const results = [
  result('beta', { mount: '/backup' }),
  result('gamma', { status: 'failed', fault: refused, verified: false, sentBytes: 0 }),
];

const reports = {
  snapshot: made(42),
  replication: { kind: 'replication', subvolume: '/srv/data', results },
  round: {
    kind: 'task',
    task: 'nightly',
    initializing: false,
    snapshot: null,
    targets: [
      { target: 'beta', status: 'ok', fault: null },
      { target: 'gamma', status: 'failed', fault: refused },
    ],
    replications: [{ subvolume: '/srv/data', results }],
    cleanups: [{ subvolume: '/srv/data', server: 'beta', kept: [], deleted: [{ name: at(0) }], failed: [] }],
    faults: [],
  },
} satisfies Record<string, RunReport>;

/** 1 a snapshot by hand; 2 a round with 3 its snapshot, 4 its replication, which failed to gamma; 5 another snapshot. */
function aRound(world: World): void {
  const { journal } = world.fleet;
  ran(world, SNAPSHOT, made(36));
  world.clock.pass(60);
  const round = begin(
    world,
    { kind: 'task', task: 'nightly', snapshot: true },
    { dueAt: '2026-11-20T12:01:00.000Z' },
  );
  const snapshot = begin(world, snapshotByHand(['/srv/data']), { parent: round });
  journal.finishRun(snapshot, 'ok', reports.snapshot);
  const sent = begin(world, replication, { parent: round });
  world.clock.pass(95);
  journal.finishRun(sent, 'failed', reports.replication);
  journal.finishRun(round, 'failed', reports.round);
  world.clock.pass(60);
  ran(world, SNAPSHOT, made(42));
}

async function openRound(t: Parameters<typeof openScreen>[0], keys = '', options = {}): Promise<Screen> {
  const screen = await openScreen(t, { ...SEED, ...options });
  aRound(screen.world);
  await look(screen);
  await screen.keys(`7${keys}`);
  return screen;
}

/** The numbers of the runs that are shown, from the top. */
const numbers = (screen: Screen): number[] =>
  screen.text().flatMap((line) => {
    const found = /^[ ▸] +(\d+) (?:└ )?(?:snapshot|cleanup|replication|task) /.exec(line);
    return found ? [Number(found[1])] : [];
  });

for (const [name, [columns, rows], keys] of [
  ['history-round', [80, 24], 'j'],
  ['history-round-narrow', [60, 20], 'j'],
  ['history-round-wide', [160, 50], 'j'],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openRound(t, keys, { columns, rows });
    assertFrame(name, screen.frame());
  });
}

test('the parts of a round stand below it, in their order, between what came before and after', async (t) => {
  const screen = await openRound(t);
  assert.deepEqual(numbers(screen), [5, 2, 3, 4, 1]);
  assert.match(screen.row(' 2 task'), /nightly +✗ FAILED .*schedule/);
  assert.match(screen.row(' 3 └ snapshot'), /✓ OK/);
  // Ordered by a column, a part stands anywhere.
  await screen.keys('s');
  assert.deepEqual(numbers(screen), [1, 2, 3, 4, 5]);
  assert.ok(!screen.frame().includes('└ '));
});

test('a round tells its task, when it was due and its parts; a part tells which run it belongs to', async (t) => {
  const screen = await openRound(t, 'j\r', { rows: 50 });
  for (const text of [
    'Task       nightly',
    'Parts      run 3: snapshot of /srv/data, ✓ OK',
    '           run 4: replication of /srv/data, ✗ FAILED',
    'Servers    beta, gamma',
    'Asked by   schedule',
    'Due        2026-11-20T12:01:00.000Z',
    'Command    btrfleet task run nightly',
    '✓ beta:/backup OK',
    '✗ gamma        FAILED',
    'gamma cannot be reached: connection refused.',
    'beta: 1 deleted, 0 kept of /srv/data',
  ])
    assert.ok(screen.row(text), text);
  await screen.chunks('q', 'j', '\r');
  for (const text of ['Task       nightly', 'Part of    run 2: task of nightly, ✗ FAILED'])
    assert.ok(screen.row(text), text);
});

for (const [filter, shown] of [
  ['kind:task', [2]],
  ['task:nightly', [2, 3, 4]],
  ['nightly', [2, 3, 4]],
  ['kind:task failed:yes', [2]],
  ['server:gamma', [2, 4]],
  ['part:2', [3, 4]],
  ['by:schedule !nightly', [5, 1]],
] as const) {
  test(`the filter "${filter}" shows ${shown.join(', ')}`, async (t) => {
    const screen = await openRound(t, `/${filter}\r`);
    assert.deepEqual(numbers(screen), shown);
  });
}

test('what was sent in a round stands among what was sent', async (t) => {
  const screen = await openRound(t, ']');
  assert.ok(screen.row('2 transfers from alpha'));
  assert.match(screen.row('gamma '), /✗ FAILED/);
});

test('a round of another process, its parts and their ends appear by themselves within two seconds', async (t) => {
  const screen = await openScreen(t, { ...SEED, follow: true });
  await screen.keys('7');
  const other = otherProcess(t, screen.world);
  const began = performance.now();
  const round = begin(other, { kind: 'task', task: 'nightly', snapshot: false }, {});
  const part = begin(other, replication, { parent: round });
  await screen.until('2 └ replication');
  // It is one thing that goes on, not two.
  assert.ok(screen.row('1 running'));
  assert.deepEqual(numbers(screen), [1, 2]);
  other.fleet.journal.finishRun(part, 'failed', reports.replication);
  other.fleet.journal.finishRun(round, 'failed', reports.round);
  await screen.until('✗ FAILED');
  await screen.until((frame) => !frame.includes('running'));
  assert.ok(performance.now() - began < patience(2));
  // Once, for the round.
  assert.ok(screen.row('✗ Round of nightly: gamma cannot be reached'));
  assert.equal(screen.app.store.getState().messages.length, 1);
});

test('what goes well by the schedule is nothing to tell; what was asked for by hand is', async (t) => {
  const screen = await openScreen(t, { ...SEED, follow: true });
  await screen.keys('7');
  const other = otherProcess(t, screen.world);
  const run = begin(other, snapshotByHand(['/srv/data']), { item: 'snapshot:/srv/data' });
  other.fleet.journal.finishRun(run, 'ok', reports.snapshot);
  await screen.until('✓ OK');
  assert.deepEqual(screen.app.store.getState().messages, []);
  const hand = other.fleet.journal.createRun({
    request: SNAPSHOT,
    trigger: 'hand',
    state: 'running',
    holder: other.fleet.holder,
  });
  await screen.until('running');
  other.fleet.journal.finishRun(hand.id, 'ok', reports.snapshot);
  await screen.until('✓ Snapshot of /srv/data: done');
});

test('a run that has not changed stays the very same object, whatever else changes', async (t) => {
  const screen = await openRound(t);
  const { app, world } = screen;
  const before = app.store.getState().runs;
  const id = begin(world, SNAPSHOT, {});
  followRuns(app);
  const began = app.store.getState().runs;
  assert.deepEqual([began[0]?.id, began.length], [id, before.length + 1]);
  assert.ok(before.every((run, index) => began[index + 1] === run));
  followRuns(app);
  assert.equal(app.store.getState().runs, began);
  world.fleet.journal.writeProgress(id, {
    targets: [],
    notes: ['on its way'],
    fault: null,
  });
  followRuns(app);
  const now = app.store.getState().runs;
  assert.deepEqual(now[0]?.job?.notes, ['on its way']);
  assert.ok(before.every((run, index) => now[index + 1] === run));
});
