/** The forms of policies, filled in by keys: what they say as they are typed, what they save, what they refuse. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ok } from '../../../src/core/model/result.ts';
import { readConfig } from '../../../src/store/refresh.ts';
import { arm, BACK, config, fill, RIGHT, save, TALL, to, words } from '../world/automation-form.ts';
import { AUTOMATED, DAILY, policy, retention } from '../world/automation-seeds.ts';
import { alpha, at, beta, FLEET, gamma, SERVERS } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen } from '../world/open-screen.tsx';

for (const [name, [columns, rows], keys] of [
  ['automation-policy-form', [80, 24], '4n'],
  ['automation-retention-form', [80, 24], '4]n'],
  ['automation-task-form', [160, 50], '4]]n'],
  ['automation-task-form-narrow', [60, 20], '4]]n'],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openScreen(t, { ...FLEET, columns, rows });
    await screen.keys(keys);
    assertFrame(name, screen.frame());
  });
}

test('a snapshot policy is made by keys alone', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4n');
  await fill(screen, 'When', '15m');
  assert.match(words(screen), /every 15m: at once, then Fri 20 Nov 12:15, 12:30, 12:45 \(UTC\)/);
  await save(screen);
  assert.ok(screen.row('The snapshot policy of /srv/data is added; z to undo'));
  assert.deepEqual(config(screen).snapshotPolicies, [policy('/srv/data')]);
  assert.match(screen.row('▸'), /\/srv\/data +every 15m +on/);
  await screen.keys('z');
  assert.deepEqual(config(screen).snapshotPolicies, []);
});

for (const [typed, why] of [
  ['15x', '"15x" is neither an interval nor a cron expression. Give an interval'],
  ['0', '"every 0 s" is no interval.'],
  ['0 3 * *', 'has 4 fields, not five.'],
  ['61 3 * * *', '"61" is no minute.'],
  ['0 3 31 2 *', 'names a day that never comes.'],
  ['', 'Give an interval, such as 15m, 90s or 3600'],
] as const) {
  test(`the schedule "${typed}" says why it is none as it is typed, and is not saved`, async (t) => {
    const screen = await openScreen(t, TALL);
    await screen.keys('4n');
    await fill(screen, 'When', typed);
    assert.ok(words(screen).includes(why), screen.frame());
    await save(screen);
    assert.ok(screen.row('▸ When'));
    assert.ok(screen.row('When is it to be done?'));
    assert.deepEqual(config(screen).snapshotPolicies, []);
  });
}

for (const [typed, seconds, next] of [
  ['3600', 3600, 'every 1h: at once, then Fri 20 Nov 13:00, 14:00, 15:00 (UTC)'],
  ['every 90s', 90, 'every 90s: at once, then Fri 20 Nov 12:01:30, 12:03:00, 12:04:30 (UTC)'],
  ['1d', 86_400, 'every 1d: at once, then Sat 21 Nov 00:00, Sun 22 Nov 00:00, Mon 23 Nov 00:00 (UTC)'],
] as const) {
  test(`the schedule "${typed}" is every ${seconds} s`, async (t) => {
    const screen = await openScreen(t, TALL);
    await screen.keys('4n');
    await fill(screen, 'When', typed);
    assert.ok(words(screen).includes(next), screen.frame());
    await save(screen);
    assert.deepEqual(config(screen).snapshotPolicies[0]?.schedule, { kind: 'every', seconds });
  });
}

test('a cron expression has a time zone, and its next times are shown there', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4n');
  await fill(screen, 'When', '30 2 * * 1-5');
  await fill(screen, 'Time zone', 'Europe/Berlin');
  assert.match(words(screen), /next Mon 23 Nov 02:30, Tue 24 Nov 02:30, Wed 25 Nov 02:30 \(Europe\/Berlin\)/);
  await fill(screen, 'Time zone', 'Europe/Nowhere');
  await save(screen);
  assert.ok(screen.row('▸ Time zone'));
  await fill(screen, 'Time zone', 'Europe/Berlin');
  await save(screen);
  assert.deepEqual(config(screen).snapshotPolicies[0]?.schedule, {
    kind: 'cron',
    expression: '30 2 * * 1-5',
    timeZone: 'Europe/Berlin',
  });
});

test('commands around a snapshot: their fields come with them, and limits are kept', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4n');
  assert.ok(!screen.frame().includes('within'));
  await fill(screen, 'Command before', 'systemctl stop app');
  await fill(screen, '  within', '4000');
  await save(screen);
  assert.ok(screen.row('from 1 to 3600'));
  await fill(screen, '  within', '90');
  await to(screen, '  must succeed');
  await screen.keys(' ');
  await fill(screen, 'Command after', 'systemctl start app');
  await save(screen);
  assert.deepEqual(config(screen).snapshotPolicies[0]?.hooks, {
    before: { command: 'systemctl stop app', timeoutSeconds: 90, required: false },
    after: { command: 'systemctl start app', timeoutSeconds: 60 },
  });
});

test('a subvolume is chosen by its first letter; those with a policy are not offered', async (t) => {
  const screen = await openScreen(t, { ...TALL, snapshotPolicies: [policy('/srv/data')] });
  await screen.keys('4n');
  assert.match(screen.row('▸ Subvolume'), /< \/srv >/);
  await screen.keys('h');
  assert.match(screen.row('▸ Subvolume'), /< \/srv\/home >/);
  await screen.keys('d');
  assert.match(screen.row('▸ Subvolume'), /< \/srv\/home >/);
  await save(screen);
  assert.deepEqual(
    config(screen).snapshotPolicies.map(({ subvolume }) => subvolume),
    ['/srv/data', '/srv/home'],
  );
});

test('every subvolume has one: n says so', async (t) => {
  const all = ['/srv', '/srv/data', '/srv/home'];
  const screen = await openScreen(t, { ...FLEET, snapshotPolicies: all.map((path) => policy(path)) });
  await screen.keys('4n');
  assert.ok(screen.row('new: every subvolume has one: e changes it'));
});

test('an edited policy is taken back with z, and what was not changed is as it was', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, rows: 46 });
  const before = config(screen);
  await screen.keys('4je');
  await fill(screen, 'When', '5m');
  await save(screen);
  assert.deepEqual(config(screen).snapshotPolicies[1], {
    ...AUTOMATED.snapshotPolicies[1],
    schedule: { kind: 'every', seconds: 300 },
  });
  await screen.keys('z');
  assert.deepEqual(config(screen), before);
});

test('a policy that is saved without a change stays what it is', async (t) => {
  for (const keys of ['4je', '4]je', '4]]e', '4]]je', '4]]jje']) {
    const screen = await openScreen(t, { ...AUTOMATED, rows: 46 });
    const before = config(screen);
    await screen.keys(keys);
    await save(screen);
    if (screen.app.store.getState().overlay) {
      arm(screen);
      const count = /Type (\S+) to go on/.exec(screen.frame())?.[1] ?? '';
      await screen.chunks(count, '\r');
    }
    assert.equal(screen.app.store.getState().overlay, null, keys);
    assert.deepEqual(config(screen), before, keys);
  }
});

test('what somebody else changed while the form was open is not written over', async (t) => {
  const screen = await openScreen(t, { ...AUTOMATED, rows: 46 });
  await screen.keys('4e');
  const theirs = policy('/srv/data', { schedule: { kind: 'every', seconds: 60 } });
  screen.world.fleet.config.change((now) => ok({ ...now, snapshotPolicies: [theirs] }));
  readConfig(screen.app);
  await save(screen);
  assert.match(words(screen), /Somebody else has changed it since. Close this with Esc/);
  assert.deepEqual(config(screen).snapshotPolicies, [theirs]);
});

// Hours 0 6 12 18 | 24 30 36 42 of two days: beta's newest is 24, gamma's 6.
test('the preview of a retention policy follows what is typed', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]n');
  assert.ok(screen.row('Now: 4 would be deleted, 4 kept'));
  assert.match(screen.row(at(24)), /keep: base for beta, daily 2026-11-02/);
  assert.match(screen.row(at(12)), /DELETE/);
  await fill(screen, 'The newest', '3');
  assert.ok(screen.row('Now: 2 would be deleted, 6 kept'));
  await fill(screen, 'And the younger', '30d');
  assert.ok(screen.row('Now: 0 would be deleted, 8 kept'));
  await fill(screen, 'And the younger', 'soon');
  assert.ok(screen.row('"soon" is no age.'));
});

test('rules that delete at once: what goes is listed, and the count must be typed', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]n');
  await fill(screen, 'When', '1d');
  await save(screen);
  assert.ok(screen.row('Delete 4 snapshots by this policy?'));
  for (const hour of [12, 18, 30, 36]) assert.ok(screen.row(`  ${at(hour)}`));
  assert.deepEqual(config(screen).retentionPolicies, []);
  arm(screen);
  await screen.chunks('y', '\r');
  // Wrong: back to the form as it was filled in.
  assert.ok(screen.row('[ Save ]'));
  assert.match(screen.row('When'), /1d/);
  assert.deepEqual(config(screen).retentionPolicies, []);
  await screen.keys('\r');
  arm(screen);
  await screen.chunks('4', '\r');
  assert.equal(screen.app.store.getState().overlay, null);
  assert.deepEqual(config(screen).retentionPolicies, [
    retention('/srv/data', {
      rules: { ...DAILY, last: 1 },
      schedule: { kind: 'every', seconds: 86_400 },
    }),
  ]);
  assert.deepEqual(screen.world.queued, []);
});

test('rules that delete nothing, and policies that are off, are saved without a question', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]n');
  await to(screen, 'On');
  await screen.chunks(' ', '\t', '\r');
  assert.equal(config(screen).retentionPolicies[0]?.enabled, false);
  await screen.keys('n');
  await screen.keys('h');
  await save(screen);
  assert.deepEqual(
    config(screen).retentionPolicies.map(({ subvolume, enabled }) => [subvolume, enabled]),
    [
      ['/srv/data', false],
      ['/srv/home', true],
    ],
  );
  // Turning it on is what would delete now.
  await screen.chunks('g', 't');
  assert.ok(screen.row('Delete 4 snapshots by this policy?'));
  arm(screen);
  await screen.chunks('4', '\r');
  assert.equal(config(screen).retentionPolicies[0]?.enabled, true);
});

test('bases that are not known are kept and said; nothing would go', async (t) => {
  const screen = await openScreen(t, { servers: SERVERS, inventories: [alpha(), beta()], rows: 46 });
  await screen.keys('4]n');
  assert.ok(screen.row('Now: 0 would be deleted, 8 kept'));
  assert.match(screen.frame(), /may be the base for gamma/);
});

test('what it would delete cannot be told: it is not saved on, only off', async (t) => {
  const screen = await openScreen(t, {
    servers: SERVERS,
    inventories: [beta(), gamma()],
    retentionPolicies: [retention('/srv/data', { enabled: false })],
    rows: 46,
  });
  await screen.chunks('4]', 't');
  assert.match(words(screen), /The primary was not seen yet. So what would go of \/srv\/data is not known/);
  assert.equal(config(screen).retentionPolicies[0]?.enabled, false);
  await screen.keys('e');
  await fill(screen, 'When', '2h');
  await save(screen);
  assert.deepEqual(config(screen).retentionPolicies[0]?.schedule, { kind: 'every', seconds: 7200 });
});

for (const keys of ['4n', '4]n', '4]]n'] as const) {
  test(`at 60×15 every field of the form of ${keys} is seen when it has the focus`, async (t) => {
    const screen = await openScreen(t, { ...FLEET, columns: 60, rows: 15 });
    await screen.keys(keys);
    for (let field = 0; field < 24; field += 1) {
      assert.equal(screen.wrapped(), 0);
      assert.ok(screen.frame().includes('▸') || screen.frame().includes('[ Save ]'), screen.frame());
      assert.ok(screen.row('Esc back'));
      await screen.keys('\t');
    }
    await screen.keys(BACK);
  });
}

test('a comparison policy is made, run, turned off, and removed by keys alone', async (t) => {
  const screen = await openScreen(t, TALL);
  await screen.keys('4]]]n');
  await to(screen, 'Compares');
  await screen.keys(RIGHT);
  await fill(screen, '  a share, 1 of', 'many');
  await save(screen);
  assert.ok(screen.row('from 1 to 10000'));
  await fill(screen, '  a share, 1 of', '30');
  await fill(screen, 'At most', 'soon');
  await save(screen);
  assert.ok(screen.row('a time such as 30m or 2h'));
  await fill(screen, 'At most', '30m');
  await save(screen);
  assert.ok(screen.row('The verify policy of /srv/data is added; z to undo'));
  const made = {
    ...{ subvolume: '/srv/data', level: 'content', share: 30, budgetSeconds: 1800, enabled: true },
    schedule: { kind: 'every', seconds: 86_400 },
  };
  assert.deepEqual(config(screen).verifyPolicies, [made]);
  assert.match(screen.row('▸'), /\/srv\/data +content 1\/30 +every 1d +on/);
  await screen.keys('\r');
  assert.match(
    words(screen),
    /btrfleet policy set verify \/srv\/data --every 1d --level content --share 1\/30 --budget 1800s/,
  );
  await screen.keys('\u001b');
  await screen.keys('x');
  assert.deepEqual(screen.world.queued, [
    {
      ...{ kind: 'verify', subvolume: '/srv/data', level: 'content', share: 30, budgetSeconds: 1800 },
      ...{ pairs: null, unchosen: [] },
    },
  ]);
  await screen.keys('t');
  assert.deepEqual(config(screen).verifyPolicies, [{ ...made, enabled: false }]);
  await screen.keys('d');
  assert.deepEqual(config(screen).verifyPolicies, []);
  await screen.keys('z');
  assert.deepEqual(config(screen).verifyPolicies, [{ ...made, enabled: false }]);
});
