/** Telling a service manager, with the real program and a real socket. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { serviceNotifier } from '../../../src/core/hosts/notify.ts';
import { cannotNotify, notifyReceiver } from './notify-receiver.ts';

const path = process.env['PATH'] ?? '';
const directory = mkdtempSync(join(tmpdir(), 'btrfleet-notify-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A PATH where systemd-notify is this script of shell. */
function pretending(script: string): string {
  const own = mkdtempSync(join(directory, 'bin-'));
  const file = join(own, 'systemd-notify');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return `${own}:${path}`;
}

test('messages arrive whole, and in the order they were sent', { skip: cannotNotify }, async () => {
  const receiver = await notifyReceiver();
  const notifier = serviceNotifier(receiver.socket, path);
  const sent = await Promise.all([
    notifier.send(['READY=1', 'STATUS=3 items, 50 % – "done"']),
    notifier.send(['WATCHDOG=1']),
    notifier.send(['STOPPING=1']),
  ]);
  assert.deepEqual(
    sent.map(({ ok }) => ok),
    [true, true, true],
  );
  await receiver.received(3);
  assert.deepEqual(receiver.messages(), [
    ['READY=1', 'STATUS=3 items, 50 % – "done"'],
    ['WATCHDOG=1'],
    ['STOPPING=1'],
  ]);
});

test('nobody at the socket: a fault, and the next message is tried all the same', {
  skip: cannotNotify,
}, async () => {
  const notifier = serviceNotifier(join(directory, 'nobody'), path);
  for (const _ of [1, 2]) {
    const sent = await notifier.send(['READY=1']);
    assert.equal(sent.ok ? 'ok' : sent.fault.code, 'command-failed');
    assert.match(sent.ok ? '' : sent.fault.message, /systemd-notify failed: .+/);
  }
});

test('no systemd-notify on the machine: a fault that says what to do instead', async () => {
  const sent = await serviceNotifier('/run/none', '/nonexistent').send(['READY=1']);
  assert.equal(sent.ok ? 'ok' : sent.fault.code, 'tool-missing');
  assert.match(sent.ok ? '' : sent.fault.hint, /Type=exec/);
});

test('it gets the socket and the paths, and nothing else of this environment', async () => {
  const notifier = serviceNotifier(
    '/run/x',
    pretending('env | cut -d= -f1 | sort | tr "\\n" " " >&2; exit 3'),
  );
  process.env['BTRFLEET_TEST_SECRET'] = 'x';
  const sent = await notifier.send(['READY=1']);
  assert.match(sent.ok ? '' : sent.fault.message, /failed: LC_ALL NOTIFY_SOCKET PATH PWD( _)?\.$/);
});
