import assert from 'node:assert/strict';
import test from 'node:test';
import { sudoersLines } from '../../../../src/core/btrfs/ask/commands.ts';
import { type CommandKind, classify, lastOf } from '../../../../src/core/btrfs/messages/classify.ts';
import type { FaultCode } from '../../../../src/core/model/fault.ts';

// What btrfs-progs 6.2, sudo 1.9 and dash wrote on Linux 6.18.
const TEXTS: readonly (readonly [CommandKind, string, FaultCode])[] = [
  ['snapshot', "ERROR: cannot snapshot '/t/data': Read-only file system", 'read-only-filesystem'],
  ['snapshot', "ERROR: cannot access '/t/nodir': No such file or directory", 'no-such-subvolume'],
  ['snapshot', 'ERROR: Could not statfs: No such file or directory', 'no-such-subvolume'],
  ['snapshot', "ERROR: cannot snapshot '/t/data': Invalid cross-device link", 'refused'],
  ['snapshot', 'ERROR: Not a Btrfs subvolume: Invalid argument', 'not-btrfs'],
  ['snapshot', 'ERROR: Not a Btrfs filesystem: Invalid argument', 'not-btrfs'],
  ['snapshot', "ERROR: cannot snapshot '/t/data': Operation not permitted", 'sudo-missing'],
  ['delete', 'ERROR: Could not destroy subvolume/snapshot: Directory not empty', 'refused'],
  ['delete', 'ERROR: Could not destroy subvolume/snapshot: Read-only file system', 'read-only-filesystem'],
  ['delete', 'ERROR: not a btrfs filesystem: /mnt', 'not-btrfs'],
  [
    'delete',
    "ERROR: Could not destroy subvolume/snapshot: Operation not permitted\nWARNING: deletion failed with EPERM, you don't have permissions or send may be in progress",
    'locked',
  ],
  ['show', "ERROR: cannot find real path for '/t/nope': No such file or directory", 'no-such-subvolume'],
  ['list', "ERROR: not a btrfs filesystem: /tmp\nERROR: can't access '/tmp'", 'not-btrfs'],
  ['list', "ERROR: can't perform the search: Operation not permitted", 'sudo-missing'],
  ['list', 'sudo: a password is required', 'sudo-missing'],
  ['list', 'sudo: a terminal is required to read the password; either use the -S option', 'sudo-missing'],
  ['send', 'u is not in the sudoers file.  This incident will be reported.', 'sudo-missing'],
  ['send', "Sorry, user u is not allowed to execute '/usr/bin/btrfs send' as root on a.", 'sudo-missing'],
  ['list', 'btrfs-inventory: 12: btrfs: not found', 'tool-missing'],
  ['list', 'bash: line 1: btrfs: command not found', 'tool-missing'],
  ['list', 'sudo: btrfs: command not found', 'tool-missing'],
  ['send', 'ERROR: subvolume /t/data is not read-only', 'send-failed'],
  ['send', 'ERROR: failed to get flags for subvolume /t/dir: Invalid argument', 'not-btrfs'],
  ['send', 'ERROR: unable to resolve /t/nope', 'no-such-subvolume'],
  ['send', 'ERROR: realpath /t/nope failed: No such file or directory', 'no-base'],
  ['send', 'ERROR: parent subvolume /t/data is not read-only', 'no-base'],
  ['send', 'ERROR: send ioctl failed with -71: Protocol error', 'protocol-unsupported'],
  ['send', "btrfs send: unrecognized option '--compressed-data'", 'protocol-unsupported'],
  ['receive', 'ERROR: realpath(/nope) failed: No such file or directory', 'not-mounted'],
  ['receive', "ERROR: /tmp doesn't belong to btrfs mount point", 'not-btrfs'],
  ['receive', 'ERROR: creating subvolume s failed: File exists', 'name-taken'],
  ['receive', 'ERROR: creating subvolume s failed: Read-only file system', 'read-only-filesystem'],
  ['receive', 'ERROR: writing to f failed: No space left on device', 'no-space'],
  ['receive', 'ERROR: empty stream is not considered valid', 'receive-failed'],
  ['receive', 'ERROR: unexpected header', 'receive-failed'],
  ['receive', 'ERROR: short read from stream: expected 49173 read 1427', 'receive-failed'],
  ['receive', 'ERROR: cannot find parent subvolume', 'no-base'],
  ['receive', 'ERROR: stream version 9 not supported, please use newer version', 'protocol-unsupported'],
  // btrfs-progs before 5.10, and those of 4.20: no word of why.
  ['delete', 'ERROR: Could not destroy subvolume/snapshot: Operation not permitted', 'locked'],
  ['delete', "ERROR: cannot delete '/t/data': Operation not permitted", 'locked'],
  [
    'delete',
    'WARNING: cannot read default subvolume id: Operation not permitted\nERROR: Could not destroy subvolume/snapshot: Directory not empty',
    'refused',
  ],
  ['delete', "WARNING: not deleting default subvolume id 257 '/t/data'", 'refused'],
  ['snapshot', "ERROR: cannot snapshot '/t/data': Text file busy", 'refused'],
  ['mkdir', "mkdir: cannot create directory '/ro/x': Read-only file system", 'read-only-filesystem'],
  ['mkdir', "mkdir: cannot create directory '/t/f': Not a directory", 'command-failed'],
  ['rmdir', "rmdir: failed to remove '/t/dir': Directory not empty", 'command-failed'],
];

for (const [command, stderr, code] of TEXTS) {
  test(`${command}: ${stderr.split('\n').at(-1)} → ${code}`, () => {
    const fault = classify({
      command,
      stderr,
      code: 1,
      server: 'a',
      subject: '/t/data',
      sudoers: sudoersLines('backup'),
    });
    assert.equal(fault.code, code);
    assert.equal(fault.server, 'a');
    assert.match(fault.message, /\/t\/data/);
    assert.ok(fault.hint.length > 10);
  });
}

const NOISE = [
  'sudo: unable to resolve host a: Name or service not known',
  'sudo: setrlimit(RLIMIT_CORE): Operation not permitted',
  "ERROR: ld.so: object '/x.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.",
  'btrfs: /lib/libzstd.so.1: no version information available (required by btrfs)',
  'bash: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8): No such file or directory',
  'Could not chdir to home directory /home/u: No such file or directory',
  'mesg: ttyname failed: Inappropriate ioctl for device',
];

test('what others say beside a command changes no fault and stands in no message', () => {
  const of = (command: CommandKind, stderr: string) =>
    classify({ command, stderr, code: 1, server: 'a', subject: '/t/data' });
  for (const [command, stderr] of TEXTS)
    for (const line of NOISE) {
      assert.deepEqual(of(command, `${line}\n${stderr}`), of(command, stderr), line);
      assert.deepEqual(of(command, `${stderr}\n${line}\n`), of(command, stderr), line);
    }
});

test('what a path is called is not why a command failed', () => {
  const names = [
    '/t/No space left on device',
    '/t/x: File exists',
    '/t/sudo: a password is required',
    '/t/command not found',
  ];
  for (const subject of names) {
    const stderr = `ERROR: Could not destroy subvolume/snapshot: '${subject}': Directory not empty`;
    assert.equal(
      classify({ command: 'delete', stderr, code: 1, server: 'a', subject }).code,
      'refused',
      subject,
    );
  }
  const inside = 'ERROR: rename o257-9-0 -> No space left on device failed: Input/output error';
  const about = { command: 'receive', code: 1, server: 'a', subject: '/t' } as const;
  assert.equal(classify({ ...about, stderr: inside }).code, 'receive-failed');
});

test('what sudo says is told, and its lines for sudoers end the hint', () => {
  const stderr =
    "Sorry, user u is not allowed to execute '/usr/local/sbin/btrfs send -q -p /a -- /b' as root on a.";
  const about = { command: 'send', code: 1, server: 'a', subject: '/b' } as const;
  const { message, hint } = classify({ ...about, stderr, sudoers: sudoersLines('u') });
  assert.match(
    message,
    /refused by sudo: "Sorry, user u is not allowed to execute '\/usr\/local\/sbin\/btrfs/,
  );
  assert.ok(hint.endsWith(sudoersLines('u').join('\n')));
});

test('a missing right names the sudoers line for the user', () => {
  const about = {
    command: 'list',
    stderr: 'sudo: a password is required',
    code: 1,
    server: 'a',
    subject: '/',
  } as const;
  assert.match(
    classify({ ...about, sudoers: sudoersLines('backup') }).hint,
    /^backup ALL=\(root\) NOPASSWD: BTRFLEET$/m,
  );
});

test('127 without a word is a missing program; a signal without a word is told', () => {
  const about = { command: 'send', stderr: '', server: 'a', subject: '/s' } as const;
  assert.equal(classify({ ...about, code: 127 }).code, 'tool-missing');
  const killed = classify({ ...about, code: null });
  assert.equal(killed.code, 'send-failed');
  assert.match(killed.message, /a signal ended it/);
});

test('of a long text the end is told', () => {
  const text = lastOf(`${'x'.repeat(5000)}\nERROR: the reason\n`);
  assert.equal(text.length, 300);
  assert.match(text, /ERROR: the reason$/);
});
