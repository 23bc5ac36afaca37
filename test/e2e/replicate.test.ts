import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReplicationDocument, TestFleet } from './fleet.ts';

const fleet = await TestFleet.up('replicate', { servers: 4 });

test('full to two servers and one that is down: OK, OK, FAILED with the reason', async () => {
  const data = await fleet.subvolume('/srv/pool/data', 20);
  const name = await fleet.snapshot(data);
  await fleet.lab.kill('d');
  const { code, value } = await fleet.json<ReplicationDocument>([
    'replicate',
    'full',
    data,
    name,
    '--to',
    'b,c,d',
  ]);
  assert.equal(code, 1);
  assert.deepEqual(
    value.results.map((result) => [
      result.server,
      result.status,
      result.mode,
      result.snapshot,
      result.verified,
    ]),
    [
      ['b', 'ok', 'full', name, true],
      ['c', 'ok', 'full', name, true],
      ['d', 'failed', 'full', name, false],
    ],
  );
  assert.equal(value.results[2]?.fault?.code, 'unreachable');
  const path = `/srv/pool/.snapshots/data/${name}`;
  const original = await fleet.fingerprint('a', path);
  for (const server of ['b', 'c']) {
    assert.equal(await fleet.fingerprint(server, path), original, server);
    await fleet.assertClean(server);
  }
  await fleet.lab.start('d');
});
