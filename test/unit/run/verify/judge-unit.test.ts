/** Nothing is said of a file before it was read once more; and what is damaged is told from what cannot be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../../../../src/core/model/result.ts';
import type { Unit } from '../../../../src/core/plan/verify/units.ts';
import type { DigestReader } from '../../../../src/core/run/verify/digests.ts';
import { judgeUnit } from '../../../../src/core/run/verify/judge-unit.ts';

const signal = new AbortController().signal;

/** Of one file what each reading gives, `-` nothing; the last one is what all later ones give. */
const reader = (readings: readonly (readonly string[])[], units: Unit[]): DigestReader => {
  const left = new Map<string, string[]>();
  return {
    async read(unit) {
      units.push(unit);
      const digests = unit.files.map(({ path }) => {
        const mine = left.get(path) ?? [...(readings[Number(path)] ?? [])];
        left.set(path, mine);
        const said = mine.length > 1 ? mine.shift() : mine[0];
        return said === '-' ? null : (said ?? null);
      });
      return ok({ digests, diskErrors: digests.filter((one) => one === null).length });
    },
    maybeFromMemory: () => false,
  };
};

/** Counts one corruption more each time it is asked, as long as `counts`. */
const replicaOn = (counts: boolean) => {
  let corruptions = 5;
  const run = async () => {
    if (counts) corruptions += 1;
    const all = ['write_io_errs', 'read_io_errs', 'flush_io_errs', 'corruption_errs', 'generation_errs'];
    const stdout = all
      .map((name) => `[/dev/x].${name}    ${name === 'corruption_errs' ? corruptions : 0}`)
      .join('\n');
    return ok({ code: 0, signal: null, stdout, stderr: '' });
  };
  const host = { server: { name: 'b' }, facts: { sudo: [] }, run };
  return { host, entry: { mount: '/m' }, path: '/m/x' } as never;
};

for (const [title, ours, theirs, counts, want] of [
  ['the same', ['x'], ['x'], false, 'same'],
  ['not the same, each time', ['x'], ['y'], false, 'content'],
  ['not the same once: one of its readings was wrong', ['x'], ['y', 'x'], false, 'replica'],
  ['the same on the source once', ['w', 'x'], ['x'], false, 'source'],
  ['another one each time', ['x'], ['y', 'z'], false, 'replica'],
  ['another one each time on the source', ['x', 'w'], ['y'], false, 'source'],
  ['the source does not give it', ['-'], ['y'], true, 'source'],
  ['the source gives it at last', ['-', 'x'], ['x'], false, 'same'],
  ['the replica is damaged', ['x'], ['-'], true, 'unreadable'],
  ['the replica does not give it, and nothing was counted', ['x'], ['-'], false, 'replica'],
  ['the replica gives it at last', ['x'], ['-', 'x'], true, 'same'],
  ['neither gives it', ['-'], ['-'], true, 'source'],
] as const) {
  test(`what is said of a file: ${title}`, async () => {
    const files = [{ path: '0', size: 1 }];
    const readers = { replica: replicaOn(counts), ours: reader([ours], []), theirs: reader([theirs], []) };
    const judged = await judgeUnit(readers, { files, piece: null }, { seconds: 1, signal });
    assert.ok(judged.ok);
    assert.deepEqual(judged.value, [want]);
  });
}

test('all others of a batch are compared, and of many that are damaged each is told', async () => {
  const files = Array.from({ length: 1500 }, (_, index) => ({ path: String(index), size: 1 }));
  const theirs = files.map((_, index) => (index % 2 === 0 ? ['-'] : [index === 7 ? 'y' : 'x']));
  const units: Unit[] = [];
  const readers = {
    replica: replicaOn(true),
    ours: reader(
      files.map((_, index) => [index === 9 ? '-' : 'x']),
      [],
    ),
    theirs: reader(theirs, units),
  };
  const judged = await judgeUnit(readers, { files, piece: null }, { seconds: 1, signal });
  assert.ok(judged.ok);
  assert.deepEqual(
    judged.value
      .map((one, index) => [index, one] as const)
      .filter(([index, one]) => one !== (index % 2 === 0 ? 'unreadable' : 'same')),
    [
      [7, 'content'],
      [9, 'source'],
    ],
  );
  assert.ok(
    units.slice(1).every((unit) => unit.files.length <= 64),
    'what is said of each is kept',
  );
});

test('what cannot be read for another reason is not taken for damaged with the others', async () => {
  const files = ['0', '1', '2'].map((path) => ({ path, size: 1 }));
  const units: Unit[] = [];
  const plain = reader([['-'], ['-'], ['-']], units);
  // The name of the last one is too long for any program there.
  const theirs: DigestReader = {
    ...plain,
    async read(unit, limit) {
      const said = await plain.read(unit, limit);
      const told = unit.files.filter(({ path }) => path !== '2').length;
      return said.ok ? ok({ ...said.value, diskErrors: told }) : said;
    },
  };
  const readers = { replica: replicaOn(true), ours: reader([['x'], ['x'], ['x']], []), theirs };
  const judged = await judgeUnit(readers, { files, piece: null }, { seconds: 1, signal });
  assert.ok(judged.ok);
  assert.deepEqual(judged.value, ['unreadable', 'unreadable', 'replica']);
});
