/** An SSH server that answers a command with a flood, and a connection to it: for what must not cost others anything. */

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Host } from '../../../src/core/hosts/port/host.ts';
import { createServerHost } from '../../../src/core/hosts/server-host.ts';
import { connectSsh } from '../../../src/core/hosts/ssh/connection.ts';
import { dial } from '../../../src/core/hosts/ssh/dial.ts';
import type { HostKeys } from '../../../src/core/hosts/ssh/host-keys.ts';
import { createSshRunner } from '../../../src/core/hosts/ssh/remote.ts';
import { ok, type Result } from '../../../src/core/model/result.ts';
import type { Server } from '../../../src/core/model/server.ts';
import type { HostFacts } from '../../../src/core/model/server-check.ts';

/** What a command is answered with, once the marks of its begin are out: `write` is as `Writable.write`. */
export type Answer = (out: {
  readonly command: string;
  readonly channel: ssh2.ServerChannel;
  /** Writes it again and again until the channel is closed, as fast as the other side takes it. */
  flood(where: 'stdout' | 'stderr', chunk: string | Buffer): void;
}) => void;

const hostKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

export const TRUSTS_ALL: HostKeys = {
  verdict: () => ok('trusted'),
  known: () => ok([]),
  knownTypes: () => [],
  trust: async () => ok(undefined),
  forget: async () => ok(0),
  badLines: () => 0,
};

const FACTS: HostFacts = {
  privilege: 'root',
  sudo: [],
  sudoers: [],
  kernel: '6.1',
  btrfsProgs: '6.2',
  sendStreamVersion: 2,
  latencySeconds: 0,
  fault: null,
};

export const serverAt = (port: number): Server => ({
  name: 'b',
  host: '127.0.0.1',
  port,
  user: 'root',
  auth: { kind: 'password' },
  jump: null,
  role: 'secondary',
  defaultMount: null,
});

export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.fault.message);
  return result.value;
}

export interface FloodServer {
  readonly host: Host;
  /** Bytes it sent in all. */
  sent(): number;
  close(): void;
}

/** `marks`: false, where the login shell never comes as far as the command. */
export async function floodServer(answer: Answer, { marks = true } = {}): Promise<FloodServer> {
  let sockets: Socket[] = [];
  let isOver = false;
  const sshd = new ssh2.Server({ hostKeys: [hostKey] });
  const tcp = createServer((socket) => {
    sockets = [...sockets, socket];
    sshd.once('connection', (client) => serve(client, answer, { marks, isOver: () => isOver }));
    sshd.injectSocket(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  const server = serverAt(typeof address === 'object' && address ? address.port : 0);
  const open = async () =>
    value(
      await connectSsh({
        server,
        socket: value(await dial(server)),
        credentials: { kind: 'password', password: 'any' },
        hostKeys: TRUSTS_ALL,
      }),
    );
  const runner = createSshRunner({
    server,
    first: await open(),
    sudo: () => [],
    openAnother: async () => ok(await open()),
  });
  return {
    host: createServerHost({
      server,
      facts: FACTS,
      runner,
      now: () => performance.now(),
      onCommand: undefined,
    }),
    sent: () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    close: () => {
      isOver = true;
      runner.end();
      tcp.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(
  client: ssh2.Connection,
  answer: Answer,
  { marks, isOver }: { readonly marks: boolean; readonly isOver: () => boolean },
): void {
  client.on('error', () => {});
  client.on('authentication', (login) => login.accept());
  client.on('session', (accept) => {
    accept().on('exec', (begin, _reject, { command }) => {
      const channel = begin();
      channel.on('error', () => {});
      let closed = false;
      channel.on('close', () => {
        closed = true;
      });
      if (marks) {
        channel.write('btrfleet-begins\n');
        channel.stderr.write('btrfleet-begins\n');
      }
      const flood = (where: 'stdout' | 'stderr', chunk: string | Buffer): void => {
        const out = where === 'stdout' ? channel : channel.stderr;
        const more = (): void => {
          if (!closed && !isOver() && channel.writable) out.write(chunk, () => setImmediate(more));
        };
        more();
      };
      answer({ command, channel, flood });
    });
  });
}
