/** Keeps count of the room that is taken on a filesystem, and decides whether there is any for more. */
import { Errno } from '../errno.ts';
import { divide, freeOf, type Room, roomOfAll, type Usage } from './space.ts';
import type { Subvolume } from './subvolume.ts';

const SECTOR = 4096;
/** What one change may add to the metadata. */
const CHANGE_BYTES = 512;

/**
 * Between two counts the figure is never too low: what is let go is not taken off it. So it is counted anew when
 * somebody asks after that, and before anything is refused.
 */
export class Ledger {
  readonly #size: number;
  readonly #subvolumes: () => Iterable<Subvolume>;
  #ballast = 0;
  #room: Room = { data: 0, metadata: 0 };
  #isCounted = false;

  constructor(size: number, subvolumes: () => Iterable<Subvolume>) {
    this.#size = size;
    this.#subvolumes = subvolumes;
  }

  /** Something was let go. */
  recount(): void {
    this.#isCounted = false;
  }

  usage(): Usage {
    if (!this.#isCounted) this.#room = roomOfAll(this.#subvolumes());
    this.#isCounted = true;
    return divide(this.#size, { ...this.#room, data: this.#room.data + this.#ballast });
  }

  /** For new data, before it is there. Faults: ENOSPC. */
  take(bytes: number): void {
    const room = Math.ceil(bytes / SECTOR) * SECTOR;
    const fits = (): boolean => room <= freeOf(divide(this.#size, this.#withBallast()));
    if (room > 0 && !fits()) {
      this.usage();
      if (!fits()) throw new Errno('ENOSPC');
    }
    this.#room = { data: this.#room.data + room, metadata: this.#room.metadata + CHANGE_BYTES };
  }

  /** Takes so much that `left` bytes are left for data; undefined: gives it back. */
  fill(left?: number): void {
    this.#ballast = 0;
    if (left !== undefined) this.#ballast = Math.max(0, freeOf(this.usage()) - left);
  }

  #withBallast(): Room {
    return { ...this.#room, data: this.#room.data + this.#ballast };
  }
}
