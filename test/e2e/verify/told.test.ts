/** What is found is told, and remembered at once, whatever becomes of the rest. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { VerifyResult } from '../../../src/core/model/runs/verify.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { replicaPath, Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify-told', { servers: 3 });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

test('where something newer was changed, that is told, and not that all is well', async () => {
  const data = await fleet.subvolume('/srv/pool/newer');
  const [one, two] = [await fleet.snapshot(data), await fleet.snapshot(data)];
  await fleet.replicate('auto', data, '--to', 'b', '--all');
  const path = replicaPath(data, two);
  await on(
    'b',
    `btrfs property set -f ${path} ro false && touch ${path}/mine && btrfs property set ${path} ro true`,
  );
  const { code, results } = await verifier.verify(data, '--to', 'b');
  assert.deepEqual(
    results.map(({ status, snapshot, fault }) => [status, snapshot, fault?.code ?? null]),
    [
      ['same', one, null],
      ['unchecked', null, 'replica-modified'],
    ],
  );
  assert.ok(results[1]?.fault?.message.includes(path));
  assert.equal(code, 1);
  // Who asks for the older one has an answer.
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--snapshot', one)).status, 'same');
});

const marks = (): number => {
  const journal = new DatabaseSync(join(fleet.home, 'state/journal.db'), { timeout: 5000, readOnly: true });
  const row = journal.prepare('SELECT count(*) n FROM different').get();
  journal.close();
  return Number(row?.['n']);
};

for (const [signal, path] of [
  ['SIGKILL', '/srv/pool/killed'],
  ['SIGINT', '/srv/pool/cancelled'],
] as const) {
  test(`what the metadata say is remembered before hours of content, which ${signal} ends`, async () => {
    const data = await fleet.subvolume(path);
    await on('a', `cd ${data} && truncate -s 300G disk.img && echo one >small`);
    const name = await fleet.snapshot(data);
    await fleet.replicate('auto', data, '--to', 'b');
    await verifier.spoil('b', replicaPath(data, name), 'echo more >>small');
    const before = marks();
    const words = ['verify', data, '--to', 'b', '--level', 'content', '--json'];
    const { child, ended } = fleet.start(words);
    const isAtIt = (): boolean =>
      lab.leftovers('b').some(({ argv }) => argv.some((word) => word.includes('disk.img')));
    await eventually(() => assert.ok(isAtIt() && marks() > before), 60);
    child.kill(signal);
    const { stdout } = await ended;
    if (signal === 'SIGINT') {
      const [result] = JSON.parse(stdout) as VerifyResult[];
      assert.deepEqual(
        [result?.status, result?.differences, result?.barred, result?.fault?.code],
        ['different', [{ path: 'small', what: ['size', 'mtime'] }], true, 'cancelled'],
      );
    }
    await fleet.snapshot(data);
    assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'full');
  });
}

test('what was found is told also when the server is gone before the end', async () => {
  const data = await fleet.subvolume('/srv/pool/gone');
  await on('a', `cd ${data} && truncate -s 300G disk.img && echo one >small`);
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await verifier.spoil('b', replicaPath(data, name), 'echo more >>small');
  const before = marks();
  const { ended } = fleet.start(['verify', data, '--to', 'b', '--level', 'content', '--json']);
  await eventually(() => assert.ok(marks() > before), 60);
  await lab.kill('b');
  const [result] = JSON.parse((await ended).stdout) as VerifyResult[];
  assert.deepEqual(
    [result?.status, result?.barred, result?.fault?.code],
    ['different', true, 'unreachable'],
    JSON.stringify(result),
  );
  await lab.start('b');
});

test('servers that say nothing take no more than a part of the budget', async () => {
  const data = await fleet.subvolume('/srv/pool/late');
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b,c');
  for (const name of ['silent', 'mute']) await fleet.enrolSlow(name, 'c', { delayMs: 20_000 });
  const { results } = await verifier.verify(data, '--to', 'silent,mute,b', '--budget', '24s');
  const statuses = results.map(({ server, status }) => `${server} ${status}`).toSorted();
  assert.deepEqual(statuses, ['b same', 'mute unchecked', 'silent unchecked']);
});
