/** The last snapshot that two sides have in common is not deleted without a word: by nobody's command, from no side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import { patience } from '../../patience.ts';
import { onlyReal, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('last-base', { servers: 2 });

interface Deleted {
  readonly name: string;
  readonly status: string;
  readonly fault: Fault | null;
  readonly lastBaseOf: readonly string[];
}

const remove = (...args: readonly string[]) => fleet.json<Deleted[]>(['snapshot', 'delete', ...args]);
const summary = (rows: readonly Deleted[]) =>
  rows.map(({ name, status, fault, lastBaseOf }) => [
    name,
    status,
    fault?.code ?? null,
    lastBaseOf.join(' '),
  ]);

/** One snapshot that both have, and a newer one that a alone has. */
async function shared(path: string): Promise<readonly [string, string]> {
  await fleet.subvolume(path);
  const common = await fleet.snapshot(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).status, 'ok');
  return [common, await fleet.snapshot(path)];
}

const names = async (path: string, ...more: readonly string[]): Promise<string[]> =>
  (await fleet.ok<{ name: string }[]>(['snapshot', 'list', path, ...more])).map(({ name }) => name);

test('on the primary, on the target, in a dry run: refused, with the target, until somebody says so', async () => {
  const path = '/srv/pool/data';
  const [common, newer] = await shared(path);
  for (const [more, other] of [
    [[], 'b'],
    [['--server', 'b'], 'a'],
  ] as const) {
    for (const how of ['--dry-run', '--yes']) {
      const { code, value } = await remove(path, common, ...more, how);
      assert.equal(code, 3);
      assert.deepEqual(summary(value), [[common, 'failed', 'last-base', other]]);
      assert.match(value[0]?.fault?.message ?? '', new RegExp(`in common with ${other}:`));
    }
    assert.ok((await names(path, ...more)).includes(common));
  }
  const meant = await remove(path, common, '--allow-last-base', '--dry-run');
  assert.deepEqual([meant.code, summary(meant.value)], [0, [[common, 'planned', null, 'b']]]);
  const gone = await remove(path, common, '--allow-last-base', '--yes');
  assert.deepEqual([gone.code, summary(gone.value)], [0, [[common, 'deleted', null, 'b']]]);
  assert.deepEqual(await names(path), [newer]);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).mode, 'full');
});

test('of several only the newest in common stays; with a newer one in common it may go', async () => {
  const path = '/srv/pool/several';
  const [first, second] = await shared(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).mode, 'incremental');
  const both = await remove(path, first, second, '--yes');
  assert.equal(both.code, 3);
  assert.deepEqual(summary(both.value), [
    [first, 'deleted', null, ''],
    [second, 'failed', 'last-base', 'b'],
  ]);
  const third = await fleet.snapshot(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'b')).mode, 'incremental');
  assert.equal((await remove(path, second, '--yes')).code, 0);
  assert.deepEqual(await names(path), [third]);
});

test('a target that cannot be looked at counts as it was last known, and holds nobody up', {
  skip: onlyReal,
}, async () => {
  const path = '/srv/pool/cut';
  const [common] = await shared(path);
  await fleet.real.cut('b');
  try {
    const began = Date.now();
    const { code, value } = await remove(path, common, '--yes');
    assert.deepEqual([code, value[0]?.fault?.code], [3, 'last-base']);
    assert.match(value[0]?.lastBaseOf.join() ?? '', /^b\b/);
    assert.ok(Date.now() - began < patience(30), `${Date.now() - began} ms`);
  } finally {
    await fleet.real.heal('b');
  }
});
