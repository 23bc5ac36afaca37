/** Servers that renew their session keys all the time, and a server that knows one cipher only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('rekey', { servers: 2, profile: 'rekey' });

/** Replicates a subvolume through this process, and compares what arrived byte by byte. */
async function replicateAndCompare(name: string, bytes: number): Promise<void> {
  const path = await fleet.subvolume(`/srv/pool/${name}`);
  await fleet.lab.must('a', `openssl rand ${bytes} > ${path}/random`);
  const snapshot = await fleet.snapshot(path);
  const ended = await fleet.run(['replicate', 'auto', path, '--to', 'b', '--path', 'relay', '--json']);
  assert.equal(ended.code, 0, `${ended.code}: ${ended.stdout}${ended.stderr}`);
  const sum = (server: string) =>
    fleet.lab.must(server, `sha256sum < /srv/pool/.snapshots/${name}/${snapshot}/random`);
  assert.equal(await sum('b'), await sum('a'));
}

test('new keys every mebibyte, on both sides of a transfer, break nothing', () =>
  replicateAndCompare('large', 100_000_000));

for (const cipher of ['chacha20-poly1305@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr']) {
  test(`a server that knows ${cipher} only is served as any other`, async () => {
    await fleet.lab.must('b', `sed -i '/^Ciphers/d; $ a Ciphers ${cipher}' /etc/ssh/sshd_config`);
    await fleet.lab.kill('b');
    await fleet.lab.start('b');
    await replicateAndCompare(cipher.replace(/@.*/, ''), 3_000_000);
  });
}
