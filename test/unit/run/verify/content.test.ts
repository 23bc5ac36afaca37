/** One file that cannot be read holds up no other; what was cut off says where. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Host } from '../../../../src/core/hosts/port/host.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { ChosenFile } from '../../../../src/core/plan/verify/choose-files.ts';
import { compareContent } from '../../../../src/core/run/verify/content.ts';
import type { Side } from '../../../../src/core/run/verify/side.ts';

const MIB = 1024 ** 2;
const PIECE = 256 * MIB;
const signal = new AbortController().signal;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A server of large files, each of one text; null: it cannot be read. `hangs`: from that many pieces on nothing comes. */
function side(files: Readonly<Record<string, string | null>>, hangs = Number.POSITIVE_INFINITY) {
  const asked: string[] = [];
  const run = async (
    command: { readonly argv: readonly string[] },
    options: { readonly input?: Uint8Array },
  ) => {
    const words = Buffer.from(options.input ?? [])
      .toString('latin1')
      .split('\0');
    if (command.argv[3] !== 'btrfleet-digest') return ok({ code: 0, signal: null, stdout: '', stderr: '' });
    const path = words[0]?.replace('if=/s/', '') ?? '';
    asked.push(`${path}@${Number(words[2]?.replace('skip=', '')) / 256}`);
    if (asked.length > hangs) return failed(fault('stalled', 'It did not end.', ''));
    const text = files[path] ?? null;
    const stderr = text === null ? `dd: error reading '/s/${path}': Input/output error\n` : '';
    const stdout = `.\n/code ${text === null ? 123 : 0}\n${digest(text ?? '')}  -\n`;
    return ok({ code: 0, signal: null, stdout, stderr });
  };
  const host = {
    server: { name: 'x', user: 'root' },
    facts: { sudo: [], sudoers: [] },
    run,
  } as unknown as Host;
  return { asked, side: { host, path: '/s', entry: { mount: '/' } } as unknown as Side };
}

const file = (path: string, pieces = 1): ChosenFile => ({ path, size: pieces * PIECE });

function compare(
  ours: ReturnType<typeof side>,
  theirs: ReturnType<typeof side>,
  files: readonly ChosenFile[],
  more: Partial<Parameters<typeof compareContent>[0]> = {},
) {
  const early: string[] = [];
  const onDifferent = async (found: readonly { readonly path: string }[]): Promise<void> => {
    early.push(...found.map(({ path }) => path));
  };
  const clock = { now: () => 0, ...more.clock };
  const about = { source: ours.side, replica: theirs.side, files, from: null, until: 1e9, onDifferent };
  return compareContent({ ...about, ...more, clock } as never, signal).then((found) => ({ ...found, early }));
}

test('what one side cannot read is told with its name, and all others are compared', async () => {
  const texts = { a: 'x', b: 'x', c: 'x', d: 'x' };
  const [ours, theirs] = [side({ ...texts, a: null }), side({ ...texts, b: null, c: 'y' })];
  const found = await compare(
    ours,
    theirs,
    ['a', 'b', 'c', 'd'].map((path) => file(path)),
  );
  assert.deepEqual(found.differences, [{ path: 'c', what: ['content'] }]);
  assert.deepEqual([found.files, found.isAtEnd, found.reached, found.early], [2, true, null, ['c']]);
  assert.deepEqual(found.fault?.code, 'verify-failed');
  assert.match(
    found.fault?.message ?? '',
    /the source, cannot be read, or not twice alike, and so not compared: a\./,
  );
});

test('what the replica alone does not give is no difference, where btrfs counted nothing', async () => {
  const found = await compare(side({ a: 'x', b: 'x' }), side({ a: null, b: 'x' }), [file('a', 3), file('b')]);
  assert.deepEqual([found.differences, found.files, found.fault?.code], [[], 1, 'listing-failed']);
});

test('a large file that is not the same is read no further, and twice as far as that', async () => {
  const [ours, theirs] = [side({ a: 'x' }), side({ a: 'y' })];
  await compare(ours, theirs, [file('a', 9)]);
  assert.deepEqual(theirs.asked, ['a@0', 'a@0']);
});

test('a disk that gives nothing any more is not asked for each of its files', async () => {
  const paths = Array.from({ length: 300 }, (_, index) => String(index).padStart(3, '0'));
  const [ours, theirs] = [side(Object.fromEntries(paths.map((path) => [path, 'x']))), side({})];
  const found = await compare(
    ours,
    theirs,
    paths.map((path) => file(path)),
  );
  assert.deepEqual([found.files, found.isAtEnd, theirs.asked.length], [0, false, 100]);
});

test('when the time is over it says how far it came, and goes on there', async () => {
  const theirs = side({ a: 'x', b: 'x' }, 2);
  const files = [file('a', 1), file('b', 5)];
  const first = await compare(side({ a: 'x', b: 'x' }), theirs, files, {
    clock: { now: () => (theirs.asked.length > 2 ? 1e9 : 0) } as never,
  });
  assert.deepEqual([first.fault?.code, first.isAtEnd, first.files], ['stalled', false, 1]);
  assert.deepEqual(first.reached, { path: 'b', offset: PIECE });
  const again = side({ a: 'x', b: 'x' });
  const second = await compare(side({ a: 'x', b: 'x' }), again, files, {
    from: first.reached,
  });
  assert.deepEqual(again.asked, ['b@1', 'b@2', 'b@3', 'b@4']);
  assert.deepEqual(
    [second.fault, second.isAtEnd, second.reached, second.maybeFromMemory],
    [null, true, null, false],
  );
});
