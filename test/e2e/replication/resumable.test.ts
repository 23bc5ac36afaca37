/** What a broken link cost: only what had not arrived, and never a replica that is not what was sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('resumable', { servers: 3 });
const { lab } = fleet;

const spooled = async (server: string, path: string): Promise<number> => {
  const directory = path.replace('/srv/pool', '/srv/pool/.snapshots/.btrfleet/spool');
  const found = await lab.exec(server, [
    'sh',
    '-c',
    'cat "$1"/*.stream 2>/dev/null | wc -c',
    'sh',
    directory,
  ]);
  return Number(found.stdout);
};

async function breakOff(path: string, server: string, atBytes: number): Promise<void> {
  const running = fleet.start([
    'replicate',
    'auto',
    path,
    '--to',
    server,
    '--resumable',
    '--rate',
    '8M',
    '--json',
  ]);
  await eventually(async () => assert.ok((await spooled(server, path)) > atBytes));
  await lab.kill(server);
  const { code } = await running.ended;
  assert.equal(code, 1);
  await lab.start(server);
}

test('in one go: spooled, received, verified, and the spool is gone', async () => {
  const path = await fleet.subvolume('/srv/pool/plain', 5);
  const name = await fleet.snapshot(path);
  const result = await fleet.replicateOne('auto', path, '--to', 'b', '--resumable');
  assert.equal(result.status, 'ok');
  const replica = `/srv/pool/.snapshots/plain/${name}`;
  assert.equal(await fleet.fingerprint('b', replica), await fleet.fingerprint('a', replica));
  assert.equal(await spooled('b', path), 0);
  await fleet.assertClean('b');
});

test('broken off and run again: only the rest is sent', async () => {
  const path = await fleet.subvolume('/srv/pool/broken', 30);
  const name = await fleet.snapshot(path);
  await breakOff(path, 'b', 8_000_000);
  const kept = await spooled('b', path);
  assert.ok(kept > 8_000_000);
  await eventually(async () => {
    const before = await lab.must('b', ['cat', '/proc/net/dev']);
    const result = await fleet.replicateOne('auto', path, '--to', 'b', '--resumable');
    assert.equal(result.status, 'ok');
    assert.ok(result.sentBytes > 30_000_000, 'the whole stream was taken in the end');
    const came = bytesIn(await lab.must('b', ['cat', '/proc/net/dev'])) - bytesIn(before);
    assert.ok(came < 32_000_000 - kept + 4_000_000, `${came} bytes came, ${kept} were there`);
  });
  const replica = `/srv/pool/.snapshots/broken/${name}`;
  assert.equal(await fleet.fingerprint('b', replica), await fleet.fingerprint('a', replica));
  assert.equal(await spooled('b', path), 0);
  await fleet.assertClean('b');
});

test('a spool that is not the beginning of the stream is thrown away', async () => {
  const path = await fleet.subvolume('/srv/pool/spoilt', 30);
  const name = await fleet.snapshot(path);
  await breakOff(path, 'c', 6_000_000);
  await lab.must('c', [
    'sh',
    '-c',
    'printf X | dd of="$(echo /srv/pool/.snapshots/.btrfleet/spool/spoilt/*.stream)" bs=1 seek=5000 conv=notrunc status=none',
  ]);
  await eventually(async () =>
    assert.equal((await fleet.replicateOne('auto', path, '--to', 'c', '--resumable')).status, 'ok'),
  );
  const replica = `/srv/pool/.snapshots/spoilt/${name}`;
  assert.equal(await fleet.fingerprint('c', replica), await fleet.fingerprint('a', replica));
  await fleet.assertClean('c');
});

test('a login with a few sudo rights spools in its own home', async () => {
  await fleet.ok(['server', 'edit', 'c', '--user', 'fleet']);
  const path = await fleet.subvolume('/srv/pool/sudo', 3);
  await fleet.snapshot(path);
  assert.equal((await fleet.replicateOne('auto', path, '--to', 'c', '--resumable')).status, 'ok');
  const left = await lab.must('c', ['sh', '-c', 'find /home/fleet/.btrfleet -type f | wc -l']);
  assert.equal(left.trim(), '0');
  await fleet.ok(['server', 'edit', 'c', '--user', 'root']);
});

test('cancelled: neither a partial nor a spool is left', async () => {
  const path = await fleet.subvolume('/srv/pool/cancelled', 30);
  await fleet.snapshot(path);
  const running = fleet.start([
    'replicate',
    'auto',
    path,
    '--to',
    'b',
    '--resumable',
    '--rate',
    '5M',
    '--json',
  ]);
  await eventually(async () => assert.ok((await spooled('b', path)) > 1_000_000));
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 130);
  assert.equal(await spooled('b', path), 0);
  await fleet.assertClean('b');
});

test('an incremental one can be resumed too, and to two targets at once', async () => {
  const path = await fleet.subvolume('/srv/pool/two', 2);
  await fleet.snapshot(path);
  const full = await fleet.replicate('auto', path, '--to', 'b,c', '--resumable');
  assert.deepEqual(
    full.results.map(({ status, mode }) => [status, mode]),
    [
      ['ok', 'full'],
      ['ok', 'full'],
    ],
  );
  await lab.must('a', ['sh', '-c', `echo more >${path}/more`]);
  await fleet.snapshot(path);
  const more = await fleet.replicate('auto', path, '--to', 'b,c', '--resumable');
  assert.deepEqual(
    more.results.map(({ status, mode }) => [status, mode]),
    [
      ['ok', 'incremental'],
      ['ok', 'incremental'],
    ],
  );
  for (const server of ['b', 'c']) await fleet.assertClean(server);
});

/** Received by all interfaces but the loopback. */
const bytesIn = (text: string): number =>
  text
    .split('\n')
    .filter((line) => line.includes(':') && !line.trim().startsWith('lo:'))
    .reduce((sum, line) => sum + Number(line.split(':')[1]?.trim().split(/\s+/)[0] ?? 0), 0);
