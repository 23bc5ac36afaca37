/** Every action of the registry: what its key does, and what it says when it cannot. An action without a row here fails. */
// house: file-length one table of all keys, useless in two parts
import assert from 'node:assert/strict';
import test from 'node:test';
import { snapshotByHand } from '../../src/core/model/runs/snapshot.ts';
import { helpEntries } from '../../src/screens/frame/entries.ts';
import { actionsHere } from '../../src/screens/frame/registry.ts';
import { keyLabel } from '../../src/screens/keys/actions.ts';
import { EMPTY_LIST, INITIAL, PAGES, type PageId } from '../../src/store/state.ts';
import { AUTOMATED } from './world/automation-seeds.ts';
import { browsing } from './world/browsing.ts';
import type { Seed } from './world/fleet-world.ts';
import { look, ran } from './world/history-runs.ts';
import { alpha, beta, crowded, FLEET, inventory, SERVERS, server } from './world/inventories.ts';
import { openScreen, type Screen, type ScreenOptions } from './world/open-screen.tsx';

interface Row {
  /** Keys before: the page and what is to be stood on. */
  readonly at: string;
  /** The bytes of its key. */
  readonly key: string;
  readonly seed?: ScreenOptions;
  does(screen: Screen): void | Promise<void>;
  /** A place where it cannot be done, and the reason it gives; null: it always can. */
  readonly cannot: readonly [seed: ScreenOptions, at: string, reason: string] | null;
}

const ESC = '\u001b';
const NOTHING: Seed = {};
const EMPTY: Seed = {
  servers: SERVERS,
  inventories: [inventory('alpha', [{ mount: '/srv', subvolumes: ['data'] }])],
};
const LOCAL: Seed = { servers: [server('alpha', { role: 'primary', auth: { kind: 'local' } })] };
const FOREIGN: Seed = {
  servers: SERVERS,
  inventories: [
    inventory('alpha', [
      {
        mount: '/srv',
        subvolumes: ['data'],
        snapshots: { data: [{ name: 'by-hand', origin: null, parent: 'uuid-data' }] },
      },
    ]),
    beta(),
  ],
};
const IN_FILES: ScreenOptions = { ...FLEET, state: browsing('2026-11-02T18:00:00.000Z') };
const IN_LETTER: ScreenOptions = {
  ...IN_FILES,
  state: { ...IN_FILES.state, lists: { files: { ...EMPTY_LIST, cursor: 'letter' } } },
};
const IN_EMPTY: ScreenOptions = { ...FLEET, state: browsing('2026-11-02T18:00:00.000Z', { entries: [] }) };
const IN_OLDEST: ScreenOptions = { ...FLEET, state: browsing('2026-11-01T00:00:00.000Z') };
const READ_ONLY: Seed = { ...FLEET, readOnly: true };
const REFUSED = 'opened with --readonly: nothing is changed';

const shows =
  (...texts: readonly string[]) =>
  (screen: Screen): void => {
    for (const text of texts)
      assert.ok(screen.frame().includes(text), `"${text}" is not shown:\n${screen.frame()}`);
  };

const cursorAt =
  (name: string) =>
  (screen: Screen): void =>
    assert.ok(screen.row('▸').includes(name), `the cursor is not at ${name}:\n${screen.frame()}`);

async function cancelsAfterYes(screen: Screen): Promise<void> {
  const outcome = () => screen.world.fleet.journal.listRuns({ limit: 1 })[0]?.outcome;
  shows('Cancel this? Run 1', 'what has arrived whole stays')(screen);
  assert.equal(outcome(), null);
  screen.world.clock.pass(1);
  await screen.keys('y');
  shows('is being cancelled')(screen);
  assert.equal(outcome(), 'cancelled');
}

/** Of one that restored something it says what it looks at. */
async function takesBack(screen: Screen): Promise<void> {
  shows('take back: nothing was run yet')(screen);
  const from = { name: 's', uuid: 'u' };
  const about = { subvolume: '/srv/data', from };
  const restored = { ...about, server: 'alpha', outcome: 'restored', uuid: 'n' } as const;
  const kept = { replaced: { path: '/srv/data.old', uuid: 'o' }, places: [], fault: null };
  ran(
    screen.world,
    {
      ...{
        kind: 'restore',
        ...about,
        server: 'alpha',
        filesystem: 'f',
        inside: 'data',
        live: 'o',
        moveNested: false,
      },
      at: '2026-11-20T12:00:00.000Z',
    },
    { kind: 'restore', ...restored, ...kept, moved: [], left: [], steps: [] },
  );
  await look(screen);
  await screen.keys('gU');
  await screen.until('Looking at what taking back restore 1 would do');
  await takesFilesBack(screen);
}

async function takesFilesBack(screen: Screen): Promise<void> {
  const from = { name: 's', uuid: 'u' };
  const about = { subvolume: '/srv/data', server: 'alpha', to: null, source: 'alpha', from };
  const request = {
    ...({
      kind: 'extract',
      ...about,
      fromPath: '/srv/.snapshots/data/s',
      paths: ['d'],
      overwrite: 'always',
    } as const),
    ...{ removes: false, include: [], exclude: [], live: { filesystem: 'f', inside: 'data', uuid: 'o' } },
    at: '2026-11-20T12:00:00.000Z',
  };
  const counts = { created: 1, replaced: 0, removed: 0, attributes: 0, left: 0, skipped: 0 };
  const report = {
    ...({ kind: 'extract', ...about, outcome: 'restored', counts, bytes: 1, wireBytes: 0 } as const),
    ...{ missed: [], missedCount: 0, fault: null },
  };
  ran(screen.world, request, { ...report, before: null });
  await look(screen);
  await screen.keys('gU');
  await screen.until('it changed nothing that was there');
  ran(screen.world, request, { ...report, before: { path: '/srv/.snapshots/data/b', uuid: 'b' } });
  await look(screen);
  await screen.keys('gU');
  await screen.until('Looking at what taking back run 3 would do');
}

const LIST_EMPTY = [NOTHING, '2', 'the list is empty'] as const;
const NO_PRIMARY = [NOTHING, '3', 'there is no primary yet: page 2 adds servers'] as const;
const NO_TABS = [FLEET, '2', 'this page has no tabs'] as const;
const NO_SERVER = [NOTHING, '2', 'there are no servers yet: n adds one'] as const;
const NO_POLICY = [FLEET, '4', 'there is nothing here yet: n makes one'] as const;
const NO_TASK = [FLEET, '4]]', 'there is nothing here yet: n makes one'] as const;
const NOTHING_RUN = [FLEET, '7', 'nothing was run yet'] as const;
const CROWD = { seed: crowded(100), at: '3' } as const;

const row = (
  at: string,
  key: string,
  does: Row['does'],
  cannot: Row['cannot'] = null,
  seed: ScreenOptions = FLEET,
): Row => ({ at, key, does, cannot, seed });

/** What the Dashboard shows is worked out in the background: the key may have come too early. */
const onDashboard =
  (key: string, shown: string): Row['does'] =>
  async (screen) => {
    await screen.until((frame) => frame.includes(shown) || /^ [▲?] (DEGRADED|UNKNOWN) /m.test(frame));
    if (!screen.frame().includes(shown)) await screen.keys(key);
    await screen.until(shown);
  };

const NO_SERVERS = [NOTHING, '1', 'there are no servers yet: n adds one'] as const;

/** What Monitoring shows is read in the background: the key may have come too early. */
const onMonitoring =
  (key: string, shown: string): Row['does'] =>
  async (screen) => {
    await screen.until((frame) => !frame.includes('Looking at alpha …'));
    if (!screen.frame().includes(shown)) await screen.keys(key);
    await screen.until(shown);
  };

const NOT_MONITORED = [NOTHING, '6', 'nothing is known of any subvolume yet'] as const;

const crowd = (keys: string, key: string, does: Row['does']): Row =>
  row(`3${keys}`, key, does, LIST_EMPTY, CROWD.seed);

const ROWS: Readonly<Record<string, Row>> = {
  'dashboard-add': row('1', 'n', shows('Add a server'), [{ readOnly: true }, '1', REFUSED], NOTHING),
  'try-out': row('1', 'T', ({ world }) => assert.deepEqual(world.asked, ['try out']), null, NOTHING),
  'dashboard-open': row('1', '\r', onDashboard('\r', '[ Replicate ]'), NO_SERVERS),
  'dashboard-tell': row('1', 'i', onDashboard('i', 'q or Esc back'), NO_SERVERS),
  'dashboard-next': row('1', '\t', onDashboard('\t', '▸ /srv/data'), NO_SERVERS),
  'dashboard-before': row('1', `${ESC}[Z`, onDashboard(`${ESC}[Z`, '▸ alpha'), NO_SERVERS),
  'health-show': row('6', '\r', onMonitoring('\r', 'q or Esc back'), NOT_MONITORED),
  'health-snapshot': row('6', 'o', onMonitoring('o', 'Snapshot of /srv'), NOT_MONITORED),
  'storage-look': row('6]', 'm', onMonitoring('m', 'Looking at the storage of 3 servers …'), [
    NOTHING,
    '6]',
    'there are no servers yet',
  ]),
  'filesystem-show': row('6]', '\r', onMonitoring('\r', 'were never looked at.'), [
    NOTHING,
    '6]',
    'nothing is known yet',
  ]),
  'sizes-open': row('6]]', '\r', onMonitoring('\r', '3 Snap'), [NOTHING, '6]]', 'no subvolume is known yet']),
  'sizes-measure': row('6]]', 'm', onMonitoring('m', 'measuring'), [
    NOTHING,
    '6]]',
    'no subvolume is known yet',
  ]),
  'sizes-subvolume': row('6]]', 'u', onMonitoring('u', 'Subvolume on alpha'), [
    NOTHING,
    '6]]',
    'no subvolume is known yet',
  ]),
  'sizes-beside': row('6]]', 'w', onMonitoring('w', 'Secondary beside the primary'), [
    NOTHING,
    '6]]',
    'there are no secondaries',
  ]),
  'server-add': row('2', 'n', shows('Add a server'), [READ_ONLY, '2', REFUSED]),
  'server-show': row('2', '\r', shows('Kernel         6.12.0'), NO_SERVER),
  'server-edit': row('2', 'e', shows('Edit alpha'), NO_SERVER),
  'server-trust': row('2j', 't', shows('cannot be reached: connection refused'), [
    LOCAL,
    '2',
    'this machine needs no host key',
  ]),
  'server-promote': row('2j', 'P', shows('Make beta the primary?', 'alpha becomes a secondary'), [
    FLEET,
    '2',
    'it is the primary already',
  ]),
  'server-remove': row('2j', 'd', shows('Forget beta?', 'What is on beta stays as it is.'), [
    FLEET,
    '2',
    'it is the primary: promote another one first',
  ]),
  'snapshot-create': row(
    '3',
    'n',
    ({ world }) => assert.deepEqual(world.queued, [snapshotByHand(['/srv/data'])]),
    NO_PRIMARY,
  ),
  'snapshot-delete': row('3', 'd', shows('Delete this snapshot of /srv/data for good?'), [
    FOREIGN,
    '3',
    'it was not made by btrfleet',
  ]),
  'subvolume-restore': row('3', 'B', shows('Looking at what a restore of /srv/data would do'), [
    EMPTY,
    '3',
    'there is no snapshot here',
  ]),
  'snapshot-cleanup': row('3', 'C', shows('Clean up /srv/data on alpha', 'Now: 4 would be deleted, 4 kept'), [
    EMPTY,
    '3',
    'there is no snapshot here',
  ]),
  'snapshot-hold': row('3', 'h', shows('Hold 2026-11-02T18:00:00.000Z', 'Why'), [
    FOREIGN,
    '3',
    'it was not made by btrfleet',
  ]),
  'subvolume-choose': row('3', 'u', shows('Subvolume on alpha', '/srv/home  (0 snapshots)'), NO_PRIMARY),
  'snapshot-browse': row(
    '3',
    '\r',
    shows('In 2026-11-02T18:00:00.000Z of /srv/data', 'Reading /srv/data …'),
    [EMPTY, '3', 'there is no snapshot here'],
  ),
  'file-open': row('3', '\r', shows('Reading docs …'), [IN_EMPTY, '3', 'there is nothing here'], IN_FILES),
  leave: row('3', 'q', shows('SNAPSHOT', 'REPLICAS'), null, IN_FILES),
  'file-up': row('3', '\u007f', shows('SNAPSHOT', 'REPLICAS'), null, IN_FILES),
  'file-older': row(
    '3',
    `${ESC}[D`,
    shows('In 2026-11-02T12:00:00.000Z of /srv/data'),
    [IN_OLDEST, '3', 'there is no older snapshot'],
    IN_FILES,
  ),
  'file-newer': row(
    '3',
    `${ESC}[C`,
    shows('In 2026-11-01T06:00:00.000Z of /srv/data'),
    [IN_FILES, '3', 'there is no newer snapshot'],
    IN_OLDEST,
  ),
  'file-compare': row(
    '3',
    'c',
    ({ app }) => assert.equal(app.store.getState().browsing?.comparesNow, true),
    [IN_FILES, '3j', 'there is nothing to compare'],
    IN_LETTER,
  ),
  'file-versions': row(
    '3',
    'V',
    shows('Looking for all versions of it'),
    [IN_EMPTY, '3', 'there is nothing here'],
    IN_FILES,
  ),
  'file-restore': row(
    '3',
    'B',
    shows('Looking at what bringing back docs would do'),
    [IN_EMPTY, '3', 'there is nothing here'],
    IN_FILES,
  ),
  'file-show': row(
    '3',
    'h',
    shows('ann:users (uid 1000, gid 100)', '2026-11-01T08:05:01.123456789Z'),
    [IN_EMPTY, '3', 'there is nothing here'],
    IN_FILES,
  ),
  'snapshot-show': row('3', 'i', shows('Origin id      origin-data-2026-11-02T18'), [
    EMPTY,
    '3',
    'there is no snapshot here',
  ]),
  'subvolume-next': row('3', `${ESC}[C`, shows('/srv/home has no snapshots yet'), NO_PRIMARY),
  'subvolume-previous': row('3', `${ESC}[D`, shows('/srv has no snapshots yet'), NO_PRIMARY),
  'form-act': row('5', '\r', shows('Subvolume to send')),
  'form-down': row('5', 'j', cursorAt('Snapshot')),
  'form-up': row('5', 'k', cursorAt('[ Replicate ]')),
  replicate: row('5', 'x', ({ world }) => assert.equal(world.queued.length, 1), [
    NOTHING,
    '5',
    'there is no primary yet: page 2 adds servers',
  ]),
  'replication-cancel': row('5x', 'c', cancelsAfterYes, [FLEET, '5', 'nothing runs here']),
  'run-show': row('5x7', '\r', shows('Asked by   hand', 'replicate full /srv/data'), NOTHING_RUN),
  'run-failed': row('5x7', 'f', shows('Nothing matches "failed:yes"'), NOTHING_RUN),
  'restore-undo': row('7', 'U', takesBack, NOTHING_RUN),
  'run-cancel': row('5x7', 'c', cancelsAfterYes, NOTHING_RUN),
  'automation-new': row('4', 'n', shows('New snapshot policy', 'every 1h: at once'), [
    NOTHING,
    '4',
    'there is no primary yet: page 2 adds servers',
  ]),
  'automation-edit': row('4', 'e', shows('Snapshot policy of /srv/data'), NO_POLICY, AUTOMATED),
  'automation-toggle': row('4', 't', shows('The snapshot policy of /srv/data is off'), NO_POLICY, AUTOMATED),
  'automation-run': row('4', 'x', ({ world }) => assert.equal(world.queued.length, 1), NO_POLICY, AUTOMATED),
  'automation-remove': row('4', 'd', shows('is removed; z to undo'), NO_POLICY, AUTOMATED),
  'automation-show': row('4', '\r', shows('btrfleet policy set snapshot'), NO_POLICY, AUTOMATED),
  'task-suspend': row('4]]', 'p', shows('The task offsite is suspended'), NO_TASK, AUTOMATED),
  down: crowd('', 'j', cursorAt('2026-10-31T22:00')),
  up: crowd('jj', 'k', cursorAt('2026-10-31T22:00')),
  first: crowd('jjj', 'g', cursorAt('2026-10-31T23:00')),
  last: crowd('', 'G', cursorAt('2026-10-27T20:00')),
  'page-down': crowd('', `${ESC}[6~`, cursorAt('2026-10-31T05:00')),
  'page-up': crowd('G', `${ESC}[5~`, cursorAt('2026-10-28T14:00')),
  'half-down': crowd('', '\u0004', cursorAt('2026-10-31T14:00')),
  'half-up': crowd('G', '\u0015', cursorAt('2026-10-28T05:00')),
  mark: crowd('', ' ', (screen) => {
    shows('1 marked')(screen);
    cursorAt('2026-10-31T22:00')(screen);
  }),
  range: crowd('', 'v', shows('1 marked, range open')),
  'mark-all': crowd('', '*', shows('100 marked')),
  filter: crowd('', '/', async (screen) => {
    await screen.keys('T05:');
    shows('/T05:', '4 of 100', 'Enter keep   Esc clear')(screen);
  }),
  sort: crowd('', 's', shows('SNAPSHOT▲')),
  reverse: crowd('', 'S', cursorAt('2026-10-31T23:00')),
  'tab-next': row('5', ']', shows('Newer on primary'), NO_TABS),
  'tab-previous': row('5', '[', shows('Newer on primary'), NO_TABS),
  jobs: row('2', 'J', shows('Nothing was run yet.')),
  palette: row('2', ':', shows('Find an action, a server, a subvolume')),
  help: row('2', '?', shows('Keys that work here')),
  copy: row('2', 'y', shows('Copy', 'alpha.example', 'btrfleet server check alpha'), [
    NOTHING,
    '1',
    'there is nothing to copy here',
  ]),
  commands: row('2', '@', shows('No command was run yet.')),
  messages: row('2', '!', shows('Nothing was told yet.')),
  undo: row('2', 'z', shows('There is nothing to take back'), [READ_ONLY, '2', REFUSED]),
  refresh: row('2', 'R', (screen) => {
    shows('Looking at all servers')(screen);
    assert.deepEqual(screen.world.connects, [
      'again alpha',
      'again beta',
      'again gamma',
      'alpha',
      'beta',
      'gamma',
    ]);
  }),
  redraw: row('2', '\u000c', ({ world }) => assert.deepEqual(world.asked, ['redraw'])),
  suspend: row('2', '\u001a', ({ world }) => assert.deepEqual(world.asked, ['suspend'])),
  back: row('3*', ESC, (screen) => screen.until((frame) => !frame.includes('marked'))),
  quit: row('2', 'q', ({ world }) => assert.deepEqual(world.asked, ['quit'])),
  ...Object.fromEntries(
    (
      [
        ['dashboard', 'Enter go there'],
        ['servers', 'ADDRESS'],
        ['snapshots', 'Subvolume /srv/data'],
        ['automation', 'No snapshot policy yet'],
        ['replication', '[ Replicate ]'],
        ['monitoring', 'Snapshot health'],
        ['history', 'Nothing was run yet.'],
      ] as const
    ).map(([page, text], index) => [
      `page-${page}`,
      row(page === 'servers' ? '3' : '2', String(index + 1), shows(text)),
    ]),
  ),
};

const actionsOf = (page: PageId) => actionsHere({ ...INITIAL, page });

test('every action of every page has a row here, and a reason where it can be refused', async (t) => {
  const { app } = await openScreen(t, { ...IN_FILES, page: 'snapshots' });
  const inFiles = actionsHere(app.store.getState());
  assert.ok(inFiles.some(({ id }) => id === 'file-open'));
  const keys = inFiles.flatMap((action) => action.keys);
  assert.deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  );
  for (const page of [...PAGES, null]) {
    for (const { id, blocked, changes } of page === null ? inFiles : actionsOf(page)) {
      const found = ROWS[id];
      assert.ok(found, `${page}: ${id} has no row`);
      if (blocked || changes) assert.ok(found.cannot, `${id} can be refused, and no row says how`);
    }
  }
});

test('on one page no key is two actions, and every action says what it does', () => {
  for (const page of PAGES) {
    const keys = actionsOf(page).flatMap((action) => action.keys);
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
      page,
    );
    for (const { help, label } of actionsOf(page)) assert.ok(help.length > 4 && label.length > 1);
  }
});

for (const [id, { at, key, seed, does }] of Object.entries(ROWS)) {
  test(`${id}: ${keyLabel(JSON.stringify(key))} does it`, async (t) => {
    const screen = await openScreen(t, seed ?? FLEET);
    await screen.chunks(...at);
    await screen.keys(key);
    await does(screen);
  });
}

for (const [id, { key, cannot }] of Object.entries(ROWS)) {
  if (cannot === null) continue;
  const [seed, at, reason] = cannot;
  test(`${id}: where it cannot be done it says "${reason}" and does nothing`, async (t) => {
    const screen = await openScreen(t, seed);
    await screen.chunks(...at);
    await screen.keys(key);
    assert.ok(screen.frame().includes(`: ${reason}`.slice(0, 60)), screen.frame());
    assert.deepEqual(screen.world.queued, []);
    assert.equal(screen.app.store.getState().overlay, null);
    const entry = helpEntries(screen.app.store.getState(), '').find(({ reason: why }) => why === reason);
    assert.ok(entry, `the help does not give the reason of ${id}`);
  });
}

for (const page of ['2', '3', '5', '5]', '7', '7]']) {
  test(`--readonly: on page ${page} every changing action is refused, by its key and from the help`, async (t) => {
    const screen = await openScreen(t, READ_ONLY);
    await screen.keys(`${page}j`);
    assert.ok(screen.row('read-only'));
    const state = screen.app.store.getState();
    for (const action of actionsHere(state).filter(({ changes }) => changes)) {
      const bytes = ROWS[action.id]?.key ?? '';
      for (const keys of [[bytes], ['?', action.help, '\r']]) {
        await screen.set({ notice: null });
        await screen.chunks(...keys);
        assert.ok(screen.row(REFUSED), action.id);
        assert.equal(screen.app.store.getState().overlay, null);
      }
    }
    assert.deepEqual(screen.world.queued, []);
    assert.deepEqual(screen.world.fleet.config.read().ok && screen.app.store.getState().servers, SERVERS);
  });
}

test('--readonly: the button of the form and c in the runs are refused like their keys', async (t) => {
  const screen = await openScreen(t, READ_ONLY);
  const { journal, holder } = screen.world.fleet;
  await screen.chunks('5', 'k', '\r');
  assert.ok(screen.row(REFUSED));
  assert.deepEqual(screen.world.queued, []);
  const run = journal.createRun({
    request: snapshotByHand(['/srv/data']),
    trigger: 'hand',
    state: 'queued',
    holder,
  });
  await screen.set({ runs: [run], notice: null });
  await screen.chunks('J', 'c');
  assert.ok(screen.row(REFUSED));
  assert.equal(journal.listRuns({ limit: 1 })[0]?.cancelRequested, false);
});

test('a configuration that cannot be read refuses every change and stays on the screen', async (t) => {
  const fault = {
    code: 'config-invalid',
    message: 'config.json, line 3: not JSON.',
    hint: 'Mend it.',
    server: null,
    retry: false,
  } as const;
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', 'd');
  assert.ok(screen.row('for good?'));
  await screen.set({ configFault: fault });
  screen.world.clock.pass(1);
  // It was asked before the file was broken: the answer is no all the same.
  await screen.keys('y');
  for (const keys of ['n', 'd', 'h', '5x', '2n', 'e', 'z']) {
    await screen.keys(keys);
    assert.ok(screen.row('✗ config.json, line 3: not JSON. Mend it.'));
    assert.equal(screen.app.store.getState().overlay, null);
  }
  assert.deepEqual(screen.world.queued, []);
});

test('the hint line shows the first key and the word of actions that are there', async (t) => {
  const screen = await openScreen(t, { ...FLEET, columns: 200, rows: 30 });
  for (const page of ['1', '2', '3', '5', '7']) {
    await screen.keys(page);
    const hints = (screen.text().at(-1) ?? '').trim();
    const actions = actionsHere(screen.app.store.getState()).filter(({ quiet }) => !quiet);
    const expected = actions.map(({ keys, label }) => `${keyLabel(keys[0] ?? '')} ${label}`);
    assert.deepEqual(hints.split(/ {2,}/).toSorted(), expected.toSorted());
  }
});

test('the help lists all actions of the place, is filtered by typing, and Enter runs the entry', async (t) => {
  const screen = await openScreen(t, FLEET);
  await screen.chunks('3', '?');
  const count = actionsHere(screen.app.store.getState()).length;
  assert.ok(screen.row(`${count} found`));
  await screen.keys('subvol before');
  assert.ok(screen.row('1 found'));
  await screen.keys('\r');
  assert.ok(screen.row('/srv has no snapshots yet'));
});

test('the palette finds servers and subvolumes and goes there', async (t) => {
  const screen = await openScreen(t, { ...FLEET, inventories: [alpha(), beta()] });
  await screen.chunks(':', 'gam', '\r');
  assert.ok(screen.row('▸').includes('gamma'));
  await screen.chunks(':', 'srv/home', '\r');
  assert.ok(screen.row('/srv/home has no snapshots yet'));
  await screen.chunks('\u0010', 'no such thing');
  assert.ok(screen.row('Nothing is called that.'));
  await screen.keys('\r');
  assert.equal(screen.app.store.getState().overlay, null);
});
