/** Reads a send stream without data and folds it, within its bounds of bytes, memory and time. */
import { createFoldReader, type Folded } from '../../btrfs/diff/fold.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Command } from '../../model/command.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';

/** All metadata of some 40 million files. */
const BOUND = { bytes: 8192 * MIB, lines: false };
/** Memory: about a million files. */
const MOST = 400 * MIB;
/** Seconds: btrfs walks both trees and says nothing where they are the same. */
const SILENCE = 900;

export interface ReadStream {
  readonly folded: Folded & { readonly kind: 'whole' };
  readonly stderr: string;
}

export interface StreamEnd {
  readonly code: number | null;
  readonly stderr: string;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Seconds for all of it; null: as long as it takes, as long as it says something. */
  readonly seconds?: number | null;
}

/** `failure`: what it means that the command did not succeed. Faults besides: send-failed, and those of a stream. */
export async function readStream(
  host: Host,
  command: Command,
  failure: (end: StreamEnd) => Fault,
  { signal, seconds = null }: ReadOptions,
): Promise<Result<ReadStream>> {
  const server = host.server.name;
  const limit =
    seconds === null ? ({ of: 'silence', seconds: SILENCE } as const) : ({ of: 'whole', seconds } as const);
  const stream = await host.stream(command, { limit, signal });
  if (!stream.ok) return stream;
  const reader = createFoldReader(MOST);
  stream.value.stdin.end();
  const about = { server, label: 'btrfs send', bound: BOUND };
  const end = await readOutput(stream.value, about, (chunk) => {
    if (reader.isOver()) return;
    reader.push(chunk);
    if (reader.isOver()) stream.value.stop();
  });
  if (signal.aborted) return failed(cancelled(server));
  const folded = reader.result();
  const stderr = stream.value.stderr();
  switch (folded.kind) {
    case 'large':
      return failed(tooLarge(server));
    case 'broken':
      return failed(notFollowed(server, folded.why));
    case 'cut':
      return failed(end.ok ? failure({ code: end.value.code, stderr }) : end.fault);
    case 'whole':
      if (!end.ok) return end;
      return end.value.code === 0
        ? ok({ folded, stderr })
        : failed(failure({ code: end.value.code, stderr }));
  }
}

const cancelled = (server: string): Fault =>
  fault('cancelled', 'Cancelled; nothing was changed.', '', { server });

const tooLarge = (server: string): Fault =>
  fault(
    'send-failed',
    `What btrfs on ${server} tells is of more files than are held in memory (about a million).`,
    'Compare two snapshots that lie closer together.',
    { server },
  );

const notFollowed = (server: string, why: string): Fault =>
  fault(
    'send-failed',
    `What "btrfs send" on ${server} said cannot be followed: ${why}.`,
    'Try again. If it stays so, a later version of btrfs is there than btrfleet knows of, or something on the way changes what is sent.',
    { server },
  );
