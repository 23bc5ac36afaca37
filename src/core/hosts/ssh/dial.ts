/** Decides how a TCP connection is opened: time limit, both address families, no delay. */
import { connect, type Socket } from 'node:net';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import { shortageFault } from '../../model/shortage.ts';
import { cancelledFault } from '../port/stream-faults.ts';
import { CONNECT_TIMEOUT_SECONDS, tcpFault } from './connect-faults.ts';

/** `signal` ends the wait. Faults: unreachable, with what the system said; cancelled. */
export function dial(
  server: Server,
  timeoutSeconds: number = CONNECT_TIMEOUT_SECONDS,
  signal?: AbortSignal,
): Promise<Result<Socket>> {
  if (signal?.aborted) return Promise.resolve(failed(cancelledFault(server.name, 'connecting')));
  return new Promise((resolve) => {
    const socket = connect({
      host: server.host,
      port: server.port,
      // Without it throughput drops four-fold: ssh2 writes small packets and waits for answers to them.
      noDelay: true,
      // Node's 250 ms would give up on a far server that has two addresses.
      autoSelectFamilyAttemptTimeout: 3_000,
    });
    const timer = setTimeout(() => finish('TIMEOUT'), timeoutSeconds * 1000);
    const finish = (code: string | null, error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
      socket.off('error', onError);
      if (code === null) return resolve(ok(socket));
      // A late error of an abandoned attempt is nobody's.
      socket.on('error', () => {});
      socket.destroy();
      const stopped = signal?.aborted === true;
      const why = shortageFault(error, server.name) ?? tcpFault(server, code);
      resolve(failed(stopped ? cancelledFault(server.name, 'connecting') : why));
    };
    const onAbort = () => finish('ABORTED');
    const onConnect = () => finish(null);
    const onError = (error: NodeJS.ErrnoException) => finish(error.code ?? error.message, error);
    socket.once('connect', onConnect);
    socket.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
