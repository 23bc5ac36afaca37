/** Replicas are compared by themselves, as a policy says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifyResult } from '../../../src/core/model/runs/verify.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { replicaPath, Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify-policy', { servers: 2 });
const verifier = new Verifier(fleet);

interface PolicyRow {
  readonly kind: string;
  readonly enabled: boolean;
  readonly compares: {
    readonly level: string;
    readonly share: number | null;
    readonly budgetSeconds: number;
  } | null;
  readonly rules: unknown;
}

interface RunRow {
  readonly kind: string;
  readonly trigger: string;
  readonly outcome: string;
  readonly results: readonly VerifyResult[];
}

const ran = async (): Promise<RunRow[]> => {
  const { value } = await fleet.json<RunRow[]>(['run', 'list', '--kind', 'verify']);
  return value;
};

test('a policy says how far replicas are compared, and the scheduler does it', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const set = ['policy', 'set', 'verify', data, '--every', '1d'];
  for (const words of [
    ['--level', 'metadata', '--share', '1/3'],
    ['--level', 'all'],
    ['--budget', 'soon'],
  ]) {
    const wrong = await fleet.fault(...set, ...words);
    assert.deepEqual([wrong.code, wrong.fault.code], [2, 'usage'], words.join(' '));
  }
  const row = await fleet.ok<PolicyRow>([...set, '--level', 'content', '--share', '1/2', '--budget', '10m']);
  assert.deepEqual([row.kind, row.enabled, row.rules], ['verify', true, null]);
  assert.deepEqual(row.compares, { level: 'content', share: 2, budgetSeconds: 600 });

  assert.equal((await fleet.run(['--schedule', '--once'])).code, 0);
  const [first] = await ran();
  assert.deepEqual([first?.trigger, first?.outcome], ['schedule', 'ok']);
  // Not before a day is over.
  await fleet.run(['--schedule', '--once']);
  assert.equal((await ran()).length, 1);

  await verifier.spoil('b', replicaPath(data, name), 'echo more >>data.bin');
  const now = await fleet.json<VerifyResult[]>(['policy', 'run', 'verify', data]);
  assert.deepEqual(
    now.value.map(({ server, status, barred }) => [server, status, barred]),
    [['b', 'different', true]],
  );
  assert.equal(now.code, 1);

  const { stdout } = await fleet.run(['policy', 'list']);
  assert.match(stdout, /verify.*every 1d[\s\S]*compares content, a share of 1\/2/);
  assert.equal((await fleet.ok<PolicyRow>(['policy', 'disable', 'verify', data])).enabled, false);
  await fleet.ok(['policy', 'remove', 'verify', data]);
  assert.deepEqual(await fleet.ok<PolicyRow[]>(['policy', 'list']), []);
});

test('a disk in a drawer is no failure of a comparison that nobody asked for', async () => {
  const data = await fleet.subvolume('/srv/pool/drawer');
  await fleet.snapshot(data);
  const USB = '/mnt/usb';
  await fleet.lab.addFilesystem('b', USB, '200M');
  await fleet.ok(['task', 'add', 'usb', '--subvolume', data, '--to', `b:${USB}`, '--cron', '0 3 1 1 *']);
  await fleet.ok(['task', 'run', 'usb']);
  await fleet.ok(['policy', 'set', 'verify', data, '--cron', '0 3 1 1 *']);
  const there = await fleet.ok<VerifyResult[]>(['policy', 'run', 'verify', data]);
  assert.deepEqual(
    there.map(({ mount, status }) => [mount, status]),
    [[USB, 'same']],
  );
  await fleet.lab.umount('b', USB);
  assert.deepEqual(await fleet.ok<VerifyResult[]>(['policy', 'run', 'verify', data]), []);
  // Whoever asks for it is told.
  const asked = await verifier.verifyOne(data, '--to', `b:${USB}`);
  assert.deepEqual([asked.status, asked.fault?.code], ['unchecked', 'not-mounted']);
});
