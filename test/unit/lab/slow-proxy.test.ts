import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Slowness, startSlowProxy } from '../../../scripts/lab/slow-proxy.ts';

/** Sends bytes through a proxy to a server that gives them back; what came back, and after how many milliseconds. */
async function echo(bytes: Buffer, slowness: Slowness): Promise<{ back: Buffer; elapsedMs: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await using proxy = await startSlowProxy({ host: '127.0.0.1', port: address.port }, slowness);
  const started = performance.now();
  const socket = connect(proxy.port, proxy.host);
  socket.end(bytes);
  const back = await buffer(socket);
  server.close();
  return { back, elapsedMs: performance.now() - started };
}

for (const [title, size, slowness, atLeastMs] of [
  ['as fast as it goes', 20_000_000, {}, 0],
  ['a delay each way', 1000, { delayMs: 40 }, 80],
  ['a rate', 100_000, { bytesPerSecond: 400_000 }, 250],
  ['a delay and a rate', 100_000, { delayMs: 30, bytesPerSecond: 400_000 }, 310],
] as const)
  test(`the slow proxy passes every byte on, in order: ${title}`, async () => {
    const bytes = randomBytes(size);
    const { back, elapsedMs } = await echo(bytes, slowness);
    assert.ok(back.equals(bytes));
    assert.ok(elapsedMs >= atLeastMs, `${elapsedMs} ms`);
  });
