/** What is found out about a server, from what a real sh prints. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { sudoRefusal } from '../../../src/core/btrfs/messages/sudo-says.ts';
import { discoverFacts, factsScript } from '../../../src/core/hosts/facts.ts';
import { createLocalRunner } from '../../../src/core/hosts/local-host.ts';
import type { StreamOptions } from '../../../src/core/hosts/port/host.ts';
import { PROBE } from '../../../src/core/hosts/port/login-shell.ts';
import { asUser, type Command } from '../../../src/core/model/command.ts';
import { serverAt } from './sshd-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-facts-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const noVisudo = existsSync('/usr/sbin/visudo') ? false : 'no visudo here';

const server = serverAt('b', 22, '', { auth: { kind: 'local' }, user: 'backup' });
const needs = {
  needed: [
    ['btrfs', 'subvolume', 'list', '/'],
    ['btrfs', 'send', '/'],
  ] as const,
  harmless: ['mkdir', '-p', '--', '/'] as const,
  sudoersLines,
};

/** The real script in a real sh that finds only these programs: other privileges and tools cannot be had here. */
async function factsWith(programs: Readonly<Record<string, string>>) {
  const bin = mkdtempSync(join(directory, 'bin'));
  for (const [name, body] of Object.entries({
    uname: 'echo 6.1.0',
    cat: '',
    head: 'read -r x; echo "$x"',
    ...programs,
  })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  for (const tool of ['sed', 'tr', 'mkdir']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  const local = createLocalRunner(server, '/usr/bin:/bin', () => []);
  const script = factsScript(needs);
  const runner = {
    speak() {},
    stream: (_command: Command, options: StreamOptions) =>
      local.stream(
        asUser('/usr/bin/env', '-i', `PATH=${bin}`, '/bin/sh', '-c', script, 'sh', PROBE),
        options,
      ),
  };
  return await discoverFacts(server, runner, needs, () => performance.now());
}

const btrfs = 'echo "btrfs-progs v6.6.3"; echo "-EXPERIMENTAL"';

for (const [title, programs, privilege, code, hint] of [
  ['root', { id: 'echo 0', btrfs }, 'root', null, null],
  ['sudo for all', { id: 'echo 1000', btrfs, sudo: 'exit 0' }, 'sudo', null, null],
  [
    'sudo for nothing',
    { id: 'echo 1000', btrfs, sudo: 'exit 1' },
    'none',
    'sudo-missing',
    /put in:\nCmnd_Alias BTRFLEET = .*\nbackup ALL=\(root\) NOPASSWD: BTRFLEET$/,
  ],
  [
    'sudo for some',
    { id: 'echo 1000', btrfs, sudo: 'case "$*" in *send*) exit 1;; esac' },
    'none',
    'sudo-missing',
    /visudo/,
  ],
  ['no sudo', { id: 'echo 1000', btrfs }, 'none', 'sudo-missing', /Install sudo there/],
  ['no btrfs', { id: 'echo 0' }, 'root', 'tool-missing', /apt install btrfs-progs/],
  ['neither', { id: 'echo 1000' }, 'none', 'tool-missing', /apt install btrfs-progs/],
] as const) {
  test(`${title}: ${privilege}, ${code ?? 'fine'}`, async () => {
    const facts = await factsWith(programs);
    assert.ok(facts.ok);
    assert.equal(facts.value.privilege, privilege);
    assert.equal(facts.value.fault?.code ?? null, code);
    if (hint) assert.match(facts.value.fault?.hint ?? '', hint);
    assert.equal(facts.value.kernel, '6.1.0');
    assert.equal(facts.value.btrfsProgs, code === 'tool-missing' ? null : '6.6.3');
    assert.equal(facts.value.sendStreamVersion, 1);
  });
}

test('only what may not be run is named', async () => {
  const facts = await factsWith({ id: 'echo 1000', btrfs, sudo: 'case "$*" in *send*) exit 1;; esac' });
  assert.match(facts.ok ? (facts.value.fault?.message ?? '') : '', /without a password: btrfs send \/\.$/);
});

const sudo = (...cases: readonly string[]) => `case "$*" in ${cases.join(' ')} *) exit 0;; esac`;
const LIST = '-n\\ -l)';
const listing = (path: string) =>
  `${LIST} echo "Matching Defaults entries for backup on b:"; echo "    env_reset, secure_path=${path}"; exit 0;;`;

for (const [title, body, message, hint] of [
  [
    'a rule that lacks one form',
    sudo('*"-l -- btrfs send"*) exit 1;;'),
    /without a password: btrfs send \/\.$/,
    /NOPASSWD: BTRFLEET$/,
  ],
  [
    'a password is wanted',
    'echo "sudo: a password is required" >&2; exit 1',
    /sudo says: "sudo: a password is required"\.$/,
    /NOPASSWD: BTRFLEET$/,
  ],
  [
    'requiretty',
    'echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1',
    /sudo says: "sudo: sorry, you must have a tty/,
    /\nDefaults:backup !requiretty\nbackup ALL=\(root\) NOPASSWD: BTRFLEET$/,
  ],
  [
    'what is listed and then refused',
    sudo(
      '*-l*) exit 0;;',
      '*) echo "sudo: effective uid is not 0, is /usr/bin/sudo on a nosuid file system?" >&2; exit 1;;',
    ),
    /without a password anything\. sudo says: "sudo: effective uid is not 0/,
    /visudo/,
  ],
  [
    'a secure_path of its own',
    sudo(listing('/nowhere\\:DIRECTORY'), '*"-l -- btrfs send"*) exit 1;;'),
    /btrfs send/,
    /Cmnd_Alias BTRFLEET = \/\S+\/btrfs subvolume list \*, .*\/mkdir -p -- \*/,
  ],
] as const)
  test(`what sudo says is shown, and what mends it: ${title}`, async () => {
    const facts = await factsWith({ id: 'echo 1000', btrfs, sudo: body.replace('DIRECTORY', '${0%/*}') });
    assert.ok(facts.ok, facts.ok ? '' : facts.fault.message);
    assert.equal(facts.value.fault?.code, 'sudo-missing');
    assert.match(facts.value.fault?.message ?? '', message);
    assert.match(facts.value.fault?.hint ?? '', hint);
  });

test('a sudo that prints on stdout is refused: it would spoil every transfer', async () => {
  const facts = await factsWith({
    id: 'echo 1000',
    btrfs,
    sudo: sudo('"-n mkdir"*) echo "Last login: now";;'),
  });
  assert.match(facts.ok ? '' : facts.fault.message, /^sudo on b prints text of its own .*"Last login: now"/);
});

for (const user of ['fleet', 'AD\\user', 'me@example.org', 'a b', 'x=y,z:!', 'ü', '#1000', '%wheel', '"q"'])
  for (const needs of [
    {},
    { withoutTerminal: true, paths: new Map([['btrfs', '/usr/local/s,b:i=n/btrfs']]) },
  ])
    test(`the lines for ${user} are valid sudoers${needs.paths ? ', with a path of sudo itself' : ''}`, {
      skip: noVisudo,
    }, () => {
      const file = join(directory, 'sudoers');
      writeFileSync(file, `${sudoersLines(user, needs).join('\n')}\n`);
      const { status, stdout, stderr } = spawnSync('/usr/sbin/visudo', ['-c', '-f', file], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stdout + stderr);
    });

for (const [text, refused] of [
  ['sudo: a password is required\n', true],
  ['sudo: a terminal is required to read the password; …\nsudo: a password is required\n', true],
  ["Sorry, user backup is not allowed to execute '/usr/bin/btrfs' as root on b.\n", true],
  ['ERROR: not a btrfs filesystem: /x\n', false],
  ['', false],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is ${refused ? '' : 'not '}sudo's refusal`, () =>
    assert.equal(sudoRefusal(text) !== null, refused));
}
