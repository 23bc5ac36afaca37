/** Clean-up by hand on a real fleet: what goes is what was shown, and what somebody still needs stays. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import { slowRate } from '../../patience.ts';
import { eventually, onlyReal, TestFleet } from '../fleet/fleet.ts';
import { screens } from '../fleet/terminal.ts';
import { newestRun, pinnedBy, underWay } from '../fleet/transfers.ts';

const open = screens();
const fleet = await TestFleet.anywhere('cleanup', { servers: 3 });
const { lab } = fleet;

const UTC = ['--timezone', 'UTC'] as const;

const directory = (subvolume: string): string =>
  `/srv/pool/.snapshots/${subvolume.slice('/srv/pool/'.length)}`;

/** `01T08` is eight o'clock on the first of January 2026. */
const named = (time: string): string => `2026-01-${time}:00:00.000Z`;

/** Makes snapshots by hand as btrfleet would have made them at these times. */
async function past(subvolume: string, ...names: readonly string[]): Promise<void> {
  await lab.must('a', ['mkdir', '-p', directory(subvolume)]);
  for (const name of names) {
    await lab.must('a', [
      ...['btrfs', 'subvolume', 'snapshot', '-r', subvolume],
      `${directory(subvolume)}/${name}`,
    ]);
  }
}

const there = async (subvolume: string, server = 'a'): Promise<string[]> =>
  (await lab.must(server, ['ls', '-A', directory(subvolume)])).split('\n').filter((line) => line !== '');

const cleanup = (...args: readonly string[]): Promise<CleanupReport> =>
  fleet.ok<CleanupReport>(['snapshot', 'cleanup', ...args]);

const names = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);

const reasons = (report: CleanupReport, name: string): readonly string[] =>
  report.kept.find((one) => one.name === name)?.reasons ?? [];

test('per day: the dry run is what is then deleted, and a second time nothing more goes', async () => {
  const path = await fleet.subvolume('/srv/pool/daily');
  const all = ['01T08', '01T20', '02T08', '02T20', '03T08'].map(named);
  await past(path, ...all);
  const rules = [path, '--per', 'day', '--keep', '1', ...UTC];
  const planned = await cleanup(...rules, '--dry-run');
  assert.deepEqual(Object.keys(planned).sort(), ['deleted', 'failed', 'kept', 'server', 'subvolume']);
  assert.deepEqual(names(planned.deleted), [named('01T08'), named('02T08')]);
  assert.deepEqual(await there(path), all);
  assert.deepEqual(reasons(planned, named('03T08')), ['newest', 'newest of 2026-01-03']);

  const unasked = await fleet.fault('snapshot', 'cleanup', ...rules);
  assert.deepEqual([unasked.code, unasked.fault.code], [3, 'refused']);
  assert.match(unasked.fault.message, new RegExp(`${named('01T08')} .* delete`));
  assert.deepEqual(await there(path), all);

  const done = await cleanup(...rules, '--yes');
  assert.deepEqual(done, planned);
  assert.deepEqual(await there(path), names(done.kept));
  const again = await cleanup(...rules, '--yes');
  assert.deepEqual([again.deleted, again.failed, names(again.kept)], [[], [], names(done.kept)]);

  const [run] = await fleet.ok<
    { id: number; kind: string; outcome: string; results: { status: string }[] }[]
  >(['run', 'list', '--kind', 'cleanup', '--subvolume', path, '--limit', '1']);
  assert.deepEqual([run?.kind, run?.outcome, run?.results.length], ['cleanup', 'ok', 3]);
  assert.match(
    (await fleet.run(['run', 'show', String((run?.id ?? 0) - 1)])).stdout,
    /deleted 2026-01-01T08/,
  );
});

test('a ladder: what was made by hand, is held, or is of a neighbour stays', async () => {
  const path = await fleet.subvolume('/srv/pool/data');
  const neighbours = [
    await fleet.subvolume('/srv/pool/data2'),
    await fleet.subvolume('/srv/pool/database'),
    await fleet.subvolume('/srv/pool/data/inner'),
  ];
  const all = ['01T08', '02T08', '02T20', '03T08', '04T08', '04T20'].map(named);
  for (const subvolume of [path, ...neighbours]) await past(subvolume, ...all);
  await past(path, 'before-upgrade-2');
  // Somebody's own, and one that was made writable.
  await lab.must('a', ['btrfs', 'subvolume', 'snapshot', path, `${directory(path)}/${named('02T09')}`]);
  await fleet.ok(['snapshot', 'hold', path, named('02T08'), '--note', 'audit']);
  const done = await cleanup(path, '--last', '1', '--daily', '2', ...UTC, '--yes');
  assert.deepEqual(names(done.deleted), [named('01T08'), named('02T20')]);
  assert.deepEqual(done.failed, []);
  assert.deepEqual(reasons(done, named('02T08')), ['held']);
  assert.deepEqual(reasons(done, 'before-upgrade-2'), ['foreign: not made by btrfleet']);
  assert.deepEqual(reasons(done, named('02T09')), ['modified: made writable']);
  assert.deepEqual(reasons(done, named('04T08')), ['daily 2026-01-04']);
  assert.deepEqual(await there(path), [
    ...[named('02T08'), named('02T09'), named('03T08'), named('04T08'), named('04T20')],
    ...['before-upgrade-2', 'inner'],
  ]);
  for (const subvolume of neighbours) assert.deepEqual(await there(subvolume), all);
});

test('the base of a server that is down stays, and the next incremental starts from it', async () => {
  const path = await fleet.subvolume('/srv/pool/base');
  const all = ['01T08', '02T08', '03T08', '04T08'].map(named);
  const [first = '', second = '', third = '', last = ''] = all;
  await past(path, first, second);
  await fleet.replicateOne('full', path, first, '--to', 'b');
  await fleet.replicateOne('full', path, second, '--to', 'c');
  await past(path, third, last);
  await lab.kill('b');
  const done = await cleanup(path, '--last', '1', '--yes').finally(() => lab.start('b'));
  assert.deepEqual(names(done.deleted), [third]);
  // Sent after the last look at b: it is remembered all the same.
  assert.match(reasons(done, first).join(), /^base for b/);
  assert.deepEqual(reasons(done, second), ['base for c']);
  const sent = await fleet.replicateOne('auto', path, '--to', 'b');
  assert.deepEqual([sent.status, sent.mode, sent.base, sent.snapshot], ['ok', 'incremental', first, last]);
  // Now b has the newest, so its old base is free.
  assert.deepEqual(names((await cleanup(path, '--last', '1', '--yes')).deleted), [first]);
});

test('nothing goes while a server was never seen; the fault says when the primary is off', async () => {
  const path = await fleet.subvolume('/srv/pool/unseen');
  const all = ['01T08', '02T08', '03T08'].map(named);
  await past(path, ...all);
  const { host } = lab.server('b');
  await fleet.ok([
    ...['server', 'add', 'never', '--host', host, '--port', '1', '--user', 'root', '--key', lab.keyFile],
  ]);
  const kept = await cleanup(path, '--last', '1', '--yes');
  assert.deepEqual([kept.deleted, await there(path)], [[], all]);
  assert.deepEqual(reasons(kept, named('01T08')), ['may be the base for never: what is there is not known']);
  await fleet.ok(['server', 'remove', 'never', '--yes']);

  await lab.kill('a');
  const off = await fleet.fault('snapshot', 'cleanup', path, '--last', '1', '--yes');
  await lab.start('a');
  assert.deepEqual([off.code, off.fault.code], [1, 'unreachable']);
  assert.deepEqual(await there(path), all);
  const lost = await fleet.fault('snapshot', 'cleanup', '/srv/pool/no-such', '--last', '1', '--yes');
  assert.deepEqual([lost.code, lost.fault.code], [1, 'no-such-subvolume']);
});

test("on a secondary: each disk is a history of its own, and the primary's base stays", async () => {
  const path = await fleet.subvolume('/srv/pool/replicas');
  const all = ['01T08', '02T08', '03T08', '04T08'].map(named);
  const [first = '', second = '', third = '', last = ''] = all;
  await past(path, first, second, third);
  await lab.addFilesystem('c', '/srv/usb', '512M');
  await fleet.replicate('auto', path, '--all', '--to', 'c:/srv/pool');
  await fleet.replicateOne('full', path, first, '--to', 'c:/srv/usb');
  await fleet.replicateOne('auto', path, '--snapshot', second, '--to', 'c:/srv/usb');
  // On the primary only the middle one is left of what both have.
  await fleet.ok(['snapshot', 'delete', path, third, '--yes']);
  await past(path, last);
  const done = await cleanup(path, '--server', 'c', '--last', '1', '--yes');
  assert.equal(done.server, 'c');
  assert.deepEqual(names(done.deleted), [first, first]);
  assert.deepEqual(await there(path, 'c'), [second, third]);
  assert.deepEqual((await lab.must('c', ['ls', '/srv/usb/.snapshots/replicas'])).trim().split('\n'), [
    second,
  ]);
  assert.deepEqual(reasons(done, second).includes('base for a'), true);
  assert.deepEqual(await there(path), [first, second, last]);
  const sent = await fleet.replicateOne('auto', path, '--to', 'c:/srv/pool');
  assert.deepEqual([sent.status, sent.base], ['ok', second]);
  await lab.umount('c', '/srv/usb');

  // The disk is away: what it was last seen with is still the base for it.
  const away = await cleanup(path, '--last', '1', '--yes');
  assert.deepEqual(names(away.deleted), [first]);
  assert.match(
    reasons(away, second).join(),
    /base for c:\/srv\/usb \(filesystem [0-9a-f-]{36}, not mounted now\)/,
  );
  const later = await cleanup(path, '--last', '1', '--yes');
  assert.deepEqual(later.deleted, []);
  assert.match(
    reasons(later, second).join(),
    /base for c:\/srv\/usb \(filesystem [0-9a-f-]{36}, not seen there now\)/,
  );
});

test('a clean-up goes on during a transfer and keeps what that sends, its bases and what it will send', async () => {
  const path = await fleet.subvolume('/srv/pool/busy', 20);
  const all = ['01T08', '02T08', '03T08', '04T08', '05T08'].map(named);
  const [first = '', second = '', third = '', fourth = '', last = ''] = all;
  await past(path, ...all);
  const running = fleet.start([
    ...[
      'replicate',
      'auto',
      path,
      '--all',
      '--snapshot',
      third,
      '--to',
      'b',
      '--rate',
      slowRate(4),
      '--json',
    ],
  ]);
  await underWay(`${fleet.home}/state`, ['b'], { running });
  const done = await cleanup(path, '--last', '1', '--yes');
  assert.equal(running.child.exitCode, null, 'the transfer is over');
  assert.deepEqual([names(done.deleted), done.failed], [[fourth], []]);
  for (const name of [first, second, third])
    assert.deepEqual(reasons(done, name), ['in use by a running job']);
  assert.equal((await running.ended).code, 0);
  assert.deepEqual(await there(path, 'b'), [first, second, third]);
  assert.deepEqual(names((await cleanup(path, '--last', '1', '--yes')).deleted), [first, second]);
  assert.deepEqual(await there(path), [third, last]);
});

test('a replication that begins while a clean-up is at work: neither fails, and all it sends arrives', {
  skip: onlyReal,
}, async () => {
  const path = await fleet.subvolume('/srv/pool/meeting');
  // More than go in one go.
  const all = Array.from({ length: 160 }, (_, index) =>
    named(`${String((index % 28) + 1).padStart(2, '0')}T${10 + Math.floor(index / 28)}`),
  ).toSorted();
  await past(path, ...all);
  const cleaning = fleet.start(['snapshot', 'cleanup', path, '--last', '1', '--yes', '--json']);
  after(() => cleaning.child.kill('SIGKILL'));
  await eventually(async () => assert.ok((await there(path)).length < all.length));
  // It is too fast to be met by chance.
  cleaning.child.kill('SIGSTOP');
  const before = newestRun(`${fleet.home}/state`);
  const sending = fleet.replicate('auto', path, '--all', '--to', 'b');
  const state = `${fleet.home}/state`;
  await eventually(() => {
    assert.ok(newestRun(state) > before);
    assert.notDeepEqual(pinnedBy(state, newestRun(state)), [], 'it has not chosen yet');
  });
  cleaning.child.kill('SIGCONT');
  const sent = await sending;
  const { code, stdout } = await cleaning.ended;
  const value = JSON.parse(stdout) as CleanupReport;
  assert.deepEqual([code, value.failed, sent.code, sent.fault], [0, [], 0, null]);
  assert.ok(
    value.kept.some(({ reasons: why }) => why.includes('in use by a running job')),
    'they did not meet',
  );
  assert.deepEqual(names(value.deleted).length + value.kept.length, all.length);
  for (const { status, snapshot } of sent.results) assert.equal(status, 'ok', snapshot ?? '');
  assert.deepEqual(
    await there(path, 'b'),
    sent.results.map(({ snapshot }) => snapshot),
  );
});

test('what makes no sense is wrong usage, and rules that keep nothing are refused', async (t) => {
  const path = '/srv/pool/data';
  const before = await there(path);
  for (const [args, code, fault] of [
    [[], 2, 'usage'],
    [['--per', 'hour', '--keep', '1'], 2, 'usage'],
    [['--per', 'day'], 2, 'usage'],
    [['--per', 'day', '--keep', '1', '--last', '1'], 2, 'usage'],
    [['--keep', '3'], 2, 'usage'],
    [['--last', '1.5'], 2, 'usage'],
    [['--last', '-1'], 2, 'usage'],
    [['--last', '1', '--min-age', 'soon'], 2, 'usage'],
    [['--last', '1', '--timezone', 'Europe/Atlantis'], 2, 'usage'],
    [['--last', '0'], 3, 'refused'],
    [['--per', 'day', '--keep', '0'], 3, 'refused'],
  ] as const) {
    await t.test(args.join(' '), async () => {
      const found = await fleet.fault('snapshot', 'cleanup', path, ...args, '--yes');
      assert.deepEqual([found.code, found.fault.code], [code, fault]);
    });
  }
  assert.deepEqual(await there(path), before);
});

test('the table says age, verdict and reasons', async () => {
  const { stdout, code } = await fleet.run([
    ...['snapshot', 'cleanup', '/srv/pool/data', '--last', '1', '--min-age', '1h', ...UTC, '--dry-run'],
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /^SNAPSHOT +AGE +VERDICT +WHY\n/);
  assert.match(stdout, new RegExp(`${named('04T20')} +\\S+ d.* keep +newest, last 1\\n`));
  assert.match(stdout, new RegExp(`${named('03T08')} .* delete\\n`));
  assert.match(stdout, /On a 2 will be deleted for good, 4 kept\. Nothing was deleted: --dry-run\.\n$/);
});

test('the screen: C previews, y hands exactly that to the engine, and what came since stays', async () => {
  const path = await fleet.subvolume('/srv/pool/seen');
  const all = ['01T08', '01T20', '02T08', '02T20'].map(named);
  await past(path, ...all);
  const screen = await open({ home: fleet.home });
  await screen.until('3/3 up');
  await screen.keys('3');
  await screen.keys('C-p');
  await screen.until('Find an action');
  await screen.type('subvolume seen');
  await screen.until(/▸ subvolume +\/srv\/pool\/seen/);
  await screen.keys('Enter');
  await screen.until(/Subvolume \/srv\/pool\/seen on a/);
  await screen.keys('C');
  await screen.until('Now: 2 would be deleted, 2 kept');
  await screen.keys('Tab', 'Tab', 'Tab');
  await screen.keys('Enter');
  await screen.until('Delete these 2 snapshots of /srv/pool/seen');
  // The rules would let the newest go once there is a newer one that day; it was not in the list.
  await past(path, named('02T21'));
  await screen.answer(/Delete these 2 snapshots/, 'y');
  await screen.until('Clean-up of /srv/pool/seen: done');
  assert.deepEqual(await there(path), [all[1], all[3], named('02T21')]);
});
