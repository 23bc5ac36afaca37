/** Decides how commands run on a server over SSH: one channel each, on the connections that `lanes` hands out. */
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import type { Command } from '../../model/command.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import type { HostStream, StreamOptions } from '../port/host.ts';
import { commandLabel, type ShellDialect, shellLine } from '../port/quote.ts';
import { cancelledFault, lostFault } from '../port/stream-faults.ts';
import { channelStream } from './channel-stream.ts';
import type { OpenFailure, SshConnection } from './connection.ts';
import { createLanes, type Lane, type Lanes, SESSION_SECONDS } from './lanes.ts';

/** A server that commands can be started on; what its privilege words are is the caller's to know. */
export interface CommandRunner {
  stream(command: Command, options: StreamOptions): Promise<Result<HostStream>>;
  /** A connection from the server on to `host:port`; null on this machine, where it is the same as none. */
  readonly forward: ((host: string, port: number) => Promise<Result<Duplex, OpenFailure>>) | null;
  /** How lines of shell are written from now on. */
  speak(dialect: ShellDialect): void;
  /** Calls back once when the server's first connection is gone: a new one must be made for new work. */
  onClosed(listener: () => void): void;
  /** Takes no new work; closes when the commands that run have ended. */
  retire(): void;
  end(): void;
}

/** Refusals in a row after which it is not for lack of room; the pauses between them come to less than a second. */
const MAX_REFUSALS = 5;
const REFUSAL_PAUSE_MS = 20;

export interface SshRunnerParts {
  readonly server: Server;
  readonly first: SshConnection;
  /** The words in front of a command that needs root, asked for at each command. */
  sudo(): readonly string[];
  /** A further connection to the same server. */
  openAnother(): Promise<Result<SshConnection>>;
}

export const createSshRunner = (parts: SshRunnerParts): CommandRunner => new SshRunner(parts);

class SshRunner implements CommandRunner {
  readonly #parts: SshRunnerParts;
  readonly #lanes: Lanes;
  #dialect: ShellDialect = 'posix';
  #forwards = 0;
  #retired = false;

  constructor(parts: SshRunnerParts) {
    this.#parts = parts;
    this.#lanes = createLanes(parts.first, () => parts.openAnother());
  }

  async stream(command: Command, options: StreamOptions): Promise<Result<HostStream>> {
    const server = this.#parts.server.name;
    const line = shellLine(command, this.#parts.sudo(), this.#dialect);
    if (!line.ok) return failed({ ...line.fault, server });
    const label = commandLabel(command.argv);
    const opened = await this.#openChannel(line.value, label, options.signal);
    if (!opened.ok) return opened;
    const { channel, lane } = opened.value;
    let freed = false;
    const free = () => {
      if (!freed) this.#release(lane);
      freed = true;
    };
    channel.once('close', free);
    const stream = channelStream(channel, lane.connection, { ...options, server, label });
    // A channel whose connection went, or that never confirms its end, says no `close`.
    void stream.done.then(free);
    return ok(stream);
  }

  readonly forward = async (host: string, port: number): Promise<Result<Duplex, OpenFailure>> => {
    const opened = await this.#parts.first.forward(host, port);
    if (!opened.ok) return opened;
    // What runs over it is another server's connection: it must not go when this one is merely replaced.
    this.#forwards += 1;
    opened.value.once('close', () => {
      this.#forwards -= 1;
      this.#endIfIdle();
    });
    return opened;
  };

  speak(dialect: ShellDialect): void {
    this.#dialect = dialect;
  }

  onClosed(listener: () => void): void {
    this.#parts.first.onClosed(() => listener());
  }

  retire(): void {
    this.#retired = true;
    this.#endIfIdle();
  }

  end(): void {
    this.#lanes.end();
  }

  #release(lane: Lane): void {
    this.#lanes.release(lane);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#retired && this.#forwards === 0 && this.#lanes.inUse() === 0) this.#lanes.end();
  }

  async #openChannel(
    line: string,
    label: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<{ channel: ClientChannel; lane: Lane }>> {
    const server = this.#parts.server.name;
    const gone = () => failed(lostFault(server, `starting ${label}`, 'it is closed'));
    for (let refusals = 0; ; refusals += 1) {
      if (!this.#parts.first.open) return gone();
      const taken = await this.#lanes.take(signal);
      if (taken === 'aborted') return failed(cancelledFault(server, `starting ${label}`));
      if (taken === 'full') return failed(fullFault(server, label));
      if (!taken.ok) return taken;
      const lane = taken.value;
      const opened = await lane.connection.exec(line);
      if (opened.ok) return ok({ channel: opened.value, lane });
      if (opened.fault.late) {
        this.#release(lane);
        return failed(unansweredFault(server, label));
      }
      const alone = lane.used === 1;
      this.#lanes.refused(lane);
      this.#release(lane);
      if (!lane.connection.open) return gone();
      if (refusals >= MAX_REFUSALS) return failed(refusedFault(server, label, opened.fault.text));
      // Nothing of ours is open, so a session that sshd has not quite ended is in the way, or all are forbidden.
      if (alone) await pause(REFUSAL_PAUSE_MS * 2 ** refusals);
    }
  }
}

const unansweredFault = (server: string, label: string): Fault =>
  fault(
    'stalled',
    `${server} did not begin ${label} within 30 s, though its connection stands.`,
    `${server} may be overloaded or its system disk may hang: look at its load and at "dmesg" there.`,
    { server },
  );

const fullFault = (server: string, label: string): Fault =>
  fault(
    'stalled',
    `${server} had no session left for ${label} within ${SESSION_SECONDS} s: all that btrfleet may open are in use.`,
    `Commands may hang there: look at its load and at "dmesg" there, or wait for what is at work.`,
    { server },
  );

const refusedFault = (server: string, label: string, text: string): Fault =>
  fault(
    'command-failed',
    `${server} refused to start ${label}: ${text.replace('(SSH) Channel open failure: ', '')}.`,
    'sshd there may forbid commands for this user (ForceCommand, MaxSessions 0, a login shell of nologin).',
    { server },
  );
