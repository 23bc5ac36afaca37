/**
 * Decides what is told of the times in which the scheduler did nothing else: its main loop stood still, so nothing was
 * begun, nobody was answered and no limit was kept. It only watches.
 */
import { monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import type { Standstill } from '../metrics/standstill-cause.ts';
import type { ServiceEvent } from './log.ts';

export interface StandstillWatch {
  /** What the scheduler does, to tell what ran. */
  note(event: ServiceEvent): void;
  /** The longest of each kind in the last five minutes. */
  longest(): readonly Standstill[];
  close(): void;
}

/** Of the last piece of time. */
export interface LoopSample {
  readonly longestSeconds: number;
  readonly cpuSeconds: number;
}

/** Milliseconds between two samples; a standstill may be seen one sample late. */
const SAMPLE = 1000;
/** Milliseconds between two lines in the log, and for which the longest is remembered. */
const QUIET = 60_000;
const REMEMBERED = 300_000;
/** Seconds from which on it is told. */
const WORTH_TELLING = 0.2;
/** Share of a standstill that is spent on a CPU when it is work. On a machine that is shared it gets less than all. */
const BUSY = 0.1;
/** How often the loop is looked at, in milliseconds. */
const RESOLUTION = 10;

export function watchStandstills(tell: (event: ServiceEvent) => void): StandstillWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  const judge = new Standstills(tell);
  let cpu = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const longestSeconds = longestOf(delays);
    delays.reset();
    judge.take({ longestSeconds, cpuSeconds: (user + system) / 1e6 }, performance.now());
  }, SAMPLE);
  timer.unref();
  return {
    note: (event) => judge.note(event),
    longest: () => judge.longest(),
    close: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}

/** The time between two looks at the loop, without the pause that is meant to be between them. */
const longestOf = (delays: Pick<RecordableHistogram, 'count' | 'max'>): number =>
  delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - RESOLUTION) / 1000;

/** The judgement, without a clock of its own. */
export class Standstills {
  readonly #tell: (event: ServiceEvent) => void;
  #remembered: (Standstill & { readonly at: number })[] = [];
  #untold: (Standstill & { readonly atWork: readonly string[] }) | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;
  #cpuBefore = 0;
  readonly #running = new Map<number, string>();
  /** What ended since the last sample but one: it may be what stood still. */
  #ended: [before: string[], since: string[]] = [[], []];

  constructor(tell: (event: ServiceEvent) => void) {
    this.#tell = tell;
  }

  note(event: ServiceEvent): void {
    if (event.type === 'begun') this.#running.set(event.run, event.item);
    if (event.type === 'hand') this.#running.set(event.run, `run:${event.run}`);
    if (event.type !== 'ended' && !(event.type === 'hand' && event.phase !== 'begun')) return;
    const item = this.#running.get(event.run);
    this.#running.delete(event.run);
    if (item !== undefined) this.#ended[1].push(item);
  }

  /** `now`: milliseconds of a clock that nobody sets. */
  take({ longestSeconds, cpuSeconds }: LoopSample, now: number): void {
    const busySeconds = cpuSeconds + this.#cpuBefore;
    const cause = busySeconds >= BUSY * longestSeconds ? 'work' : 'stopped';
    const atWork = [...new Set([...this.#running.values(), ...this.#ended.flat()])].toSorted();
    this.#cpuBefore = cpuSeconds;
    this.#ended = [this.#ended[1], []];
    this.#remembered = this.#remembered.filter(({ at }) => now - at < REMEMBERED);
    this.#remembered.push({ cause, seconds: longestSeconds, at: now });
    const isLongest = longestSeconds > (this.#untold?.seconds ?? 0);
    if (longestSeconds >= WORTH_TELLING && isLongest)
      this.#untold = { cause, seconds: longestSeconds, atWork };
    if (this.#untold === null || now - this.#toldAt < QUIET) return;
    this.#tell({ type: 'standstill', ...this.#untold });
    this.#untold = null;
    this.#toldAt = now;
  }

  longest(): Standstill[] {
    return (['work', 'stopped'] as const).map((cause) => ({
      cause,
      seconds: this.#remembered.reduce(
        (most, one) => (one.cause === cause ? Math.max(most, one.seconds) : most),
        0,
      ),
    }));
  }
}
