/**
 * Feeds one stream to many sinks, each at its own pace within a bound: the source is read once and waits for the
 * slowest, until that one has made the others wait for too long and falls out. It knows nothing of btrfs.
 */
import type { Readable, Writable } from 'node:stream';

export interface FanOutOptions {
  /** Most bytes that lie between the source and one sink. Default: 1 MiB. */
  readonly bufferBytes?: number;
  /** Seconds the others may wait for a sink, if that was half of the time, before it falls out. Default: 10. */
  readonly patienceSeconds?: number;
  /** Seconds the others may wait for a sink that takes nothing at all meanwhile. Default: 60. */
  readonly stillSeconds?: number;
  /** Most bytes a second read from the source; null: no limit. */
  readonly rateBytesPerSecond?: number | null;
  /** Sees every chunk once, before it is passed on. */
  readonly onChunk?: (chunk: Uint8Array) => void;
  /** A sink has fallen out: nothing more is written to it. */
  readonly onFallOut?: (sink: Writable) => void;
}

export type FanOutEnd =
  /** The source ended and every sink left was ended too. */
  | 'ended'
  /** No sink is left that takes anything. */
  | 'no-sinks'
  /** The source closed before its end. */
  | 'source-broken';

/** How often waiting and rate are looked at, in milliseconds. */
const TICK = 100;
/** More smooths nothing, since a disk pauses for longer than any buffer lasts, and costs memory and time. */
const BUFFER_BYTES = 1024 * 1024;
const PATIENCE_SECONDS = 10;
const STILL_SECONDS = 60;

interface Lane {
  readonly sink: Writable;
  alive: boolean;
  /** Bytes handed over, and those among them the sink has not taken yet. */
  written: number;
  waiting: number;
  /** Ticks the others had to wait for it; and those since it last took anything. */
  heldUp: number;
  still: number;
}

export class FanOut {
  readonly finished: Promise<FanOutEnd>;
  readBytes = 0;

  readonly #source: Readable;
  readonly #lanes: Map<Writable, Lane>;
  readonly #options: FanOutOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: (end: FanOutEnd) => void;
  /** Bytes that may still be read in this tick. */
  #allowance: number;
  #ticks = 0;

  constructor(source: Readable, sinks: readonly Writable[], options: FanOutOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#allowance = this.#bytesPerTick();
    this.#lanes = new Map(
      sinks.map((sink) => [sink, { sink, alive: true, written: 0, waiting: 0, heldUp: 0, still: 0 }]),
    );
    const { promise, resolve } = Promise.withResolvers<FanOutEnd>();
    this.finished = promise;
    this.#resolve = resolve;
    this.#timer = setInterval(() => this.#tick(), TICK);
    for (const sink of sinks) {
      sink.on('error', () => this.drop(sink));
      sink.on('close', () => this.drop(sink));
    }
    source.on('data', this.#pass);
    source.once('end', () => this.#end());
    source.once('error', () => this.#finish('source-broken'));
    source.once('close', () => this.#finish('source-broken'));
    if (sinks.length === 0) this.#finish('no-sinks');
  }

  /** Bytes a sink has taken so far. */
  takenBytes(sink: Writable): number {
    const lane = this.#lanes.get(sink);
    return lane ? lane.written - lane.waiting : 0;
  }

  /** Leaves a sink out from now on; the others go on. */
  drop(sink: Writable): void {
    const lane = this.#lanes.get(sink);
    if (!lane?.alive) return;
    lane.alive = false;
    if (this.#alive().length === 0) this.#finish('no-sinks');
    else this.#steer();
  }

  #alive(): Lane[] {
    return [...this.#lanes.values()].filter((lane) => lane.alive);
  }

  readonly #pass = (chunk: Uint8Array): void => {
    this.readBytes += chunk.length;
    this.#allowance -= chunk.length;
    this.#options.onChunk?.(chunk);
    for (const lane of this.#alive()) {
      lane.written += chunk.length;
      lane.waiting += chunk.length;
      lane.sink.write(chunk, () => {
        lane.waiting -= chunk.length;
        lane.still = 0;
        this.#steer();
      });
    }
    this.#steer();
  };

  /** Stops reading while a sink has its buffer full or the rate is used up; goes on when all are half empty. */
  #steer(): void {
    const high = this.#options.bufferBytes ?? BUFFER_BYTES;
    const lanes = this.#alive();
    if (this.#allowance <= 0 || lanes.some((lane) => lane.waiting >= high)) this.#source.pause();
    else if (this.#source.isPaused() && lanes.every((lane) => lane.waiting <= high / 2))
      this.#source.resume();
  }

  #tick(): void {
    this.#ticks += 1;
    this.#blame();
    this.#allowance = Math.min(this.#allowance + this.#bytesPerTick(), this.#bytesPerTick());
    this.#steer();
  }

  /** Counts against the sinks that hold the source while another one has nothing left to do. */
  #blame(): void {
    const lanes = this.#alive();
    const othersWait =
      this.#source.isPaused() && this.#allowance > 0 && lanes.some((lane) => lane.waiting === 0);
    if (!othersWait) return;
    const ticks = (seconds: number): number => (seconds * 1000) / TICK;
    const patience = ticks(this.#options.patienceSeconds ?? PATIENCE_SECONDS);
    const stillness = ticks(this.#options.stillSeconds ?? STILL_SECONDS);
    for (const lane of lanes.filter((one) => one.waiting > 0)) {
      lane.heldUp += 1;
      lane.still += 1;
      if (lane.heldUp < Math.max(patience, this.#ticks / 2) && lane.still < stillness) continue;
      this.drop(lane.sink);
      this.#options.onFallOut?.(lane.sink);
    }
  }

  #bytesPerTick(): number {
    const rate = this.#options.rateBytesPerSecond ?? null;
    return rate === null ? Number.POSITIVE_INFINITY : (rate * TICK) / 1000;
  }

  #end(): void {
    for (const lane of this.#alive()) lane.sink.end();
    this.#finish('ended');
  }

  #finish(end: FanOutEnd): void {
    clearInterval(this.#timer);
    this.#source.off('data', this.#pass);
    this.#resolve(end);
  }
}
