import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastBaseFault, lastBases } from '../../../../src/core/plan/retention/last-bases.ts';
import { letterOf, snapshots } from '../notation.ts';

/** `b:a c|c:?`: what each target holds, by letters; `?`: not known. */
const basesOf = (text: string) =>
  new Map(
    text.split('|').map((part) => {
      const [target = '', held = ''] = part.split(':');
      const ids = new Set(held.split(' ').map((letter) => `id-${letter}`));
      return [target, held === '?' ? ('unknown' as const) : ids] as const;
    }),
  );

/** `b>c`: the target b has nothing but c in common with what is there. */
function told(there: string, going: string, bases: string, disks: string): string {
  const all = snapshots('primary', there);
  const found = lastBases({
    snapshots: all,
    going: all.filter((one) => going.split(' ').includes(letterOf(one))),
    bases: bases === '?' ? 'unknown' : basesOf(bases),
    filesystemOf: (one) => (disks.split(' ').includes(letterOf(one)) ? 'other' : null),
  });
  const letters = new Map(all.map((one) => [one.uuid, letterOf(one)]));
  const last = [...found.lastOf].flatMap(([uuid, targets]) =>
    targets.map((b) => `${b}>${letters.get(uuid)}`),
  );
  return [...last, ...found.unknown.map((target) => `${target}?`)].join(' ');
}

for (const [title, there, going, bases, want, disks = ''] of [
  ['the only one that both have', 'a b', 'a', 'b:a', 'b>a'],
  ['an older one in common stays', 'a b c', 'b', 'b:a b', ''],
  ['a newer one in common stays', 'a b c', 'a', 'b:a b', ''],
  ['nothing in common to begin with', 'a b', 'a b', 'b:x', ''],
  ['several that go: the newest stays', 'a b c', 'a b', 'b:a b', 'b>b'],
  ['several targets, one base', 'a b', 'a', 'b:a|c:a', 'b>a c>a'],
  ['several targets, several bases', 'a b c', 'a b', 'b:a|c:b', 'b>a c>b'],
  ['of one target alone', 'a b', 'a', 'b:a|c:a b', 'b>a'],
  ['one that others made is a base, too', 'a ~b', 'a', 'b:a b', ''],
  ['one that was made writable is none', "a b'", 'a', 'b:a b', 'b>a'],
  ['what is not known is said', 'a b', 'a', 'b:?|c:a', 'c>a b?'],
  ['nobody knows which targets there are', 'a b', 'a', '?', ''],
  ['only what was made writable goes', "a b'", 'b', 'b:?', ''],
  ['on each disk for itself', 'a b', 'b', 'p:a b', 'p>b', 'b'],
] as const)
  test(`last bases: ${title}`, () => assert.equal(told(there, going, bases, disks), want));

test('one that is not proven yet may be the base once it is', () => {
  const all = snapshots('primary', 'a b').map((one) => ({
    ...one,
    doubt: 'unchecked' as const,
    originId: `x ${one.uuid}`,
  }));
  const [going] = all;
  assert.ok(going);
  const bases = new Map([['b', new Set([going.receivedUuid ?? going.uuid])]]);
  const question = { snapshots: all, going: [going], bases, filesystemOf: () => null };
  assert.deepEqual([...lastBases(question).lastOf], [[going.uuid, ['b']]]);
});

test('what stays in common with a target, or is the last for it, is told by its id', () => {
  const all = snapshots('primary', 'a b c d');
  const going = all.filter((one) => letterOf(one) !== 'a');
  const bases = basesOf('b:a b|c:c|d:b c');
  const { staying, last } = lastBases({ snapshots: all, going, bases, filesystemOf: () => null });
  assert.deepEqual([staying, last], [['id-a'], ['id-c']]);
});

test('the refusal says between whom, and how to keep the base', () => {
  const [snapshot] = snapshots('primary', 'a');
  assert.ok(snapshot);
  const about = { subvolume: '/data', server: 'a', targets: ['b:/usb (filesystem f2, not mounted now)'] };
  const fault = lastBaseFault(snapshot, { ...about, isSource: true });
  assert.equal(fault.code, 'last-base');
  assert.match(fault.message, /in common with b:\/usb \(filesystem f2, not mounted now\)/);
  assert.match(fault.hint, /replicate auto \/data --to b:\/usb".*--allow-last-base/);
  assert.match(lastBaseFault(snapshot, { ...about, server: 'b', isSource: false }).hint, /--to b"/);
});
