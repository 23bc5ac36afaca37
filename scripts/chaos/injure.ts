// Does something to the world so that nothing of it is left where it fails half-way.
import { setTimeout as pause } from 'node:timers/promises';
import type { Injury } from './kind.ts';

const TRIES = 15;
const REST_MS = 1000;

/** Tries again what may have something else in its way, as a server that is away; throws the last failure. */
export async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await pause(REST_MS);
    }
  }
}

/** `heal` must be harmless where nothing was done yet. */
export async function injure(
  what: string,
  act: () => Promise<unknown>,
  heal: () => Promise<unknown>,
): Promise<Injury> {
  try {
    await act();
  } catch (error) {
    await insist(heal);
    throw error;
  }
  return { what, heal: async () => void (await heal()) };
}
