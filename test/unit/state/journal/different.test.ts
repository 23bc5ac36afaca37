import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Verification } from '../../../../src/core/model/runs/verification.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { inventoryOf } from '../fixtures/inventory.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const AT = '2026-11-20T08:00:00.000Z';

function journalOf(t: TestContext): Journal {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt(AT) }));
  t.after(() => journal.close());
  return journal;
}

const verified = (level: Verification['level'], more: Partial<Verification> = {}): Verification => ({
  ...{ server: 'b', filesystem: 'f', subvolume: '/data', level, snapshot: 's', source: 'u', replica: 'bad' },
  ...{ at: AT, share: null, compared: 9, differences: 0, attributes: 0, ...more },
});

const mark = (
  journal: Journal,
  uuid: string,
  server = 'b',
  verifications: readonly Verification[] = [],
): void =>
  journal.noteCompared({
    ...{ server, filesystem: 'f', uuid, verifications },
    verdict: {
      kind: 'different',
      path: `.snapshots/data/${uuid}`,
      subvolume: '/data',
      generation: 7,
      what: 'x',
    },
  });

const wrongOn = (journal: Journal, server: string): string[] => [
  ...journal.differentOn(server, 'f').different.keys(),
];

/** That server shows these filesystems. */
function show(journal: Journal, server: string, uuids: readonly string[]): void {
  const { filesystems, ...look } = inventoryOf(server, 1);
  const [one] = filesystems;
  assert.ok(one);
  journal.saveInventory({ ...look, filesystems: uuids.map((uuid) => ({ ...one, uuid })) });
}

test('a mark and what it does away with are written together, whatever a look finds out of it later', (t) => {
  const journal = journalOf(t);
  const none = journal.differentStamp();
  for (const level of ['content', 'metadata'] as const)
    journal.noteCompared({
      ...verified(level),
      uuid: 'good',
      verdict: null,
      verifications: [verified(level)],
    });
  const found = verified('metadata', { differences: 2 });
  mark(journal, 'bad', 'b', [found]);
  assert.deepEqual(
    journal.verificationsOf('/data'),
    [found],
    'of no level anything is proven there any more',
  );
  assert.notEqual(journal.differentStamp(), none);
  journal.rememberProofs('b', 'f', [{ uuid: 'bad', generation: 7, changed: 7, doubt: null, tried: 0 }]);
  journal.forgetProofs('b', 'f', ['bad']);
  assert.deepEqual(wrongOn(journal, 'b'), ['bad']);
  const [told] = journal.allDifferent();
  assert.deepEqual([told?.path, told?.foundAt, told?.what], ['.snapshots/data/bad', AT, 'x']);
});

test('an older btrfleet reads of it what it knows, until it is taken away', (t) => {
  const journal = journalOf(t);
  mark(journal, 'bad');
  assert.equal(journal.proofs('b', 'f').get('bad')?.doubt, 'changed');
  journal.forgetDifferent({ server: 'b', filesystem: 'f', uuid: 'bad' });
  assert.equal(journal.proofs('b', 'f').size, 0);
  assert.deepEqual(wrongOn(journal, 'b'), []);
});

test('what one server says is believed of its own replicas alone, unless the disk was carried', (t) => {
  const journal = journalOf(t);
  show(journal, 'b', ['f']);
  show(journal, 'c', ['f']);
  mark(journal, 'bad', 'b');
  assert.deepEqual([wrongOn(journal, 'b'), wrongOn(journal, 'c')], [['bad'], []]);
  // What is proven on one clears nothing on the other.
  journal.noteCompared({
    server: 'c',
    filesystem: 'f',
    uuid: 'bad',
    verdict: { kind: 'same' },
    verifications: [],
  });
  assert.deepEqual(wrongOn(journal, 'b'), ['bad']);
  journal.forgetDifferent({ server: 'c', filesystem: 'f', uuid: 'bad' });
  show(journal, 'b', ['other']);
  assert.deepEqual(wrongOn(journal, 'c'), ['bad'], 'the disk was carried there');
  // All of its content compared where it is now says more.
  journal.noteCompared({
    server: 'c',
    filesystem: 'f',
    uuid: 'bad',
    verdict: { kind: 'same' },
    verifications: [],
  });
  assert.deepEqual(wrongOn(journal, 'c'), []);
  journal.forgetDifferent({ server: 'c', filesystem: 'f', uuid: 'bad' });
  journal.forgetServer('b');
  assert.deepEqual(wrongOn(journal, 'c'), ['bad'], 'the server is gone, and its disk is not');
});

test('what was made of one is forgotten with it, and what is not seen counts on: its disk may be back', (t) => {
  const journal = journalOf(t);
  mark(journal, 'bad');
  const origin = journal.differentOn('b', 'f').different.get('bad');
  assert.ok(origin);
  const made = (uuid: string) => ({ uuid, path: `.snapshots/data/${uuid}`, generation: 8, mark: origin });
  journal.tendDifferent('b', 'f', { there: new Set(['bad', 'next']), madeOf: [made('next')] });
  assert.deepEqual(
    journal.allDifferent().map(({ uuid }) => uuid),
    ['bad'],
  );
  // The first one was deleted by hand: what was received on top of it is as wrong as before.
  journal.tendDifferent('b', 'f', { there: new Set(['next']), madeOf: [] });
  assert.deepEqual(wrongOn(journal, 'b'), ['bad', 'next']);
  // A copy of the disk from before is in its place, and then the disk is back.
  journal.tendDifferent('b', 'f', { there: new Set(), madeOf: [] });
  assert.deepEqual(wrongOn(journal, 'b'), ['bad', 'next']);
  journal.forgetDifferent({ server: 'b', filesystem: 'f', uuid: 'bad' });
  assert.deepEqual(wrongOn(journal, 'b'), []);
});

test('a server that lists ever more fills no journal, and marks what is its own alone', (t) => {
  const journal = journalOf(t);
  mark(journal, 'bad');
  const origin = journal.differentOn('b', 'f').different.get('bad');
  assert.ok(origin);
  for (const round of ['a', 'b', 'c']) {
    const uuids = Array.from({ length: 3000 }, (_, index) => `${round}${index}`);
    const madeOf = uuids.map((uuid) => ({ uuid, path: uuid, generation: 8, mark: origin }));
    journal.tendDifferent('b', 'f', { there: new Set(['bad', ...uuids]), madeOf });
    journal.tendDifferent('c', 'f', { there: new Set(uuids), madeOf });
  }
  assert.ok(journal.differentOn('b', 'f').different.size <= 1000);
  show(journal, 'b', ['f']);
  assert.equal(journal.differentOn('c', 'f').different.size, 0);
});
