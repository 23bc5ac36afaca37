/** A stream of files is watched as it passes: no sender fills a disk with what it did not list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamWatch } from '../../../../src/core/run/extract/stream-watch.ts';

test('it is too long from the first byte on that is too many, and that is told once', () => {
  let told = 0;
  const watch = new StreamWatch(10, () => {
    told += 1;
  });
  watch.see(Buffer.from('0123456789'));
  assert.deepEqual([watch.isTooLong, told], [false, 0]);
  watch.see(Buffer.from('x'));
  watch.see(Buffer.from('x'));
  assert.deepEqual([watch.isTooLong, told], [true, 1]);
});

test('an access list is found wherever the stream is cut', () => {
  const text = '....SCHILY.acl.access=....';
  for (let cut = 0; cut <= text.length; cut += 1)
    for (const length of [1, 3, text.length]) {
      const watch = new StreamWatch(100, () => assert.fail());
      watch.see(Buffer.from(text.slice(0, cut)));
      for (let at = cut; at < text.length; at += length) watch.see(Buffer.from(text.slice(at, at + length)));
      assert.ok(watch.hasAccessLists, `cut at ${cut}, then every ${length}`);
    }
  const without = new StreamWatch(100, () => assert.fail());
  without.see(Buffer.from('SCHILY.xattr.user.note='));
  assert.equal(without.hasAccessLists, false);
});
