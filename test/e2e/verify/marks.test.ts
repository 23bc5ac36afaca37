/** Only what is in a replica bars it, and the mark belongs to that one: what is built on, proven and sent back then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { DEFAULT_ACL, NO_DEFAULT_ACL } from '../fleet/raw-flags.ts';
import { replicaPath, Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify-marks', { servers: 2 });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

interface HealthDocument {
  readonly reasons: readonly { readonly level: string; readonly message: string }[];
  readonly replicas: readonly {
    readonly status: string;
    readonly proven: readonly { readonly level: string; readonly snapshot: string }[];
  }[];
}

const health = async (data: string): Promise<HealthDocument> =>
  (await fleet.json<HealthDocument>(['health', data])).value;

const auto = async (data: string) => {
  const { status, mode, base } = await fleet.replicateOne('auto', data, '--to', 'b');
  return { status, mode, base };
};

/** Something to be compared, and one snapshot of it on b. */
async function sent(path: string, script = ':'): Promise<{ data: string; name: string }> {
  const data = await fleet.subvolume(path);
  await on('a', `cd ${data} && mkdir d && for i in $(seq 5); do echo number $i >d/f$i; done && ${script}`);
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  return { data, name };
}

const SPOIL = 'T=$(stat -c %y d/f1) && echo wrong >d/f1 && touch -d "$T" d/f1';

test('a property that receiving gives to all is told, and nothing is barred: set on the source', async () => {
  const { data } = await sent('/srv/pool/property', 'btrfs property set . compression zstd');
  const found = await verifier.verify(data, '--to', 'b', '--level', 'content');
  const [result] = found.results;
  assert.deepEqual(
    [found.code, result?.status, result?.level, result?.barred],
    [0, 'attributes', 'content', false],
    JSON.stringify(found),
  );
  assert.deepEqual(new Set(result?.differences.flatMap(({ what }) => what)), new Set(['properties']));
  await fleet.snapshot(data);
  assert.equal((await auto(data)).mode, 'incremental');
  const { proven } = (await health(data)).replicas[0] ?? { proven: [] };
  assert.ok(proven.some(({ level }) => level === 'content'));
});

test('the same, set on the pool of the target, where each replica inherits it', async () => {
  await on('b', 'btrfs property set /srv/pool compression zstd');
  try {
    const { data } = await sent('/srv/pool/inherits');
    const { code, results } = await verifier.verify(data, '--to', 'b');
    assert.deepEqual([code, results[0]?.status, results[0]?.barred], [0, 'attributes', false]);
    await fleet.snapshot(data);
    assert.equal((await auto(data)).mode, 'incremental');
    // The owner is nobody's to give.
    const other = await sent('/srv/pool/owned');
    await verifier.spoil('b', replicaPath(other.data, other.name), 'chown 7:7 d/f1');
    const owned = await verifier.verifyOne(other.data, '--to', 'b');
    assert.deepEqual([owned.status, owned.barred], ['attributes', false]);
    assert.ok(owned.differences[0]?.what.includes('owner'), 'the worst first');
  } finally {
    await on('b', 'btrfs property set /srv/pool compression ""');
  }
});

test('a default access list that is gone from the source by now bars nothing either', async () => {
  const data = await fleet.subvolume('/srv/pool/lists');
  await on('a', `cd ${data} && mkdir d && echo x >d/f1`);
  await lab.must('a', ['perl', '-e', DEFAULT_ACL, data]);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await lab.must('a', ['perl', '-e', NO_DEFAULT_ACL, data]);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const { results } = await verifier.verify(data, '--to', 'b', '--level', 'content');
  assert.deepEqual([results[0]?.status, results[0]?.barred], ['attributes', false]);
  assert.deepEqual(new Set(results[0]?.differences.flatMap(({ what }) => what)), new Set(['acl']));
});

test('a copy of one that differs bars nothing but itself, and the mark can be taken away', async () => {
  const { data } = await sent('/srv/pool/copied');
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const path = replicaPath(data, name);
  await verifier.spoil('b', path, SPOIL);
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content');
  assert.deepEqual([found.status, found.barred], ['different', true]);
  await on('b', `btrfs subvolume snapshot -r ${path} ${replicaPath(data, 'old-copy')}`);
  await fleet.snapshot(data);
  // What is older may share what is wrong on that disk, so all is sent, once.
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b', '--dry-run')).mode, 'full');
  assert.equal((await auto(data)).mode, 'full');
  await fleet.snapshot(data);
  assert.equal((await auto(data)).mode, 'incremental');

  interface Mark {
    readonly snapshot: string;
    readonly what: string;
  }
  const forget = ['verify', 'forget', data];
  const shown = await fleet.ok<Mark[]>([...forget, '--server', 'b', '--dry-run']);
  assert.deepEqual(
    shown.map(({ snapshot, what }) => [snapshot, what.includes('d/f1')]),
    [[name, true]],
  );
  assert.equal((await fleet.fault(...forget, '--server', 'b')).fault.code, 'refused');
  await fleet.ok([...forget, name, '--server', 'b', '--yes']);
  const none = await fleet.fault(...forget, '--server', 'b', '--yes');
  assert.equal(none.fault.code, 'no-such-snapshot');
  const { value } = await fleet.json<HealthDocument>(['health', data, '--known']);
  assert.ok(!JSON.stringify(value.reasons).includes('is not the same'), JSON.stringify(value.reasons));
});

test('what was sent in full since is not proven, nor what was found different', async () => {
  const { data, name } = await sent('/srv/pool/proven');
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  const levels = async () => (await health(data)).replicas[0]?.proven.map(({ level }) => level);
  assert.deepEqual(await levels(), ['content', 'metadata']);
  await on('b', `btrfs subvolume delete ${replicaPath(data, name)}`);
  const next = await fleet.snapshot(data);
  assert.equal((await auto(data)).mode, 'full');
  assert.deepEqual(await levels(), []);
  assert.ok((await health(data)).reasons.some(({ message }) => /was never compared/.test(message)));

  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  await verifier.spoil('b', replicaPath(data, next), 'rm d/f2');
  assert.equal((await verifier.verifyOne(data, '--to', 'b')).status, 'different');
  assert.deepEqual(await levels(), [], 'nor by content any more');
});

test('a round whose newest is there and differs leaves it, which is no failure; the next one is sent', async () => {
  const { data, name } = await sent('/srv/pool/rounds');
  await fleet.ok(['policy', 'set', 'snapshot', data, '--every', '1d']);
  await fleet.ok([
    ...['task', 'add', 'rounds', '--subvolume', data, '--to', 'b', '--every', '1h'],
    ...['--suspend-after', '1', '--retries', '0'],
  ]);
  await verifier.spoil('b', replicaPath(data, name), SPOIL);
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'different');
  interface Round {
    readonly targets: readonly { readonly status: string }[];
    readonly replications: readonly {
      readonly results: readonly {
        readonly status: string;
        readonly verified: boolean;
        readonly note?: string;
      }[];
    }[];
  }
  for (let round = 0; round < 2; round++) {
    const { targets, replications } = await fleet.ok<Round>(['task', 'run', 'rounds']);
    assert.deepEqual(
      targets.map(({ status }) => status),
      ['ok'],
    );
    const [result] = replications[0]?.results ?? [];
    assert.deepEqual([result?.status, result?.verified], ['already-there', false], JSON.stringify(result));
    assert.match(result?.note ?? '', /is not the same/);
  }
  assert.ok(
    (await health(data)).reasons.some(({ message }) => /is not the same/.test(message)),
    'it is told all the same',
  );
  await fleet.snapshot(data);
  await fleet.ok(['task', 'run', 'rounds']);
  assert.equal((await health(data)).replicas[0]?.status, 'complete');
});

test('what is equal by content is whole again, whatever it was received on', async () => {
  const { data, name } = await sent('/srv/pool/equal');
  await verifier.spoil('b', replicaPath(data, name), SPOIL);
  await on('a', `rm ${data}/d/f1`);
  const next = await fleet.snapshot(data);
  assert.equal((await auto(data)).mode, 'incremental');
  const older = ['--snapshot', name, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, '--to', 'b', ...older)).status, 'different');
  assert.equal((await health(data)).replicas[0]?.status, 'modified');
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  const { status, proven } = (await health(data)).replicas[0] ?? {};
  assert.deepEqual([status, proven?.[0]?.snapshot], ['complete', next]);
  await fleet.snapshot(data);
  assert.deepEqual(await auto(data), { status: 'ok', mode: 'incremental', base: next });
});

test('one that differs is deleted by hand, and what was received on it: the last of them is known to be as wrong', async () => {
  const { data, name } = await sent('/srv/pool/chain');
  await verifier.spoil('b', replicaPath(data, name), SPOIL);
  const second = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const older = ['--snapshot', name, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, '--to', 'b', ...older)).status, 'different');
  await health(data);
  for (const one of [name, second]) await on('b', `btrfs subvolume delete ${replicaPath(data, one)}`);
  assert.equal((await health(data)).replicas[0]?.status, 'modified');
  await fleet.snapshot(data);
  assert.equal((await auto(data)).mode, 'full');
});

test('one that differs comes back when it is the one that is named: it may be the better one', async () => {
  const { data, name } = await sent('/srv/pool/better');
  const path = replicaPath(data, name);
  await verifier.spoil('b', path, SPOIL);
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'different');
  const beside = await fleet.fault('snapshot', 'restore', data, name, '--from', 'b', '--dry-run');
  assert.equal(beside.fault.code, 'name-taken');
  assert.doesNotMatch(JSON.stringify(beside.fault), /delete it/);
  await on('a', `btrfs subvolume delete ${replicaPath(data, name)} ${data}`);
  for (const named of [name, path]) {
    const plan = await fleet.run(['snapshot', 'restore', data, named, '--from', 'b', '--dry-run']);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, /is not the same: one file differs, such as d\/f1/);
  }
  await fleet.ok(['snapshot', 'restore', data, name, '--from', 'b', '--yes']);
  assert.equal(await on('a', `cat ${data}/d/f1`), 'wrong\n');

  // It bears the id of what it is not: nothing is built on it here, nor on the right one elsewhere.
  const next = await fleet.snapshot(data);
  assert.deepEqual(await auto(data), { status: 'ok', mode: 'full', base: null });
  assert.equal(
    await fleet.fingerprint('b', replicaPath(data, next)),
    await fleet.fingerprint('a', replicaPath(data, next)),
  );
});

test('an older one is built on again once its own content was compared, and is the same', async () => {
  const { data, name: first } = await sent('/srv/pool/older');
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await verifier.spoil('b', replicaPath(data, name), SPOIL);
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'different');
  const older = ['--snapshot', first, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, '--to', 'b', ...older)).status, 'same');
  await fleet.snapshot(data);
  assert.deepEqual(await auto(data), { status: 'ok', mode: 'incremental', base: first });
});

test('one that differs is told also when its source is gone, and forgotten by the name of what was received on it', async () => {
  const { data, name } = await sent('/srv/pool/sourceless');
  await verifier.spoil('b', replicaPath(data, name), SPOIL);
  const second = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const older = ['--snapshot', name, '--level', 'content'];
  assert.equal((await verifier.verifyOne(data, '--to', 'b', ...older)).status, 'different');
  const told = async () =>
    (await health(data)).reasons.filter(({ message }) => message.includes(name)).length;
  assert.ok((await told()) > 0);
  const { reasons } = await health(data);
  assert.doesNotMatch(JSON.stringify(reasons), /replicate auto/, 'it would be left as it is');
  await on('a', `btrfs subvolume delete ${replicaPath(data, name)}`);
  assert.ok((await told()) > 0, 'no clean-up deletes it');

  await fleet.ok(['verify', 'forget', data, second, '--server', 'b', '--yes']);
  assert.equal(await told(), 0);
  assert.equal((await health(data)).replicas[0]?.status, 'complete');
});
