import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { sshAnswers } from '../../../scripts/lab/wait-for.ts';
import { patience } from '../../patience.ts';
import {
  type Check,
  Desk,
  type Diagnosis,
  filesOf,
  type Refused,
  type Row,
  rootLogin,
} from '../fleet/desk.ts';
import { eventually, type ReplicationDocument, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { journalRuns } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('connect', { servers: 3, enrol: false, size: '512M' });
const { lab } = fleet;

const root = rootLogin(lab);
const PASSWORD = ['--user', 'root', '--password-stdin'];

for (const [title, login, secret] of [
  ['an ed25519 key', root, ''],
  ['an RSA key', ['--user', 'root', '--key', lab.rsaKeyFile], ''],
  [
    'an encrypted key',
    ['--user', 'root', '--key', lab.passphraseKeyFile, '--passphrase-stdin'],
    lab.passphrase,
  ],
  ['a password', PASSWORD, lab.password],
  ['a password, by a user with sudo and dash', ['--user', 'dash', '--password-stdin'], lab.password],
] as const) {
  test(`logs in with ${title}`, async () => {
    const desk = new Desk(fleet);
    await desk.ok([...desk.words('a', login), '--trust-first'], `${secret}\n`);
    const [check] = await desk.check('a');
    assert.equal(check?.status, 'online', JSON.stringify(check));
    assert.equal(check?.fault, null);
    assert.deepEqual(
      check?.filesystems?.map(({ mount }) => mount),
      ['/srv/pool'],
    );
  });
}

test('logs in with the keys of an ssh-agent, and says so when there is none', async () => {
  const socket = join(fleet.home, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  after(() => agent.kill());
  await eventually(() => statSync(socket));
  const env = { SSH_AUTH_SOCK: socket };
  const added = await run(['ssh-add', '-q', lab.rsaKeyFile, lab.keyFile], { env });
  assert.equal(added.code, 0, added.stderr);
  const desk = new Desk(fleet);
  await desk.ok([...desk.words('a', ['--user', 'root', '--agent']), '--trust-first']);
  const there = await fleet.start(desk.at(['server', 'check', '--json']), { env }).ended;
  assert.equal(JSON.parse(there.stdout)[0].status, 'online', there.stdout);
  const [without] = await desk.check();
  assert.equal(without?.status, 'unauthorized');
  assert.equal(without?.fault?.code, 'auth-failed');
  assert.match(without?.fault?.hint ?? '', /SSH_AUTH_SOCK|ssh-agent|ssh-add/);
});

test('reaches a server through another one when there is no other way', async () => {
  const { host, port } = lab.server('c');
  const gateway = `${lab.record.network}.1`;
  await lab.must('c', ['ip', 'route', 'add', 'blackhole', `${gateway}/32`]);
  assert.equal(await sshAnswers(host, port), false, 'the direct way is shut');
  const desk = new Desk(fleet);
  await desk.add('a');
  await desk.add('b');
  const row = await desk.add('c', [...root, '--jump', 'b']);
  assert.equal(row.jump, 'b');
  assert.equal(row.hostKey, lab.server('c').hostKeyFingerprint());
  const data = await fleet.subvolume('/srv/pool/jump', 3);
  const made = await desk.ok<{ snapshots: { name: string; path: string }[] }>(['snapshot', 'create', data]);
  const { results } = await desk.ok<ReplicationDocument>(['replicate', 'auto', data, '--to', 'c']);
  assert.deepEqual(
    results.map(({ status, verified }) => [status, verified]),
    [['ok', true]],
  );
  const path = made.snapshots[0]?.path ?? '';
  assert.equal(await fleet.fingerprint('c', path), await fleet.fingerprint('a', path));
  await fleet.assertClean('c');
  await lab.kill('b');
  const [check] = await desk.check('c');
  assert.deepEqual([check?.status, check?.fault?.code], ['offline', 'jump-failed']);
  assert.match(check?.fault?.message ?? '', /^c is reached through b: /);
  await lab.start('b');
  await lab.must('c', ['ip', 'route', 'del', 'blackhole', `${gateway}/32`]);
});

test('a wrong password is refused and told, and no password is to be found anywhere', async () => {
  const wrong = 'wr0ng pass"word\' $1';
  const desk = new Desk(fleet);
  const outputs: string[] = [];
  const tell = async (args: readonly string[], input = '') => {
    const running = fleet.start(desk.at(args), { input });
    let ended = false;
    const done = running.ended.then((end) => {
      ended = true;
      outputs.push(end.stdout, end.stderr);
      return end;
    });
    while (!ended) {
      outputs.push(commandLines());
      await Promise.race([done, new Promise((resolve) => setImmediate(resolve))]);
    }
    return done;
  };
  await tell([...desk.words('a', PASSWORD), '--trust-first'], lab.password);
  await tell([...desk.words('b', PASSWORD), '--trust-first'], wrong);
  const check = await tell(['server', 'check', '--json']);
  assert.equal(check.code, 1);
  const [good, bad] = JSON.parse(check.stdout) as Check[];
  assert.equal(good?.status, 'online');
  assert.deepEqual([bad?.status, bad?.fault?.code], ['unauthorized', 'auth-failed']);
  assert.match(bad?.fault?.hint ?? '', /server edit b --password-stdin/);
  const data = await fleet.subvolume('/srv/pool/secret', 1);
  await tell(['snapshot', 'create', data]);
  await tell(['replicate', 'auto', data, '--to', 'b']);
  await tell(['run', 'list', '--json']);
  await tell(['doctor']);
  await tell(['server', 'edit', 'b', '--password-stdin'], lab.password);
  assert.equal((await tell(['replicate', 'auto', data, '--to', 'b'])).code, 0);
  const haystack = Buffer.concat([
    Buffer.from(outputs.join('\n')),
    ...filesOf(desk.directory).map((file) => readFileSync(file)),
  ]);
  for (const secret of [lab.password, wrong]) {
    const bytes = Buffer.from(secret);
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, 15),
    ];
    for (const form of forms) assert.equal(haystack.includes(form), false, 'a password shows');
  }
});

test('an unknown host key: the fingerprint is shown, nothing is done, a wrong one trusts nothing', async () => {
  const desk = new Desk(fleet);
  await desk.ok(desk.words('a', root));
  const shown = lab.server('a').hostKeyFingerprint();
  const [check] = await desk.check();
  assert.deepEqual([check?.status, check?.fault?.code], ['untrusted', 'host-key-unknown']);
  assert.ok(check?.fault?.message.includes(shown), check?.fault?.message);
  const create = await desk.json<Refused>(['snapshot', 'create', '/srv/pool/nothing']);
  assert.deepEqual([create.code, create.value.fault.code], [1, 'host-key-unknown']);
  const asked = await desk.json<Refused>(['server', 'trust', 'a']);
  assert.deepEqual([asked.code, asked.value.fault.code], [3, 'refused']);
  assert.ok(asked.value.fault.hint.includes(shown));
  const wrong = await desk.json<Refused>([
    'server',
    'trust',
    'a',
    '--fingerprint',
    `SHA256:${'A'.repeat(43)}`,
  ]);
  assert.deepEqual([wrong.code, wrong.value.fault.code], [1, 'host-key-unverified']);
  assert.equal((await desk.ok<Row>(['server', 'show', 'a'])).hostKey, null);
  assert.equal((await desk.check())[0]?.status, 'untrusted');
  const row = await desk.ok<Row>(['server', 'trust', 'a', '--fingerprint', shown]);
  assert.equal(row.hostKey, shown);
  assert.equal((await desk.check())[0]?.status, 'online');
  const refused = await desk.json<Refused>([...desk.words('b', root), '--trust', `SHA256:${'A'.repeat(43)}`]);
  assert.deepEqual([refused.code, refused.value.fault.code], [1, 'host-key-unverified']);
  assert.deepEqual(
    (await desk.ok<Row[]>(['server', 'list'])).map(({ name }) => name),
    ['a'],
  );
  assert.equal(
    readFileSync(join(desk.directory, 'known_hosts'), 'utf8').includes(lab.server('b').host),
    false,
  );
});

test('a changed host key is refused, loudly, until it is trusted by its fingerprint', async () => {
  const desk = new Desk(fleet);
  await desk.add('b');
  const before = lab.server('b').hostKeyFingerprint();
  await lab.rekey('b');
  const now = lab.server('b').hostKeyFingerprint();
  const [check] = await desk.check();
  assert.deepEqual([check?.status, check?.fault?.code], ['untrusted', 'host-key-changed']);
  const { message = '' } = check?.fault ?? {};
  assert.match(message, /HAS CHANGED/);
  assert.ok(message.includes(before) && message.includes(now), message);
  const text = await desk.run(['server', 'trust', 'b']);
  assert.equal(text.code, 3);
  assert.match(text.stderr, /NOT THE ONE THAT WAS TRUSTED BEFORE/);
  assert.equal((await desk.check())[0]?.status, 'untrusted');
  await desk.ok(['server', 'trust', 'b', '--fingerprint', now]);
  assert.equal((await desk.check())[0]?.status, 'online');
  assert.equal(
    readFileSync(join(desk.directory, 'known_hosts'), 'utf8').split('\n').filter(Boolean).length,
    1,
  );
});

test('servers that are off, cut off, slow or without rights are told apart, and doctor says why', async () => {
  const desk = new Desk(fleet);
  await desk.add('a');
  await desk.add('killed', root, 'b');
  await desk.add('cut', root, 'c');
  await desk.add('powerless', ['--user', 'nosudo', '--key', lab.keyFile], 'a');
  const proxy = await lab.slowProxy('a', { delayMs: 150 });
  await desk.ok(serverAdd('slow', proxy, [...root, '--trust-first']));
  await lab.kill('b');
  await lab.cut('c');
  const [checks, doctor] = await Promise.all([
    desk.json<Check[]>(['server', 'check']),
    desk.json<Diagnosis[]>(['doctor']),
  ]);
  assert.equal(checks.code, 1);
  const of = new Map(checks.value.map((check) => [check.name, check]));
  assert.deepEqual(
    checks.value.map(({ name, status, fault }) => [name, status, fault?.code ?? null]),
    [
      ['a', 'online', null],
      ['killed', 'offline', 'unreachable'],
      ['cut', 'offline', 'unreachable'],
      ['powerless', 'online', 'sudo-missing'],
      ['slow', 'online', null],
    ],
  );
  assert.match(of.get('killed')?.fault?.message ?? '', /refused the connection/);
  assert.match(of.get('cut')?.fault?.message ?? '', /did not answer|no route/);
  assert.match(of.get('powerless')?.fault?.hint ?? '', /nosudo ALL=\(root\) NOPASSWD: /);
  assert.ok((of.get('a')?.latencySeconds ?? 9) < 2, 'one that is off delays nobody');
  assert.ok((of.get('slow')?.latencySeconds ?? 0) >= 0.3, 'there and back');
  assert.equal(doctor.code, 1);
  const found = new Map(doctor.value.map(({ name, status }) => [name, status]));
  for (const [name, status] of [
    ['node', 'ok'],
    ['configuration', 'ok'],
    ['vault', 'ok'],
    ['a: filesystems', 'ok'],
    ['killed: reachable', 'failed'],
    ['killed: privilege', 'could-not-check'],
    ['cut: reachable', 'failed'],
    ['cut: filesystems', 'could-not-check'],
    ['powerless: login', 'ok'],
    ['powerless: privilege', 'failed'],
    ['powerless: filesystems', 'could-not-check'],
    ['slow: filesystems', 'ok'],
  ])
    assert.equal(found.get(name ?? ''), status, name);
  for (const { name, status, hint } of doctor.value) if (status === 'failed') assert.notEqual(hint, '', name);
  await Promise.all([lab.start('b'), lab.heal('c')]);
  assert.deepEqual(
    (await desk.check('killed', 'cut')).map(({ status }) => status),
    ['online', 'online'],
  );
});

test('Ctrl-C while a server does not answer ends it at once', async (context) => {
  const desk = new Desk(fleet);
  await desk.add('a');
  context.after(() => lab.heal('a'));
  await lab.cut('a');
  const running = fleet.start(desk.at(['replicate', 'auto', '/srv/pool/x', '--to', 'a']));
  await eventually(() => assert.equal(journalRuns(desk.directory).length, 1));
  const began = performance.now();
  running.child.kill('SIGINT');
  const { code } = await running.ended;
  assert.equal(code, 130);
  assert.ok(performance.now() - began < patience(3), `it took ${performance.now() - began} ms`);
});

/** What `ps` would show of the whole machine, servers of the lab included. */
function commandLines(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/environ`)).join('\n');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
