/**
 * Decides how what somebody else prints is read: the one reader for what servers and programs say. None may say more
 * than its bound, and each byte is copied and looked at a fixed number of times, however it is cut into chunks.
 */
import type { Readable } from 'node:stream';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { HostStream } from './host.ts';

export const MIB = 1024 * 1024;

export interface Bound {
  /** Most bytes of all. */
  readonly bytes: number;
  /** What comes is lines: a line has a bound too, and counts as much as it costs to hold, so that a MiB of line ends does. */
  readonly lines: boolean;
}

/** Longer than any path on a server, and far shorter than what a regular expression may be given. */
const LINE_BYTES = MIB;
/** What a line costs at least: an entry of a list, and the text itself. */
const COST_OF_LINE = 64;

/** What was too much: `bytes` more came in all, or in one line. */
export interface Excess {
  readonly of: 'output' | 'line';
  readonly bytes: number;
}

/** Counts what comes; null: it is within the bound. */
export function createMeter({ bytes, lines }: Bound): (chunk: Uint8Array) => Excess | null {
  let cost = 0;
  let line = 0;
  const count = (length: number, ends: boolean): void => {
    line += length;
    cost += length;
    if (!ends) return;
    cost += Math.max(0, COST_OF_LINE - line);
    line = 0;
  };
  return (chunk) => {
    if (!lines) cost += chunk.length;
    for (let at = 0; lines && at < chunk.length && cost <= bytes; ) {
      const end = chunk.indexOf(LINE_END, at);
      const next = end < 0 ? chunk.length : end + 1;
      count(next - at, end >= 0);
      at = next;
      if (line > LINE_BYTES) return { of: 'line', bytes: LINE_BYTES };
    }
    return cost > bytes ? { of: 'output', bytes } : null;
  };
}

export const LINE_END = 0x0a;
export const NUL = 0;

/** Hands on each chunk until it is too much; nothing comes after that, and what comes is not held up. Returns what ends it. */
export function readBounded(
  source: Readable,
  bound: Bound,
  take: (chunk: Buffer) => void,
  onTooMuch: (excess: Excess) => void,
): () => void {
  const meter = createMeter(bound);
  let over = false;
  const onData = (chunk: Buffer): void => {
    if (over) return;
    const excess = meter(chunk);
    over = excess !== null;
    if (excess === null) take(chunk);
    else onTooMuch(excess);
  };
  source.on('data', onData);
  return () => source.off('data', onData);
}

/**
 * Reads what a command prints on stdout, and stops the command when that is too much. Settles with its end. Faults:
 * command-failed (too much), and those of the stream.
 */
export async function readOutput(
  stream: HostStream,
  { server, label, bound }: { readonly server: string; readonly label: string; readonly bound: Bound },
  take: (chunk: Buffer) => void = () => {},
): Promise<Awaited<HostStream['done']>> {
  let why: Fault | null = null;
  readBounded(stream.stdout, bound, take, (excess) => {
    why = tooMuch(server, label, excess);
    stream.stop();
  });
  const end = await stream.done;
  return why === null ? end : failed(why);
}

/** A command said more than any answer has. */
export const tooMuch = (server: string, label: string, { of, bytes }: Excess): Fault =>
  fault(
    'command-failed',
    `${label} on ${server} printed ${of === 'line' ? 'a line of ' : ''}more than ${size(bytes)} and was stopped.`,
    `That is far more than it has to say. Look at what it prints there: the login shell, its start-up files and the command itself on ${server} may print without end.`,
    { server },
  );

const size = (bytes: number): string => (bytes < MIB ? `${bytes / 1024} KiB` : `${bytes / MIB} MiB`);

/** Text that is read as a whole; bound it where it is read. */
export interface WholeText {
  add(chunk: Uint8Array): void;
  text(): string;
  /** As it came; what is added later may change it. */
  bytes(): Uint8Array;
}

/** Copies what comes, so that a thousand small chunks hold no more than their bytes. */
export function wholeText(): WholeText {
  let held = Buffer.alloc(0);
  let size = 0;
  return {
    add(chunk) {
      if (size + chunk.length > held.length) {
        const wider = Buffer.allocUnsafe(Math.max(4096, 2 * held.length, size + chunk.length));
        held.copy(wider, 0, 0, size);
        held = wider;
      }
      held.set(chunk, size);
      size += chunk.length;
    },
    text: () => held.toString('utf8', 0, size),
    bytes: () => held.subarray(0, size),
  };
}

/** Calls back with each whole line, without its end. What follows the last line end is no line. */
export const eachLine = (onLine: (line: string) => void): ((chunk: Buffer) => void) =>
  eachPiece(LINE_END, (bytes) =>
    onLine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()),
  );

/** The same of pieces that end with any byte, for names that are not UTF-8. They are to be read at once, not kept. */
export function eachPiece(end: number, onPiece: (piece: Uint8Array) => void): (chunk: Buffer) => void {
  /** Null: the chunk before ended with its piece. So one within one chunk takes no room of its own. */
  let begun: WholeText | null = null;
  return (chunk) => {
    let at = 0;
    for (let to = chunk.indexOf(end); to >= 0; to = chunk.indexOf(end, at)) {
      begun?.add(chunk.subarray(at, to));
      onPiece(begun === null ? chunk.subarray(at, to) : begun.bytes());
      begun = null;
      at = to + 1;
    }
    if (at === chunk.length) return;
    begun ??= wholeText();
    begun.add(chunk.subarray(at));
  };
}

/** No first line is longer. */
const FIRST_LINE_BYTES = 4096;

/**
 * What comes before the first line end; the rest stays to be read. Fault: command-failed, where no line ends in time.
 * Null: it ended before.
 */
export async function firstLineOf(
  stream: Pick<HostStream, 'stdout' | 'stop'> & { readonly done: Promise<unknown> },
  about: { readonly server: string; readonly label: string },
): Promise<Result<string> | null> {
  const { promise, resolve } = Promise.withResolvers<Result<string> | null>();
  const { stdout } = stream;
  const line = wholeText();
  let size = 0;
  const onData = (chunk: Buffer): void => {
    const end = chunk.indexOf(LINE_END);
    size += end < 0 ? chunk.length : end;
    if (size > FIRST_LINE_BYTES) {
      stdout.off('data', onData);
      resolve(failed(tooMuch(about.server, about.label, { of: 'line', bytes: FIRST_LINE_BYTES })));
      stream.stop();
      return;
    }
    line.add(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) return;
    stdout.off('data', onData);
    stdout.pause();
    if (end + 1 < chunk.length) stdout.unshift(chunk.subarray(end + 1));
    resolve(ok(line.text()));
  };
  stdout.on('data', onData);
  void stream.done.then(() => resolve(null));
  return promise;
}
