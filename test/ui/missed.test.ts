/** What failed while the screen was closed is told when it opens, once. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Remembered } from '../../src/store/app.ts';
import { remember } from '../../src/store/app.ts';
import { follow } from '../../src/store/refresh.ts';
import { made, ran, refused, SNAPSHOT } from './world/history-runs.ts';
import { FLEET } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const FAILED = { kind: 'fault', fault: refused } as const;

interface Past {
  readonly columns?: number;
  /** Hours ago that somebody looked; null: it is not known. */
  readonly looked?: number | null;
}

/** Runs of the past while it was closed, then it opens. */
async function reopened(
  t: TestContext,
  runs: (screen: Screen) => void,
  { columns = 80, looked = 10 }: Past = {},
) {
  const screen = await openScreen(t, { ...FLEET, columns, rows: 20 });
  const { world, app } = screen;
  const lookedAt = looked === null ? null : world.clock.now();
  const remembered: Remembered = { page: 'servers', tabs: {}, lists: {}, subvolume: null, lookedAt };
  Object.assign(app.deps, { remembered });
  world.clock.pass((looked ?? 10) * 3600);
  runs(screen);
  t.mock.timers.enable({ apis: ['setInterval'] });
  t.after(follow(app));
  await screen.settle();
  return screen;
}

const twoFailed = ({ world }: Screen): void => {
  ran(world, SNAPSHOT, FAILED, 'failed');
  ran(world, SNAPSHOT, FAILED, 'failed');
};

for (const columns of [60, 80]) {
  test(`two that failed are told with where they are, at ${columns} columns`, async (t) => {
    const screen = await reopened(t, twoFailed, { columns, looked: 30 });
    assert.ok(screen.row('✗ 2 runs failed (7 History) since you looked, '));
  });
}

test('what succeeded since is said', async (t) => {
  const screen = await reopened(t, (opened) => {
    twoFailed(opened);
    ran(opened.world, SNAPSHOT, made(42));
  });
  assert.ok(screen.row('▲ 2 runs failed (7 History)').includes('all of them succeeded'));
});

test('an interrupted one is told too', async (t) => {
  const screen = await reopened(t, ({ world }) => {
    const { journal, holder } = world.fleet;
    journal.createRun({ request: SNAPSHOT, trigger: 'schedule', state: 'running', holder });
    journal.interruptDeadRuns(() => false);
  });
  assert.ok(screen.row('✗ One run failed (7 History)'));
});

for (const [title, runs, past] of [
  ['nothing failed', ({ world }: Screen) => ran(world, SNAPSHOT, made(42)), {}],
  ['it is the first start', twoFailed, { looked: null }],
] as const) {
  test(`told nothing: ${title}`, async (t) => {
    const screen = await reopened(t, (opened) => void runs(opened), past);
    assert.ok(!screen.frame().includes('since you looked'));
  });
}

test('it is not told twice; without a key nobody has looked', async (t) => {
  const screen = await reopened(t, twoFailed);
  const { app, world } = screen;
  const kept = (): number | null | undefined => {
    remember(app);
    return world.remembered.at(-1)?.lookedAt;
  };
  assert.equal(kept(), app.deps.remembered?.lookedAt);
  await screen.keys('j');
  assert.equal(kept(), world.clock.now());
  Object.assign(app.deps, { remembered: world.remembered.at(-1) });
  const told = app.store.getState().messages.length;
  follow(app)();
  assert.equal(app.store.getState().messages.length, told);
});
