// Does the faults of a sequence to the world, one place at a time, and undoes each when its time is over or the run ends.
import { setTimeout as pause } from 'node:timers/promises';
import type { Span } from './books.ts';
import { Chance } from './chance.ts';
import { insist } from './injure.ts';
import type { Injury } from './kind.ts';
import type { Step } from './sequence.ts';
import type { World } from './world.ts';

export interface Tally {
  done: number;
  /** It could not be done just then. */
  impossible: number;
}

export const HEALED = 'the chaos undoes what it did';

export class Faults {
  readonly tallies = new Map<string, Tally>();
  readonly #world: World;
  readonly #signal: AbortSignal;
  readonly #log: (line: string) => void;
  /** What is being done to a place, until it is undone. */
  readonly #open = new Map<string, Promise<void>>();

  constructor(world: World, signal: AbortSignal, log: (line: string) => void) {
    this.#world = world;
    this.#signal = signal;
    this.#log = log;
  }

  /** Ends with all undone: when `milliseconds` are over, when the signal comes, or when it fails. */
  async run(steps: Iterable<Step>, milliseconds: number): Promise<void> {
    const until = Date.now() + milliseconds;
    const isOver = (): boolean => this.#signal.aborted || Date.now() >= until;
    try {
      for (const step of steps) {
        await this.#open.get(step.server);
        if (isOver()) break;
        await this.#begin(step);
        await this.#rest(Math.min(step.pauseSeconds * 1000, Math.max(0, until - Date.now())));
        if (isOver()) break;
      }
    } finally {
      await Promise.all(this.#open.values());
    }
  }

  #rest = (milliseconds: number): Promise<unknown> =>
    pause(milliseconds, null, { signal: this.#signal }).catch(() => undefined);

  async #begin(step: Step): Promise<void> {
    const { kind, server, seed, number } = step;
    const tally = this.tallies.get(kind.name) ?? { done: 0, impossible: 0 };
    this.tallies.set(kind.name, tally);
    const span = kind.breaks ? this.#world.books.breaks(server) : null;
    try {
      const injury = await kind.inject(this.#world, server, new Chance(seed));
      tally.done += 1;
      this.#log(`#${number} ${kind.name} ${server}: ${injury.what}`);
      this.#open.set(server, this.#holdAndHeal(step, injury, span));
    } catch (error) {
      tally.impossible += 1;
      if (span) span.to = Date.now();
      this.#log(`#${number} ${kind.name} ${server}: not possible now: ${firstLine(error)}`);
    }
  }

  async #holdAndHeal(
    { kind, server, number, holdSeconds }: Step,
    injury: Injury,
    span: Span | null,
  ): Promise<void> {
    const begun = performance.now();
    await this.#rest(holdSeconds * 1000);
    try {
      await insist(() => injury.heal());
      this.#log(
        `#${number} ${kind.name} ${server}: healed after ${((performance.now() - begun) / 1000).toFixed(1)} s`,
      );
    } catch (error) {
      this.#world.books.found(HEALED, `#${number} ${kind.name} ${server}: ${String(error)}`);
    }
    if (span) span.to = Date.now();
    this.#open.delete(server);
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 2).join(' ').slice(0, 200);
