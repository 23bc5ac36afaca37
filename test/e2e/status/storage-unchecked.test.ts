/** That nobody is told "fine" of a disk that takes no writes, has errors, or could not be looked at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('storage-unchecked', { servers: 2 });
const { lab } = fleet;
const data = await fleet.subvolume('/srv/pool/data');
await fleet.snapshot(data);
// The same server for a login that may do all but measure.
await fleet.ok(
  serverAdd('poor', lab.server('b'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']),
);

interface Row {
  readonly server: string;
  readonly deviceErrors: unknown;
  readonly warnings: readonly { readonly kind: string; readonly level: string }[];
  readonly unchecked: readonly { readonly part: string; readonly fault: { readonly code: string } }[];
  readonly fault: { readonly code: string; readonly message: string } | null;
}

interface Diagnosis {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

interface Board {
  readonly overall: string;
  readonly reasons: readonly {
    readonly level: string;
    readonly where: string | null;
    readonly message: string;
  }[];
}

const diagnosis = async (server: string) => {
  const { code, value } = await fleet.json<Diagnosis[]>(['doctor', '--server', server]);
  return { code, of: (what: string) => value.find(({ name }) => name === `${server}: ${what}`) };
};

test('all is well, and that is what is said', async () => {
  const { code, stdout } = await fleet.run(['storage', '--server', 'a']);
  assert.equal(code, 0);
  assert.match(stdout, / fine$/m);
});

test('a filesystem that takes no writes any more is bad everywhere it is told of', async (context) => {
  context.after(() => lab.exec('a', 'mount -o remount,rw /srv/pool'));
  await lab.must('a', 'mount -o remount,ro /srv/pool');
  const { code, value } = await fleet.json<Row[]>(['storage', '--server', 'a']);
  assert.equal(code, 1);
  assert.deepEqual(
    value[0]?.warnings.map(({ kind, level }) => [kind, level]),
    [['read-only', 'bad']],
  );
  const { code: sick, of } = await diagnosis('a');
  assert.equal(sick, 1);
  assert.match(of('storage /srv/pool')?.message ?? '', /mounted read-only/);
  const { value: board } = await fleet.json<Board>(['dashboard']);
  assert.ok(
    board.reasons.some(
      ({ level, where, message }) =>
        level === 'degraded' && where === 'a:/srv/pool' && /read-only/.test(message),
    ),
    JSON.stringify(board.reasons),
  );
});

test('what the login may not read is named, with the lines that mend it, and is not fine', async () => {
  const { code, value } = await fleet.json<Row[]>(['storage', '--server', 'poor']);
  assert.equal(code, 1);
  assert.deepEqual(
    value[0]?.unchecked.map(({ part, fault }) => [part, fault.code]),
    ['devices', 'scrub'].map((part) => [part, 'sudo-missing']),
  );
  const { stdout, stderr } = await fleet.run(['storage', '--server', 'poor']);
  assert.match(stdout, / could not check: device errors, scrub$/m);
  assert.match(stderr, /btrfs device stats \*.*\n +fleet ALL=\(root\) NOPASSWD: BTRFLEET/);
  assert.equal((await diagnosis('poor')).of('measuring rights')?.status, 'warning');
  const { value: board } = await fleet.json<Board>(['dashboard']);
  assert.ok(board.reasons.some(({ level, where }) => level === 'unknown' && where === 'poor:/srv/pool'));
  const { stdout: metrics } = await fleet.run(['metrics']);
  assert.doesNotMatch(metrics, /filesystem_warnings\{server="poor"/);
});

test('a disk that hangs is not fine, and nobody is told that somebody cancelled', async (context) => {
  const script = `mkdir -p /root/bin && cp /usr/bin/btrfs /root/bin/btrfs && chmod 755 /root /root/bin
printf '%s\\n' '#!/bin/sh' 'case "$(id -u) $1 $2" in "0 device stats"|"4242 --version "*) exec sleep 600;; esac' 'exec /root/bin/btrfs "$@"' >/root/hung
chmod 755 /root/hung; mount --bind /root/hung /usr/bin/btrfs`;
  await lab.must('b', script);
  context.after(() => lab.exec('b', 'umount /usr/bin/btrfs'));
  const [storage, board, sick] = await Promise.all([
    fleet.json<Row[]>(['storage', '--server', 'b']),
    fleet.json<Board>(['dashboard']),
    diagnosis('poor'),
  ]);
  assert.equal(storage.code, 1);
  assert.equal(storage.value[0]?.fault?.code, 'stalled');
  assert.match(
    storage.value[0]?.fault?.message ?? '',
    /look at the storage of b \(\/srv\/pool\) did not end within 30 s/,
  );
  assert.equal(board.code, 1);
  const reason = board.value.reasons.find(({ where }) => where === 'b:/srv/pool');
  assert.equal(reason?.level, 'unknown');
  assert.match(reason?.message ?? '', /look at the storage of b \(\/srv\/pool\) did not end within 20 s/);
  // It was reached and let in; what hung is a command.
  assert.equal(sick.code, 1);
  assert.deepEqual(
    ['reachable', 'login', 'privilege', 'filesystems'].map((what) => sick.of(what)?.status),
    ['ok', 'ok', 'failed', 'could-not-check'],
  );
  assert.match(sick.of('privilege')?.message ?? '', /fleet was let in, and then the first command hung/);
});
