import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openHome } from '../../../../src/core/state/home/home.ts';
import { JournalFailure } from '../../../../src/core/state/journal/database.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { MIGRATIONS } from '../../../../src/core/state/journal/schema.ts';
import { inventoryOf } from '../fixtures/inventory.ts';
import {
  clockAt,
  faultOf,
  modeOf,
  must,
  startWorker,
  stateHome,
  workerOutput,
} from '../fixtures/state-home.ts';

const clock = clockAt('2026-11-20T08:00:00.000Z');

test('is private, -wal and -shm too, with any umask', (t) => {
  const home = stateHome(t);
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const journal = must(openJournal({ home, clock }));
  journal.saveInventory(inventoryOf('a', 1));
  assert.deepEqual(
    ['', '-wal', '-shm'].map((end) => modeOf(home.journal + end)),
    ['600', '600', '600'],
  );
  journal.close();
});

test('tells of a newer schema and leaves it', (t) => {
  const home = stateHome(t);
  const newer = new DatabaseSync(home.journal);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}; CREATE TABLE future (x)`);
  newer.close();
  const before = readFileSync(home.journal);
  const fault = faultOf(openJournal({ home, clock }));
  assert.equal(fault.code, 'config-invalid');
  assert.match(fault.message, /newer btrfleet/);
  assert.deepEqual(readFileSync(home.journal), before);
});

test("does not build in somebody else's database", (t) => {
  const home = stateHome(t);
  const other = new DatabaseSync(home.journal);
  other.exec('CREATE TABLE photos (x)');
  other.close();
  const before = readFileSync(home.journal);
  assert.match(faultOf(openJournal({ home, clock })).message, /not a journal of btrfleet/);
  assert.deepEqual(readFileSync(home.journal), before);
});

for (const [title, harm] of [
  [
    'no database',
    () => Buffer.from('this is not a database, but it is long enough to be one of the usual kind of files'),
  ],
  ['its head overwritten', (file: Buffer) => Buffer.concat([Buffer.alloc(100, 7), file.subarray(100)])],
  [
    'its schema overwritten',
    (file: Buffer) => Buffer.concat([file.subarray(0, 100), Buffer.alloc(3996, 7), file.subarray(4096)]),
  ],
] as const) {
  test(`tells of a damaged file and leaves it: ${title}`, (t) => {
    const home = stateHome(t);
    must(openJournal({ home, clock })).close();
    const damaged = harm(readFileSync(home.journal));
    writeFileSync(home.journal, damaged);
    const fault = faultOf(openJournal({ home, clock }));
    assert.equal(fault.code, 'config-invalid');
    assert.match(fault.message, /damaged/);
    assert.deepEqual(readFileSync(home.journal), damaged);
  });
}

test('damage that shows only later is a failure that carries a fault', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  for (let index = 0; index < 20; index += 1) journal.saveInventory(inventoryOf(`server${index}`, 2_000));
  journal.close();
  const file = readFileSync(home.journal);
  writeFileSync(home.journal, file.fill(7, file.length / 2));
  const again = must(openJournal({ home, clock }));
  t.after(() => again.close());
  assert.throws(
    () => again.lastInventories(),
    (error) => error instanceof JournalFailure && error.fault.code === 'config-invalid',
  );
});

test('4 processes make 100 journals, each at the same time', async (t) => {
  const home = stateHome(t);
  const workers = Array.from({ length: 4 }, () => startWorker('openJournals', home, '100'));
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  await Promise.all(said);
  for (let index = 0; index < 100; index += 1) {
    const own = must(openHome({ home: join(home.directory, String(index)) }));
    const journal = must(openJournal({ home: own, clock }));
    assert.equal(journal.listRuns({ limit: 9 }).length, 4);
    journal.close();
  }
});

test('the stamp changes with every change, of this process and of others, and only then', (t) => {
  const home = stateHome(t);
  const mine = must(openJournal({ home, clock }));
  const theirs = must(openJournal({ home, clock }));
  t.after(() => mine.close());
  t.after(() => theirs.close());
  const seen = new Set<string>();
  const change = (title: string, work: () => void) => {
    work();
    const stamp = mine.changeStamp();
    assert.equal(seen.has(stamp), false, title);
    seen.add(stamp);
    assert.equal(mine.changeStamp(), stamp);
  };
  change('nothing yet', () => undefined);
  change('mine', () => mine.saveInventory(inventoryOf('a', 1)));
  change('theirs', () => theirs.saveInventory(inventoryOf('b', 1)));
  change('theirs again', () => theirs.forgetServer('b'));
});

test('keeps the last inventory of each server as it was', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  journal.saveInventory(inventoryOf('b', 3));
  journal.saveInventory(inventoryOf('a', 1));
  journal.saveInventory(inventoryOf('a', 2));
  assert.deepEqual(journal.lastInventory('a'), inventoryOf('a', 2));
  assert.deepEqual(journal.lastInventories(), [inventoryOf('a', 2), inventoryOf('b', 3)]);
  assert.equal(journal.lastInventory('c'), null);
});

test('forgets a server whole: its name may come to be another machine', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  for (const server of ['a', 'b']) {
    journal.saveInventory(inventoryOf(server, 1));
    journal.noteReceiving({ server, path: '/srv/x', originId: 'o', runId: 1 });
    journal.noteReplica({
      originId: 'o',
      subvolume: '/data',
      server,
      filesystem: null,
      mount: '/srv',
      path: '/srv/y',
      name: 'y',
      verifiedAt: 't',
    });
  }
  journal.forgetServer('a');
  assert.equal(journal.lastInventory('a'), null);
  assert.deepEqual(journal.receivingOn('a'), []);
  assert.deepEqual(
    journal.replicasOf('/data').map(({ server }) => server),
    ['b'],
  );
  assert.equal(journal.receivingOn('b').length, 1);
});

test('remembers what is being received, and which replicas were seen', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  const mark = { server: 'b', path: '/srv/.snapshots/data/n', originId: 'o', runId: null };
  journal.noteReceiving({ ...mark, originId: 'before' });
  journal.noteReceiving(mark);
  journal.close();
  const again = must(openJournal({ home, clock }));
  t.after(() => again.close());
  assert.deepEqual(again.receivingOn('b'), [{ ...mark, notedAt: '2026-11-20T08:00:00.000Z' }]);
  again.forgetReceiving('b', mark.path);
  assert.deepEqual(again.receivingOn('b'), []);
  const replica = {
    originId: 'o',
    subvolume: '/data',
    server: 'b',
    filesystem: null,
    mount: '/srv',
    path: '/srv/r',
    name: 'r',
    verifiedAt: 't1',
  };
  again.noteReplica(replica);
  again.noteReplica({ ...replica, verifiedAt: 't2' });
  assert.deepEqual(again.replicasOf('/data'), [{ ...replica, verifiedAt: 't2' }]);
  again.forgetReplica('b', '/srv/r', null);
  assert.deepEqual(again.replicasOf('/data'), []);
});

test('a mark is written when it is made, not when the journal is closed', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  journal.noteReceiving({ server: 'b', path: '/srv/unmistakable', originId: 'o', runId: null });
  assert.equal(existsSync(`${home.journal}-wal`), true);
  assert.match(readFileSync(`${home.journal}-wal`, 'latin1'), /unmistakable/);
});

test('a replica is found by what it holds, under whatever path it was sent', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock }));
  t.after(() => journal.close());
  const about = { server: 'b', mount: '/mnt/usb', verifiedAt: 't1' };
  for (const [filesystem, subvolume, originId] of [
    ['A', '/mnt/two/data', 'one'],
    ['B', '/mnt/moved/data', 'one'],
    ['B', '/mnt/moved/data', 'two'],
  ] as const)
    journal.noteReplica({
      ...about,
      filesystem,
      subvolume,
      originId,
      path: `/r/${originId}`,
      name: originId,
    });
  const found = (...ids: string[]): string[] =>
    journal.replicasWith(ids).map(({ filesystem, originId }) => `${filesystem} ${originId}`);
  assert.deepEqual(found('one', 'three'), ['A one', 'B one']);
  assert.deepEqual(found('two'), ['B two']);
  assert.deepEqual(found(), []);
});

test('disks that take turns at one mount have replicas of their own', (t) => {
  const home = stateHome(t);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  const replica = (filesystem: string | null, originId: string, verifiedAt = 't1') => ({
    ...{ originId, subvolume: '/data', server: 'b', filesystem, mount: '/mnt/usb', verifiedAt },
    ...{ path: `/mnt/usb/.snapshots/data/${originId}`, name: originId },
  });
  const known = (): string[] =>
    journal.replicasOf('/data').map(({ filesystem, originId }) => `${filesystem ?? '?'} ${originId}`);
  journal.noteReplica(replica(null, 'one'));
  journal.noteReplica(replica(null, 'two'));
  journal.noteFound([replica('A', 'one'), replica('A', 'three'), replica('A', 'three', 't9')], 0);
  journal.noteReplica(replica('B', 'three'));
  assert.deepEqual(known(), ['A one', 'A three', 'B three', '? two']);
  assert.equal(journal.replicasOf('/data')[1]?.verifiedAt, 't9');
  journal.noteFound([replica('A', 'three', 't3')], 0);
  assert.equal(journal.replicasOf('/data')[1]?.verifiedAt, 't9', 'it was known');
  journal.forgetReplica('b', '/mnt/usb/.snapshots/data/three', 'B');
  assert.deepEqual(known(), ['A one', 'A three', '? two']);
  // A look at A showed one thing; what was verified since it began may have come meanwhile.
  journal.forgetGone('b', 'A', 't2', new Set());
  assert.deepEqual(known(), ['A three', '? two']);
  assert.deepEqual(journal.replicaPlaces('b'), [
    { filesystem: null, mount: '/mnt/usb', replicas: 1, seenAt: 't1' },
    { filesystem: 'A', mount: '/mnt/usb', replicas: 1, seenAt: 't9' },
  ]);
  assert.equal(journal.forgetFilesystem('b', 'A'), 1);
  assert.equal(journal.forgetFilesystem('b', null), 1);
  assert.deepEqual(known(), []);
});
