// A TCP proxy in this process that makes a link slow: every byte arrives later, and not more than so many a second.
import { connect, createServer, type Socket } from 'node:net';

export type Slowness = {
  /** One way, in milliseconds. */
  delayMs?: number;
  /** In each direction and for each connection. */
  bytesPerSecond?: number;
};

export type SlowProxy = AsyncDisposable & {
  host: string;
  port: number;
  /** Ends the connections that go through it. */
  close(): Promise<void>;
};

/** Listens on a free port of the loopback address and passes every connection on. */
export async function startSlowProxy(
  to: { host: string; port: number },
  slowness: Slowness,
): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...to, allowHalfOpen: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', (hadError) => {
        sockets.delete(socket);
        // One that ended in good order may still have bytes under way to the other.
        if (hadError || !socket.readableEnded) other.destroy();
      });
      pass(socket, other, slowness);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { host: '127.0.0.1', port: address.port, close, [Symbol.asyncDispose]: close };
}

/** As much as may be under way in one direction when there is no rate. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Carries bytes one way. A full window stops the reading, so the sender feels the slowness and not this memory. */
function pass(from: Socket, to: Socket, { delayMs = 0, bytesPerSecond }: Slowness): void {
  const window = bytesPerSecond === undefined ? WINDOW_BYTES : 64 * 1024 + (bytesPerSecond * delayMs) / 1000;
  // With a rate, twenty pieces a second, so that bytes trickle and do not come in lumps.
  const piece = bytesPerSecond === undefined ? WINDOW_BYTES : Math.max(256, Math.ceil(bytesPerSecond / 20));
  const secondsFor = (bytes: number) => (bytesPerSecond === undefined ? 0 : bytes / bytesPerSecond);
  const queue: { due: number; send: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lineFreeAt = 0;
  let underWay = 0;

  const sendWhatIsDue = () => {
    timer = undefined;
    if (to.destroyed) return;
    while (queue[0] !== undefined && queue[0].due <= performance.now()) queue.shift()?.send();
    if (queue[0] !== undefined)
      timer = setTimeout(sendWhatIsDue, Math.max(1, queue[0].due - performance.now()));
  };
  const enqueue = (bytes: number, send: () => void) => {
    lineFreeAt = Math.max(performance.now(), lineFreeAt) + secondsFor(bytes) * 1000;
    queue.push({ due: lineFreeAt + delayMs, send });
    if (timer === undefined) sendWhatIsDue();
  };
  const arrived = (bytes: number) => {
    underWay -= bytes;
    if (underWay < window) from.resume();
  };
  from.on('data', (chunk) => {
    underWay += chunk.length;
    if (underWay >= window) from.pause();
    for (let at = 0; at < chunk.length; at += piece) {
      const part = chunk.slice(at, at + piece);
      enqueue(part.length, () => to.write(part, () => arrived(part.length)));
    }
  });
  from.on('end', () => enqueue(0, () => to.end()));
}
