import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseSubvolumeList } from '../../../../src/core/btrfs/read/subvolume-list.ts';
import { type Trusted, trustedSubvolumes } from '../../../../src/core/btrfs/read/trusted-subvolumes.ts';

interface Listed {
  readonly id: number;
  readonly path: string;
  readonly readOnly?: boolean;
  readonly isSnapshot?: boolean;
  readonly receivedUuid?: string;
}

const uuidOf = (id: number): string => `00000000-0000-4000-8000-${`${id}`.padStart(12, '0')}`;
const FORGED = '11111111-2222-3333-4444-555555555555';
const column = (uuid: string | undefined): string => (uuid ?? '-').padEnd(36);

/** As btrfs-progs 6.2 print it. */
const full = ({ id, path, receivedUuid }: Listed, uuid = uuidOf(id)): string =>
  `ID ${id} gen 9 cgen 8 parent 5 top level 5 parent_uuid ${column(undefined)} received_uuid ${column(receivedUuid)} uuid ${column(uuid)} path ${path}`;
const plain = ({ id, path }: Listed): string => `ID ${id} gen 9 top level 5 path ${path}`;
const dated = ({ id, path }: Listed): string =>
  `ID ${id} gen 9 cgen 8 top level 5 otime 2026-11-20 09:02:55 path ${path}`;
const received = ({ id, path, receivedUuid }: Listed): string =>
  `ID ${id} gen 9 top level 5 received_uuid ${column(receivedUuid)} path ${path}`;

interface Moments {
  readonly first: readonly Listed[];
  readonly between?: readonly Listed[];
  readonly last?: readonly Listed[];
}

const ABOUT = { server: 'a', mount: '/m' };
const printed = (lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : lines.join('\n').split('\n');
const rising = (list: readonly Listed[]): Listed[] => [...list].sort((a, b) => a.id - b.id);

function look({ first, between = first, last = first }: Moments): Trusted | string {
  const result = trustedSubvolumes(
    {
      ascending: parseSubvolumeList('full', printed(rising(first).map((one) => full(one)))),
      readOnly: parseSubvolumeList(
        'plain',
        printed(
          rising(between)
            .filter((one) => one.readOnly)
            .map(plain),
        ),
      ),
      snapshots: parseSubvolumeList(
        'dated',
        printed(
          rising(between)
            .filter((one) => one.isSnapshot)
            .map(dated),
        ),
      ),
      descending: parseSubvolumeList('received', printed(rising(last).reverse().map(received))),
    },
    ABOUT,
  );
  return result.ok ? result.value : result.fault.code;
}

/** `id:path` of what is believed, `!` behind what is read-only, `@` behind what has a date. */
function believed(moments: Moments): string {
  const result = look(moments);
  if (typeof result === 'string') return result;
  return result.subvolumes
    .map(({ id, path, readOnly, createdAt }) => `${id}:${path}${readOnly ? '!' : ''}${createdAt ? '@' : ''}`)
    .join(' ');
}

const A: Listed = { id: 256, path: 'a' };
const B: Listed = { id: 257, path: 'b', readOnly: true, isSnapshot: true };
const C: Listed = { id: 258, path: 'c', readOnly: true, receivedUuid: uuidOf(1) };
const D: Listed = { id: 300, path: 'd' };
const HOSTILE = (rest: string): Listed => ({ id: 270, path: `x\n${rest}`, readOnly: true, isSnapshot: true });

for (const [title, moments, want] of [
  ['nothing', { first: [] }, ''],
  ['one', { first: [A] }, '256:a'],
  ['read-only and dates', { first: [A, B, C] }, '256:a 257:b!@ 258:c!'],
  ['made after the first list', { first: [A], between: [A, B], last: [A, B] }, '256:a'],
  ['deleted before the last list', { first: [A, B], between: [A], last: [A] }, '256:a'],
  ['moved meanwhile', { first: [A, B], last: [A, { ...B, path: 'e' }] }, '256:a'],
  [
    'a receive being finished',
    { first: [A, { ...C, receivedUuid: uuidOf(2) }], between: [A, C], last: [A, C] },
    '256:a 258:c',
  ],
  ['rest of a name', { first: [A, HOSTILE('line'), D] }, '256:a 300:d'],
  ['empty rest of a name', { first: [A, HOSTILE(''), D] }, '256:a 300:d'],
  ['forged between two ids', { first: [A, HOSTILE(full({ id: 280, path: 'f' }, FORGED)), D] }, '256:a 300:d'],
  ['forged above all ids', { first: [A, HOSTILE(full({ id: 999, path: 'f' }, FORGED))] }, '256:a'],
  [
    'forged under an id that exists',
    { first: [A, D, HOSTILE(full({ id: 256, path: 'a' }, FORGED))] },
    '256:a 300:d',
  ],
  [
    'forged in the columns of the last list',
    { first: [A, D, HOSTILE(received({ id: 280, path: 'f' }))] },
    '256:a 300:d',
  ],
  ['forged as read-only', { first: [A, D, HOSTILE(plain(A))] }, '256:a 300:d'],
  ['forged as dated', { first: [A, D, HOSTILE(dated(A))] }, '256:a 300:d'],
  [
    'several lines',
    { first: [A, HOSTILE(`${plain(A)}\nx\n${dated(A)}\n${full({ id: 280, path: 'f' })}`), D] },
    '256:a 300:d',
  ],
  ['invalid UTF-8', { first: [A, { id: 270, path: 'x\ufffd' }, D] }, '256:a 300:d'],
  [
    'the same name twice over two hosts',
    {
      first: [
        A,
        HOSTILE(full({ id: 280, path: 'f' }, FORGED)),
        { id: 290, path: `y\n${received({ id: 280, path: 'f' })}` },
        D,
      ],
    },
    '256:a 300:d',
  ],
] as const) {
  test(`believed: ${title}`, () => {
    assert.equal(believed(moments), want);
  });
}

test('what was left out is told, escaped and with its line', () => {
  const result = look({ first: [A, HOSTILE('\u001b[31m'), D] });
  assert.ok(typeof result !== 'string');
  assert.deepEqual(
    result.problems.map(({ code }) => code),
    ['unsupported-name', 'unsupported-name'],
  );
  assert.match(result.problems[0]?.message ?? '', /Line 2 .*id 270, path "x"/);
  assert.match(result.problems[1]?.message ?? '', /Line 3 .*"\\u001b\[31m"/);
});

test('a list that is not sorted as asked for is a fault, not an empty list', () => {
  const lines = parseSubvolumeList('full', [full(A), full(D)]);
  const descending = parseSubvolumeList('received', [received(A), received(D)]);
  const result = trustedSubvolumes({ ascending: lines, readOnly: [], snapshots: [], descending }, ABOUT);
  assert.equal(!result.ok && result.fault.code, 'listing-failed');
});

const name = fc.stringMatching(/^[^\n\0\ufffd]{1,20}$/);
const honest = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 256, max: 400 }),
    path: name,
    readOnly: fc.boolean(),
    isSnapshot: fc.boolean(),
    receivedUuid: fc.constantFrom(uuidOf(1), uuidOf(2)),
  }),
  // btrfs gives no id twice, and no directory holds a name twice.
  { comparator: (a, b) => a.id === b.id || a.path === b.path, maxLength: 12 },
);

test('a printed list is read back whole', () => {
  fc.assert(
    fc.property(honest, (list) => {
      const want = rising(list).map((one) => ({
        id: one.id,
        path: one.path,
        ro: one.readOnly,
        uuid: uuidOf(one.id),
      }));
      const result = look({ first: list });
      assert.ok(typeof result !== 'string');
      assert.deepEqual(
        result.subvolumes.map(({ id, path, readOnly, uuid }) => ({ id, path, ro: readOnly, uuid })),
        want,
      );
      assert.deepEqual(result.problems, []);
    }),
  );
});

test('no name, however it looks, makes an entry that is not there, or changes one', () => {
  const forgedLine = fc
    .tuple(fc.constantFrom(full, plain, dated, received), fc.integer({ min: 250, max: 410 }), name)
    .map(([form, id, path]) => form({ id, path, receivedUuid: FORGED }));
  const hostile = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 256, max: 400 }),
      path: fc
        .array(fc.oneof(forgedLine, name, fc.constant('')), { minLength: 2, maxLength: 4 })
        .map((l) => `x${l.join('\n')}`),
      readOnly: fc.boolean(),
      isSnapshot: fc.boolean(),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(honest, hostile, (good, bad) => {
      const ids = new Set(bad.map(({ id }) => id));
      const true_ = good.filter(({ id }) => !ids.has(id));
      const result = look({ first: [...true_, ...bad] });
      if (typeof result === 'string') return;
      for (const one of result.subvolumes) {
        const real = true_.find(({ id }) => id === one.id);
        assert.ok(real, `${one.id} is not there`);
        assert.deepEqual(
          [one.path, one.uuid, one.receivedUuid],
          [real.path, uuidOf(real.id), real.receivedUuid],
        );
        // A line of its id in a name may cost it what only one list tells; it never gives it any of that.
        assert.ok(real.readOnly || !one.readOnly, `${one.id} is not read-only`);
        assert.ok(real.isSnapshot || one.createdAt === null, `${one.id} has no time`);
      }
      assert.ok(result.problems.length >= bad.length || result.problems.length > 20);
    }),
    { numRuns: 500 },
  );
});
