/** Beside the list of files: what is in the one at the cursor, and what is different now. Moving waits for nothing. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileDiff } from '../../../src/core/model/change.ts';
import type { FilePreview } from '../../../src/core/model/files.ts';
import type { Browsing, Previewed } from '../../../src/store/page-state.ts';
import { EMPTY_LIST } from '../../../src/store/state.ts';
import { browsing, entry } from '../world/browsing.ts';
import { at, FLEET } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen } from '../world/open-screen.tsx';

const NEWEST = at(42);
const keyOf = (name: string, mode = 'then', path = `/srv/.snapshots/data/${NEWEST}`): string =>
  `${mode}\0${path}\0${name}`;

const LETTER: FilePreview = {
  lines: ['Dear Ann,', '', '        a \\u{1b}[31mred\\u{1b}[0m word', 'Yours, Bob'],
  readBytes: 2048,
  isWhole: true,
};

const known = (value: Previewed, key = keyOf('letter')): Browsing['preview'] => ({
  key,
  state: 'known',
  value,
});
const read = (content: Partial<FilePreview> = {}): Previewed => ({
  kind: 'content',
  content: { ...LETTER, ...content },
});

const onLetter = (more: Partial<Browsing> = {}) =>
  ({
    ...FLEET,
    page: 'snapshots',
    state: { ...browsing(NEWEST, more), lists: { files: { ...EMPTY_LIST, cursor: 'letter' } } },
  }) as const;

for (const [name, size] of [
  ['file-preview', { columns: 80, rows: 24 }],
  ['file-preview-narrow', { columns: 60, rows: 20 }],
  ['file-preview-wide', { columns: 200, rows: 50 }],
] as const) {
  test(`what is in a file at ${size.columns}×${size.rows}`, async (t) => {
    const screen = await openScreen(t, { ...onLetter({ preview: known(read()) }), ...size });
    assertFrame(name, screen.frame());
  });
}

test('where there is little room the list has it', async (t) => {
  const screen = await openScreen(t, { ...onLetter({ preview: known(read()) }), columns: 60, rows: 15 });
  assert.ok(!screen.frame().includes('Dear Ann'));
  assert.ok(screen.row('letter'));
});

const DIFF: FileDiff = {
  ...{ subvolume: '/srv/data', server: 'alpha', old: NEWEST, new: 'live', path: 'letter' },
  oldFile: { type: 'regular file', sizeBytes: 2048, sha256: 'a' },
  newFile: { type: 'regular file', sizeBytes: 4096, sha256: 'b' },
  ...{ same: false, text: '', truncated: false },
};
const changed = (lines: readonly string[] | null, more: Partial<FileDiff> = {}): Previewed => ({
  kind: 'changes',
  diff: { ...DIFF, ...more },
  lines,
});

for (const [title, value, want] of [
  ['other data', read({ lines: null }), 'No text: 2.00 KiB of other data.'],
  ['a large file', read({ isWhole: false, readBytes: 1024 }), '… the first 1.00 KiB of 2.00 KiB'],
  [
    'lines that changed',
    changed(['--- a', '+++ b', '@@ -1 +1 @@', '-Dear Ann,', '+Dear Eve,']),
    '+Dear Eve,',
  ],
  ['the same', changed([], { same: true }), 'The same as now.'],
  ['gone', changed(null, { newFile: null, same: null }), 'It is not there now.'],
  ['other data that changed', changed(null), 'no text: 2.00 KiB then, 4.00 KiB now'],
] as const) {
  test(`a preview says it: ${title}`, async (t) => {
    const compares = value.kind === 'changes';
    const preview = known(value, keyOf('letter', compares ? 'now' : 'then'));
    const screen = await openScreen(t, onLetter({ preview, comparesNow: compares }));
    assert.ok(screen.row(want), screen.frame());
  });
}

test('what cannot be read says why', async (t) => {
  const fault = {
    code: 'not-readable',
    message: 'Could not read letter.',
    hint: '',
    server: 'alpha',
  } as const;
  const preview = { key: keyOf('letter'), state: 'failed', fault: { ...fault, retry: false } } as const;
  const screen = await openScreen(t, onLetter({ preview }));
  assert.ok(screen.row('▲ Could not read letter.'));
});

test('a moved cursor shows at once that it is being read, and the former file is not asked for any more', async (t) => {
  const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => entry(name));
  const { browsing: shown } = browsing(NEWEST, { entries });
  assert.ok(shown);
  const state = { subvolume: '/srv/data', browsing: { ...shown, preview: known(read(), keyOf('a')) } };
  const screen = await openScreen(t, { ...FLEET, page: 'snapshots', state });
  assert.ok(screen.row('Dear Ann,'));
  await screen.chunks('j', 'j', 'j');
  const preview = screen.app.store.getState().browsing?.preview;
  assert.deepEqual([preview?.key, preview?.state], [keyOf('d'), 'asking']);
  assert.ok(!screen.frame().includes('Dear Ann'));
  assert.ok(screen.row('…'));
});

test('in another snapshot the same file is read there', async (t) => {
  const screen = await openScreen(t, onLetter({ preview: known(read()) }));
  await screen.keys('\u001b[D');
  const older = `/srv/.snapshots/data/${at(36)}`;
  const { browsing: shown } = browsing(at(36));
  const before = screen.app.store.getState().browsing;
  assert.ok(before && shown);
  await screen.set({
    browsing: { ...before, page: { ...shown.page, key: before.page.key } as Browsing['page'] },
  });
  assert.equal(screen.app.store.getState().browsing?.preview?.key, keyOf('letter', 'then', older));
});

test('Enter shows all that was read, c what is different now and back', async (t) => {
  const screen = await openScreen(t, onLetter({ preview: known(read()) }));
  await screen.keys('\r');
  assert.ok(screen.row('Yours, Bob'));
  assert.equal(screen.app.store.getState().overlay?.kind, 'text');
  await screen.keys('q');
  await screen.keys('c');
  assert.equal(screen.app.store.getState().browsing?.preview?.key, keyOf('letter', 'now'));
  await screen.keys('c');
  assert.equal(screen.app.store.getState().browsing?.preview?.key, keyOf('letter'));
});

test('of what is neither file nor directory nothing is read', async (t) => {
  const screen = await openScreen(t, { ...FLEET, page: 'snapshots', state: browsing(NEWEST) });
  await screen.chunks('j');
  assert.equal(screen.app.store.getState().browsing?.preview, null);
  assert.ok(screen.row('Another subvolume begins here'));
});

const onDocs = (value: Previewed | null, comparesNow = false) => {
  const key = keyOf('docs', comparesNow ? 'now' : 'then');
  const preview = value === null ? ({ key, state: 'asking' } as const) : known(value, key);
  return { ...FLEET, page: 'snapshots', state: browsing(NEWEST, { preview, comparesNow }) } as const;
};

test('of a directory its first entries are shown, and that there are more', async (t) => {
  const { browsing: inside } = browsing(NEWEST, {
    path: 'docs',
    entries: [entry('sub', { kind: 'directory' }), entry('bill')],
  });
  assert.ok(inside?.page.state === 'known');
  const page = { ...inside.page.value, next: 'bill' };
  const screen = await openScreen(t, onDocs({ kind: 'entries', page }));
  assert.ok(screen.row('sub/'), screen.frame());
  assert.ok(screen.frame().match(/2\.00 KiB .* bill/), screen.frame());
  assert.ok(screen.row('… and more'));
});

test('an empty directory says so', async (t) => {
  const { browsing: inside } = browsing(NEWEST, { path: 'docs', entries: [] });
  assert.ok(inside?.page.state === 'known');
  const screen = await openScreen(t, onDocs({ kind: 'entries', page: inside.page.value }));
  assert.ok(screen.row('It is empty.'));
});

test('of a directory all that is different in it now is shown, however deep', async (t) => {
  const change = { bytes: 0, from: null, type: 'file', attributes: [] } as const;
  const sum = { path: 'docs', added: 1, removed: 1, renamed: 0, content: 0, attributes: 0, bytes: 4096 };
  const screen = await openScreen(
    t,
    onDocs(
      {
        kind: 'tree',
        sum,
        changes: [
          { ...change, path: 'docs/sub/new', kind: 'added', bytes: 4096 },
          { ...change, path: 'docs/old', kind: 'removed' },
        ],
      },
      true,
    ),
  );
  assert.ok(screen.row('In all: 1 added, 1 removed; 4.00 KiB written.'), screen.frame());
  assert.ok(screen.frame().match(/added +4\.00 KiB +docs\/sub\/new/));
  assert.ok(screen.frame().match(/removed +docs\/old/));
});

test('a directory in which nothing is different says so', async (t) => {
  const screen = await openScreen(t, onDocs({ kind: 'tree', sum: null, changes: [] }, true));
  assert.ok(screen.row('The same as now.'));
});

test('what takes long is said: all of the subvolume is compared', async (t) => {
  const screen = await openScreen(t, onDocs(null, true));
  assert.ok(screen.row('Comparing all of the subvolume with now …'));
});
