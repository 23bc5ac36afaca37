/** Replicas are compared on servers as they are: the minimal rights of sudo, and applets of busybox. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import type { VerifyResult } from '../../../src/core/model/runs/verify.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('verify-real', { servers: 2, profile: { b: 'busybox' }, enrol: false });
const { lab } = fleet;

test('with the minimal rights of sudo, and with busybox: metadata as it is, content with one more line', async () => {
  lab.setSudoers('a', `${sudoersLines('fleet').join('\n')}\n`);
  await fleet.enrol('a', ['--user', 'fleet', '--key', lab.keyFile]);
  await fleet.enrol('b', ['--user', 'root', '--key', lab.keyFile]);
  const data = await fleet.subvolume('/srv/pool/data');
  const script = `cd ${data} && echo secret >secret && chmod 600 secret && echo x >"$(printf 'new\\nline')" && echo y >-dash`;
  await lab.must('a', ['sh', '-ec', script]);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const verify = async (level: string): Promise<VerifyResult> => {
    const { value } = await fleet.json<VerifyResult[]>(['verify', data, '--to', 'b', '--level', level]);
    assert.ok(value[0], JSON.stringify(value));
    return value[0];
  };
  assert.deepEqual((await verify('metadata')).status, 'same');

  const refused = await verify('content');
  assert.deepEqual(
    [refused.status, refused.level, refused.fault?.code],
    ['unfinished', 'metadata', 'sudo-missing'],
  );
  const lines = (refused.fault?.hint ?? '')
    .split('\n')
    .filter((line) => /^(?:Cmnd_Alias |\S+ ALL=|Defaults)/.test(line.trim()))
    .join('\n');
  const checked = spawnSync('visudo', ['-cf', '-'], { input: `${lines}\n`, encoding: 'utf8' });
  assert.equal(checked.status, 0, `${lines}\n${checked.stderr}`);
  lab.setSudoers('a', `${lines}\n`);
  const done = await verify('content');
  assert.deepEqual(
    [done.status, done.level, done.compared.files],
    ['same', 'content', 4],
    JSON.stringify(done),
  );
  // dd of busybox drops nothing from memory, and the result says so.
  assert.equal(done.maybeFromMemory, true);
});
