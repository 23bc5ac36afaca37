import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Desk, filesOf, type Refused, type Row, rootLogin } from '../fleet/desk.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.anywhere('servers', { servers: 2, enrol: false, size: '256M' });
const { lab } = fleet;
const root = rootLogin(lab);
const PASSWORD = ['--user', 'root', '--password-stdin'];

test('servers are added, edited, promoted, imported and removed; the primary stays', async () => {
  const desk = new Desk(fleet);
  assert.deepEqual(await desk.ok(['server', 'list']), []);
  const first = await desk.add('a');
  assert.deepEqual(
    [first.role, first.auth, first.hostKey],
    ['primary', 'key', lab.server('a').hostKeyFingerprint()],
  );
  assert.equal((await desk.add('b')).role, 'secondary');
  const again = await desk.json<Refused>(desk.words('b', root));
  assert.deepEqual([again.code, again.value.fault.code], [1, 'server-exists']);
  const edited = await desk.ok<Row>(['server', 'edit', 'b', '--port', '2222']);
  assert.deepEqual(
    { ...edited, port: 22, hostKey: null },
    { ...(await desk.ok<Row>(['server', 'show', 'b'])), port: 22, hostKey: null },
  );
  assert.equal(edited.port, 2222);
  assert.equal((await desk.ok<Row>(['server', 'promote', 'b'])).role, 'primary');
  assert.deepEqual(
    (await desk.ok<Row[]>(['server', 'list'])).map(({ role }) => role),
    ['secondary', 'primary'],
  );
  const primary = await desk.json<Refused>(['server', 'remove', 'b', '--yes']);
  assert.deepEqual([primary.code, primary.value.fault.code], [3, 'server-in-use']);
  const unasked = await desk.json<Refused>(['server', 'remove', 'a']);
  assert.deepEqual([unasked.code, unasked.value.fault.code], [3, 'refused']);
  assert.equal((await desk.ok<Row>(['server', 'remove', 'a', '--yes'])).name, 'a');
  const config = join(fleet.home, 'ssh_config');
  writeFileSync(
    config,
    `Host gate\n  HostName 192.0.2.7\n  User root\n  IdentityFile ${lab.keyFile}\nHost inner\n  HostName 192.0.2.8\n  Port 2200\n  User admin\n  ProxyJump gate\nHost *\n  User nobody\n`,
  );
  const imported = await desk.ok<Row[]>(['server', 'import', config]);
  assert.deepEqual(
    imported.map(({ name, port, jump, role }) => [name, port, jump, role]),
    [
      ['gate', 22, null, 'secondary'],
      ['inner', 2200, 'gate', 'secondary'],
    ],
  );
  const jump = await desk.json<Refused>(['server', 'remove', 'gate', '--yes']);
  assert.deepEqual([jump.code, jump.value.fault.code], [3, 'server-in-use']);
  for (const [args, code] of [
    [['server', 'show', 'nobody'], 1],
    [['server', 'add', 'x'], 2],
    [['server', 'add', 'x:y', '--host', 'h', ...root], 2],
    [['server', 'edit', 'b', '--port', '70000'], 2],
    [['server', 'wash'], 2],
  ] as const)
    assert.equal((await desk.run(args)).code, code, args.join(' '));
});

test('a broken configuration stops every command with line and reason, and is left as it is', async () => {
  const desk = new Desk(fleet);
  await desk.add('a');
  const file = join(desk.directory, 'config.json');
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[2] = `${lines[2]},,`;
  const broken = lines.join('\n');
  writeFileSync(file, broken);
  for (const args of [
    ['server', 'list'],
    ['snapshot', 'create', '/srv/pool/x'],
    ['engine', '--idle', '0'],
    desk.words('b', root),
  ]) {
    const { code, value } = await desk.json<Refused>(args);
    assert.deepEqual([code, value.fault.code], [2, 'config-invalid'], args.join(' '));
    assert.match(value.fault.message, /config\.json.*line 3, column \d+: /);
  }
  // Only doctor goes on: it is a check that failed, and what needs no configuration is checked all the same.
  for (const args of [['doctor'], ['doctor', '--server', 'a']]) {
    const { code, value } = await desk.json<{ name: string; status: string; message: string }[]>(args);
    assert.equal(code, 1, args.join(' '));
    const status = new Map(value.map((check) => [check.name, check.status]));
    assert.deepEqual(
      ['node', 'configuration', 'vault', 'known hosts', 'servers'].map((name) => status.get(name)),
      ['ok', 'failed', 'ok', 'ok', 'could-not-check'],
    );
    assert.match(value.find(({ name }) => name === 'configuration')?.message ?? '', /line 3, column \d+: /);
  }
  assert.equal(readFileSync(file, 'utf8'), broken);
});

test('the state is for its owner alone', async () => {
  const desk = new Desk(fleet);
  await desk.ok([...desk.words('a', PASSWORD), '--trust-first'], lab.password);
  await desk.run(['engine', '--idle', '0']);
  assert.equal(statSync(desk.directory).mode & 0o777, 0o700);
  const files = filesOf(desk.directory);
  for (const name of ['config.json', 'journal.db', 'known_hosts', 'vault.json', 'vault.key']) {
    assert.ok(files.includes(join(desk.directory, name)), name);
  }
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
});
