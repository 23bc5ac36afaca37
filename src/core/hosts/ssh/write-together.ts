/**
 * Decides when what ssh2 writes goes out: all of one turn at once. ssh2 writes a packet in pieces, and each piece by
 * itself would be a call of the kernel and, without delay, a packet of the network.
 */
import type { Duplex } from 'node:stream';

export function writeTogether(socket: Duplex): void {
  const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean;
  let held = false;
  const release = () => {
    held = false;
    socket.uncork();
  };
  socket.write = (...args: readonly unknown[]) => {
    if (!held) {
      held = true;
      socket.cork();
      process.nextTick(release);
    }
    return write(...args);
  };
}
