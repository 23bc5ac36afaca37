/** A key that takes minutes to open, as a damaged one may, holds up its own server alone, and no end of the program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MOST_ROUNDS } from '../../../src/core/hosts/ssh/derive-key.ts';
import { paced, patience } from '../../patience.ts';
import { withRounds } from '../../rounds.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('encrypted-keys', { servers: 2 });
const key = join(fleet.home, 'key');
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', 'open sesame', '-C', '', '-f', key]);
const slow = withRounds(key, MOST_ROUNDS);
const absurd = withRounds(key, 0x7f_ff_ff_ff);

const nameKey = (file: string) =>
  fleet.ok(['server', 'edit', 'b', '--key', file, '--passphrase-stdin'], 'open sesame');

test('the bundled program opens an encrypted key', async () => {
  const right = fleet.real.passphraseKeyFile;
  await fleet.ok(['server', 'edit', 'b', '--key', right, '--passphrase-stdin'], fleet.real.passphrase);
  await fleet.ok(['server', 'check', 'b']);
});

test('absurd rounds are told at once, by a command too', async () => {
  await nameKey(absurd);
  const { code, stderr } = await fleet.start(['server', 'check', 'b']).ended;
  assert.notEqual(code, 0);
  assert.match(stderr, /it asks for 2,147,483,647 rounds of bcrypt/);
  assert.match(stderr, /ssh-keygen -p -a 64 -f /);
});

test('while a key is being derived, other servers get their snapshots, and SIGTERM ends the scheduler', async () => {
  const path = await fleet.subvolume('/srv/pool/data');
  await fleet.ok(['policy', 'set', 'snapshot', path, '--every', `${paced(2)}s`]);
  await nameKey(slow);
  const scheduler = fleet.start(['--schedule']);
  after(() => scheduler.child.kill('SIGKILL'));
  await eventually(async () => {
    const made = await fleet.lab.exec('a', ['ls', '/srv/pool/.snapshots/data']);
    assert.ok(made.stdout.split('\n').filter(Boolean).length >= 3, scheduler.stderr());
  }, 60);
  const asked = performance.now();
  scheduler.child.kill('SIGTERM');
  const ended = await scheduler.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok(performance.now() - asked < patience(5), `${performance.now() - asked} ms`);
});

test('SIGTERM ends a command that waits for its key', async () => {
  await nameKey(slow);
  const command = fleet.start(['server', 'check', 'b']);
  after(() => command.child.kill('SIGKILL'));
  // More than a start takes: it is at work on the key.
  await eventually(() => assert.ok(processorSeconds(command.child.pid) > 3));
  const asked = performance.now();
  command.child.kill('SIGTERM');
  await command.ended;
  assert.ok(performance.now() - asked < patience(5), `${performance.now() - asked} ms`);
});

function processorSeconds(pid: number | undefined): number {
  const [, user = 0] =
    / (?:\S+ ){11}(\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''))?.map(Number) ??
    [];
  return user / 100;
}
