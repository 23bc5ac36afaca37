// What a chaos run holds against the journal: an "ok" must have been so, and nothing is sent in full without need.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Books } from '../../../scripts/chaos/books.ts';
import { checkTruth } from '../../../scripts/chaos/checks/truth.ts';
import type { ResultRow, RunRow } from '../../../scripts/chaos/journal.ts';
import type { Listed } from '../../../scripts/chaos/listing.ts';
import type { Look, Observed, Seen } from '../../../scripts/chaos/observer.ts';

const NAMES = ['2026-11-30T06:00:00.000Z', '2026-11-30T06:00:10.000Z'] as const;
const POOL = '/srv/pool';
const at = (second: number): number => Date.parse('2026-11-30T06:00:00.000Z') + second * 1000;

const snapshot = (name: string, uuid: string, receivedUuid: string | null = null): Listed => ({
  uuid,
  parentUuid: null,
  receivedUuid,
  readOnly: true,
  path: `${POOL}/.snapshots/data/${name}`,
});

/** What the looks at a and b listed, every ten seconds. */
function observed(primary: readonly Listed[][], target: readonly Listed[][]): Observed {
  const looks = new Map<string, readonly Look[]>();
  const seen: Seen[] = [];
  for (const [server, all] of [
    ['a', primary],
    ['b', target],
  ] as const) {
    looks.set(
      `${server}:${POOL}`,
      all.map((listed, turn) => ({ at: at(turn * 10), listed })),
    );
    for (const uuid of new Set(all.flat().map((one) => one.uuid))) {
      const turns = all.flatMap((list, turn) =>
        list.some((one) => one.uuid === uuid) ? [at(turn * 10)] : [],
      );
      const listed = all.flat().find((one) => one.uuid === uuid);
      const place = { server, mount: POOL };
      if (listed)
        seen.push({ ...listed, place, firstSeen: Math.min(...turns), lastSeen: Math.max(...turns) });
    }
  }
  return { looks, seen };
}

const result = (more: Partial<ResultRow> = {}): ResultRow => ({
  id: 1,
  run: 1,
  subvolume: `${POOL}/data`,
  into: null,
  server: 'b',
  mount: POOL,
  status: 'ok',
  mode: 'incremental',
  snapshot: NAMES[0],
  startedAt: new Date(at(5)).toISOString(),
  finishedAt: new Date(at(6)).toISOString(),
  ...more,
});

function findings(
  what: Observed,
  results: readonly ResultRow[],
  { books = new Books(), runs = [] }: { books?: Books; runs?: readonly RunRow[] } = {},
): string[] {
  checkTruth(books, what, { runs, results, locks: [] });
  return books.findings.map(({ invariant, text }) => `${invariant}: ${text}`);
}

const cleanup = (outcome: string, deleted: readonly string[]): RunRow => ({
  id: 2,
  kind: 'cleanup',
  state: 'finished',
  outcome,
  createdAt: '',
  finishedAt: '',
  request: {
    ...{ kind: 'cleanup', subvolume: `${POOL}/data`, server: 'b', mount: POOL, into: null, only: null },
    rules: { kind: 'per-period', per: 'day', keep: 1, timeZone: 'UTC', minAgeSeconds: 0 },
  },
  report: {
    ...{ kind: 'cleanup', subvolume: `${POOL}/data`, server: 'b', kept: [], failed: [] },
    deleted: deleted.map((name) => ({ name })),
  },
});

const source = snapshot(NAMES[0], 'one');
const replica = snapshot(NAMES[0], 'copy', 'one');

test('a replica that is there is so', () => {
  assert.deepEqual(findings(observed([[source]], [[replica]]), [result()]), []);
});

test('one that was never there is none', () => {
  assert.match(findings(observed([[source]], [[]]), [result()]).join(), /it was never there/);
});

test('one that was received from something else is none', () => {
  const other = snapshot(NAMES[0], 'copy', 'other');
  assert.match(findings(observed([[source]], [[other]]), [result()]).join(), /received from other/);
});

test('one that is gone must have been deleted by somebody who says so', () => {
  const gone = observed([[source], [source]], [[replica], []]);
  assert.match(findings(gone, [result()]).join(), /nobody says who deleted it/);
  assert.deepEqual(findings(gone, [result()], { runs: [cleanup('ok', [NAMES[0]])] }), []);
  assert.match(findings(gone, [result()], { runs: [cleanup('ok', [NAMES[1]])] }).join(), /nobody says/);
  assert.deepEqual(findings(gone, [result()], { runs: [cleanup('interrupted', [])] }), []);
  const books = new Books();
  books.deletedByHand.add(`b ${replica.path}`);
  assert.deepEqual(findings(gone, [result()], { books }), []);
});

test('a full send is needless where both sides had an untouched base before and after', () => {
  const next = snapshot(NAMES[1], 'two');
  const received = snapshot(NAMES[1], 'copy of two', 'two');
  const both = observed(
    [[source], [source, next], [source, next]],
    [[replica], [replica], [replica, received]],
  );
  const full = result({ id: 2, mode: 'full', snapshot: NAMES[1], startedAt: new Date(at(15)).toISOString() });
  const found = findings(both, [result(), full]);
  assert.equal(found.length, 1);
  assert.match(found.join(), new RegExp(`in full to b .* though both sides had ${NAMES[0]}`));
  assert.deepEqual(findings(both, [full]), [], 'the first one is full');
  const books = new Books();
  books.touched.add('copy');
  assert.deepEqual(findings(both, [result(), full], { books }), []);
});
