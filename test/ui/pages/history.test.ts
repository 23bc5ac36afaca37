/** The history: what was run, sent and received, whoever did it, and however much of it there is. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { historyRuns } from '../../../src/screens/History/transfers.ts';
import { followRuns } from '../../../src/store/follow-runs.ts';
import { MOST_RUNS, RETRY } from '../../../src/store/history.ts';
import { patience } from '../../patience.ts';
import type { World } from '../world/fleet-world.ts';
import {
  copyLast,
  look,
  made,
  ofAnotherVersion,
  otherProcess,
  queue,
  ran,
  replication,
  SNAPSHOT,
  someHistory,
} from '../world/history-runs.ts';
import { at, FLEET, SERVERS, server } from '../world/inventories.ts';
import { assertFrame } from '../world/kept-frame.ts';
import { openScreen, type Screen, type ScreenOptions } from '../world/open-screen.tsx';
import { claim, finish, result } from '../world/runs.ts';
import { seen } from '../world/seen.ts';

const ESC = '\u001b';

async function openHistory(
  t: Parameters<typeof openScreen>[0],
  options: ScreenOptions = FLEET,
  keys = '',
): Promise<Screen> {
  const screen = await openScreen(t, options);
  someHistory(screen.world);
  await look(screen);
  await screen.keys(`7${keys}`);
  return screen;
}

/** The numbers of the runs that are shown, from the top. */
const numbers = (screen: Screen): number[] =>
  screen.text().flatMap((line) => {
    const found = /^[ ▸] +(\d+) (?:snapshot|delete|cleanup|replication) /.exec(line);
    return found ? [Number(found[1])] : [];
  });

for (const [name, [columns, rows], keys, theme] of [
  ['history-runs', [80, 24], '', {}],
  ['history-sent', [80, 24], ']', {}],
  ['history-received', [80, 24], ']]', {}],
  ['history-wide', [200, 50], ']jjj', {}],
  ['history-ascii', [60, 20], ']]', { theme: { color: false, unicode: false } }],
] as const) {
  test(`the kept frame ${name}`, async (t) => {
    const screen = await openHistory(t, { ...FLEET, columns, rows, ...theme }, keys);
    assertFrame(name, screen.frame());
  });
}

test('what another process runs appears by itself, and the cursor stays where it was', async (t) => {
  const screen = await openHistory(t, { ...FLEET, follow: true }, 'jj');
  assert.match(screen.row('▸'), /▸ +6 replication/);
  const other = otherProcess(t, screen.world);
  const began = performance.now();
  const id = queue(other, SNAPSHOT, 'schedule');
  await screen.until(`${id} snapshot`);
  assert.ok(performance.now() - began < patience(2));
  assert.deepEqual(numbers(screen), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  assert.match(screen.row('▸'), /▸ +6 replication/);
});

test('a transfer is the same row from the wish to the outcome', async (t) => {
  const screen = await openHistory(t, FLEET, ']j');
  assert.match(screen.row('▸'), /beta .*40\.0 MiB .*● sending/);
  queue(screen.world, replication(['gamma']));
  finish(screen.world, 7, 'ok', [result('beta', { mount: '/backup' })]);
  await look(screen);
  assert.match(screen.row('▸'), /beta:\/ba.*120 MiB .*✓ verified/);
});

for (const [tab, keys, filter, expected] of [
  ['Runs', '', 'kind:replication', [8, 7, 6, 5, 2]],
  ['Runs', '', 'kind:replication !gamma', [7, 6]],
  ['Runs', '', 'outcome:failed', [5, 4]],
  ['Runs', '', 'failed:yes', [6, 5, 4]],
  ['Runs', '', 'server:gamma', [8, 5, 2]],
  ['Runs', '', 'server:alpha', [4, 1]],
  ['Runs', '', 'age<15m', [8, 7, 6]],
  ['Runs', '', 'by:hand replication', [7, 2]],
  ['Runs', '', 'took>1m', [2]],
  ['Runs', '', 'is full', [4]],
] as const) {
  test(`${tab}: the filter "${filter}" shows what it says`, async (t) => {
    const screen = await openHistory(t, FLEET, `${keys}/${filter}\r`);
    assert.deepEqual(numbers(screen), expected);
    assert.ok(screen.row(`${expected.length} of 8`));
  });
}

for (const [keys, filter, shown, all] of [
  [']', 'server:gamma', 3, 7],
  [']', 'outcome:ok mode:full', 2, 7],
  [']', 'failed:yes', 2, 7],
  [']', 'bytes>100000000', 2, 7],
  [']]', 'server:beta', 4, 7],
  [']]', 'connection', 1, 7],
] as const) {
  test(`transfers: the filter "${filter}" shows ${shown} of ${all}; servers are not counted`, async (t) => {
    const screen = await openHistory(t, FLEET, `${keys}/${filter}\r`);
    assert.ok(screen.row(`${shown} of ${all}`));
  });
}

test('f shows only what failed, keeps the other words, and takes itself back', async (t) => {
  const screen = await openHistory(t, FLEET, '/replication\rf');
  assert.deepEqual(numbers(screen), [6, 5]);
  assert.ok(screen.row('/replication failed:yes'));
  await screen.keys('f');
  assert.deepEqual(numbers(screen), [8, 7, 6, 5, 2]);
  await screen.chunks(']', 'f');
  assert.ok(screen.row('2 of 7'));
});

test('each column orders the runs, and the cursor follows its run', async (t) => {
  const screen = await openHistory(t, FLEET, 'jjj');
  for (const title of ['RUN▲', 'KIND▲', 'SUBVOLUME▲', 'OUTCOME▲', 'WHEN▲', 'TOOK▲', 'BY▲']) {
    await screen.keys('s');
    assert.ok(screen.row(title));
    assert.match(screen.row('▸'), /▸ +5 replication/);
  }
  await screen.chunks('s', 'S');
  assert.deepEqual(numbers(screen), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('ordered by a column, the servers over the transfers are left out', async (t) => {
  const screen = await openHistory(t, FLEET, ']]');
  assert.ok(screen.row('2 received'));
  await screen.keys('ssss');
  assert.ok(!screen.frame().includes('2 received'));
  assert.ok(screen.row('beta:/ba'));
});

test('Enter on a server tells what it got and when last, on a run all of it', async (t) => {
  const screen = await openHistory(t, FLEET, ']]\r');
  for (const text of ['Received   2 snapshots, 123 MiB', 'Last       2026-11-03T00:00', 'Failed     1'])
    assert.ok(screen.row(text));
  await screen.chunks('q', 'jjj', '\r');
  for (const text of [
    'Sent to beta:/backup',
    'Base       2026-11-02T18:00',
    'Size       3.00 MiB (3,145,728 bytes)',
  ])
    assert.ok(screen.row(text));
  await screen.chunks('q', '[[', 'jjjj', '\r');
  assert.ok(screen.row('alpha is full.'));
  assert.ok(screen.row('Delete something.'));
});

test('a secondary that got nothing is there and says so', async (t) => {
  const screen = await openHistory(t, { ...FLEET, servers: [...SERVERS, server('delta')] }, ']]');
  assert.match(screen.row('delta'), /none received .*○ nothing w/);
});

test('c cancels what goes on, says so of what has ended, and a server is no run', async (t) => {
  const screen = await openHistory(t, FLEET, 'jc');
  assert.ok(screen.row('Cancel this? Run 7'));
  screen.world.clock.pass(1);
  await screen.keys('y');
  assert.ok(screen.row('Run 7 is being cancelled'));
  await look(screen);
  assert.match(screen.row('▸'), /▲ cancelling/);
  await screen.keys('c');
  assert.ok(screen.row('cancel: run 7 is being cancelled already'));
  await screen.keys('jc');
  assert.ok(screen.row('cancel: run 6 has ended'));
  await screen.chunks(']]', 'g', 'c');
  assert.ok(screen.row('cancel: this is a server, not a run'));
});

test('y copies the command line of the run and its number', async (t) => {
  const screen = await openHistory(t, FLEET, 'G');
  await screen.keys('y');
  seen(screen);
  await screen.keys('\r');
  assert.deepEqual(screen.world.copied, ['btrfleet snapshot create /srv/data']);
  await screen.chunks('q', ']', 'g', 'y');
  for (const text of [`btrfleet replicate full /srv/data ${at(42)} --to`, '8', 'btrfleet run show 8', at(42)])
    assert.ok(screen.row(text));
});

test('one long name widens nothing, and what it hides is escaped', async (t) => {
  for (const [columns, rows] of [
    [60, 20],
    [80, 24],
    [200, 50],
  ] as const) {
    const screen = await openScreen(t, { ...FLEET, columns, rows });
    const subvolume = `/srv/${'long-name/'.repeat(30)}\u202Ebidi\u001b[31m`;
    ran(screen.world, snapshotByHand([subvolume]), made(42));
    await look(screen);
    for (const keys of ['7', ']', ']', '[[', '\r']) {
      await screen.keys(keys);
      assert.equal(screen.wrapped(), 0);
    }
    assert.ok(screen.row('u{202e}'));
    assert.ok(!screen.written().includes('\u001b[31mlong'));
  }
});

test('runs but no replication: Sent and Received say so', async (t) => {
  const screen = await openScreen(t, FLEET);
  ran(screen.world, SNAPSHOT, made(42));
  await look(screen);
  for (const keys of ['7]', ']']) {
    await screen.keys(keys);
    assert.ok(screen.row('Nothing was sent to another server yet.'));
  }
});

test('older runs are read only when somebody looks, no more than there is room for', async (t) => {
  const screen = await openScreen(t, { ...FLEET, columns: 120, rows: 46 });
  ran(screen.world, SNAPSHOT, made(42));
  copyLast(screen.world, MOST_RUNS + 400);
  await look(screen);
  assert.equal(historyRuns(screen.app.store.getState()).length, 200);
  await screen.keys('7');
  await screen.until('10,000 runs, no older ones here: btrfleet run list');
  for (const key of ['j', 'j', 'k', `${ESC}[B`]) {
    const before = screen.bytes();
    await screen.keys(key);
    assert.ok(screen.bytes() - before < 1000);
  }
  await screen.keys('G');
  assert.match(screen.row('▸'), / 402 snapshot/);
  await screen.keys('/age>2d\r');
  assert.ok(screen.row(' of 10,000'));
});

test('runs that newer ones push out stay in the list, also when there were too many to follow', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  ran(screen.world, SNAPSHOT, made(42));
  copyLast(screen.world, 700);
  await screen.keys('7');
  await screen.until('701 runs, newest first');
  copyLast(screen.world, 150);
  await screen.until('851 runs, newest first');
  copyLast(screen.world, 450);
  await screen.until('1,301 runs, newest first');
  const ids = historyRuns(screen.app.store.getState()).map(({ id }) => id);
  assert.deepEqual(
    ids,
    Array.from({ length: 1301 }, (_, index) => 1301 - index),
  );
});

test('runs of another process are not lost behind one that was just asked for here', async (t) => {
  const screen = await openScreen(t, FLEET);
  ran(screen.world, SNAPSHOT, made(42));
  await look(screen);
  const other = otherProcess(t, screen.world);
  for (let count = 0; count < 15; count += 1) ran(other, SNAPSHOT, made(42));
  await screen.chunks('5', 'x');
  followRuns(screen.app);
  const ids = historyRuns(screen.app.store.getState()).map(({ id }) => id);
  assert.deepEqual(
    ids,
    Array.from({ length: 17 }, (_, index) => 17 - index),
  );
});

test('a run that goes on for longer than 200 others is followed all the same', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  queue(screen.world, replication(['beta']));
  const id = claim(screen.world);
  ran(screen.world, SNAPSHOT, made(42));
  copyLast(screen.world, 300);
  await screen.until('1 running');
  await screen.keys('7');
  await screen.until('302 runs, newest first');
  assert.ok(screen.row('1 running'));
  await screen.keys('G');
  assert.match(screen.row('▸'), /● running/);
  finish(screen.world, id, 'ok', [result('beta')]);
  await screen.until('✓ OK');
  await screen.until((frame) => !frame.includes('running'));
  assert.ok(screen.row('✓ Replication of /srv/data: done'));
  const ids = historyRuns(screen.app.store.getState()).map((run) => run.id);
  assert.deepEqual(
    ids,
    Array.from({ length: 302 }, (_, index) => 302 - index),
  );
});

test('a journal that cannot be read: what was known stays, with since when; R reads it again', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  ran(screen.world, SNAPSHOT, made(42));
  copyLast(screen.world, 3000);
  await look(screen);
  const mend = damage(screen.world);
  await screen.keys('7');
  await screen.until('▲ STALE: not read for < 1 min, R reads again');
  assert.ok(numbers(screen).length > 5);
  await screen.chunks('3', '2', '7');
  mend();
  await screen.keys('R');
  await screen.until('3,002 runs, newest first');
  assert.ok(!screen.frame().includes('STALE'));
});

test('a journal that was never read says so, and is tried again by itself', async (t) => {
  const screen = await openScreen(t, { ...FLEET, follow: true });
  const other = otherProcess(t, screen.world);
  ran(other, SNAPSHOT, made(42));
  copyLast(screen.world, 10);
  const mend = damage(screen.world);
  await screen.keys('7');
  await screen.until('The journal cannot be read, so what was run is not known.');
  assert.ok(screen.row('R tries again.'));
  mend();
  screen.world.clock.pass(RETRY / 1000);
  await screen.until('12 runs, newest first');
});

test('a journal that cannot be written: c says that nothing was cancelled, and the screen stays', async (t) => {
  const screen = await openHistory(t, FLEET, 'j');
  // What this process has in its memory it would not look for on the disk.
  copyLast(screen.world, 1);
  damage(screen.world);
  await screen.keys('c');
  screen.world.clock.pass(1);
  await screen.keys('y');
  assert.ok(screen.row('Run 7 was not cancelled: the journal cannot be written'));
  assert.ok(screen.row('STALE: not read for < 1 min'));
});

for (const [title, keys] of [
  ['a snapshot', ['3', 'n']],
  ['a replication', ['5', 'x']],
] as const) {
  test(`a journal that cannot be written: ${title} is not begun, and the screen says so`, async (t) => {
    const screen = await openScreen(t, FLEET);
    copyLast(screen.world, 1);
    damage(screen.world);
    await screen.chunks(...keys);
    await screen.until('Nothing was begun: the journal cannot be written');
  });
}

test('runs of another version are not shown, and it says how many', async (t) => {
  const screen = await openScreen(t, FLEET);
  ran(screen.world, SNAPSHOT, made(42));
  copyLast(screen.world, 4);
  ofAnotherVersion(screen.world, 3);
  await look(screen);
  await screen.keys('7');
  assert.ok(screen.row('4 runs, 1 of another version not shown'));
  assert.deepEqual(numbers(screen), [5, 4, 2, 1]);
});

/** All but its first page becomes noise, as on a disk that breaks; the answer mends it, and another process goes on. */
function damage({ home }: World): () => void {
  const before = readFileSync(home.journal);
  const noise = Buffer.alloc(before.length - 4096, 0xa5);
  writeFileSync(home.journal, Buffer.concat([before.subarray(0, 4096), noise]));
  return () => {
    writeFileSync(home.journal, before);
    copyLast({ home }, 1);
  };
}
