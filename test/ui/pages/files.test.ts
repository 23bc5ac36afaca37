/** Looking into a snapshot on the screen: what is shown, where the keys lead, and what is never said. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import { EMPTY_LIST } from '../../../src/store/state.ts';
import { browsing, entry } from '../world/browsing.ts';
import { at, FLEET } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen } from '../world/open-screen.tsx';

const NEWEST = at(42);
const inFiles = (more: Parameters<typeof browsing>[1] = {}) =>
  ({ ...FLEET, page: 'snapshots', state: browsing(NEWEST, more) }) as const;

const closed: Fault = {
  code: 'not-readable',
  message: 'Could not read docs in /srv/.snapshots/data/x on alpha.',
  hint: 'Let btrfleet log in there as root.',
  server: 'alpha',
  retry: false,
};

for (const [name, size] of [
  ['files', { columns: 80, rows: 24 }],
  ['files-narrow', { columns: 60, rows: 20 }],
  ['files-wide', { columns: 160, rows: 50 }],
] as const) {
  test(`a directory of a snapshot at ${size.columns} columns`, async (t) => {
    const screen = await openScreen(t, { ...inFiles(), ...size });
    assertFrame(name, screen.frame());
  });
}

test('a name that is no text draws nothing on the terminal', async (t) => {
  const screen = await openScreen(t, inFiles());
  assert.ok(screen.row('odd\\u{dcff}\\u{a}'));
});

test('not read yet, not to be read, and empty are three things', async (t) => {
  const screen = await openScreen(t, inFiles({ page: { key: 'x', state: 'asking' }, path: 'docs' }));
  assert.ok(screen.row('Reading docs …'));
  await screen.set(browsing(NEWEST, { page: { key: 'x', state: 'failed', fault: closed }, path: 'docs' }));
  assert.ok(screen.row('Could not read docs'));
  assert.ok(!screen.frame().includes('nothing in it'));
  await screen.set(browsing(NEWEST, { entries: [] }));
  assert.ok(screen.row('There is nothing in it.'));
});

test('what somebody must know who reads there stands above', async (t) => {
  const screen = await openScreen(t, inFiles());
  const { browsing: shown } = browsing(NEWEST);
  assert.ok(shown?.page.state === 'known');
  const note = {
    ...closed,
    code: 'replica-modified',
    message: 'It is writable: it may have been changed.',
  } as const;
  await screen.set({
    browsing: { ...shown, page: { ...shown.page, value: { ...shown.page.value, notes: [note] } } },
  });
  assert.ok(screen.row('▲ It is writable'));
});

const path = (screen: Screen): string | undefined => screen.app.store.getState().browsing?.path;

test('Enter goes in, Backspace, Esc and q come back, and the cursor stands where one came from', async (t) => {
  const screen = await openScreen(t, inFiles());
  await screen.keys('\r');
  assert.equal(path(screen), 'docs');
  await screen.set(
    browsing(NEWEST, { path: 'docs', entries: [entry('old', { kind: 'directory', path: 'docs/old' })] }),
  );
  await screen.keys('\r');
  assert.equal(path(screen), 'docs/old');
  for (const [key, want] of [
    ['\u007f', 'docs'],
    ['q', ''],
  ] as const) {
    await screen.keys(key);
    assert.equal(path(screen), want);
  }
  assert.equal(screen.app.store.getState().lists['files']?.cursor, 'docs');
  await screen.keys('\u001b');
  await screen.until('REPLICAS');
  assert.equal(screen.app.store.getState().browsing, null);
  assert.ok(screen.row('SNAPSHOT'));
});

test('a subvolume inside is not gone into, and a file is told whole', async (t) => {
  const screen = await openScreen(t, inFiles());
  await screen.chunks('j', '\r');
  assert.equal(path(screen), '');
  assert.ok(screen.row('What is in it is not in this snapshot'));
  await screen.chunks('j', '\r');
  assert.ok(screen.row('letter'));
  assert.ok(screen.row('2048 bytes'));
});

test('older and newer keep the name one stands on', async (t) => {
  const screen = await openScreen(t, inFiles());
  await screen.chunks('j', 'j', '\u001b[D');
  const { browsing: shown, lists } = screen.app.store.getState();
  assert.deepEqual([shown?.snapshot.name, lists['files']?.cursor], [at(36), 'letter']);
});

test('near the end of what was read more is read, once', async (t) => {
  const screen = await openScreen(t, { ...FLEET, page: 'snapshots', state: { subvolume: '/srv/data' } });
  const { browsing: shown } = browsing(NEWEST);
  assert.ok(shown?.page.state === 'known');
  const value = { ...shown.page.value, next: 'odd' };
  await screen.set({ browsing: { ...shown, page: { ...shown.page, value } } });
  assert.ok(screen.row('5 entries, reading more …'));
  assert.equal(screen.world.connects.filter((name) => name === 'alpha').length, 1);
});

test('files of another subvolume wait while another one is shown', async (t) => {
  const screen = await openScreen(t, inFiles());
  await screen.set({ subvolume: '/srv/home' });
  assert.ok(screen.row('/srv/home has no snapshots yet'));
  await screen.set({ subvolume: '/srv/data', lists: { files: EMPTY_LIST } });
  assert.ok(screen.row('letter'));
});

test('y gives what is meant by the file, not what deletes the snapshot', async (t) => {
  const screen = await openScreen(t, inFiles());
  await screen.chunks('j', 'j', 'y');
  assert.ok(screen.row('btrfleet snapshot versions /srv/data/letter'));
  assert.ok(!screen.frame().includes('snapshot delete'));
});
