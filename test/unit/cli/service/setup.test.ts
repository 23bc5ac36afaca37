/** The systemd unit: what it says, that systemd understands it, and what cannot be said in one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setupService } from '../../../../src/cli/service/setup-action.ts';
import { installCommands, unitText } from '../../../../src/cli/service/systemd-unit.ts';
import { createOutput } from '../../../../src/process/output.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-unit-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const UNIT = {
  name: 'btrfleet',
  user: 'backup',
  home: '/srv/state',
  command: ['/usr/bin/node', '--no-warnings', '/usr/local/bin/btrfleet'],
  passphraseFile: null,
} as const;

const setting = (unit: string, name: string): string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

for (const [name, want] of [
  ['Type', 'notify'],
  ['NotifyAccess', 'all'],
  ['User', 'backup'],
  ['Environment', '"BTRFLEET_HOME=/srv/state"'],
  ['ExecStart', '"/usr/bin/node" "--no-warnings" "/usr/local/bin/btrfleet" --schedule'],
  ['ExecReload', '/bin/kill -HUP $MAINPID'],
  ['Restart', 'on-failure'],
  ['TimeoutStopSec', '40'],
  ['KillMode', 'process'],
  ['LimitCORE', '0'],
  ['RequiresMountsFor', '"/srv/state"'],
] as const) {
  test(`${name}=${want}`, () => assert.deepEqual(setting(unitText(UNIT), name), [want]));
}

test('what would break a fleet with this machine in it is there, with a # in front and the reason', () => {
  const unit = unitText(UNIT);
  for (const name of ['NoNewPrivileges', 'ProtectSystem', 'RestrictNamespaces', 'PrivateDevices']) {
    assert.deepEqual(setting(unit, name), [], name);
    assert.match(unit, new RegExp(`^#${name}=`, 'm'));
  }
  assert.match(unit, /server add --local/);
});

test('the passphrase of the vault is named by its file', () => {
  const unit = unitText({ ...UNIT, passphraseFile: '/etc/btrfleet.pass' });
  assert.equal(setting(unit, 'Environment')[1], '"BTRFLEET_VAULT_PASSPHRASE_FILE=/etc/btrfleet.pass"');
});

const EVIL = '/srv/50% of "my" $HOME\\state';

test('what systemd reads in a path is quoted: spaces, quotes, backslashes, % and, in arguments, $', () => {
  const unit = unitText({ ...UNIT, home: EVIL, command: [EVIL, EVIL] });
  const word = '/srv/50%% of \\"my\\" $HOME\\\\state';
  assert.deepEqual(setting(unit, 'Environment'), [`"BTRFLEET_HOME=${word}"`]);
  assert.deepEqual(setting(unit, 'ExecStart'), [`"${word}" "${word.replace('$', '$$$$')}" --schedule`]);
});

test('the first command prints the very same unit again, whatever the shell makes of its words', () => {
  const [first = ''] = installCommands({ ...UNIT, home: EVIL });
  const [words = ''] = first.split(' > ');
  const { stdout } = spawnSync('sh', ['-c', `btrfleet() { printf '%s\\n' "$@"; }; ${words}`]);
  assert.equal(String(stdout), `setup-service\n--name\nbtrfleet\n--user\nbackup\n--home\n${EVIL}\n`);
});

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;

/** What systemd says against a unit; '' is nothing. Node under a name that needs quoting must be there for it. */
function objections(unit: string, name: string): string {
  const file = join(directory, `${name}.service`);
  writeFileSync(file, unit);
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file]);
  return `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`;
}

test('systemd understands it', { skip: !analyze && 'systemd-analyze missing' }, () => {
  // systemd starts no program with a quote or a backslash in its path.
  const bin = join(directory, '50% of my $HOME');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const unit = unitText({
    ...UNIT,
    user: 'root',
    home: EVIL,
    command: [join(bin, 'node'), EVIL],
    passphraseFile: EVIL,
  });
  assert.equal(objections(unit, 'good'), '');
  const strict = unit.replaceAll(/^#(?=[A-Z]\w+=(?!SSH))/gm, '');
  assert.match(strict, /^NoNewPrivileges=yes$/m);
  assert.equal(objections(strict, 'strict'), '');
  // It would say so if something were wrong.
  assert.match(
    objections(unit.replace('KillMode=process', 'KillMode=procss'), 'bad'),
    /KillMode|kill mode|procss/i,
  );
});

function called(options: { user?: string; name?: string }, home: string | null, json = true) {
  let stdout = '';
  let stderr = '';
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = setupService({ name: 'btrfleet', ...options }, home, createOutput(json, streams));
  return { code, stdout, stderr };
}

test('as JSON: the name, the unit, the commands', () => {
  const { code, stdout } = called({ name: 'nas.service' }, '/srv/state');
  const { name, unit, commands } = JSON.parse(stdout) as { name: string; unit: string; commands: string[] };
  assert.equal(code, 0);
  assert.equal(name, 'nas.service');
  assert.deepEqual(setting(unit, 'User'), [userInfo().username]);
  assert.match(commands[0] ?? '', /--name nas .*> \/etc\/systemd\/system\/nas\.service$/);
  assert.deepEqual(commands.slice(1), [
    'systemctl daemon-reload',
    'systemctl enable --now nas.service',
    'journalctl -u nas.service -f',
  ]);
  for (const command of commands) assert.ok(unit.includes(`\n#   ${command}\n`), command);
});

test('the program is named as it was called, with Node by its absolute path', () => {
  const [start = ''] = setting(called({}, '/srv/state', false).stdout, 'ExecStart');
  assert.ok(start.startsWith(`"${process.execPath}" "--no-warnings" `), start);
  assert.ok(start.endsWith(`"${process.argv[1]}" --schedule`), start);
});

for (const [title, options, home, message] of [
  ['a name with a slash', { name: '../x' }, '/srv/state', /--name \.\.\/x is not a name for it/],
  [
    'a user with a line break',
    { user: 'a\nExecStart=/x' },
    '/srv/state',
    /is not a name for it: the name of a login/,
  ],
  ['a user nobody knows, and no directory', { user: 'nobody-knows-me' }, null, /state of nobody-knows-me/],
  ['a line break in the directory', {}, '/srv/a\nExecStart=/x', /control character/],
] as const) {
  test(`${title}: refused, and no unit is printed`, () => {
    const { BTRFLEET_HOME: own, ...rest } = process.env;
    process.env = rest;
    const { code, stdout, stderr } = called(options, home, false);
    if (own !== undefined) process.env['BTRFLEET_HOME'] = own;
    assert.ok(code > 0);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}

for (const [node, want] of [
  ['/opt/node 24/50% $x/node', 0],
  ['/opt/"node"/node', 1],
  ["/opt/o'node/node", 1],
  ['/opt/no\\de/node', 1],
] as const) {
  test(`Node at ${node}: exit ${want}, as systemd would start it or not`, (context) => {
    const { execPath } = process;
    context.after(() => {
      process.execPath = execPath;
    });
    process.execPath = node;
    const { code, stdout, stderr } = called({}, '/srv/state', false);
    assert.equal(code, want);
    assert.match(want === 0 ? stdout : stderr, want === 0 ? /ExecStart/ : /another path to Node/);
  });
}

test('the state of another user is in their home, unless it is named', () => {
  const [environment = ''] = setting(called({ user: 'root' }, '/srv/state', false).stdout, 'Environment');
  assert.equal(environment, '"BTRFLEET_HOME=/srv/state"');
});
