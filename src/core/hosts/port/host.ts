/** The port to a server: what every adapter offers and all that the rest of btrfleet knows of SSH. */

import type { Readable, Writable } from 'node:stream';
import type { Command } from '../../model/command.ts';
import type { Result } from '../../model/result.ts';
import type { Server } from '../../model/server.ts';
import type { HostFacts } from '../../model/server-check.ts';
import type { TimeLimit } from './time-limit.ts';

export interface Completed {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given on stdin, which is closed after it; without it stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Seconds until the command is given up as `stalled`; for commands that are quick by nature. Default: 120. */
  readonly timeoutSeconds?: number;
  /** Bytes of output after which it is stopped as `command-failed`. Default: 16 MiB. */
  readonly mostBytes?: number;
}

/** No command is waited for without end: how long is for whoever starts it to know. */
export interface StreamOptions {
  /** Then it is stopped, and `done` is the fault `stalled`. */
  readonly limit: TimeLimit;
  readonly signal?: AbortSignal | undefined;
}

/** A command whose input and output flow while it runs. */
export interface HostStream {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The last 64 KiB of stderr so far. */
  stderr(): string;
  /** Settles when the command has ended and its output is read; a lost connection, or a limit, is a fault. Never rejects. */
  readonly done: Promise<Result<{ readonly code: number | null; readonly signal: string | null }>>;
  /** It was told to end and gave no word of it, though its connection stands: it may still be at work there. */
  outlived(): boolean;
  /**
   * Ends both sides: TERM to the command where the server passes signals on, then the channel is closed. `graceSeconds`:
   * how long a word of its end is waited for, where much may be on its way to it; default: 3.
   */
  stop(graceSeconds?: number): void;
}

export interface Host {
  readonly server: Server;
  readonly facts: HostFacts;
  /** A non-zero exit code is not a fault here: what it means is the caller's to classify. */
  run(command: Command, options?: RunOptions): Promise<Result<Completed>>;
  stream(command: Command, options: StreamOptions): Promise<Result<HostStream>>;
}

/** Connections to the fleet, one per server, shared by everything in this process. */
export interface Hosts {
  /** The open connection, or a new one. Faults: unreachable, host-key-*, auth-failed, secret-missing, jump-failed … */
  connect(name: string, options?: { readonly signal?: AbortSignal }): Promise<Result<Host>>;
  close(): Promise<void>;
}
