/**
 * Decides when what changed is drawn: at once when nothing was for a while or somebody pressed a key, else at most four
 * times a second. A fleet of hundreds of servers changes the store hundreds of times while it is looked at.
 */
import type { StoreApi } from 'zustand/vanilla';

/** Milliseconds between two drawings that no key asked for. */
export const PACE = 250;

export interface Paced<State> {
  /** As it is to be drawn; up to `PACE` behind the store. */
  readonly getState: () => State;
  readonly subscribe: (listener: () => void) => () => void;
  /** What changed is drawn now: somebody waits for it. */
  readonly flush: () => void;
}

/** `now`: milliseconds, by a clock that only goes on. */
export function pace<State>(
  { getState, subscribe }: Pick<StoreApi<State>, 'getState' | 'subscribe'>,
  now: () => number = () => performance.now(),
): Paced<State> {
  const listeners = new Set<() => void>();
  let shown = getState();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (shown === getState()) return;
    shown = getState();
    drawnAt = now();
    for (const listener of listeners) listener();
  };
  // What changes in the same turn is drawn together.
  const changed = (): void => {
    timer ??= setTimeout(flush, Math.max(0, drawnAt + PACE - now()));
  };
  let stop = (): void => {};
  return {
    getState: () => (listeners.size === 0 ? getState() : shown),
    subscribe: (listener) => {
      if (listeners.size === 0) {
        shown = getState();
        stop = subscribe(changed);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop();
        if (timer !== null) clearTimeout(timer);
        timer = null;
      };
    },
    flush,
  };
}
