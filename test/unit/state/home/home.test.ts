import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesystemKind, sharedFilesystem } from '../../../../src/core/state/home/filesystem-kind.ts';
import { homeDirectory, openHome } from '../../../../src/core/state/home/home.ts';
import { ensurePrivateFile } from '../../../../src/core/state/home/private-file.ts';
import { tighten } from '../../../../src/core/state/home/tighten.ts';
import { faultOf, modeOf, must, stateHome } from '../fixtures/state-home.ts';

const ALL = { BTRFLEET_HOME: '/named', XDG_CONFIG_HOME: '/xdg', HOME: '/home/u' };

for (const [title, flag, env, want] of [
  ['--home before all', '/flag', ALL, '/flag'],
  ['BTRFLEET_HOME before XDG', null, ALL, '/named'],
  ['an empty BTRFLEET_HOME is none', null, { ...ALL, BTRFLEET_HOME: '' }, '/xdg/btrfleet'],
  ['XDG_CONFIG_HOME before HOME', null, { ...ALL, BTRFLEET_HOME: undefined }, '/xdg/btrfleet'],
  [
    'a relative XDG_CONFIG_HOME is ignored',
    null,
    { XDG_CONFIG_HOME: 'x', HOME: '/home/u' },
    '/home/u/.config/btrfleet',
  ],
  ['~/.config last', null, { HOME: '/home/u' }, '/home/u/.config/btrfleet'],
] as const) {
  test(title, () => assert.equal(must(homeDirectory({ flag, env })), want));
}

test('says what to do when nothing tells where the home is', () => {
  assert.equal(faultOf(homeDirectory({ flag: null, env: {} })).code, 'usage');
  assert.equal(faultOf(homeDirectory({ flag: '', env: ALL })).code, 'usage');
});

for (const umask of [0o000, 0o022, 0o277]) {
  test(`is 0700 and its files 0600 with umask ${umask.toString(8)}`, (t) => {
    const { directory } = stateHome(t);
    const before = process.umask(umask);
    t.after(() => process.umask(before));
    const home = must(openHome({ home: join(directory, 'home') }));
    ensurePrivateFile(home.journal);
    assert.deepEqual([modeOf(home.directory), modeOf(home.journal)], ['700', '600']);
  });
}

test('does not change the rights of a directory that was there, and refuses one others can write to', (t) => {
  const { directory } = stateHome(t);
  chmodSync(directory, 0o755);
  assert.equal(openHome({ home: directory }).ok, true);
  assert.equal(modeOf(directory), '755');
  chmodSync(directory, 0o777);
  const fault = faultOf(openHome({ home: directory }));
  assert.equal(fault.code, 'config-invalid');
  assert.match(fault.hint, /chmod go-w/);
  assert.equal(modeOf(directory), '777');
});

test('refuses what is no directory, below a file too', (t) => {
  const { directory } = stateHome(t);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  for (const home of [file, join(file, 'below')]) {
    assert.match(faultOf(openHome({ home })).message, /is not a directory/);
  }
});

test("refuses another user's directory", { skip: process.getuid?.() !== 0 && 'needs root' }, (t) => {
  const { directory } = stateHome(t);
  const theirs = join(directory, 'theirs');
  mkdirSync(theirs, 0o700);
  chownSync(theirs, 12_345, 12_345);
  assert.match(faultOf(openHome({ home: theirs })).message, /belongs to user id 12345/);
  assert.equal(statSync(theirs).uid, 12_345);
});

for (const [magic, name, want] of [
  [0x6969, null, 'NFS'],
  [0xff534d42, null, 'CIFS (SMB)'],
  [0xfe534d42, null, 'SMB'],
  [0x01021997, null, '9p'],
  [0x65735546, 'fuse.sshfs', 'sshfs'],
  [0x65735546, 'fuse.mergerfs', null],
  [0x65735546, 'fuseblk', null],
  [0x65735546, null, null],
  [0x9123683e, null, null],
  [0xef53, null, null],
] as const)
  test(`a filesystem of type ${magic.toString(16)} ${name ?? ''}: ${want ?? 'can hold the state'}`, (t) => {
    assert.equal(sharedFilesystem({ magic, name }), want);
    const { directory } = stateHome(t);
    const opened = openHome({ home: directory, kindOf: () => ({ magic, name }) });
    if (want === null) return assert.ok(opened.ok);
    const fault = faultOf(opened);
    assert.equal(fault.code, 'config-invalid');
    assert.ok(fault.message.includes(` lies on ${want}, where the locks`), fault.message);
    assert.match(fault.hint, /--home DIR.*cp -a/);
  });

test('the kernel is asked what a directory lies on', () => {
  assert.equal(filesystemKind('/proc').magic, 0x9fa0);
  assert.equal(sharedFilesystem(filesystemKind('/dev/shm')), null);
});

test('what others could read of the state is closed, and that is said once', (t) => {
  const { directory, knownHosts, config, vaultKey } = stateHome(t);
  for (const file of [knownHosts, config, vaultKey]) writeFileSync(file, '');
  for (const file of [knownHosts, vaultKey]) chmodSync(file, 0o644);
  chmodSync(config, 0o600);
  chmodSync(directory, 0o755);
  const [said = '', ...more] = tighten(directory);
  assert.match(said, /only you can: the directory itself, known_hosts\.$/);
  assert.deepEqual(more, []);
  assert.deepEqual([directory, knownHosts].map(modeOf), ['700', '600']);
  assert.equal(modeOf(vaultKey), '644', 'it is refused: others may have it');
  assert.deepEqual(tighten(directory), []);
});

test('a directory with anything else in it stays open, and so does what a link leads to', (t) => {
  const { directory, knownHosts, config } = stateHome(t);
  writeFileSync(join(directory, 'letter.txt'), '');
  chmodSync(join(directory, 'letter.txt'), 0o644);
  symlinkSync(join(directory, 'letter.txt'), knownHosts);
  writeFileSync(config, '');
  chmodSync(config, 0o640);
  chmodSync(directory, 0o755);
  assert.match(tighten(directory).join(), /only you can: config\.json\.$/);
  assert.deepEqual([directory, knownHosts, config].map(modeOf), ['755', '644', '600']);
});
