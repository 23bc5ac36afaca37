/** A server that prints without end: each command it answers so ends within its bound, says who said too much, and costs little. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connectSsh } from '../../../../src/core/hosts/ssh/connection.ts';
import { dial } from '../../../../src/core/hosts/ssh/dial.ts';
import { asUser } from '../../../../src/core/model/command.ts';
import { lockDirectory } from '../../../../src/core/run/replication/directory-lock.ts';
import { type Answer, floodServer, serverAt, TRUSTS_ALL, value } from '../flood-server.ts';

const MIB = 1024 * 1024;
/** What lies between the two ends when the reader gives up: windows and sockets. */
const UNDER_WAY = 16 * MIB;

async function flooded(t: TestContext, answer: Answer, options = {}) {
  const server = await floodServer(answer, options);
  t.after(() => server.close());
  return server;
}

const lock = (server: Awaited<ReturnType<typeof flooded>>) =>
  lockDirectory(
    server.host,
    { mount: '/pool', directory: '/pool/.snapshots/data' },
    'nonce',
    new AbortController().signal,
  );

for (const [title, chunk] of [
  ['lines', 'y\n'.repeat(16_384)],
  ['one line without end', 'y'.repeat(32_768)],
  ['bytes that are no text', Buffer.alloc(32_768, 0xff)],
] as const) {
  for (const where of ['stdout', 'stderr'] as const) {
    test(`a lock command that floods ${where} with ${title} is refused`, async (t) => {
      const server = await flooded(t, ({ flood }) => flood(where, chunk));
      const locked = await lock(server);
      assert.ok(!locked.ok);
      assert.equal(locked.fault.code, 'command-failed');
      assert.match(
        locked.fault.message,
        /^(?:sh|The lock command) on b printed (?:more than|a line of more than) \d+ MiB/,
      );
      assert.ok(server.sent() < 16 * MIB + UNDER_WAY, `${server.sent()} bytes were taken`);
    });
  }
}

test('a lock that is held and then floods is lost, with the reason', async (t) => {
  const server = await flooded(t, ({ channel, flood }) => {
    channel.write('nonce locked\n2026-11-20T08:05:01.123Z\nnonce listed 0\n', () =>
      setImmediate(() => flood('stdout', '.\n'.repeat(16_384))),
    );
  });
  const locked = value(await lock(server));
  assert.deepEqual([...(locked.names ?? [])], ['2026-11-20T08:05:01.123Z']);
  if (!locked.lost.aborted) await new Promise((resolve) => locked.lost.addEventListener('abort', resolve));
  assert.match(locked.lost.reason.message, /^The lock command on b printed more than 64 MiB/);
});

test('names cut anywhere, also inside of a character, are read as they are', async (t) => {
  const server = await flooded(t, ({ channel }) => {
    const said = Buffer.from('nonce locked\nsnäpshöt 🐘\nnonce listed 0\n');
    const next = (at: number): void => {
      if (at < said.length) channel.write(said.subarray(at, at + 1), () => setImmediate(next, at + 1));
    };
    next(0);
  });
  assert.deepEqual([...(value(await lock(server)).names ?? [])], ['snäpshöt 🐘']);
});

for (const where of ['stdout', 'stderr'] as const) {
  test(`a login shell that floods ${where} before the command is given up`, async (t) => {
    const server = await flooded(t, ({ flood }) => flood(where, 'motd '.repeat(4096)), { marks: false });
    const ran = await server.host.run(asUser('true'));
    assert.ok(!ran.ok);
    assert.equal(ran.fault.code, 'login-shell');
    assert.ok(server.sent() < UNDER_WAY);
  });

  test(`a command that floods ${where} is stopped at its bound`, async (t) => {
    const server = await flooded(t, ({ flood }) => flood(where, 'y\n'.repeat(16_384)));
    const ran = await server.host.run(asUser('true'));
    assert.ok(!ran.ok);
    assert.match(ran.fault.message, /^true on b printed more than \d+ MiB/);
  });
}

test('other work of the same connection goes on meanwhile', async (t) => {
  const server = await flooded(t, ({ command, channel, flood }) => {
    if (!command.includes('quick')) return flood('stdout', 'y'.repeat(32_768));
    channel.write('done\n');
    channel.exit(0);
    channel.end();
  });
  const floods = Array.from({ length: 4 }, () => lock(server));
  for (let count = 0; count < 20; count += 1)
    assert.equal(value(await server.host.run(asUser('quick'))).stdout, 'done\n');
  for (const locked of await Promise.all(floods)) assert.ok(!locked.ok);
});

/** SSH_MSG_IGNORE, which is to be passed over, in an unencrypted packet: length, padding, payload, 4 bytes of padding. */
function ignored(): Buffer {
  const packet = Buffer.alloc(4096);
  packet.writeUInt32BE(packet.length - 4, 0);
  packet[4] = 4;
  packet[5] = 2;
  packet.writeUInt32BE(packet.length - 4 - 1 - 1 - 4 - 4, 6);
  return packet;
}

for (const [title, first, chunk] of [
  ['greeting lines', '', 'hello\r\n'.repeat(8192)],
  ['packets to be passed over', 'SSH-2.0-x\r\n', Buffer.concat(Array.from({ length: 16 }, ignored))],
] as const) {
  test(`a server that floods ${title} before the login is given up at once, and told as it is`, async (t) => {
    let sent = 0;
    const tcp = createServer((socket) => {
      const more = (): void => {
        if (socket.destroyed) return;
        sent += chunk.length;
        socket.write(chunk, () => setImmediate(more));
      };
      socket.on('error', () => {});
      socket.write(first);
      more();
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    t.after(() => tcp.close());
    const address = tcp.address();
    const server = serverAt(typeof address === 'object' && address ? address.port : 0);
    const socket = value(await dial(server));
    const credentials = { kind: 'password', password: 'any' } as const;
    const connected = await connectSsh({ server, socket, credentials, hostKeys: TRUSTS_ALL });
    assert.ok(!connected.ok);
    assert.equal(connected.fault.code, 'unreachable');
    assert.match(connected.fault.message, /sent more than 1 MiB before the login|Max greeting lines/);
    assert.ok(sent < UNDER_WAY, `${sent} bytes were taken`);
  });
}
