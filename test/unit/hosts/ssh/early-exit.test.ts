/** A server that says how a command ended in the same packet in which it confirms its start, as OpenSSH may. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import type { Connection } from 'ssh2';
import { runCommand } from '../../../../src/core/hosts/port/run-command.ts';
import { connectSsh } from '../../../../src/core/hosts/ssh/connection.ts';
import { dial } from '../../../../src/core/hosts/ssh/dial.ts';
import type { HostKeys } from '../../../../src/core/hosts/ssh/host-keys.ts';
import { loadSsh2 } from '../../../../src/core/hosts/ssh/load.ts';
import { createSshRunner } from '../../../../src/core/hosts/ssh/remote.ts';
import { asUser } from '../../../../src/core/model/command.ts';
import { ok, type Result } from '../../../../src/core/model/result.ts';
import type { Server } from '../../../../src/core/model/server.ts';

/** Before anybody else in this process loads it otherwise: ssh2 takes bcrypt out of its module once. */
const ssh2 = await loadSsh2();

const hostKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

/** Answers every command at once, all in one packet: started, its output, its end. */
function answer(socket: Socket, client: Connection): void {
  client.on('error', () => {});
  client.on('authentication', (login) => login.accept());
  client.on('session', (accept) => {
    accept().on('exec', (begin, _reject, { command }) => {
      socket.cork();
      const channel = begin();
      // As a shell does that runs the line.
      channel.write('btrfleet-begins\n');
      if (command.includes('output')) channel.write('said\n');
      if (command.includes('killed')) channel.exit('KILL', false, '');
      else channel.exit(command.includes('seven') ? 7 : 0);
      channel.end();
      setImmediate(() => socket.uncork());
    });
  });
}

const sshd = new ssh2.Server({ hostKeys: [hostKey] });
const tcp = createServer((socket) => {
  sshd.once('connection', (client) => answer(socket, client));
  sshd.injectSocket(socket);
});
await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
const address = tcp.address();
const server: Server = {
  name: 'b',
  host: '127.0.0.1',
  port: typeof address === 'object' && address ? address.port : 0,
  user: 'root',
  auth: { kind: 'password' },
  jump: null,
  role: 'secondary',
  defaultMount: null,
};
const everybody: HostKeys = {
  verdict: () => ok('trusted'),
  known: () => ok([]),
  knownTypes: () => [],
  trust: async () => ok(undefined),
  forget: async () => ok(0),
  badLines: () => 0,
};

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.fault.message);
  return result.value;
}

const open = async () =>
  value(
    await connectSsh({
      server,
      socket: value(await dial(server)),
      credentials: { kind: 'password', password: 'any' },
      hostKeys: everybody,
    }),
  );
const runner = createSshRunner({
  server,
  first: await open(),
  sudo: () => [],
  openAnother: async () => ok(await open()),
});
after(() => {
  runner.end();
  tcp.close();
});

for (const [title, word, want] of [
  ['silent success', 'true', { code: 0, signal: null, stdout: '' }],
  ['a failure', 'seven', { code: 7, signal: null, stdout: '' }],
  ['output', 'output', { code: 0, signal: null, stdout: 'said\n' }],
  ['a signal', 'killed', { code: null, signal: 'SIGKILL', stdout: '' }],
] as const) {
  test(`the end of a command that comes with its start is not missed: ${title}`, async () => {
    const stream: typeof runner.stream = (command, options) => runner.stream(command, options);
    const { code, signal, stdout } = value(await runCommand('b', stream, asUser(word), {}));
    assert.deepEqual({ code, signal, stdout }, want);
  });
}
