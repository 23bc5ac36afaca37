/**
 * What a file descriptor of a simulated process stands for. Several may share one; it ends when the last lets go. Text is
 * kept as byte strings throughout (one character for each byte, latin1), so that names of any bytes stay what they are.
 */
import { randomBytes } from 'node:crypto';
import { Errno } from '../errno.ts';

export interface OpenFile {
  /** At most `most` bytes, as soon as there are any; none: the end. Rejects when `signal` is aborted. */
  read(most: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Waits while the reader is behind. Faults: Errno EPIPE (nobody reads any more), ENOSPC, EBADF. */
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** One more holds it. */
  retain(): this;
  /** One lets go. */
  release(): void;
}

export const toBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Counts its holders; what it stands for says what happens when there is none left. */
export abstract class SharedFile implements OpenFile {
  /** Absolute, of a file that was opened by its name; null: it has none. */
  readonly path: string | null;
  #holders = 1;
  #unlock: (() => void) | null = null;

  constructor(path: string | null = null) {
    this.path = path;
  }

  /** By `flock`: whoever holds it has the lock. */
  get isLocked(): boolean {
    return this.#unlock !== null;
  }

  /** Until the last lets go. */
  lock(unlock: () => void): void {
    this.#unlock = unlock;
  }

  read(_most: number, _signal: AbortSignal): Promise<Uint8Array> {
    return Promise.reject(new Errno('EBADF'));
  }

  write(_bytes: Uint8Array, _signal: AbortSignal): Promise<void> {
    return Promise.reject(new Errno('EBADF'));
  }

  retain(): this {
    this.#holders += 1;
    return this;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders !== 0) return;
    this.#unlock?.();
    this.ended();
  }

  protected abstract ended(): void;
}

/** As Linux gives a pipe. */
const CAPACITY = 65_536;

class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isWritten = true;
  #isRead = true;
  #changed = Promise.withResolvers<void>();

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async read(most: number, signal: AbortSignal): Promise<Uint8Array> {
    while (this.#size === 0 && this.#isWritten) await unlessAborted(this.#changed.promise, signal);
    const first = this.#chunks.shift();
    if (first === undefined) return new Uint8Array();
    if (first.length > most) this.#chunks.unshift(first.subarray(most));
    const taken = first.subarray(0, most);
    this.#size -= taken.length;
    this.#change();
    return taken;
  }

  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    while (this.#size >= CAPACITY && this.#isRead) await unlessAborted(this.#changed.promise, signal);
    if (!this.#isRead) throw new Errno('EPIPE');
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#change();
  }

  endWriting(): void {
    this.#isWritten = false;
    this.#change();
  }

  endReading(): void {
    this.#isRead = false;
    this.#chunks.length = 0;
    this.#change();
  }
}

class ReadingEnd extends SharedFile {
  readonly #pipe: Pipe;
  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
  }
  override read(most: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#pipe.read(most, signal);
  }
  protected override ended(): void {
    this.#pipe.endReading();
  }
}

class WritingEnd extends SharedFile {
  readonly #pipe: Pipe;
  constructor(pipe: Pipe) {
    super();
    this.#pipe = pipe;
  }
  override write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#pipe.write(bytes, signal);
  }
  protected override ended(): void {
    this.#pipe.endWriting();
  }
}

/** What is written to the second is read from the first; the reader sees the end when the last writer let go. */
export function openPipe(): readonly [reads: OpenFile, writes: OpenFile] {
  const pipe = new Pipe();
  return [new ReadingEnd(pipe), new WritingEnd(pipe)];
}

/** Takes whatever is written, and gives what it is made of. */
class Device extends SharedFile {
  readonly #give: (most: number) => Uint8Array;
  constructor(give: (most: number) => Uint8Array) {
    super();
    this.#give = give;
  }
  override read(most: number): Promise<Uint8Array> {
    return Promise.resolve(this.#give(most));
  }
  override write(): Promise<void> {
    return Promise.resolve();
  }
  protected override ended(): void {}
}

/** /dev/null. */
export const openNull = (): OpenFile => new Device(() => new Uint8Array());

/** By their paths. */
export const DEVICES: ReadonlyMap<string, () => OpenFile> = new Map([
  ['/dev/null', openNull],
  ['/dev/zero', () => new Device((most) => new Uint8Array(most))],
  ['/dev/urandom', () => new Device((most) => randomBytes(most))],
]);

/** Rejects with the signal's reason as soon as that is aborted, however long the other takes. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
