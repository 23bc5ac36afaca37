/**
 * Decides that a connection is dead: nothing at all came from the peer for too long, although it was asked.
 * ssh2's own verdict counts only answers to its pings, and those queue behind megabytes of data on a slow uplink; so
 * ssh2 asks and this listens.
 */
import type { Readable } from 'node:stream';

/** ssh2 pings this often. */
export const PING_MS = 5_000;

/** Silent checks in a row that end it: at least 20 s, at most 25 s after the last byte, and 30 s is the promise. */
const SILENT_CHECKS = 4;

/** Watches until stopped. A process that was itself suspended wakes to one check, so it does not judge too early. */
export function watchHeartbeat(socket: Readable, onDead: () => void, checkMs: number = PING_MS): () => void {
  let heard = false;
  let silent = 0;
  const listener = () => {
    heard = true;
  };
  socket.on('data', listener);
  const timer = setInterval(() => {
    silent = heard ? 0 : silent + 1;
    heard = false;
    if (silent < SILENT_CHECKS) return;
    stop();
    onDead();
  }, checkMs);
  timer.unref();
  const stop = () => {
    clearInterval(timer);
    socket.off('data', listener);
  };
  return stop;
}
