/** A list to choose from: narrowed by typing, moved through by keys, chosen from only by those who can have seen it. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { crowded, FLEET } from './world/inventories.ts';
import { assertFrame } from './world/kept-frame.ts';
import { openScreen, type Screen, type ScreenOptions } from './world/open-screen.tsx';
import { seen } from './world/seen.ts';

const ESC = '\u001b';
const HOME = `${ESC}[H`;
const END = `${ESC}[F`;
const DOWN = `${ESC}[B`;
const PAGE_DOWN = `${ESC}[6~`;
const PAGE_UP = `${ESC}[5~`;

const COUNT = 4310;

/** The list of the snapshots of the Replication page. */
async function openList(test: TestContext, options: ScreenOptions = crowded(COUNT)): Promise<Screen> {
  const screen = await openScreen(test, options);
  await screen.chunks('5', 'j', '\r');
  return screen;
}

const here = (screen: Screen): string => /▸ (\S+)/.exec(screen.frame())?.[1] ?? 'nothing';
const isOpen = (screen: Screen): boolean => screen.app.store.getState().overlay?.kind === 'select';

test('typing narrows it at once, words are AND, and what is chosen is what was found', async (t) => {
  const screen = await openList(t);
  assert.ok(screen.row('Snapshot to send').includes('4,310 to choose from'));
  await screen.keys('T07:00');
  const found = /(\d+) of 4,310/.exec(screen.row('Snapshot to send'))?.[1];
  assert.ok(Number(found) > 100 && Number(found) < 300, found);
  await screen.keys(' 06-1 !2025');
  assert.ok(screen.row('10 of 4,310'));
  const name = here(screen);
  assert.match(name, /^2026-06-1\dT07:00/);
  seen(screen);
  await screen.keys('\r');
  assert.equal(screen.app.store.getState().full.snapshot, name);
});

test('it keeps its place when it is narrowed and shown whole again, and Esc closes it only then', async (t) => {
  const screen = await openList(t);
  await screen.keys(`${PAGE_DOWN}${PAGE_DOWN}jj`);
  const name = here(screen);
  await screen.keys(name.slice(5, 13));
  assert.equal(here(screen), name);
  await screen.keys(ESC);
  await screen.until('4,310 to choose from');
  assert.equal(here(screen), name);
  assert.ok(isOpen(screen));
  await screen.keys(ESC);
  await screen.until((frame) => !frame.includes('to choose from'));
});

test('Backspace takes letters away, and of an empty filter nothing is left', async (t) => {
  const screen = await openList(t);
  await screen.keys('2026x');
  assert.ok(screen.row('0 of 4,310'));
  assert.ok(screen.row('Nothing is called that'));
  await screen.keys('\r');
  assert.ok(isOpen(screen));
  await screen.keys('\u007f\u007f\u007f\u007f\u007f');
  assert.ok(screen.row('4,310 to choose from'));
});

for (const [title, keys, index] of [
  ['G and End: the last one', 'G', COUNT - 1],
  ['End', END, COUNT - 1],
  ['g after G', 'Gg', 0],
  ['Home after End', `${END}${HOME}`, 0],
  ['a page, as many as are seen', PAGE_DOWN, 11],
  ['a page and back', `${PAGE_DOWN}${PAGE_UP}`, 0],
  ['up from the first: it stays', 'k', 0],
  ['down from the last: it stays', 'Gj', COUNT - 1],
  ['letters and arrows', `jj${DOWN}k`, 2],
] as const) {
  test(`the cursor moves and stays in sight at 60×20: ${title}`, async (t) => {
    const screen = await openList(t, { ...crowded(COUNT), columns: 60, rows: 20 });
    await screen.keys(keys);
    const { overlay } = screen.app.store.getState();
    assert.ok(overlay?.kind === 'select');
    const wanted = overlay.select.items[index]?.value;
    assert.equal(here(screen), wanted);
    assert.equal(screen.wrapped(), 0);
  });
}

test('after / every letter is text; q closes only where nothing is typed', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', 'u', '/', 'q');
  assert.ok(screen.row('0 of'));
  await screen.keys('\u0015');
  await screen.keys('jkgGq');
  assert.ok(screen.row('/jkgGq'));
  await screen.keys(ESC);
  await screen.until('to choose from');
  await screen.keys('q');
  assert.ok(!isOpen(screen));
});

test('one chunk never opens it and chooses from it: Enter waits for those who see it, and says so', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('5j\rjj\r');
  assert.ok(isOpen(screen));
  assert.equal(screen.app.store.getState().full.snapshot, null);
  assert.ok(screen.row('Enter once more chooses'));
  seen(screen);
  await screen.keys('\r');
  assert.notEqual(screen.app.store.getState().full.snapshot, null);
});

test('what is pasted narrows it, and chooses nothing', async (t) => {
  const screen = await openList(t);
  seen(screen);
  await screen.paste('T07:00\r');
  assert.ok(isOpen(screen));
  assert.ok(screen.row('/T07:00'));
});

test('at every size and in plain ASCII it is read in full', async (t) => {
  for (const [columns, rows] of [
    [60, 15],
    [60, 20],
    [80, 24],
    [200, 50],
  ] as const) {
    const screen = await openList(t, { ...crowded(COUNT), columns, rows });
    assert.ok(screen.row('Snapshot to send'), `${columns}×${rows}`);
    for (const text of ['Esc back', '4,310 to choose from'])
      assert.ok(screen.row(text), `${columns}×${rows}`);
    await screen.keys('T07:00 2026-06-');
    for (const text of ['Esc shows all', ' of 4,310']) assert.ok(screen.row(text), `${columns}×${rows}`);
    assert.equal(screen.wrapped(), 0);
    if (rows === 20) assertFrame('select-60x20', screen.frame());
  }
  const theme = { color: false, unicode: false };
  const plain = await openList(t, { ...crowded(COUNT), theme });
  await plain.keys('T07');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is looked for
  assert.doesNotMatch(plain.frame(), /[^\x00-\x7f]/);
});
