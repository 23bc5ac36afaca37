/**
 * Gives keys one at a time, and decides which came faster than a hand types: several characters in one chunk, or one
 * right after the other. Text that is pasted without brackets comes so, and what a slow line has gathered.
 */
import type { Typing } from '../store/app.ts';

/** Milliseconds: a key that is held down comes every 30, what a program types every 12 at most. */
export const BURST = 20;

/** A character, a blank or Enter: what text is made of. Arrows, Tab and Ctrl with a letter are keys. */
const isText = (key: string): boolean => key === '\r' || key === '\n' || !CONTROL.test(key);

const CONTROL = /^\p{Cc}/u;

/** As in any terminal it ends what was typed ahead of it: behind a long text it would be heard only after all of that. */
const CTRL_C = '\u0003';

export interface KeyQueue {
  readonly typing: Typing;
  /** What came in one chunk. */
  add(...keys: readonly string[]): void;
  /** Nothing that waits is given or told any more. */
  clear(): void;
}

/** Each key is given in a turn of its own. `within`: milliseconds between two keys of a burst; 0: one chunk only. */
export function keyQueue(within: number, give: (key: string) => void): KeyQueue {
  const queue: { readonly key: string; readonly isBurst: boolean }[] = [];
  let given = { key: '', isBurst: false };
  let scheduled = false;
  let lastText = Number.NEGATIVE_INFINITY;
  /** Of the key that was given last it is not known yet: no further one may overtake it. */
  let asked: ((isBurst: boolean) => void) | null = null;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    if (scheduled || queue.length === 0 || asked !== null) return;
    scheduled = true;
    setImmediate(giveNext);
  };
  const giveNext = (): void => {
    scheduled = false;
    const next = asked === null ? queue.shift() : undefined;
    if (next === undefined) return;
    given = next;
    give(next.key);
    schedule();
  };
  const know = (isBurst: boolean): void => {
    clearTimeout(timer);
    const then = asked;
    asked = null;
    then?.(isBurst);
    schedule();
  };
  const clear = (): void => {
    clearTimeout(timer);
    asked = null;
    queue.length = 0;
  };
  return {
    typing: {
      whenKnown: (then) => {
        if (given.isBurst || !isText(given.key) || within === 0) {
          then(given.isBurst);
          return;
        }
        asked = then;
        // What came to a busy process meanwhile is read after the timer, and before the immediate.
        timer = setTimeout(() => setImmediate(() => asked === then && know(false)), within);
      },
    },
    add: (...all) => {
      const keys = all.slice(Math.max(0, all.lastIndexOf(CTRL_C)));
      if (keys[0] === CTRL_C) clear();
      // What it ended came as fast as what follows it: that is no hand's, either.
      const now = performance.now();
      const count = all.filter(isText).length;
      const isBurst = count > 1 || (count === 1 && now - lastText < within);
      if (count > 0) lastText = now;
      queue.push(...keys.map((key) => ({ key, isBurst: isBurst && key !== CTRL_C })));
      // The one that is waited for was the beginning of it.
      if (isBurst) know(true);
      schedule();
    },
    clear,
  };
}
