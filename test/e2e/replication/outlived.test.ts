/** A receive that no signal ends, as one that waits for a disk: what it makes afterwards is known as ours, and removed. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt } from '../fleet/managers-at-work.ts';
import { SET_FLAG } from '../fleet/raw-flags.ts';

const fleet = await TestFleet.up('outlived', { servers: 3 });
const { lab } = fleet;
const { soon } = looksAt(fleet);
const SNAPSHOTS = '/srv/pool/.snapshots';

/** From now on that script is what a receive on the server is: `/root/bin/btrfs` is the real program. */
async function replaceReceive(context: TestContext, server: string, receive: string) {
  const script = `mkdir -p /root/bin && cp /usr/bin/btrfs /root/bin/btrfs && chmod 755 /root /root/bin
cat > /root/instead <<'END'
#!/bin/sh
[ "$1" = receive ] || exec /root/bin/btrfs "$@"
${receive}
END
chmod 755 /root/instead; mount --bind /root/instead /usr/bin/btrfs`;
  await lab.must(server, ['sh', '-ec', script]);
  const lift = async () => void (await lab.exec(server, ['umount', '/usr/bin/btrfs']));
  context.after(lift);
  return lift;
}

/** From now on a receive on that server neither begins nor ends before `go`. */
async function holdReceives(context: TestContext, server: string): Promise<{ go(): Promise<void> }> {
  const lift = await replaceReceive(
    context,
    server,
    `trap '' TERM HUP INT
: > /root/reached
while [ ! -e /root/go ]; do sleep 0.1; done
exec /root/bin/btrfs "$@"`,
  );
  const go = async () => {
    await lab.must(server, ['sh', '-c', ': > /root/go']);
    await lift();
  };
  context.after(() => lab.exec(server, ['sh', '-c', ': > /root/go']));
  return { go };
}

const reached = (server: string) => soon(() => lab.must(server, ['test', '-e', '/root/reached']));

/** Names below the directory of `name`; writable ones with a star. */
async function namesOn(server: string, name: string): Promise<string[]> {
  const list = async (...only: string[]) =>
    (await lab.must(server, ['btrfs', 'subvolume', 'list', ...only, '/srv/pool']))
      .split('\n')
      .flatMap((line) => line.match(new RegExp(`\\.snapshots/${name}/(\\S+)$`))?.[1] ?? []);
  const readOnly = new Set(await list('-r'));
  return (await list()).map((one) => (readOnly.has(one) ? one : `${one}*`));
}

const marksOn = (server: string) =>
  lab.must(server, ['find', `${SNAPSHOTS}/.btrfleet/receiving`, '-name', '20*']);

test('cancelled: the next replication removes what it made, and sends it', async (context) => {
  const data = await fleet.subvolume('/srv/pool/cancelled', 4);
  const name = await fleet.snapshot(data);
  const held = await holdReceives(context, 'b');
  const running = fleet.start(['replicate', 'auto', data, '--to', 'b', '--json']);
  await reached('b');
  running.child.kill('SIGINT');
  assert.notEqual((await running.ended).code, 0);
  await held.go();
  await soon(async () => assert.deepEqual(await namesOn('b', 'cancelled'), [`${name}*`]));
  await soon(async () =>
    assert.equal((await lab.exec('b', ['pgrep', '-f', 'btrfs receive'])).code, 1, 'it has ended'),
  );
  const again = await fleet.replicate('auto', data, '--to', 'b');
  assert.equal(again.code, 0, JSON.stringify(again.results));
  assert.deepEqual(await namesOn('b', 'cancelled'), [name]);
  assert.equal(await marksOn('b'), '');
});

test('looked at before it makes it: the round after that knows it still', async (context) => {
  const data = await fleet.subvolume('/srv/pool/late', 4);
  const first = await fleet.snapshot(data);
  const held = await holdReceives(context, 'c');
  const running = fleet.start(['replicate', 'auto', data, '--to', 'c', '--json']);
  await reached('c');
  running.child.kill('SIGINT');
  assert.notEqual((await running.ended).code, 0);
  // A look that finds nothing of it, by a replication that has nothing to send there yet.
  await lab.must('a', ['btrfs', 'subvolume', 'delete', `${SNAPSHOTS}/late/${first}`]);
  await fleet.replicate('auto', data, '--to', 'c');
  await held.go();
  await soon(async () => assert.deepEqual(await namesOn('c', 'late'), [`${first}*`]));
  const second = await fleet.snapshot(data);
  const again = await fleet.replicate('auto', data, '--to', 'c');
  assert.equal(again.code, 0, JSON.stringify(again.results));
  assert.deepEqual(await namesOn('c', 'late'), [second]);
});

/** As a receive is that was killed between its last two steps: it has its received uuid, and is not read-only yet. */
const KILLED_LATE = `/root/bin/btrfs "$@" || exit
for directory; do :; done
for made in "$directory"/20*; do perl -e '${SET_FLAG}' "$made" writable; done`;

test('killed before its very last step: what is whole but for that is removed, and sent again', async (context) => {
  const data = await fleet.subvolume('/srv/pool/killed', 4);
  const name = await fleet.snapshot(data);
  const lift = await replaceReceive(context, 'b', `${KILLED_LATE}\nkill -KILL $$`);
  const broken = await fleet.replicate('auto', data, '--to', 'b');
  assert.equal(broken.results[0]?.fault?.code, 'receive-failed', JSON.stringify(broken.results));
  assert.deepEqual(await namesOn('b', 'killed'), []);
  await lift();
  const again = await fleet.replicate('auto', data, '--to', 'b');
  assert.equal(again.code, 0, JSON.stringify(again.results));
  assert.deepEqual(await namesOn('b', 'killed'), [name]);
});

test('the same where the manager died, too: what somebody wrote into it since stays', async (context) => {
  const data = await fleet.subvolume('/srv/pool/written', 4);
  const name = await fleet.snapshot(data);
  const lift = await replaceReceive(context, 'c', `${KILLED_LATE}\n: > /root/late; exec sleep 600`);
  const running = fleet.start(['replicate', 'full', data, name, '--to', 'c']);
  await soon(() => lab.must('c', ['rm', '/root/late']));
  running.child.kill('SIGKILL');
  await running.ended;
  await lab.exec('c', ['pkill', '-KILL', 'sleep']);
  await lift();
  await lab.must('c', [
    'sh',
    '-c',
    'cd "$1" && echo mine >mine && sync',
    'sh',
    `${SNAPSHOTS}/written/${name}`,
  ]);
  const again = await fleet.replicate('auto', data, '--to', 'c');
  assert.equal(again.results[0]?.fault?.code, 'replica-modified', JSON.stringify(again.results));
  assert.deepEqual(await namesOn('c', 'written'), [`${name}*`]);
});
