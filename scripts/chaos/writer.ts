// Somebody who works all the time: writes, renames and deletes files in every subvolume, whatever happens meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { PRIMARY } from './sequence.ts';
import { homeOf, SUBVOLUMES } from './stage.ts';
import type { World } from './world.ts';

const REST_MS = 700;
const LEAST_OFTEN = 4;

/** `$1`: the turn; the rest: subvolumes. Twelve files in each, of which one is written anew, one renamed, one deleted. */
const WORK = `turn=$1; shift
for subvolume; do
  cd "$subvolume/busy" || continue
  head -c 60000 /dev/urandom >"file $((turn % 12))"
  mv -f "file $(((turn + 4) % 12))" "moved $((turn % 3))" 2>/dev/null
  rm -f "file $(((turn + 7) % 12))"
  echo "turn $turn" >>journal
done
true`;

export class Writer {
  readonly #world: World;
  readonly #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();
  turns = 0;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    this.#work = this.#loop();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    const words = SUBVOLUMES.map(homeOf);
    while (!signal.aborted) {
      this.turns += 1;
      // A full disk or a killed server stops nobody from trying again.
      await this.#world.lab.exec(PRIMARY, ['sh', '-c', WORK, 'sh', String(this.turns), ...words]);
      await pause(REST_MS * Math.min(LEAST_OFTEN, this.#world.slowness), null, { signal }).catch(
        () => undefined,
      );
    }
  }
}
