/** A service manager's end of $NOTIFY_SOCKET, for tests: a real unix datagram socket, which Node cannot open. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';

export interface NotifyReceiver {
  /** What goes into $NOTIFY_SOCKET. */
  readonly socket: string;
  /** Each message so far, as its fields. */
  messages(): readonly (readonly string[])[];
  /** Resolves when so many have come. */
  received(count: number): Promise<void>;
}

const starts = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Why it cannot be tried here; false: it can. */
export const cannotNotify: string | false =
  ['python3', 'systemd-notify']
    .filter((program) => !starts(program))
    .join(' and ')
    .replace(/.+/, '$& missing') || false;

export async function notifyReceiver(): Promise<NotifyReceiver> {
  const directory = mkdtempSync(join(tmpdir(), 'btrfleet-notify-'));
  const socket = join(directory, 'notify');
  const script = join(import.meta.dirname, 'notify-receiver.py');
  const child = spawn('python3', [script, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  const messages: string[][] = [];
  const lines = createInterface({ input: child.stdout });
  await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => assert.fail('the receiver ended')),
  ]);
  lines.on('line', (line) => messages.push(JSON.parse(line) as string[]));
  return {
    socket,
    messages: () => messages,
    async received(count) {
      while (messages.length < count) await once(lines, 'line');
    },
  };
}
