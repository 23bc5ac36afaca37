// The order of faults, decided by the seed alone: which kind, where, for how long. It looks at no clock and no server.
import { Chance } from './chance.ts';
import type { Kind } from './kind.ts';

export interface Step {
  readonly number: number;
  readonly kind: Kind;
  /** The server it is done to; of the manager's it is `manager`. */
  readonly server: string;
  readonly holdSeconds: number;
  /** Until the next one begins, if that has to wait for nothing. */
  readonly pauseSeconds: number;
  /** For what the kind itself draws. */
  readonly seed: number;
}

export const PRIMARY = 'a';
export const TARGETS = ['b', 'c', 'd'] as const;

/** So many faults of one target, then so many of the manager and the primary: meanwhile the other targets are well. */
const OF_A_TARGET = 6;
const OF_THE_OTHERS = 4;

/** Gives each kind once before it gives one again. */
class Deck {
  readonly #chance: Chance;
  readonly #kinds: readonly Kind[];
  #left: Kind[] = [];

  constructor(chance: Chance, kinds: readonly Kind[]) {
    this.#chance = chance;
    this.#kinds = kinds;
  }

  draw(): Kind | undefined {
    if (this.#left.length === 0) this.#left = this.#chance.shuffled(this.#kinds);
    return this.#left.pop();
  }
}

/** Without an end, unless there are no kinds. */
export function* sequence(seed: number, kinds: readonly Kind[]): Generator<Step> {
  const chance = new Chance(seed);
  const targets = new Deck(
    chance,
    kinds.filter(({ place }) => place === 'target'),
  );
  const others = new Deck(
    chance,
    kinds.filter(({ place }) => place !== 'target'),
  );
  let number = 0;
  while (kinds.length > 0) {
    const victim = chance.pick(TARGETS) ?? TARGETS[0];
    for (let left = OF_A_TARGET + OF_THE_OTHERS; left > 0; left--) {
      const kind = (left > OF_THE_OTHERS ? targets : others).draw();
      if (kind === undefined) continue;
      number += 1;
      yield { number, kind, ...drawn(kind, victim, chance) };
    }
  }
}

function drawn(kind: Kind, victim: string, chance: Chance): Omit<Step, 'number' | 'kind'> {
  const places = { manager: 'manager', primary: PRIMARY, target: kind.only ?? victim };
  return {
    server: places[kind.place],
    holdSeconds: chance.whole(...kind.seconds),
    pauseSeconds: chance.whole(2, 6),
    seed: chance.whole(0, 2 ** 31 - 1),
  };
}
