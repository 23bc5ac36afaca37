/** What is remembered of replicas that a look did not show any more, and of looks that failed. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { inventoryOf } from '../fixtures/inventory.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const clock = clockAt('2026-11-20T08:00:00.000Z');

function journalFor(t: TestContext): Journal {
  const journal = must(openJournal({ home: stateHome(t), clock }));
  t.after(() => journal.close());
  return journal;
}

const replica = (name: string, verifiedAt = 't1', filesystem = 'A') => ({
  ...{ originId: `id-${name}`, subvolume: '/data', server: 'b', filesystem, mount: '/srv', verifiedAt },
  ...{ path: `/srv/.snapshots/data/${name}`, name },
});

const gone = (journal: Journal): string[] =>
  journal.goneReplicas('b', '/data').map(({ filesystem, name, goneAt }) => `${filesystem} ${name} ${goneAt}`);

test('of what a look did not show, the newest is remembered as gone, on each filesystem', (t) => {
  const journal = journalFor(t);
  for (const one of [replica('m1'), replica('m2'), replica('m3'), replica('m1', 't1', 'B')])
    journal.noteReplica(one);
  journal.forgetGone('b', 'A', 't2', new Set(['id-m2']));
  assert.deepEqual(gone(journal), ['A m3 t2']);
  journal.forgetGone('b', 'A', 't3', new Set());
  journal.forgetGone('b', 'B', 't3', new Set());
  assert.deepEqual(gone(journal), ['A m3 t2', 'B m1 t3'], 'an older one is none of interest');
  assert.deepEqual(journal.goneReplicas('c', '/data'), []);
});

test('what is seen there again, or anything newer, is missed no longer', (t) => {
  const journal = journalFor(t);
  journal.noteReplica(replica('m2'));
  journal.forgetGone('b', 'A', 't2', new Set());
  journal.noteFound([replica('m1', 't3')], journal.moves());
  assert.deepEqual(gone(journal), ['A m2 t2'], 'an older one does not make up for it');
  journal.noteReplica(replica('m3', 't4', 'B'));
  assert.deepEqual(gone(journal), ['A m2 t2'], 'nor one on another filesystem');
  journal.noteReplica(replica('m3', 't4'));
  assert.deepEqual(gone(journal), []);
});

const missed = (journal: Journal, since = ''): string =>
  journal
    .missedReplicas('b', '/data', since)
    .map(({ filesystem, name }) => `${filesystem} ${name}`)
    .join(', ');

test('each that is gone is missed by itself until it is back, also an older one', (t) => {
  const journal = journalFor(t);
  for (const one of [replica('m1'), replica('m2'), replica('m3')]) journal.noteReplica(one);
  journal.forgetGone('b', 'A', 't2', new Set(['id-m3']));
  assert.equal(missed(journal), 'A m1, A m2');
  assert.equal(missed(journal, 't3'), '');
  journal.noteReplica(replica('m4', 't4'));
  assert.equal(missed(journal), 'A m1, A m2', 'a newer one does not make up for it');
  journal.noteReplica(replica('m1', 't5'));
  assert.equal(missed(journal), 'A m2');
  journal.forgetReplica('b', replica('m2').path, 'A');
  assert.equal(missed(journal), '', 'it was btrfleet that deleted it');
});

test('what btrfleet deletes itself is not gone, whichever is noted first', (t) => {
  const journal = journalFor(t);
  journal.noteReplica(replica('m1'));
  journal.forgetReplica('b', replica('m1').path, 'A');
  journal.forgetGone('b', 'A', 't2', new Set());
  assert.deepEqual(gone(journal), []);
  journal.noteReplica(replica('m2'));
  journal.forgetGone('b', 'A', 't3', new Set());
  journal.forgetReplica('b', replica('m2').path, 'A');
  assert.deepEqual(gone(journal), []);
});

test('with its disk or its server it is forgotten', (t) => {
  const journal = journalFor(t);
  for (const disk of ['A', 'B']) {
    journal.noteReplica(replica('m1', 't1', disk));
    journal.forgetGone('b', disk, 't2', new Set());
  }
  journal.forgetFilesystem('b', 'A');
  assert.deepEqual([gone(journal), missed(journal)], [['B m1 t2'], 'B m1']);
  journal.forgetServer('b');
  assert.deepEqual([gone(journal), missed(journal)], [[], '']);
});

test('why a look failed is known until one is saved', (t) => {
  const journal = journalFor(t);
  const why = fault('unreachable', 'b cannot be reached.', 'Is it on?', { server: 'b' });
  journal.noteLookFailure('b', why);
  journal.noteLookFailure('c', why);
  assert.deepEqual(journal.lookFailures().get('b'), why);
  journal.saveInventory({ ...inventoryOf('b', 1) });
  assert.deepEqual([...journal.lookFailures().keys()], ['c']);
  journal.forgetServer('c');
  assert.equal(journal.lookFailures().size, 0);
});
