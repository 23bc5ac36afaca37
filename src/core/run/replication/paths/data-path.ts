/** What a data path is: the way the bytes of one send go to many receives. It decides nothing about them. */
import type { Spool } from '../../../btrfs/ask/spool-script.ts';
import type { Host } from '../../../hosts/port/host.ts';
import type { Command } from '../../../model/command.ts';
import { type Fault, fault } from '../../../model/fault.ts';

export interface Lane {
  readonly host: Host;
  /** Takes the stream on stdin. */
  readonly receive: Command;
  /** Absolute path of what it makes, for messages. */
  readonly path: string;
  /** Where the stream is kept while it is not whole, for a path that spools; null: nowhere. */
  readonly spool: Spool | null;
  /** Aborted when the lock on its directory is lost: somebody else may be working there now. */
  readonly lost: AbortSignal;
  /** What its end means where it is no receive that takes the stream; null: it does not say. */
  readonly failure?: (code: number | null, stderr: string) => Fault | null;
}

export interface Transfer {
  readonly source: Host;
  readonly send: Command;
  /** Absolute path of what is sent, for messages. */
  readonly path: string;
  /** What its end means where it is no send; left out: it is one. */
  readonly failure?: (code: number | null, stderr: string) => Fault;
  readonly lanes: readonly Lane[];
  readonly rateBytesPerSecond: number | null;
  /** Seconds without a byte after which it is given up. */
  readonly stallSeconds: number;
  readonly signal: AbortSignal;
  /** Told about four times a second, and once at the end, for each lane. */
  readonly onProgress: (lane: Lane, sentBytes: number, payloadBytes: number) => void;
}

/** `outlived`: the receive was told to end and did not say that it has; it may still make something there. */
export type LaneEnd =
  | { readonly kind: 'received'; readonly sentBytes: number }
  | {
      readonly kind: 'failed';
      readonly sentBytes: number;
      readonly fault: Fault;
      /** False: the receive made nothing and marked nothing, so nothing there is ours to remove. */
      readonly begun: boolean;
      readonly outlived: boolean;
    }
  /** Too slow for the others: to be sent alone. */
  | { readonly kind: 'fell-out'; readonly sentBytes: number; readonly outlived: boolean };

/** The seam where bytes may go another way than through this process. Each lane ends by itself. */
export type DataPath = (transfer: Transfer) => ReadonlyMap<Lane, Promise<LaneEnd>>;

export const directUnavailable: Fault = fault(
  'refused',
  'The direct path is not available.',
  'Leave --path out: the bytes then go through this machine.',
);
