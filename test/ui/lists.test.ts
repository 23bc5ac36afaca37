/** Lists: the cursor and the marks follow the object, whatever happens to the rows. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { remember } from '../../src/store/app.ts';
import { alpha, at, beta, crowded, FLEET, inventory, made, received, SERVERS } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';

const HOURS = [0, 6, 12, 18, 24, 30, 36, 42];

/** The name the cursor stands on. */
const cursor = (screen: Screen): string => /\d{4}-\S+/.exec(screen.row('▸'))?.[0] ?? '';

const marked = (screen: Screen): string[] =>
  screen
    .text()
    .filter((line) => line.includes('▌'))
    .map((line) => /\d{4}-\S+/.exec(line)?.[0] ?? '');

/** The primary was looked at again. */
async function seen(screen: Screen, hours: readonly number[]): Promise<void> {
  const { looks } = screen.app.store.getState();
  const look = looks['alpha'];
  assert.ok(look);
  await screen.set({ looks: { ...looks, alpha: { ...look, inventory: alpha(hours) } } });
}

test('the cursor and the marks stay on their objects when newer snapshots come', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', 'jj ');
  await screen.keys('k');
  assert.equal(cursor(screen), at(30));
  assert.deepEqual(marked(screen), [at(30)]);
  await seen(screen, [...HOURS, 48, 54]);
  assert.ok(screen.row(at(54)));
  assert.equal(cursor(screen), at(30));
  assert.deepEqual(marked(screen), [at(30)]);
});

test('the cursor nobody has moved yet stays on its object too', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3');
  await seen(screen, [...HOURS, 48]);
  assert.equal(cursor(screen), at(42));
});

test('the object under the cursor goes: the next one takes its place, and is then followed', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', 'jj');
  await seen(
    screen,
    HOURS.filter((hour) => hour !== 30),
  );
  assert.equal(cursor(screen), at(24));
  await seen(screen, [...HOURS.filter((hour) => hour !== 30), 48]);
  assert.equal(cursor(screen), at(24));
  await seen(screen, [0]);
  assert.equal(cursor(screen), at(0));
});

test('marks of what is gone are not counted and not deleted', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', '  ');
  assert.ok(screen.row('2 marked'));
  await seen(
    screen,
    HOURS.filter((hour) => hour !== 42),
  );
  assert.ok(screen.row('1 marked'));
  await screen.keys('d');
  assert.ok(screen.row('Delete this snapshot'));
  assert.ok(screen.row(`  ${at(36)}`));
});

test('the cursor follows its object through every order, and each column has one', async (t) => {
  const screen = await openScreen(t, { ...FLEET, sizes: { 'origin-data-2026-11-01T06:00:00.000Z': 9000 } });
  await screen.chunks('3', 'jjj');
  const shown = (): string[] =>
    screen
      .text()
      .slice(4, 12)
      .map((line) => /\d{4}-\S+/.exec(line)?.[0] ?? '');
  const ascending = HOURS.map(at);
  const orders = [
    ['SNAPSHOT▲', ascending],
    ['AGE▲', ascending.toReversed()],
    ['SIZE▲', [...ascending.toReversed().filter((name) => name !== at(6)), at(6)]],
    ['REPLICAS▲', [at(42), at(36), at(30), at(24), at(18), at(12), at(6), at(0)]],
    ['HELD▲', ascending.toReversed()],
  ] as const;
  for (const [title, names] of orders) {
    await screen.keys('s');
    assert.ok(screen.row(title), title);
    assert.deepEqual(shown(), names, title);
    assert.equal(cursor(screen), at(24));
  }
  await screen.keys('S');
  assert.ok(screen.row('HELD▼'));
  await screen.keys('s');
  assert.ok(screen.row('reversed'));
  assert.deepEqual(shown(), ascending);
  await screen.keys('S');
  assert.deepEqual(shown(), ascending.toReversed());
  assert.equal(cursor(screen), at(24));
});

test('a filter keeps the object it found under the cursor when it is cleared', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', '/11-01T06', '\r');
  assert.equal(cursor(screen), at(6));
  assert.ok(screen.row('1 of 8'));
  await screen.keys('\u001b');
  await screen.until(at(42));
  assert.equal(cursor(screen), at(6));
});

for (const [filter, hours] of [
  ['T18', [42, 18]],
  ['!beta', [42, 36, 30]],
  ['server:gamma', [6, 0]],
  ['age>18d', [30, 24, 18, 12, 6, 0]],
  ['age<18d', [42]],
  ['replicas>1', [6, 0]],
  ['T0 !gamma', [30, 24]],
  ['state:complete T12', [36, 12]],
] as const) {
  test(`the filter "${filter}" shows what it says`, async (t) => {
    const screen = await openScreen(t, FLEET);
    await screen.keys(`3/${filter}\r`);
    const names = screen.text().flatMap((line) => /^[ ▸].\d{4}-\S+/.exec(line)?.[0].slice(2) ?? []);
    assert.deepEqual(names, hours.map(at));
    assert.ok(screen.row(`${hours.length} of 8`));
  });
}

test('a filter that nothing passes says so and how to leave it', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3/nothing\r');
  assert.ok(screen.row('Nothing matches "nothing".'));
  await screen.keys('d');
  assert.ok(screen.row('delete: there is no snapshot here'));
  await screen.keys('\u001b');
  await screen.until(at(42));
});

test('a range marks from where it began to the cursor; * marks what the filter shows, or none', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', 'jvjj', 'v');
  assert.deepEqual(marked(screen), [at(36), at(30), at(24)]);
  await screen.keys('j*');
  assert.equal(marked(screen).length, 8);
  await screen.keys('*');
  assert.deepEqual(marked(screen), []);
  await screen.keys('/T18\r*');
  assert.deepEqual(marked(screen), [at(42), at(18)]);
  await screen.keys('\u001b');
  await screen.until(at(36));
  assert.ok(screen.row('2 marked'));
});

test('ten thousand rows: a key draws little, and the ends are reached', async (t) => {
  const screen = await openScreen(t, { ...crowded(10_000), columns: 120, rows: 46 });
  await screen.keys('3');
  for (const key of ['j', 'j', 'k', '\u001b[B']) {
    const before = screen.bytes();
    await screen.keys(key);
    const wrote = screen.bytes() - before;
    assert.ok(wrote > 0 && wrote < 1000, `${JSON.stringify(key)} wrote ${wrote} bytes`);
  }
  await screen.keys('G');
  assert.equal(cursor(screen), at(-10_000));
  await screen.keys('g');
  assert.equal(cursor(screen), at(-1));
  await screen.keys('/T05 age>100d\r');
  assert.ok(screen.row(' of 10,000'));
});

test('a key builds only the rows that are seen', async (t) => {
  const screen = await openScreen(t, crowded(10_000));
  await screen.keys('3');
  const built = { rows: 0 };
  const { sizes } = screen.app.store.getState();
  const counted = new Proxy(sizes, {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && name.startsWith('origin-')) built.rows += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  await screen.set({ sizes: counted });
  built.rows = 0;
  await screen.keys('j');
  assert.ok(built.rows > 0 && built.rows < 200, `${built.rows} rows were built`);
});

test('page, tab, filter, order and subvolume are remembered and taken up again', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('5]', '3', 's', 'S', '/beta\r');
  remember(screen.app);
  const [remembered] = screen.world.remembered;
  assert.ok(remembered);
  const again = await openScreen(t, { ...FLEET, remembered });
  assert.equal(again.frame(), screen.frame());
  await again.keys('5');
  assert.ok(again.row('Newer on primary'));
});

test('marks of one subvolume are not those of another', async (t) => {
  const both = inventory('alpha', [
    {
      mount: '/srv',
      subvolumes: ['data', 'home'],
      snapshots: { data: made('data', [0, 6]), home: made('home', [0, 6, 12]) },
    },
  ]);
  const screen = await openScreen(t, {
    servers: SERVERS,
    inventories: [
      both,
      beta(),
      inventory('gamma', [{ mount: '/b', snapshots: { home: received('home', [0]) } }]),
    ],
  });
  await screen.chunks('3', '*');
  assert.ok(screen.row('2 marked'));
  await screen.chunks(':', 'srv/home', '\r');
  assert.ok(!screen.frame().includes('marked'));
  await screen.keys('d');
  assert.ok(screen.row('Delete this snapshot of /srv/home'));
});
