/** The scheduler as a service: options, log, signals, exit codes, what systemd hears. What is due when is elsewhere. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { queueRun } from '../../../src/core/engine/queue.ts';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import { snapshotByHand } from '../../../src/core/model/runs/snapshot.ts';
import { wireFleet } from '../../../src/process/wiring.ts';
import { patience } from '../../patience.ts';
import { cannotNotify, notifyReceiver } from '../../unit/hosts/notify-receiver.ts';
import { eventually, PROGRAM, type Running, TestFleet } from '../fleet/fleet.ts';
import { stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('schedule-service', { servers: 1, size: '512M' });
const { lab } = fleet;
const data = await fleet.subvolume('/srv/pool/data');

/** Due at once and not again here; where another state directory has made the snapshot it will do. */
const YEARLY = { kind: 'every', seconds: 31_536_000 } as const;
const policy = (subvolume: string, more: object = {}) => ({ subvolume, schedule: YEARLY, ...more });

let homes = 0;

/** A state directory of its own, with the server in it. */
function home(config: object = {}): string {
  homes += 1;
  const directory = join(fleet.home, `home-${homes}`);
  mkdirSync(directory, { mode: 0o700 });
  cpSync(join(stateOf(fleet), 'known_hosts'), join(directory, 'known_hosts'));
  configure(directory, config);
  return directory;
}

function configure(directory: string, config: object): void {
  const { servers } = JSON.parse(readFileSync(join(stateOf(fleet), 'config.json'), 'utf8')) as {
    servers: unknown;
  };
  const text = JSON.stringify({ version: 1, servers, ...config });
  writeFileSync(join(directory, 'config.json'), text, { mode: 0o600 });
}

const scheduler = (
  directory: string,
  words: readonly string[] = [],
  env: Record<string, string> = {},
): Running => {
  const running = fleet.start(['--schedule', '--home', directory, ...words], { env });
  after(() => running.child.kill('SIGKILL'));
  return running;
};

const says = (running: Running, text: RegExp): Promise<void> =>
  eventually(() => {
    assert.match(running.stderr(), text);
  });

async function snapshots(subvolume: string): Promise<number> {
  return (await fleet.ok<unknown[]>(['snapshot', 'list', subvolume])).length;
}

interface Document {
  readonly runs: readonly { readonly kind: string; readonly trigger: string; readonly outcome: string }[];
}

const told = ({ runs }: Document) => runs.map(({ kind, trigger, outcome }) => [kind, trigger, outcome]);

test('--once does what is due, tells it, and does it once', async () => {
  const directory = home({ snapshotPolicies: [policy(data)] });
  const first = await scheduler(directory, ['--once']).ended;
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout, '');
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
  assert.match(first.stderr, new RegExp(`^${time}  btrfleet  started; follows 1 item$`, 'm'));
  assert.match(first.stderr, new RegExp(`^${time}  snapshot:${data}  run 1 begun, due at ${time}`, 'm'));
  assert.match(first.stderr, new RegExp(`^${time}  snapshot:${data}  .*${time}.*  \\d.* s$`, 'm'));
  const second = await scheduler(directory, ['--once']).ended;
  assert.equal(second.code, 0, second.stderr);
  assert.doesNotMatch(second.stderr, /begun/);
  assert.equal(await snapshots(data), 1);
});

test('--once --json: one document of what was done', async () => {
  const directory = home({ snapshotPolicies: [policy(data)] });
  const { code, stdout, stderr } = await scheduler(directory, ['--once', '--json']).ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual(told(JSON.parse(stdout) as Document), [['snapshot', 'schedule', 'ok']]);
  assert.match(stderr, /Z {2}snapshot:/);
});

test('--once exits with 1 if one thing failed, and does the others', async () => {
  const other = await fleet.subvolume('/srv/pool/other');
  const directory = home({ snapshotPolicies: [policy('/srv/pool/missing'), policy(other)] });
  const { code, stdout, stderr } = await scheduler(directory, ['--once', '--json']).ended;
  assert.equal(code, 1, stderr);
  assert.deepEqual(told(JSON.parse(stdout) as Document).toSorted(), [
    ['snapshot', 'schedule', 'failed'],
    ['snapshot', 'schedule', 'ok'],
  ]);
  assert.match(
    stderr,
    /snapshot:\/srv\/pool\/missing {2}FAILED.*\n.*snapshot:\/srv\/pool\/missing.*\(no-such-subvolume\)$/m,
  );
  assert.equal(await snapshots(other), 1);
});

test('--once exits with 1 as long as something is not as it should be, also when nothing is due', async () => {
  const missing = home({ snapshotPolicies: [policy('/srv/pool/missing')] });
  for (const when of ['failed now', 'failed before']) {
    const { code, stderr } = await scheduler(missing, ['--once']).ended;
    assert.equal(code, 1, `${when}: ${stderr}`);
    assert.match(stderr, /not as it should be: snapshot:\/srv\/pool\/missing failed$/m);
  }
  await lab.addFilesystem('a', '/mnt/disk', '200M');
  const task = { name: 'disk', subvolumes: [data], targets: [{ server: 'a', mount: '/mnt/disk' }] };
  const directory = home({ tasks: [{ ...task, schedule: YEARLY }] });
  assert.equal((await scheduler(directory, ['--once']).ended).code, 0);
  const wired = wireFleet(directory);
  assert.ok(wired.ok);
  const { journal } = wired.value.fleet;
  const why = fault('no-space', 'It is full.', 'Make room.');
  const news = { task: 'disk', target: 'a:/mnt/disk', fault: why, suspendAfter: 1 } as const;
  journal.noteTaskTarget({ ...news, status: 'failed' });
  await wired.value.close();
  const alone = await scheduler(directory, ['--once']).ended;
  assert.equal(alone.code, 1, alone.stderr);
  assert.match(alone.stderr, /not as it should be: Task disk has left a:\/mnt\/disk alone$/m);
  assert.match(alone.stderr, /btrfleet task resume disk$/m);
  configure(directory, { tasks: [{ ...task, schedule: YEARLY, suspended: true }] });
  assert.equal((await scheduler(directory, ['--once']).ended).code, 0, 'somebody wants it so');
});

test('--log-format json: every line is an object with time, level, event and message', async () => {
  const directory = home({ snapshotPolicies: [policy(data)] });
  const { stderr } = await scheduler(directory, ['--once', '--log-format', 'json']).ended;
  const lines = stderr.trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const { time, level, message } of records) {
    assert.equal(new Date(String(time)).toISOString(), time);
    assert.match(String(level), /^(error|warning|notice|info)$/);
    assert.notEqual(message, '');
  }
  const ended = records.find(({ event }) => event === 'ended');
  assert.deepEqual([ended?.['item'], ended?.['outcome'], ended?.['run']], [`snapshot:${data}`, 'ok', 1]);
});

test('without a policy it says how to add one, and begins as soon as there is one; SIGTERM ends it with 0', async () => {
  const directory = home();
  const running = scheduler(directory);
  await says(running, /nothing to do yet.*btrfleet policy set snapshot/);
  configure(directory, { snapshotPolicies: [policy(data)] });
  await says(running, /configuration was changed; follows 1 item/);
  await says(running, /snapshot:\S+ {2}(?!run).* s$/m);
  const asked = performance.now();
  running.child.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.ok(performance.now() - asked < patience(5));
  assert.match(stderr, /SIGTERM[\s\S]*stopped$/m);
});

test('a second scheduler on the same state is refused, and told which one is at work; the first goes on', async () => {
  const directory = home();
  const first = scheduler(directory);
  await says(first, /started/);
  const second = await scheduler(directory, ['--once', '--json']).ended;
  assert.equal(second.code, 1);
  const { fault } = JSON.parse(second.stdout) as { fault: Fault };
  assert.equal(fault.code, 'locked');
  assert.match(fault.message, new RegExp(`pid ${first.child.pid}\\b`));
  const third = await scheduler(directory).ended;
  assert.equal(third.code, 1);
  assert.equal(third.stdout, '');
  assert.match(third.stderr, new RegExp(`pid ${first.child.pid}\\b.*\\(locked\\)`));
  first.child.kill('SIGINT');
  assert.equal((await first.ended).code, 0);
});

test('killed with -9, its place is free at once', async () => {
  const directory = home();
  const first = scheduler(directory);
  await says(first, /started/);
  first.child.kill('SIGKILL');
  await first.ended;
  assert.equal((await scheduler(directory, ['--once']).ended).code, 0);
});

test('SIGHUP says what the configuration holds, or why it cannot be read, and never ends it', async () => {
  const directory = home({ snapshotPolicies: [policy(data)] });
  const running = scheduler(directory);
  await says(running, /started/);
  running.child.kill('SIGHUP');
  await says(running, /read the configuration again: 1 policy, 0 tasks/);
  const file = join(directory, 'config.json');
  const good = readFileSync(file);
  writeFileSync(file, '{\n  "servers": [,]\n}\n');
  running.child.kill('SIGHUP');
  await says(running, /nothing new is begun until the configuration is mended\n.*line 2/);
  writeFileSync(file, good);
  await says(running, /configuration was changed; follows 1 item/);
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
});

/** A scheduler that is making a snapshot, which takes so many seconds. */
async function atWork(name: string, seconds: number): Promise<{ running: Running; directory: string }> {
  const slow = await fleet.subvolume(`/srv/pool/${name}`);
  const hooks = { before: { command: `sleep ${seconds}`, timeoutSeconds: 60, required: true } };
  const directory = home({ snapshotPolicies: [policy(slow, { hooks })] });
  const running = scheduler(directory);
  await eventually(() => {
    const { argv } = lab.leftovers('a').find((one) => one.argv[0] === 'sleep') ?? { argv: [] };
    assert.deepEqual(argv, ['sleep', String(seconds)]);
  });
  return { running, directory };
}

test('SIGTERM lets what is at work end, and begins nothing more', async () => {
  const { running } = await atWork('grace', 2);
  running.child.kill('SIGTERM');
  await says(running, /stopping; 1 run at work/);
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /made {2}\d.* s\n.*btrfleet {2}stopped$/m);
  assert.equal(await snapshots('/srv/pool/grace'), 1);
});

test('a second SIGTERM does not wait for it, and what was left is found', async () => {
  const { running, directory } = await atWork('impatient', 21);
  running.child.kill('SIGTERM');
  await says(running, /stopping; 1 run at work/);
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 130);
  const next = scheduler(directory);
  await says(next, /run:1 {2}was interrupted/);
  next.child.kill('SIGKILL');
});

test('where it runs, the screen starts no engine: it carries out what is queued', async () => {
  const directory = home();
  const running = scheduler(directory);
  await says(running, /started/);
  const wired = wireFleet(directory);
  assert.ok(wired.ok);
  const screen = wired.value.fleet;
  const queued = queueRun(screen, snapshotByHand([data]), () => assert.fail('another engine was started'));
  await eventually(() => {
    const found = screen.journal.getRun(queued.id);
    assert.equal(found.ok && found.value.outcome, 'ok');
  });
  await says(running, new RegExp(`run:${queued.id} {2}ended by hand`));
  await wired.value.close();
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
});

test('systemd hears that it is up, alive, reading again and ending', { skip: cannotNotify }, async () => {
  const receiver = await notifyReceiver();
  const directory = home({ snapshotPolicies: [policy(data)] });
  const running = scheduler(directory, [], { NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '1000000' });
  const heard = (field: string): number => receiver.messages().filter((one) => one.includes(field)).length;
  await eventually(() => assert.ok(heard('WATCHDOG=1') >= 3));
  assert.deepEqual(receiver.messages()[0], [
    'READY=1',
    'STATUS=1 item, none at work, 0 runs since the start',
  ]);
  running.child.kill('SIGHUP');
  await eventually(() => assert.equal(heard('READY=1'), 2));
  assert.equal(heard('RELOADING=1'), 1);
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0, running.stderr());
  await eventually(() => assert.equal(heard('STOPPING=1'), 1));
  assert.doesNotMatch(running.stderr(), /not told/);
});

test('a service manager that does not listen is told of once, and holds nothing back', async () => {
  const directory = home({ snapshotPolicies: [policy(data)] });
  const nobody = { NOTIFY_SOCKET: join(directory, 'nobody') };
  const { code, stderr } = await scheduler(directory, ['--once'], nobody).ended;
  assert.equal(code, 0, stderr);
  assert.equal(stderr.match(/the service manager is not told/g)?.length, 1);
});

for (const [title, stream, want] of [
  [
    'the journal of systemd gets priorities instead of times',
    '$(stat -c %d:%i "$1")',
    /^<5>btrfleet {2}started/,
  ],
  [
    'a file gets times, though the service beside it writes to the journal',
    '1:2',
    /^2\S+Z {2}btrfleet {2}started/,
  ],
] as const) {
  test(title, async () => {
    const directory = home();
    const log = join(directory, 'log');
    const script = `exec 2>"$1"; JOURNAL_STREAM=${stream}; export JOURNAL_STREAM; shift; exec "$@"`;
    const words = [process.execPath, '--no-warnings', PROGRAM, '--schedule', '--once'];
    const ended = await run(['sh', '-c', script, 'sh', log, ...words], { env: { BTRFLEET_HOME: directory } });
    assert.equal(ended.code, 0);
    assert.match(readFileSync(log, 'utf8'), want);
  });
}

for (const [title, words, code] of [
  ['--once alone', ['--once'], 'usage'],
  ['a directory in no place', ['--schedule', '--home', '/nonexistent/x/y'], 'usage'],
] as const) {
  test(`${title}: exit 2, and a document that says so`, async () => {
    const { code: exit, stdout } = await fleet.run([...words, '--json']);
    assert.equal(exit, 2);
    assert.equal((JSON.parse(stdout) as { fault: Fault }).fault.code, code);
  });
}

test('who reads the output may leave before its end, and nothing breaks', async () => {
  for (const word of ['--help', 'setup-service']) {
    const script = '"$1" --no-warnings "$2" "$3" | true';
    const { stderr } = await run(['sh', '-c', script, 'sh', process.execPath, PROGRAM, word]);
    assert.equal(stderr, '', word);
  }
});
