/** The way to a simulated machine: how many bytes go over it in a second, and whether it is there at all. */
import { setTimeout as wait } from 'node:timers/promises';

export class Link {
  /** Bytes in a second, both ways together; null: as fast as it goes. */
  rate: number | null = null;
  #isDown = false;
  /** Told when it goes down and when it comes back. */
  onTurn: (isDown: boolean) => void = () => {};
  readonly #cuts = new Set<() => void>();
  /** When what was sent so far is through, in milliseconds. */
  #freeAt = 0;

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Down: every connection ends, and none is taken. */
  set isDown(isDown: boolean) {
    if (this.#isDown === isDown) return;
    this.#isDown = isDown;
    this.onTurn(isDown);
    if (!isDown) return;
    for (const cut of this.#cuts) cut();
    this.#cuts.clear();
  }

  onCut(cut: () => void): void {
    this.#cuts.add(cut);
  }

  forget(cut: () => void): void {
    this.#cuts.delete(cut);
  }

  /** Waits as long as so many bytes take. */
  async carry(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.rate === null) return;
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / this.rate) * 1000;
    // A timer for every packet would cost more than the packet.
    if (this.#freeAt - now > LEAST_WAIT)
      await wait(this.#freeAt - now, undefined, { signal }).catch(() => undefined);
  }
}

const LEAST_WAIT = 10;
