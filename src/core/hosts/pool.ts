/**
 * Decides which connections there are: one per server, made once however many ask, kept while its settings stay
 * the same, made anew after it broke. What runs over them is the callers'.
 */

import type { Duplex } from 'node:stream';
import { fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Server } from '../model/server.ts';
import type { HostFacts } from '../model/server-check.ts';
import { discoverFacts, type PrivilegeNeeds } from './facts.ts';
import { createLocalRunner } from './local-host.ts';
import { type Failure, heldBack } from './port/backoff.ts';
import type { Host, Hosts } from './port/host.ts';
import { cancelledFault } from './port/stream-faults.ts';
import { type CommandRecord, createServerHost } from './server-host.ts';
import { CONNECT_TIMEOUT_SECONDS, forwardFault, jumpFault, jumpLoop } from './ssh/connect-faults.ts';
import { connectSsh, readHostKey, type SshConnection } from './ssh/connection.ts';
import { type CredentialSources, readCredentials } from './ssh/credentials.ts';
import { dial } from './ssh/dial.ts';
import { fingerprint } from './ssh/host-key.ts';
import type { HostKeys } from './ssh/host-keys.ts';
import { loadSsh2 } from './ssh/load.ts';
import { type CommandRunner, createSshRunner } from './ssh/remote.ts';
import { thisMachine, thisRunner } from './this-machine.ts';

export interface HostsOptions extends CredentialSources {
  /** The server of that name as it is configured now; null: there is none. */
  lookup(name: string): Server | null;
  readonly hostKeys: HostKeys;
  readonly needs: PrivilegeNeeds;
  /** Milliseconds. */
  now(): number;
  /** PATH of this process, for `local` servers. */
  readonly path: string;
  onCommand?(record: CommandRecord): void;
}

export interface HostKeyScan {
  readonly type: string;
  /** `SHA256:…`. */
  readonly fingerprint: string;
  readonly key: Buffer;
}

export interface HostPool extends Hosts {
  /**
   * The host key of a place that need not be a server yet; nothing is trusted and nobody logs in.
   * `via`: the name of the server it is reached through.
   */
  scanHostKey(place: { host: string; port: number; via?: string | null }): Promise<Result<HostKeyScan>>;
  /** This machine, which need not be a server of the fleet. */
  here(): Result<Host>;
  /** Lets the next connect try at once, for example after somebody changed what made it fail. */
  retryNow(name: string): void;
}

interface Entry {
  /** The server and those it is reached through, as they were when it was connected. */
  readonly settings: string;
  readonly host: Promise<Result<Host>>;
  runner: CommandRunner | null;
}

export const createHosts = (options: HostsOptions): HostPool => new Pool(options);

class Pool implements HostPool {
  readonly #options: HostsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #failures = new Map<string, Failure>();
  #here: CommandRunner | null = null;
  /** Aborted when the pool is closed: nobody waits any more for what is just being connected. */
  readonly #closing = new AbortController();

  constructor(options: HostsOptions) {
    this.#options = options;
  }

  async connect(name: string, { signal }: { signal?: AbortSignal } = {}): Promise<Result<Host>> {
    const connected = this.#entry(name).then((entry) => (entry.ok ? entry.value.host : entry));
    return signal ? await orAborted(connected, signal, name) : await connected;
  }

  async scanHostKey(place: {
    host: string;
    port: number;
    via?: string | null;
  }): Promise<Result<HostKeyScan>> {
    const server = scanned(place.host, place.port, place.via ?? null);
    const socket = await this.#reach(server);
    if (!socket.ok) return failed({ ...socket.fault, server: null });
    const scan = await readHostKey(
      server,
      socket.value,
      this.#options.hostKeys.knownTypes(place.host, place.port),
    );
    if (!scan.ok) return failed({ ...scan.fault, server: null });
    return ok({ ...scan.value, fingerprint: fingerprint(scan.value.key) });
  }

  here(): Result<Host> {
    this.#here ??= thisRunner(this.#options.path);
    return thisMachine(this.#here, this.#options);
  }

  retryNow(name: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${name}\n`)) this.#failures.delete(key);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const open = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of open) entry.runner?.end();
    this.#here?.end();
    // One that is just being made ends itself when it comes to life.
    await Promise.all(open.map((entry) => entry.host));
  }

  async #entry(name: string): Promise<Result<Entry>> {
    const chain = jumpChain((each) => this.#options.lookup(each), name);
    if (!chain.ok) return chain;
    const [server] = chain.value;
    const settings = JSON.stringify(chain.value);
    const existing = this.#entries.get(name);
    if (existing?.settings === settings) {
      const host = await existing.host;
      return host.ok ? ok(existing) : host;
    }
    if (existing) this.#drop(name, existing);
    const attempt = failureKey(name, settings);
    const held = heldBack(this.#failures.get(attempt), this.#options.now());
    if (held) return failed(held);
    const entry: Entry = {
      settings,
      runner: null,
      // Not before `entry` is there to be filled.
      host: Promise.resolve().then(() => this.#open(server, entry)),
    };
    this.#entries.set(name, entry);
    const host = await entry.host;
    if (host.ok) {
      this.#failures.delete(attempt);
      return ok(entry);
    }
    const count = (this.#failures.get(attempt)?.count ?? 0) + 1;
    this.#failures.set(attempt, { fault: host.fault, count, at: this.#options.now() });
    this.#drop(name, entry);
    return host;
  }

  /** Nobody new gets it; what runs over it runs to its end. */
  #drop(name: string, entry: Entry): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    void entry.host.then(() => entry.runner?.retire());
  }

  async #open(server: Server, entry: Entry): Promise<Result<Host>> {
    let known: HostFacts | null = null;
    const runner = await this.#runner(server, () => known?.sudo ?? []);
    if (!runner.ok) return runner;
    if (this.#closing.signal.aborted) {
      runner.value.end();
      return failed(cancelledFault(server.name, 'connecting'));
    }
    entry.runner = runner.value;
    runner.value.onClosed(() => this.#drop(server.name, entry));
    const { needs, now, onCommand } = this.#options;
    const facts = await discoverFacts(server, runner.value, needs, now);
    if (!facts.ok) return facts;
    known = facts.value;
    return ok(createServerHost({ server, facts: facts.value, runner: runner.value, now, onCommand }));
  }

  async #runner(server: Server, sudo: () => readonly string[]): Promise<Result<CommandRunner>> {
    if (server.auth.kind === 'local') return ok(createLocalRunner(server, this.#options.path, sudo));
    const first = await this.#ssh(server);
    if (!first.ok) return first;
    return ok(createSshRunner({ server, first: first.value, sudo, openAnother: () => this.#ssh(server) }));
  }

  async #ssh(server: Server): Promise<Result<SshConnection>> {
    const credentials = await readCredentials(server, this.#options, this.#closing.signal);
    if (!credentials.ok) return credentials;
    const socket = await this.#reach(server);
    if (!socket.ok) return socket;
    const { hostKeys } = this.#options;
    const { signal } = this.#closing;
    const giveUp = () => socket.value.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    const connected = await connectSsh({
      server,
      socket: socket.value,
      credentials: credentials.value,
      hostKeys,
    });
    signal.removeEventListener('abort', giveUp);
    return connected;
  }

  async #dial(server: Server): Promise<Result<Duplex>> {
    // Before the socket is open: while it was loaded, nobody would listen to what happens to it.
    await loadSsh2();
    return await dial(server, CONNECT_TIMEOUT_SECONDS, this.#closing.signal);
  }

  /** A TCP connection to the server, or a channel of the one it is reached through. */
  async #reach(server: Server): Promise<Result<Duplex>> {
    if (server.jump === null) return await this.#dial(server);
    const through = await this.#entry(server.jump);
    if (!through.ok) return failed(jumpFault(server, server.jump, through.fault));
    const forward = through.value.runner?.forward;
    // A jump "through this machine" is none.
    if (!forward) return await this.#dial(server);
    const forwarded = await forward(server.host, server.port);
    if (forwarded.ok) return forwarded;
    return failed(forwardFault(server, server.jump, forwarded.fault.reason, forwarded.fault.text));
  }
}

const failureKey = (name: string, settings: string) => `${name}\n${settings}`;

/** The server and the servers it is reached through, nearest first. Faults: no-such-server, jump-failed (a circle). */
function jumpChain(
  lookup: (name: string) => Server | null,
  name: string,
): Result<readonly [Server, ...Server[]]> {
  const server = lookup(name);
  if (!server) return failed(noSuchServer(name));
  const chain: [Server, ...Server[]] = [server];
  for (let next = server.jump; next !== null; ) {
    const names = [...chain.map((each) => each.name), next];
    if (names.indexOf(next) < names.length - 1) return failed(jumpLoop(name, names));
    const jump = lookup(next);
    if (!jump) return failed(jumpFault(server, next, noSuchServer(next)));
    chain.push(jump);
    next = jump.jump;
  }
  return ok(chain);
}

const noSuchServer = (name: string) =>
  fault('no-such-server', `There is no server named ${name}.`, 'btrfleet server list shows them.', {
    server: name,
  });

/** A place that is only looked at, with the parts of a server that never come into it. */
const scanned = (host: string, port: number, jump: string | null): Server => ({
  name: host,
  host,
  port,
  user: 'nobody',
  auth: { kind: 'password' },
  jump,
  role: 'secondary',
  defaultMount: null,
});

/** The caller stops waiting; the connection, which others may wait for too, is made or fails on its own. */
function orAborted<T>(promise: Promise<Result<T>>, signal: AbortSignal, name: string): Promise<Result<T>> {
  return new Promise((resolve) => {
    const abort = () => resolve(failed(cancelledFault(name, 'connecting')));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then((result) => {
      signal.removeEventListener('abort', abort);
      resolve(result);
    });
  });
}
