/** The form of a replication task, filled in by keys: what it says as it is typed, what it saves, what it refuses. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { arm, config, fill, RIGHT, save, TALL, to, words } from '../world/automation-form.ts';
import { AUTOMATED, task } from '../world/automation-seeds.ts';
import { alpha, beta, gamma, inventory, received, SERVERS } from '../world/inventories.ts';
import { openScreen } from '../world/open-screen.tsx';

test('a task is made by keys alone: exactly what was filled in', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]]n');
  await fill(screen, 'Name', 'nightly');
  await screen.chunks('\t\t\t', ' ');
  assert.match(words(screen), /Several are a consistency group: snapshotted together under one name/);
  await to(screen, 'Targets');
  await screen.chunks('\t', ' ');
  await fill(screen, 'Other targets', 'gamma:/mnt/usb, beta:/mnt/b2');
  await fill(screen, 'When', '0 3 * * *');
  await to(screen, 'Mode');
  await screen.keys(RIGHT);
  await fill(screen, 'RPO', '26h');
  await fill(screen, 'At most', '10M');
  await to(screen, 'Compressed');
  await screen.keys(' ');
  await to(screen, 'Resumable');
  await screen.keys(' ');
  await fill(screen, 'Tried again', '5');
  await fill(screen, 'Give up after', '0');
  await save(screen);
  assert.equal(screen.app.store.getState().overlay, null, screen.frame());
  assert.deepEqual(config(screen).tasks, [
    task('nightly', {
      subvolumes: ['/srv/data', '/srv/home'],
      targets: [
        { server: 'beta', mount: null },
        { server: 'gamma', mount: '/mnt/usb' },
        { server: 'beta', mount: '/mnt/b2' },
      ],
      schedule: { kind: 'cron', expression: '0 3 * * *', timeZone: 'UTC' },
      mode: 'sync',
      rpoSeconds: 26 * 3600,
      options: { path: 'auto', rateBytesPerSecond: 10 * 1024 ** 2, compress: true, resumable: true },
      retries: 5,
      suspendAfter: 0,
    }),
  ]);
  await screen.keys('z');
  assert.deepEqual(config(screen).tasks, []);
});

test('what a task keeps on its targets is previewed for each, and what goes is confirmed by its count', async (t) => {
  const screen = await openScreen(t, { ...TALL, rows: 60 });
  await screen.keys('4]]n');
  await fill(screen, 'Name', 'few');
  await to(screen, 'Keep there');
  await screen.keys(RIGHT);
  assert.ok(screen.row('On the targets now: at most 4 would be deleted'));
  assert.ok(screen.row('beta  3 of 5 would be deleted'));
  assert.ok(screen.row('gamma  1 of 2 would be deleted'));
  await save(screen);
  assert.ok(screen.row('Delete at most 4 replicas by the rules of few?'));
  assert.ok(screen.row('gamma, of 2:'));
  arm(screen);
  await screen.chunks('4', '\r');
  assert.deepEqual(config(screen).tasks[0]?.retention, {
    kind: 'per-period',
    per: 'day',
    keep: 1,
    timeZone: 'UTC',
    minAgeSeconds: 0,
  });
});

test('a target that was never seen: what goes there is not known, and the name of the task is typed', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), beta([])], rows: 60 });
  await screen.keys('4]]n');
  await fill(screen, 'Name', 'unseen');
  await to(screen, 'Keep there');
  await screen.keys(RIGHT);
  assert.match(screen.row('gamma  not known'), /gamma was not seen yet/);
  await save(screen);
  assert.match(words(screen), /WARNING: gamma: what would go is not known/);
  assert.ok(screen.row('Type unseen to go on'));
});

for (const [title, edit, label, why] of [
  ['no name', [], 'Name', 'letters, digits, dots, dashes, underscores; not empty'],
  ['a name that is taken', [['Name', 'offsite']], 'Name', 'there is one of that name'],
  [
    'an RPO that is none',
    [
      ['Name', 'x'],
      ['RPO', 'soon'],
    ],
    'RPO',
    '"soon" is no time',
  ],
  [
    'a rate that is none',
    [
      ['Name', 'x'],
      ['At most', 'fast'],
    ],
    'At most',
    '"fast" is no rate',
  ],
  [
    'a target that is none',
    [
      ['Name', 'x'],
      ['Other targets', '/mnt'],
    ],
    'Other targets',
    '"/mnt" is not a target.',
  ],
  [
    'too many retries',
    [
      ['Name', 'x'],
      ['Tried again', '101'],
    ],
    'Tried again',
    'from 0 to 100',
  ],
] as const) {
  test(`a task with ${title} is not saved, and the field says why`, async (t) => {
    const screen = await openScreen(t, { ...AUTOMATED, rows: 50 });
    await screen.keys('4]]n');
    for (const [field, text] of edit) await fill(screen, field, text);
    await save(screen);
    assert.ok(screen.row(`▸ ${label}`), screen.frame());
    assert.ok(words(screen).includes(why), screen.frame());
    assert.equal(config(screen).tasks.length, 3);
  });
}

test('no subvolume, and no target: each is asked for', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]]n');
  await fill(screen, 'Name', 'x');
  await screen.chunks('\t\t', ' ');
  await save(screen);
  assert.ok(screen.row('▸ Subvolumes'));
  assert.ok(screen.row('choose at least one'));
  await screen.chunks('\t', ' ', '\t\t', ' ', '\t', ' ');
  await save(screen);
  assert.ok(screen.row('▸ Targets'));
  assert.deepEqual(config(screen).tasks, []);
});

test('what core refuses is told in the form, which stays open', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, rows: 50 });
  await screen.keys('4]]n');
  await fill(screen, 'Name', 'again');
  await save(screen);
  assert.match(words(screen), /The task offsite sends \/srv\/data to beta already/);
  assert.ok(screen.row('[ Save ]'));
});

test('an edit keeps what the form does not show', async (t) => {
  const own = task('own', {
    into: 'elsewhere',
    suspended: true,
    options: { path: 'relay', rateBytesPerSecond: 1500, compress: false, resumable: false },
    targets: [
      { server: 'gamma', mount: '/mnt/gone' },
      { server: 'beta', mount: null },
    ],
    subvolumes: ['/srv/gone'],
  });
  const screen = await openScreen(t, { ...TALL, tasks: [own] });
  await screen.keys('4]]e');
  assert.ok(screen.row('[✓] /srv/gone  (not found on the primary)'));
  assert.ok(screen.row('[✓] gamma:/mnt/gone'));
  await fill(screen, 'RPO', '1h');
  await save(screen);
  assert.deepEqual(config(screen).tasks, [{ ...own, rpoSeconds: 3600 }]);
});

test('a server with several filesystems is offered with each of them', async (t) => {
  const delta = inventory('beta', [
    { mount: '/one', snapshots: { data: received('data', [0]) } },
    { mount: '/two' },
  ]);
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), delta, gamma()], rows: 46 });
  await screen.keys('4]]n');
  for (const target of ['[✓] beta:/one', '[ ] beta:/two', '[✓] gamma']) assert.ok(screen.row(target));
});
