/**
 * Decides which connection of a server the next command goes over. OpenSSH allows 10 sessions per connection
 * (MaxSessions), and less where somebody set less; when all are taken, another connection is opened rather than
 * anybody kept waiting, up to a bound.
 */
import { failed, ok, type Result } from '../../model/result.ts';
import type { SshConnection } from './connection.ts';

/** One below OpenSSH's default, so that a session that is just closing does not get the next one refused. */
export const SESSIONS_PER_CONNECTION = 9;
export const MAX_CONNECTIONS = 4;
/** A further connection that nothing ran over for this long is closed. */
const IDLE_MS = 30_000;
/** How long a free session is waited for where all are in use. */
export const SESSION_SECONDS = 120;

export interface Lane {
  readonly connection: SshConnection;
  /** Sessions in use. */
  used: number;
  /** What the server was seen to allow. */
  capacity: number;
}

export interface Lanes {
  /** A connection with a session reserved on it; waits when all are taken (`full`: in vain). Faults: those of opening another. */
  take(signal: AbortSignal | undefined): Promise<Result<Lane> | 'aborted' | 'full'>;
  release(lane: Lane): void;
  /** The server refused a session: this connection takes no more than those that are open. */
  refused(lane: Lane): void;
  /** Sessions in use over all connections. */
  inUse(): number;
  end(): void;
}

export function createLanes(first: SshConnection, openAnother: () => Promise<Result<SshConnection>>): Lanes {
  const lanes: Lane[] = [];
  const { waiting, wake, wait } = waitingRoom();
  let opening = 0;
  let limit = MAX_CONNECTIONS;
  let ended = false;

  const add = (connection: SshConnection) => {
    const lane: Lane = { connection, used: 0, capacity: SESSIONS_PER_CONNECTION };
    lanes.push(lane);
    connection.onClosed(() => {
      lanes.splice(lanes.indexOf(lane), 1);
      wake();
    });
  };
  const room = () => lanes.find((lane) => lane.connection.open && lane.used < lane.capacity);
  const another = async (): Promise<Result<void>> => {
    opening += 1;
    const opened = await openAnother();
    opening -= 1;
    if (opened.ok && ended) opened.value.end();
    else if (opened.ok) add(opened.value);
    // A server that takes no further connection is used as it is.
    else if (lanes.length > 0) limit = lanes.length;
    wake();
    return opened.ok || lanes.length > 0 ? ok(undefined) : opened;
  };
  add(first);
  return {
    async take(signal) {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        wake();
      }, SESSION_SECONDS * 1000);
      try {
        for (;;) {
          if (signal?.aborted) return 'aborted';
          const lane = room();
          if (lane) {
            lane.used += 1;
            return ok(lane);
          }
          const expected = opening * SESSIONS_PER_CONNECTION;
          if (lanes.length + opening < limit && waiting() >= expected) {
            const opened = await another();
            if (!opened.ok) return failed(opened.fault);
          } else if (isLate) return 'full';
          else await wait(signal);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    release(lane) {
      lane.used -= 1;
      wake();
      if (lane.used === 0 && lane !== lanes[0]) closeWhenIdle(lane);
    },
    refused(lane) {
      lane.capacity = Math.max(1, Math.min(lane.capacity, lane.used - 1));
    },
    inUse: () => lanes.reduce((sum, lane) => sum + lane.used, 0),
    end() {
      ended = true;
      for (const lane of [...lanes]) lane.connection.end();
    },
  };
}

function waitingRoom() {
  const waiting = new Set<() => void>();
  return {
    waiting: () => waiting.size,
    wake: () => {
      for (const goOn of [...waiting]) goOn();
    },
    wait: (signal: AbortSignal | undefined) =>
      new Promise<void>((resolve) => {
        const goOn = (): void => {
          signal?.removeEventListener('abort', goOn);
          waiting.delete(goOn);
          resolve();
        };
        waiting.add(goOn);
        signal?.addEventListener('abort', goOn, { once: true });
      }),
  };
}

function closeWhenIdle(lane: Lane): void {
  setTimeout(() => {
    if (lane.used === 0 && lane.connection.open) lane.connection.end();
  }, IDLE_MS).unref();
}
