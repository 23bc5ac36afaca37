// What a kind of fault is: how it is done to the world, and how it is undone.
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

/** Whom a fault is done to. A target is drawn; the others there is one of. */
export type Place = 'manager' | 'primary' | 'target';

export interface Injury {
  /** What was done, for the log. */
  readonly what: string;
  /** Undoes it. Called once, also when the run is broken off; may be called while the scheduler is down. */
  heal(): Promise<void>;
}

export interface Kind {
  readonly name: string;
  readonly place: Place;
  /** False: everything is to go on as ever meanwhile, at this place, too. */
  readonly breaks: boolean;
  /** How long it stays: the least and the most, in seconds. */
  readonly seconds: readonly [number, number];
  /** Only this target has what it takes. */
  readonly only?: string;
  /** Throws where it cannot be done now; then it must have left nothing. */
  inject(world: World, server: string, chance: Chance): Promise<Injury>;
}
