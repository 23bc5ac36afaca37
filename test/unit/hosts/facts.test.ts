/** What is found out about a server, from what a real sh prints. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { discoverFacts, factsScript, sudoRefusal } from '../../../src/core/hosts/facts.ts';
import { createLocalRunner } from '../../../src/core/hosts/local-host.ts';
import { asUser, type Command } from '../../../src/core/model/command.ts';
import { serverAt } from './sshd-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-facts-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const server = serverAt('b', 22, '', { auth: { kind: 'local' }, user: 'backup' });
const needs = {
  needed: [
    ['btrfs', 'subvolume', 'list', '/'],
    ['btrfs', 'send', '/'],
  ] as const,
  sudoersLines: (user: string) => [`${user} ALL=(root) NOPASSWD: /usr/bin/btrfs subvolume *`],
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
  const local = createLocalRunner(server, '/usr/bin:/bin', () => []);
  const script = factsScript(needs.needed);
  const runner = {
    stream: (_command: Command) =>
      local.stream(asUser('/usr/bin/env', '-i', `PATH=${bin}`, '/bin/sh', '-c', script)),
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
    /put in:\nbackup ALL=\(root\) NOPASSWD/,
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
  assert.match(facts.ok ? (facts.value.fault?.message ?? '') : '', /without a password: btrfs send\.$/);
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
