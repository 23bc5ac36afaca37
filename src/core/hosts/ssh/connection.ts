/**
 * Decides how one SSH connection comes up, what it is worth and when it is dead. It opens channels; how many at
 * once, and what runs in them, is ssh-host's.
 */
import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, Client, ClientChannel, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import type { Fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import { MIB, readBounded } from '../port/bounded-output.ts';
import { type AuthAttempt, authAttempt } from './auth.ts';
import { handshakeFault, hostKeyFault, overflowFault, READY_TIMEOUT_SECONDS } from './connect-faults.ts';
import type { Credentials } from './credentials.ts';
import { PING_MS, watchHeartbeat } from './heartbeat.ts';
import { keyType } from './host-key.ts';
import type { HostKeys } from './host-keys.ts';
import { loadSsh2 } from './load.ts';
import { writeTogether } from './write-together.ts';

/**
 * A channel that the server did not open. `reason` is RFC 4254's number, undefined when the connection went; `late`: it
 * had not answered after 30 s, though the connection stands.
 */
export interface OpenFailure {
  readonly text: string;
  readonly reason: unknown;
  readonly late: boolean;
}

export interface SshConnection {
  /** Starts a line of shell in a new channel. */
  exec(line: string): Promise<Result<ClientChannel, OpenFailure>>;
  /** A connection from the server on to `host:port`. */
  forward(host: string, port: number): Promise<Result<Duplex, OpenFailure>>;
  readonly open: boolean;
  /** Calls back once, at once if it is closed already, with the reason. Returns what takes the listener off. */
  onClosed(listener: (why: string) => void): () => void;
  end(): void;
}

const HOST_KEY_ORDER: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** As OpenSSH does: a type known for the host is asked for first, so that a known key is the one that is shown. */
export function hostKeyOrder(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = (algorithm: string) =>
    knownTypes.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...HOST_KEY_ORDER.filter(known), ...HOST_KEY_ORDER.filter((algorithm) => !known(algorithm))];
}

/** What every connection has in common; AES-GCM first: it is the fastest where the CPU has AES. */
const common = (knownTypes: readonly string[]) =>
  ({
    readyTimeout: READY_TIMEOUT_SECONDS * 1000,
    keepaliveInterval: PING_MS,
    // ssh2 only asks; heartbeat.ts judges.
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: {
      cipher: [
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'chacha20-poly1305@openssh.com',
        'aes128-ctr',
        'aes192-ctr',
        'aes256-ctr',
      ],
      serverHostKey: hostKeyOrder(knownTypes),
    },
  }) satisfies ConnectConfig;

export interface ConnectOptions {
  readonly server: Server;
  /** An open TCP connection, or a channel of the jump host. */
  readonly socket: Duplex;
  readonly credentials: Credentials;
  readonly hostKeys: HostKeys;
}

/** Keys, names of algorithms, banners and questions: all that comes before a login is done. */
export const HANDSHAKE_BYTES = MIB;

/** Calls back when a server has sent more than a login takes; returns what ends the watch. */
const watchHandshake = (socket: Duplex, onTooMuch: () => void): (() => void) =>
  readBounded(socket, { bytes: HANDSHAKE_BYTES, lines: false }, () => {}, onTooMuch);

/** Shakes hands, checks the host key and logs in. Faults: unreachable, host-key-*, auth-failed. */
/** `loadSsh2` must have been awaited before the socket was opened: nothing listens to it until this goes on. */
export async function connectSsh({
  server,
  socket,
  credentials,
  hostKeys,
}: ConnectOptions): Promise<Result<SshConnection>> {
  const client = new (await loadSsh2()).Client();
  const attempt = authAttempt(server, credentials);
  let refusal: Fault | null = null;
  const outcome = new Promise<Result<SshConnection>>((resolve) => {
    client.on('ready', () => resolve(ok(openConnection(client, socket))));
    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      // ssh2 goes on to the next method, or says so itself when there is none.
      if (error.level === 'agent') attempt.agentFailed();
      else resolve(failed(refusal ?? loginFault(server, attempt, error)));
    });
    client.on('close', () =>
      resolve(failed(refusal ?? handshakeFault(server, new Error('connection ended')))),
    );
  });
  writeTogether(socket);
  client.connect({
    ...common(hostKeys.knownTypes(server.host, server.port)),
    sock: socket,
    username: server.user,
    authHandler: attempt.handler,
    hostVerifier: (key: Buffer) => {
      refusal = judgeHostKey(server, hostKeys, key);
      return refusal === null;
    },
  });
  const unwatch = watchHandshake(socket, () => {
    refusal = overflowFault(server, HANDSHAKE_BYTES);
    client.destroy();
  });
  return outcome.then((result) => {
    unwatch();
    if (!result.ok) client.destroy();
    return result;
  });
}

function judgeHostKey(server: Server, hostKeys: HostKeys, key: Buffer): Fault | null {
  const verdict = hostKeys.verdict(server.host, server.port, key);
  if (!verdict.ok) return { ...verdict.fault, server: server.name };
  if (verdict.value === 'trusted') return null;
  const known = hostKeys.known(server.host, server.port);
  return hostKeyFault(server, verdict.value, key, known.ok ? known.value : []);
}

/** SSH_DISCONNECT reasons of RFC 4253, 11.1 that are about the login; OpenSSH sends 2 for too many attempts. */
function loginFault(
  server: Server,
  attempt: AuthAttempt,
  error: Error & { level?: string; code?: unknown },
): Fault {
  const tooMany = /too many authentication/i.test(error.message) || error.code === 14;
  return error.level === 'client-authentication' || tooMany ? attempt.fault() : handshakeFault(server, error);
}

/** How long a peer may take to answer that the connection ends. */
const END_GRACE_MS = 2_000;

function openConnection(client: Client, socket: Duplex): SshConnection {
  const listeners = new Set<(why: string) => void>();
  let closed: string | null = null;
  let why = 'it was closed by the other side';
  const silence = watchHeartbeat(socket, () => {
    why = 'nothing came from it any more';
    // Not the client's destroy(): that does nothing once the connection is being ended.
    socket.destroy();
    // A channel of a jump host is not closed before its other end agrees: do not wait for that.
    finish();
  });
  const finish = () => {
    if (closed !== null) return;
    closed = why;
    silence();
    for (const listener of listeners) listener(why);
    listeners.clear();
  };
  client.on('error', (error: Error) => {
    why = error.message;
  });
  client.on('close', finish);
  return {
    exec: (line) => request((answer) => client.exec(line, answer)),
    forward: (host, port) => request((answer) => client.forwardOut('127.0.0.1', 0, host, port, answer)),
    get open() {
      return closed === null;
    },
    onClosed(listener) {
      if (closed === null) listeners.add(listener);
      else listener(closed);
      return () => listeners.delete(listener);
    },
    end() {
      why = 'btrfleet closed it';
      client.end();
      // Where the peer is gone the farewell is never answered, and the socket would keep the program for minutes.
      setTimeout(() => socket.destroy(), END_GRACE_MS).unref();
    },
  };
}

/** A session whose server runs PAM, or forks, on a disk that hangs is never answered. */
const OPEN_SECONDS = 30;

/** ssh2 throws when the connection is gone and calls back otherwise: one answer for both, and one where none comes. */
function request(
  ask: (answer: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<Result<ClientChannel, OpenFailure>> {
  return new Promise((resolve) => {
    let late = false;
    const answer = (opened: Result<ClientChannel, OpenFailure>): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    const refuse = (error: Error & { reason?: unknown }) =>
      answer(failed({ text: error.message, reason: error.reason, late }));
    const timer = setTimeout(() => {
      late = true;
      refuse(new Error(`no answer within ${OPEN_SECONDS} s`));
    }, OPEN_SECONDS * 1000);
    try {
      ask((error, channel) => {
        if (late) channel?.close();
        else if (error) refuse(error);
        else answer(ok(channel));
      });
    } catch (error) {
      refuse(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

export interface ScannedHostKey {
  readonly type: string;
  readonly key: Buffer;
}

/**
 * The host key the real connection would see, with its signature checked, and nothing more: the connection ends
 * before any login. Faults: unreachable.
 */
export async function readHostKey(
  server: Server,
  socket: Duplex,
  knownTypes: readonly string[],
): Promise<Result<ScannedHostKey>> {
  const client = new (await loadSsh2()).Client();
  return new Promise((resolve) => {
    let seen: Buffer | null = null;
    const finish = (result: Result<ScannedHostKey>) => {
      unwatch();
      resolve(result);
      client.destroy();
    };
    client.on('handshake', () => {
      if (seen) finish(ok({ type: keyType(seen), key: seen }));
    });
    client.on('error', (error: Error) => finish(failed(handshakeFault(server, error))));
    client.on('close', () => finish(failed(handshakeFault(server, new Error('connection ended')))));
    client.connect({
      ...common(knownTypes),
      sock: socket,
      username: server.user,
      authHandler: (_left, _partial, next) => (next as (method: AnyAuthMethod | false) => void)(false),
      hostVerifier: (key: Buffer) => {
        seen = Buffer.from(key);
        return true;
      },
    });
    const unwatch = watchHandshake(socket, () => finish(failed(overflowFault(server, HANDSHAKE_BYTES))));
  });
}
