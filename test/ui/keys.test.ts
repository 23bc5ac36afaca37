/** Keys as a bad line delivers them: many in one chunk, one in many chunks, pasted, with Alt. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ask } from '../../src/store/app.ts';
import { at, crowded, FLEET } from './world/inventories.ts';
import { openScreen, type Screen } from './world/open-screen.tsx';
import { seen } from './world/seen.ts';

const ESC = '\u001b';

const ONE_KEY = new RegExp(`${ESC}(?:\\[.|O.)|.`, 'gsu');

/** What was done: the frame, what was queued, copied and asked for. */
const doneBy = (screen: Screen) => ({
  frame: screen.frame(),
  queued: screen.world.queued,
  copied: screen.world.copied,
  asked: screen.world.asked,
});

for (const [title, keys] of [
  ['moves', '3jjj'],
  ['moves and marks', '3jj  kv'],
  ['a filter, kept, and a move in what it leaves', '3/T18\rj'],
  ['a form filled in and left by Enter', '2nabc\r\r192.0.2.7\r'],
  ['a list to choose from, narrowed', '3ujkG/srv\u007f'],
  ['the help, filtered and run', '3?hold the\u007f\u007f\u007f\u007f\r'],
  ['the palette', '2:gamma\r'],
  ['arrows and letters', `3${ESC}[Bj${ESC}[A${ESC}OBG`],
  ['letters of more than one byte', '3/é漢\u{1F600}'],
] as const) {
  test(`one chunk does what single keys do: ${title}`, async (t) => {
    const single = await openScreen(t, FLEET);
    for (const key of keys.match(ONE_KEY) ?? []) await single.keys(key);
    const chunk = await openScreen(t, FLEET);
    await chunk.keys(keys);
    assert.deepEqual(doneBy(chunk), doneBy(single));
  });
}

test('the single keys of these tests do something', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3uk');
  seen(screen);
  await screen.keys('\r');
  assert.ok(screen.row('/srv has no snapshots yet'));
  await screen.keys('5j\rjj');
  seen(screen);
  await screen.keys('\r');
  assert.equal(screen.app.store.getState().full.snapshot, at(30));
});

for (const [title, sequence, expected] of [
  ['an arrow', `${ESC}[B`, '2026-10-31T22:00'],
  ['page down', `${ESC}[6~`, '2026-10-31T05:00'],
  ['an arrow of the application mode', `${ESC}OB`, '2026-10-31T22:00'],
] as const) {
  test(`${title} split over chunks is that key`, async (t) => {
    for (let cut = 1; cut < sequence.length; cut += 1) {
      const screen = await openScreen(t, crowded(100));
      await screen.keys('3');
      await screen.chunks(sequence.slice(0, cut), sequence.slice(cut));
      await screen.until((frame) => frame.includes(`▸ ${expected}`));
    }
  });
}

test('a letter of several bytes split over chunks is that letter', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3/');
  const bytes = Buffer.from('é漢');
  for (const byte of bytes) await screen.bytesIn(Buffer.from([byte]));
  assert.ok(screen.row('/é漢'));
});

test('Esc and a key in one chunk are Esc, then that key', async (t) => {
  for (const key of ['d', 'n', 'j', 'G', '1', '\r', '\t', '\u007f', ' ', '?', ':', '*']) {
    const [together, apart] = [await openScreen(t, FLEET), await openScreen(t, FLEET)];
    await together.keys('3*');
    await together.keys(`${ESC}${key}`);
    await apart.keys('3*');
    await apart.keys(ESC);
    await apart.until((frame) => !frame.includes('8 marked'));
    await apart.keys(key);
    assert.deepEqual(doneBy(together), doneBy(apart), JSON.stringify(key));
  }
});

test('an arrow with Alt does nothing', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('3*');
  const before = doneBy(screen);
  await screen.keys(`${ESC}[1;3B`);
  assert.deepEqual(doneBy(screen), before);
});

test('Ctrl-D moves and deletes nothing', async (t) => {
  const screen = await openScreen(t, FLEET);
  for (const page of ['1', '2', '3', '5']) await screen.chunks(page, '\u0004');
  assert.deepEqual(doneBy(screen).queued, []);
  assert.equal(screen.app.store.getState().overlay, null);
  assert.deepEqual(screen.world.asked, []);
});

test('Ctrl-C quits from everywhere', async (t) => {
  for (const keys of ['2', '2n', '3u', '3d', '3/', '2?']) {
    const screen = await openScreen(t, FLEET);
    await screen.keys(keys);
    await screen.keys('\u0003');
    assert.deepEqual(screen.world.asked, ['quit'], keys);
  }
});

test('what is pasted into a field is text, whatever it looks like', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('2n');
  await screen.paste('my\rq\nd\u001b[Aname\u0003');
  // The controls are gone and line ends are blanks: nothing was pressed.
  assert.ok(screen.row('▸ Name').includes('my q d[Aname'));
  await screen.keys('\t\t');
  await screen.paste('192.0.2.7\r\n');
  assert.ok(screen.row('▸ Host').includes('192.0.2.7'));
  assert.deepEqual(screen.world.asked, []);
  await screen.keys(`${ESC}`);
  await screen.until('ADDRESS');
  await screen.keys('3/');
  await screen.paste('T18\rd');
  assert.ok(screen.row('/T18 d'));
});

test('what is pasted elsewhere does nothing', async (t) => {
  for (const keys of ['2', '3', '5', '3d', '2J', '1']) {
    const screen = await openScreen(t, FLEET);
    await screen.keys(keys);
    screen.world.clock.pass(1);
    const { overlay } = screen.app.store.getState();
    for (const text of ['dy', 'nnn', 'q', 'y', '\r', 'x', '8\r']) await screen.paste(text);
    assert.deepEqual(screen.world.queued, [], keys);
    assert.deepEqual(screen.world.asked, []);
    assert.deepEqual(screen.app.store.getState().overlay, overlay);
  }
});

test('a paste split over chunks at any place is a paste still', async (t) => {
  const paste = `${ESC}[200~dyq\rn${ESC}[201~`;
  for (let cut = 1; cut < paste.length; cut += 1) {
    const screen = await openScreen(t, FLEET);
    await screen.keys('3');
    await screen.chunks(paste.slice(0, cut), paste.slice(cut));
    await screen.until('What was pasted was left out');
    assert.deepEqual(screen.world.queued, [], `split at ${cut}`);
    assert.deepEqual(screen.world.asked, [], `split at ${cut}`);
    assert.equal(screen.app.store.getState().overlay, null, `split at ${cut}`);
  }
});

test('q goes back one level with each press, and quits at the top only', async (t) => {
  const screen = await openScreen(t, FLEET);
  const { asked } = screen.world;
  await screen.chunks('3', '*', '/2', '\r');
  assert.ok(screen.row('/2'));
  const hides = (text: string): Promise<void> => screen.until((frame) => !frame.includes(text));
  await screen.keys('q');
  await hides('/2');
  assert.ok(screen.row('8 marked'));
  await screen.keys('q');
  await hides('8 marked');
  assert.deepEqual(asked, []);
  await screen.keys('q');
  assert.deepEqual(asked, ['quit']);
});

test('Ctrl-C quits, but asks where a form is filled in', async (t) => {
  const screen = await openScreen(t, FLEET);
  const { asked, clock } = screen.world;
  const overlay = () => screen.app.store.getState().overlay?.kind;
  await screen.keys('2n');
  await screen.keys('x');
  await screen.keys('\u0003');
  assert.deepEqual([overlay(), asked], ['confirm', []]);
  assert.ok(screen.row('lose what was filled in'));
  clock.pass(1);
  await screen.keys('n');
  assert.equal(overlay(), 'form');
  await screen.keys('\u0003');
  clock.pass(1);
  await screen.keys('y');
  assert.deepEqual(asked, ['quit']);
});

test('Ctrl-C twice at once does not quit, and a question above a form does not hide it', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('2n');
  await screen.keys('x');
  await screen.keys('\u0003\u0003');
  assert.deepEqual(screen.world.asked, []);
  const { overlay } = screen.app.store.getState();
  assert.ok(overlay?.kind === 'confirm');
  const form = overlay.confirm.back ?? null;
  ask(screen.app, { title: 'Something about the form', lines: [], back: form, run: () => {} });
  await screen.keys('\u0003');
  assert.deepEqual(screen.world.asked, []);
  assert.ok(screen.row('lose what was filled in'));
  screen.world.clock.pass(1);
  await screen.keys('\u0003');
  assert.deepEqual(screen.world.asked, ['quit']);
});

test('a form that nobody has filled in holds nobody back', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.keys('2n');
  await screen.keys('\u0003');
  assert.deepEqual(screen.world.asked, ['quit']);
});

test('every overlay can be left by another key than Esc', async (t) => {
  for (const [open, leave] of [
    ['2?', 'q'],
    ['2:', 'q'],
    ['2J', 'q'],
    ['2@', 'q'],
    ['2!', 'q'],
    ['2\r', 'q'],
    ['3u', 'q'],
    ['2n', '\u001b[Z\r'],
    ['3*d', '\r'],
    ['3d', 'n'],
  ] as const) {
    const screen = await openScreen(t, FLEET);
    await screen.keys(open);
    assert.notEqual(screen.app.store.getState().overlay, null, open);
    screen.world.clock.pass(1);
    await screen.keys(leave);
    assert.equal(screen.app.store.getState().overlay, null, open);
    assert.deepEqual(screen.world.queued, []);
  }
});
