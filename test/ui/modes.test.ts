/** Terminals that can show less, names that mean harm, and how much is written: nothing while nothing changes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { themeOf } from '../../src/terminal/terminal.ts';
import { displayWidth } from '../../src/text/width.ts';
import { unreachable } from './world/fleet-world.ts';
import {
  alpha,
  at,
  beta,
  crowded,
  FLEET,
  inventory,
  received,
  SERVERS,
  server,
} from './world/inventories.ts';
import { assertFrame } from './world/kept-frame.ts';
import { openScreen, type Screen, type ScreenOptions } from './world/open-screen.tsx';
import { claim, finish, MIB, progress, result, sending } from './world/runs.ts';

const ASCII = { color: true, unicode: false } as const;
const PLAIN = { color: false, unicode: true } as const;
const BIDI = '\u202egpj.exe';
const HOSTILE = [
  'evil\u001b[2J\u0007',
  BIDI,
  '漢字漢字',
  '\u{1F600}\u{1F600}',
  'a\nb',
  'zero\u200bwidth',
  'é\u0301',
];

/** Every page and overlay, a run that goes on and one that failed. */
async function everywhere(screen: Screen): Promise<string[]> {
  const { world } = screen;
  const frames: string[] = [];
  const visit = async (...keys: readonly string[]): Promise<void> => {
    await screen.chunks(...keys);
    frames.push(screen.frame());
  };
  await visit('2');
  await visit('n\t\t');
  await visit('\u001b[Z\u001b[Z\u001b[Z\r');
  await visit('\r');
  await visit('q', '?');
  await visit('q', ':', 'a');
  await visit('\u0003'.replace('\u0003', '\u0015'), 'q', 'z');
  await visit('3', 'jvj');
  await visit('*', 's');
  await visit('d');
  world.clock.pass(1);
  await visit('\r', 'u');
  await visit('q', 'y');
  await visit('\r');
  await visit('q', '/x…', '\r');
  await visit('5');
  await visit('x');
  const id = claim(world);
  progress(world, id, { beta: sending(world, MIB, 3 * MIB), gamma: { phase: 'verifying', step: STEP } }, [
    '…',
  ]);
  await screen.set({ runs: world.fleet.journal.listRuns({ limit: 9 }) });
  await visit('5');
  await visit('J');
  finish(world, id, 'failed', [
    result('beta'),
    result('gamma', { status: 'failed', fault: unreachable('gamma') }),
  ]);
  await screen.set({ runs: world.fleet.journal.listRuns({ limit: 9 }) });
  await visit('\r');
  await visit('q', ']');
  await visit('!');
  await visit('q', '@');
  for (const page of ['1', '4', '6', '7']) await visit('q', page);
  return frames;
}

const STEP = { snapshot: at(42), base: null, index: 1, count: 1 };

const HARMFUL: ScreenOptions = {
  servers: [server('alpha', { role: 'primary' }), server('beta', { host: 'b\u00e9ta' }), server('gamma')],
  inventories: [
    inventory('alpha', [
      {
        mount: '/srv',
        subvolumes: HOSTILE,
        snapshots: { [HOSTILE[0] ?? '']: HOSTILE.map((name) => ({ name, origin: null, parent: null })) },
      },
    ]),
    beta(),
  ],
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for what else is written
const NOT_ASCII = /[^\x00-\x7f]/;

for (const [name, seed] of [
  ['a usual fleet', FLEET],
  ['harmful names', HARMFUL],
  ['nothing', {}],
] as const) {
  test(`a locale without UTF-8: only ASCII is ever written (${name})`, async (t) => {
    const screen = await openScreen(t, { ...seed, theme: ASCII });
    await everywhereOf(screen, name);
    await screen.resize(40, 10);
    await screen.resize(60, 20);
    const odd = NOT_ASCII.exec(screen.written());
    assert.equal(
      odd,
      null,
      `wrote ${JSON.stringify(
        screen
          .written()
          .slice((odd?.index ?? 0) - 40)
          .slice(0, 80),
      )}`,
    );
  });

  test(`no colours: none is ever written, and inverse and bold stay (${name})`, async (t) => {
    const screen = await openScreen(t, { ...seed, theme: PLAIN });
    await everywhereOf(screen, name);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set attributes
    const codes = [...screen.written().matchAll(/\u001b\[([0-9;]*)m/g)].flatMap(([, code = '']) =>
      code.split(';'),
    );
    assert.deepEqual(
      [...new Set(codes)].filter((code) => !['', '0', '1', '2', '22', '7', '27'].includes(code)),
      [],
    );
    assert.ok(codes.includes('7') && codes.includes('1'));
  });

  test(`only the sixteen colours of the user are used (${name})`, async (t) => {
    const screen = await openScreen(t, seed);
    await everywhereOf(screen, name);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set attributes
    assert.doesNotMatch(screen.written(), /\u001b\[[0-9;]*(?:38|48);[0-9;]*m|\u001b\[(?:4[0-7]|10[0-7])m/);
  });
}

/** With a fleet of its own names there is nothing to replicate. */
async function everywhereOf(screen: Screen, name: string): Promise<void> {
  if (name === 'a usual fleet') await everywhere(screen);
  else
    for (const keys of [
      '2',
      '\r',
      'q',
      '2n',
      '\u001b[Z\r',
      '3',
      'jjj*',
      'u',
      'q',
      '\r',
      'q',
      '5',
      ']',
      ':',
      'q',
      'J',
      'q',
    ])
      await screen.keys(keys);
}

test('the cursor is inverse, a mark and a pointer stand beside it, with and without colours', async (t) => {
  for (const theme of [PLAIN, ASCII, { color: true, unicode: true }]) {
    const screen = await openScreen(t, { ...FLEET, theme });
    await screen.keys('3 ');
    const rows = screen.text();
    const row = rows.findIndex((line) => line.startsWith(theme.unicode ? '▸' : '>'));
    assert.ok(screen.attributes(row, 4).inverse);
    assert.ok(!screen.attributes(row - 1, 4).inverse);
    assert.equal(screen.attributes(row - 1, 1).char, theme.unicode ? '▌' : '#');
  }
});

test('the tables in ASCII', async (t) => {
  const screen = await openScreen(t, {
    ...FLEET,
    theme: ASCII,
    looks: { gamma: { status: 'offline', fault: unreachable('gamma') } },
  });
  assertFrame('ascii-servers', screen.frame());
  await screen.keys('3*d');
  assertFrame('ascii-delete', screen.frame());
});

test('the locale and NO_COLOR decide the theme', () => {
  for (const [env, color, unicode] of [
    [{ LANG: 'C' }, true, false],
    [{ LANG: 'C.UTF-8' }, true, true],
    [{ LANG: 'de_DE.utf8', LC_ALL: 'C' }, true, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true, true],
    [{ LANG: 'C.UTF-8', NO_COLOR: '1' }, false, true],
    [{ LANG: 'C.UTF-8', NO_COLOR: '' }, true, true],
    [{ LANG: 'C.UTF-8', TERM: 'dumb' }, false, true],
    [{}, true, false],
  ] as const)
    assert.deepEqual(themeOf(env), { color, unicode }, JSON.stringify(env));
});

test('names that mean harm are shown escaped, and the columns stay where they are', async (t) => {
  const screen = await openScreen(t, { ...HARMFUL, columns: 100, rows: 30 });
  await screen.keys('3');
  const frame = screen.frame();
  for (const text of [
    'evil\\u{1b}[2J\\u{7}',
    '\\u{202e}gpj.exe',
    '漢字漢字',
    '\u{1F600}\u{1F600}',
    'a\\u{a}b',
    'zero\\u{200b}width',
  ])
    assert.ok(frame.includes(text), `${text} is not shown:\n${frame}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not have reached the terminal
  assert.doesNotMatch(screen.written(), /\u001b\[2J|\u0007|\u202e|\u200b/);
  const column = displayWidth(screen.row('REPLICAS').split('REPLICAS')[0] ?? '');
  for (const text of ['漢字漢字', '\u{1F600}', 'gpj.exe', 'a\\u{a}b'])
    assert.equal(displayWidth(screen.row(text).split("not btrfleet's")[0] ?? ''), column, text);
  await screen.keys('i');
  const widths = screen
    .text()
    .filter((line) => /[│╭╰]/.test(line))
    .map((line) => displayWidth(line.trimEnd()));
  assert.equal(new Set(widths).size, 1, screen.frame());
});

test('nothing is written while nothing changes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  for (const [page, shown] of [
    ['2', 'ADDRESS'],
    ['3', 'REPLICAS'],
    ['5', 'Replicate'],
    ['5]', 'primary'],
    // These are worked out in the background.
    ['1', 'WOULD LOSE'],
    ['6', 'WORST LAG'],
  ] as const) {
    const screen = await openScreen(t, { ...crowded(1000), follow: true, columns: 120, rows: 46 });
    await screen.keys(page);
    await screen.until(shown);
    const before = screen.bytes();
    for (let second = 0; second < 120; second += 1) {
      t.mock.timers.tick(1000);
      if (second % 10 === 0) await screen.settle();
    }
    await screen.settle();
    assert.equal(screen.bytes() - before, 0, `page ${page}`);
  }
});

test('ages go on with the clock, and only they are drawn', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), beta()], follow: true });
  const before = screen.bytes();
  screen.world.clock.pass(90);
  t.mock.timers.tick(15_000);
  await screen.settle();
  assert.ok(screen.row('alpha').includes('1 min'));
  assert.ok(screen.row('1 min old'));
  screen.world.clock.pass(90);
  t.mock.timers.tick(15_000);
  await screen.settle();
  assert.ok(screen.row('alpha').includes('STALE 3 min'));
  assert.ok(screen.bytes() - before < 1500, `${screen.bytes() - before} bytes`);
});

test('passing over many snapshots counts the size of none; resting on one counts that one', async (t) => {
  const screen = await openScreen(t, { ...crowded(200), faults: { alpha: unreachable('alpha') } });
  // The terminal of the test has timers too: it is opened before they stand still.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  screen.app.store.setState({ page: 'snapshots' });
  await screen.keysOnly('jjjjjjjjjjjjjjjjjjjj');
  assert.deepEqual(screen.world.connects, []);
  t.mock.timers.tick(299);
  assert.deepEqual(screen.world.connects, []);
  t.mock.timers.tick(1);
  assert.deepEqual(screen.world.connects, ['alpha']);
  t.mock.timers.reset();
});

test('an error while drawing ends the screen with the reason', async (t) => {
  const broken = {
    ...FLEET,
    inventories: [alpha(), inventory('beta', [{ mount: '/b', snapshots: { x: received('x', [0]) } }])],
  };
  const screen = await openScreen(t, broken);
  await screen.set({ page: 'nowhere' as never });
  const error = await screen.exit;
  assert.ok(error instanceof Error);
  assert.match(error.message, /there is no page nowhere/);
});
