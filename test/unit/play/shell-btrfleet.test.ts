/** What btrfleet sends to servers, run unchanged on a simulated machine; its own parsers read the answers. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { inventoryCommand } from '../../../src/core/btrfs/ask/inventory-script.ts';
import { createLockReader, lockCommand } from '../../../src/core/btrfs/ask/lock-script.ts';
import { lockingCommand, parseLocking } from '../../../src/core/btrfs/ask/locking-script.ts';
import {
  MARKED_ELSEWHERE,
  markedReceiveCommand,
  NAME_TAKEN,
} from '../../../src/core/btrfs/ask/receive-script.ts';
import { type SnapshotsOrder, snapshotsCommand } from '../../../src/core/btrfs/ask/snapshot-script.ts';
import {
  fromSpoolCommand,
  parseSendCode,
  parseSpoolStatus,
  resumedSendCommand,
  spoolAppendCommand,
  spoolRemoveCommand,
  spoolStatusCommand,
} from '../../../src/core/btrfs/ask/spool-script.ts';
import { storageCommand } from '../../../src/core/btrfs/ask/storage-script.ts';
import { parseProof, proofCommand } from '../../../src/core/btrfs/looks/proof.ts';
import { parseSections } from '../../../src/core/btrfs/read/sections.ts';
import { parseSnapshots } from '../../../src/core/btrfs/read/snapshots.ts';
import { discoverFacts } from '../../../src/core/hosts/facts.ts';
import { shellLine } from '../../../src/core/hosts/port/quote.ts';
import { asUser, type Command } from '../../../src/core/model/command.ts';
import type { PolicyHooks } from '../../../src/core/model/policy.ts';
import type { Program } from '../../../src/play/machine/machine.ts';
import { sh } from '../../../src/play/shell/sh.ts';
import { serverAt } from '../hosts/sshd-fixture.ts';
import { SimulatedMachine, type Started, until } from './simulated-machine.ts';

/** A directory stands for a subvolume, one with `.ro` in it for a read-only one. */
const BTRFS = `
case "$1 $2" in
--version*) echo "btrfs-progs v6.12" ;;
'subvolume snapshot')
  case $5 in *bad*) echo "ERROR: cannot snapshot '$5'"; exit 1 ;; esac
  mkdir -- "$6" && touch "$6/.ro" && echo "Create a readonly snapshot of '$5' in '$6'" ;;
'subvolume show')
  [ "$3" != -- ] || shift
  [ -d "$3" ] || { echo "ERROR: cannot find real path for '$3'" >&2; exit 1; }
  printf '%s\\n\\tUUID: \\t\\tu\\n\\tGeneration: \\t\\t7\\n\\tFlags: \\t\\t\\treadonly\\n' "$3" ;;
'subvolume delete') rm -r -- "$4" ;;
'send -q') printf 'btrfs-stream\\0' ;;
*) echo "ran $*" ;;
esac`;
const btrfs: Program = (process) => {
  process.argv = ['sh', '-c', BTRFS, 'btrfs', ...process.argv.slice(1)];
  return sh(process);
};

/** As sshd starts it: the line goes to the login shell, and what comes before the mark is nobody's. */
function start(machine: SimulatedMachine, command: Command): Started {
  const line = shellLine(command, ['sudo', '-n']);
  assert.ok(line.ok);
  return machine.start(['sh', '-c', line.value]);
}

const MARK = 'btrfleet-begins\n';

async function run(machine: SimulatedMachine, command: Command, input = '') {
  const started = start(machine, command);
  await started.say(input);
  started.endInput();
  const { stdout, stderr, code } = await started.answer;
  assert.ok(stdout.startsWith(MARK) && stderr.startsWith(MARK), `${stdout}\n${stderr}`);
  return { stdout: stdout.slice(MARK.length), stderr: stderr.slice(MARK.length), code };
}

test('locking: directories that are there, are not, and a flock that waits', async () => {
  const machine = new SimulatedMachine();
  const { stdout } = await run(machine, lockingCommand('n0', ['/tmp', "/tmp/a 'b", '/no/where']));
  assert.deepEqual(parseLocking('n0', 3, stdout), {
    hasFlock: true,
    directories: ['open', 'absent', 'closed'],
  });
});

test('a lock is held until the input ends, and then the next one has it', async () => {
  const machine = new SimulatedMachine();
  machine.files.mkdir('/pool');
  const command = lockCommand({ sudo: [], directory: '/pool//.snapshots/da ta', nonce: 'n0' });
  const first = start(machine, command);
  const lockSaid = (one: Started) => {
    const read = createLockReader('n0');
    const lines = one.printed().slice(MARK.length).split('\n').slice(0, -1);
    return lines.map(read).find((said) => said !== null);
  };
  const isLocked = (one: Started) => lockSaid(one) !== undefined;
  await until(() => isLocked(first));
  machine.files.mkdir('/pool/.snapshots/da ta/2026');
  const second = start(machine, command);
  await until(() => second.printed() === MARK);
  assert.equal(second.printed(), MARK);
  first.endInput();
  assert.equal((await first.answer).code, 0);
  await until(() => isLocked(second));
  assert.deepEqual(lockSaid(second), { names: ['2026'] });
  second.endInput();
  assert.equal((await second.answer).code, 0);
});

test('a stream is spooled, told, read again and removed', async () => {
  const machine = new SimulatedMachine();
  machine.files.mkdir('/pool');
  const spool = {
    ...{ base: '/pool//.btrfleet', directory: '/pool//.btrfleet/spool/data' },
    ...{ key: 'k', name: '2026.stream' },
  };
  const status = async () => parseSpoolStatus((await run(machine, spoolStatusCommand([], spool))).stdout);
  assert.equal((await status())?.bytes, 0);
  machine.files.put('/pool/.btrfleet/spool/data/old.stream', 'x');
  await run(machine, spoolAppendCommand([], spool, false), 'abc');
  await run(machine, spoolAppendCommand([], spool, false), 'def');
  assert.deepEqual(await status(), {
    bytes: 6,
    hash: 'bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721',
  });
  assert.deepEqual(machine.files.list('/pool/.btrfleet/spool/data'), ['2026.stream']);
  const { stdout } = await run(machine, fromSpoolCommand([], spool, asUser('tr', 'a-f', 'A-F')));
  assert.equal(stdout, 'ABCDEF');
  assert.deepEqual(machine.files.list('/pool/.btrfleet/spool/data'), []);
  await run(machine, spoolAppendCommand([], spool, true), 'new');
  assert.equal((await run(machine, spoolRemoveCommand([], spool))).code, 0);
  assert.deepEqual(machine.files.list('/pool/.btrfleet/spool/data'), []);
});

test('a send goes on behind what has arrived', async () => {
  const send = asUser('sh', '-c', 'printf 0123456789; exit 3');
  const resumed = resumedSendCommand({ sudo: [], send, bytes: 4, nonce: 'n0' });
  const { stdout, stderr } = await run(new SimulatedMachine(), resumed);
  const hash = '1be2e452b46d7a0d9656bbb1f768e8248eba1b75baed65f5d99eafa948899a6a';
  assert.equal(stdout, `n0 ${hash}\n456789`);
  assert.equal(parseSendCode('n0', stderr), 3);
});

const NOW = Date.UTC(2026, 10, 20, 8, 5, 1, 123);
const hook = (command: string, timeoutSeconds = 5) => ({ command, timeoutSeconds, required: true });

async function snapshots(more: Partial<SnapshotsOrder> = {}, stops = false) {
  const machine = new SimulatedMachine({ btrfs });
  for (const name of ['data', 'bad']) machine.files.put(`/pool/${name}/file`, '');
  const order: SnapshotsOrder = {
    ...{ sudo: [], nonce: 'n0', now: NOW, dueSince: null, group: false, hooks: [] },
    snapshots: [{ source: '/pool/data', directory: '/pool//.snapshots/data', known: [] }],
    ...more,
  };
  const started = start(machine, snapshotsCommand(order));
  if (stops) await started.say('stop\n');
  started.endInput();
  const { stdout, stderr } = await started.answer;
  assert.equal(stderr, MARK);
  return { machine, said: parseSnapshots('n0', order.snapshots.length, stdout.slice(MARK.length)) };
}

test('a snapshot is made, and it is there', async () => {
  const { machine, said } = await snapshots();
  assert.ok(said.kind === 'done' && said.members[0]?.kind === 'tried');
  assert.equal(said.members[0].code, 0);
  assert.deepEqual(machine.files.list('/pool/.snapshots/data'), [said.members[0].name]);
  assert.match(said.members[0].name, /^2026-11-20T08:05:01\.\d{3}Z$/);
});

test('what is due already is not made again, under the lock', async () => {
  const machine = new SimulatedMachine({ btrfs });
  const name = '2026-11-20T08:05:00.000Z';
  machine.files.put(`/pool/.snapshots/data/${name}/.ro`, '');
  const order: SnapshotsOrder = {
    ...{ sudo: [], nonce: 'n0', now: NOW, dueSince: '2026-11-20T08:00:00.000Z', group: false, hooks: [] },
    snapshots: [{ source: '/pool/data', directory: '/pool//.snapshots/data', known: [] }],
  };
  const said = parseSnapshots('n0', 1, (await run(machine, snapshotsCommand(order))).stdout);
  assert.deepEqual(said.kind === 'done' && said.members, [{ kind: 'already', name }]);
});

test('hooks run around a snapshot, and what they leave behind is not waited for', async () => {
  const hooks: PolicyHooks[] = [
    {
      subvolume: '',
      before: hook('echo one; echo two >&2; sleep 100000 & exit 0'),
      after: hook('printf "a\\0b"; exit 4'),
    },
  ];
  const { said, machine } = await snapshots({ hooks });
  machine.machine.killAll();
  assert.ok(said.kind === 'done' && said.members[0]?.kind === 'tried');
  assert.deepEqual(
    said.hooks.map(({ when, said: { code, output } }) => ({ when, code, output })),
    [
      { when: 'before', code: 0, output: 'one\ntwo\n' },
      { when: 'after', code: 4, output: 'ab' },
    ].map((one) => ({ ...one, output: one.output.replace(/\n$/, '') })),
  );
});

test('a hook that takes too long is ended; a required one lets nothing be made', async () => {
  const { said } = await snapshots({ hooks: [{ subvolume: '', before: hook('sleep 30', 1), after: null }] });
  assert.ok(said.kind === 'done');
  assert.deepEqual([said.hooks[0]?.said.code, said.members[0]?.kind], [124, 'none']);
});

test('told to stop, no snapshot is made', async () => {
  const hooks: PolicyHooks[] = [{ subvolume: '', before: hook('sleep 0.3'), after: hook('echo after') }];
  const { said } = await snapshots({ hooks }, true);
  assert.ok(said.kind === 'done');
  assert.deepEqual([said.stopped, said.members[0]?.kind, said.hooks.length], [true, 'none', 2]);
});

test('a group is whole or gone', async () => {
  const { machine, said } = await snapshots({
    group: true,
    snapshots: ['data', 'bad'].map((name) => ({
      source: `/pool/${name}`,
      directory: `/pool//.snapshots/${name}`,
      known: [],
    })),
  });
  assert.ok(said.kind === 'done' && said.members[0]?.kind === 'tried');
  assert.equal(said.members[0].takenBack, true);
  assert.deepEqual(machine.files.list('/pool/.snapshots/data'), []);
});

const receive = (locked: boolean) =>
  markedReceiveCommand({
    ...{ sudo: [], replica: '/pool//r/new', mark: '/pool//m/2026-11-20T08:05:01.123Z', owners: '/pool//o' },
    own: '@db291693-b194-4f2e-8d6e-280ed963042f%3Aown',
    ...{ outlived: [], locked, receive: ['sh', '-c', 'cat'] as const },
  });

test('a receive is marked, takes the stream, and another one is refused', async () => {
  const machine = new SimulatedMachine({ btrfs });
  machine.files.mkdir('/pool');
  for (const path of ['/pool/r', '/pool/o', '/pool/o/@db291693-b194-4f2e-8d6e-280ed963042f%3Aother'])
    machine.files.mkdir(path);
  assert.equal((await run(machine, receive(true), 'data')).stdout, 'data');
  assert.deepEqual(machine.files.list('/pool/o'), ['@db291693-b194-4f2e-8d6e-280ed963042f%3Aown']);
  assert.equal((await run(machine, receive(true))).code, MARKED_ELSEWHERE);
  machine.files.mkdir('/pool/r/new');
  assert.equal((await run(machine, receive(true))).code, NAME_TAKEN);
});

test('the inventory is asked of every mount', async () => {
  const findmnt: Program = async (process) => {
    await process.write('{}\n');
    return 0;
  };
  const machine = new SimulatedMachine({ btrfs, findmnt });
  machine.files.put('/mnt/my pool/.snapshots/.btrfleet/x/y/file', '');
  machine.files.put('/sys/fs/btrfs/u/devices/vda', '');
  machine.files.put(
    '/proc/self/mountinfo',
    [
      '20 1 0:30 / / rw - ext4 /dev/vda rw',
      '67 20 0:40 / /mnt/my\\040pool rw - btrfs /dev/vdb rw,subvol=/',
      '',
    ].join('\n'),
  );
  const { stdout, stderr, code } = await run(machine, inventoryCommand({ sudo: ['sudo', '-n'] }), 'n0\n');
  assert.deepEqual([stderr, code], ['', 0]);
  const sections = parseSections('n0', stdout).map(({ title, lines, code: end }) => [
    title.join(' '),
    lines.at(-1),
    end,
  ]);
  assert.deepEqual(sections.slice(1), [
    ['findmnt', '{}', 0],
    ['devices', '/sys/fs/btrfs/u/devices/vda', 0],
    ['marks 67', '/mnt/my pool/.snapshots/.btrfleet/x/y', 0],
    ['source 0:40', '/dev/vdb', 0],
    ['ascending 0:40 67', 'ran subvolume list -puqRcg --sort=rootid -- /mnt/my pool', 0],
    ['readonly 0:40 67', 'ran subvolume list -r --sort=rootid -- /mnt/my pool', 0],
    ['snapshots 0:40 67', 'ran subvolume list -s --sort=rootid -- /mnt/my pool', 0],
    ['descending 0:40 67', 'ran subvolume list -R --sort=-rootid -- /mnt/my pool', 0],
  ]);
});

test('storage and proofs are told in sections', async () => {
  const machine = new SimulatedMachine({ btrfs });
  machine.files.put('/sys/fs/btrfs/u/qgroups/mode', 'simple\n');
  machine.files.mkdir('/snap');
  const storage = await run(
    machine,
    storageCommand({ sudo: [], filesystems: [{ uuid: 'u', mount: '/m' }] }),
    'n0\n',
  );
  const titles = parseSections('n0', storage.stdout).map(
    ({ title, lines, code }) => `${title.join(' ')}: ${lines[0]} ${code}`,
  );
  assert.equal(titles.length, 6);
  assert.equal(titles[3], 'quotas 0: mode simple 0');
  const proof = await run(machine, proofCommand({ sudo: [], paths: ['/snap', '/none'] }), 'n0\n');
  const sections = parseSections('n0', proof.stdout);
  assert.deepEqual(
    sections.map(({ code }) => code),
    [0, 0, 1, 0],
  );
  assert.deepEqual(sections[1]?.lines, [' 62 74 72 66 73 2d 73 74 72 65 61 6d 00']);
  assert.deepEqual(parseProof('n0', 2, proof.stdout), [null, null]);
});

test('the facts of a server are found out', async () => {
  const machine = new SimulatedMachine({ btrfs });
  machine.files.put('/sys/fs/btrfs/features/send_stream_version', '2\n');
  const stream = async (command: Command) => {
    const started = start(machine, command);
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    stdin.on('data', (bytes: Buffer) => started.say(bytes.toString('utf8')));
    stdin.on('end', started.endInput);
    const done = started.answer.then((answer) => {
      stdout.end(answer.stdout.slice(MARK.length));
      return { ok: true as const, value: { code: answer.code, signal: null } };
    });
    return {
      ok: true as const,
      value: { stdin, stdout, stderr: () => '', outlived: () => false, stop: () => undefined, done },
    };
  };
  const needs = {
    needed: [['btrfs', 'send', '/']] as const,
    harmless: ['mkdir', '-p', '--', '/'] as const,
    sudoersLines,
  };
  const facts = await discoverFacts(serverAt('b', 22, ''), { stream, speak() {} }, needs, () => 0);
  assert.ok(facts.ok, JSON.stringify(facts));
  const { privilege, kernel, btrfsProgs, sendStreamVersion, fault } = facts.value;
  assert.deepEqual(
    { privilege, kernel, btrfsProgs, sendStreamVersion, fault },
    { privilege: 'root', kernel: '6.12.0-play', btrfsProgs: '6.12', sendStreamVersion: 2, fault: null },
  );
});
