import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labDirectory } from '../../../scripts/lab/lab-record.ts';
import { hasPenalties, minimalSudoers, passwdFile, shadowFile } from '../../../scripts/lab/server-files.ts';

for (const [version, want] of [
  ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.17', false],
  ['OpenSSH_9.7p1', false],
  ['OpenSSH_9.8p1', true],
  ['OpenSSH_10.0p2', true],
  ['something else', false],
] as const)
  test(`sshd of ${version} shuts out clients that fail? ${want}`, () =>
    assert.equal(hasPenalties(version), want));

test('every account has one line in passwd and one in shadow', () => {
  const names = (file: string) =>
    file
      .trim()
      .split('\n')
      .map((line) => line.split(':')[0])
      .sort();
  assert.deepEqual(names(passwdFile('/bin/bash')), names(shadowFile('$6$x')));
});

test('minimal sudo allows no command without its full path, and not every btrfs command', () => {
  const lines = minimalSudoers('fleet', {
    btrfs: '/usr/bin/btrfs',
    mkdir: '/usr/bin/mkdir',
    rmdir: '/usr/bin/rmdir',
  });
  for (const line of lines.trim().split('\n'))
    assert.match(line, /^fleet ALL=\(root\) NOPASSWD: \/usr\/bin\/\w+ /);
  assert.doesNotMatch(lines, /btrfs \*/);
});

for (const name of ['', '../x', 'A', 'a b', '-a', 'a/b'])
  test(`refuses ${JSON.stringify(name)} as the name of a lab`, () => assert.throws(() => labDirectory(name)));
