/** Keeps the content of files of a whole fleet, in blocks, each content once however often it is written. */
import { crc32c } from './crc32c.ts';

/** Bytes of a block, all but the last of a file: what one write command of a send stream carries. */
export const BLOCK = 49_152;

/** Never changed. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/** Synthetic blocks begin at so many places of one buffer, this far apart. */
const PLACES = 512;
const STRIDE = 1024;

export class BlockStore {
  readonly #blocks = new Map<number, Block[]>();
  #noise: Uint8Array | null = null;
  /** Whole synthetic blocks, by where they begin. */
  readonly #places: Block[] = [];

  /** At most `BLOCK` bytes. @param crc of them, where it is known. */
  intern(bytes: Uint8Array, crc: number = crc32c(bytes)): Block {
    return this.#known(bytes, crc) ?? this.#keep(Uint8Array.from(bytes), crc);
  }

  /** Bytes as the blocks of a file. */
  blocks(bytes: Uint8Array): Block[] {
    const count = Math.ceil(bytes.length / BLOCK);
    return Array.from({ length: count }, (_, index) =>
      this.intern(bytes.subarray(index * BLOCK, (index + 1) * BLOCK)),
    );
  }

  /** Content for a file that nobody reads closely: another seed, another content. It takes next to no memory. */
  synthetic(seed: number, bytes: number): Block[] {
    this.#noise ??= makeNoise();
    const noise = this.#noise;
    return Array.from({ length: Math.ceil(bytes / BLOCK) }, (_, index) => {
      const place = mix(seed * 31 + index) % PLACES;
      const size = Math.min(BLOCK, bytes - index * BLOCK);
      const known = size === BLOCK ? this.#places[place] : undefined;
      const block = known ?? this.#noisy(noise, place, size);
      if (size === BLOCK) this.#places[place] = block;
      return block;
    });
  }

  #noisy(noise: Uint8Array, place: number, size: number): Block {
    const bytes = noise.subarray(place * STRIDE, place * STRIDE + size);
    const crc = crc32c(bytes);
    return this.#known(bytes, crc) ?? this.#keep(bytes, crc);
  }

  #known(bytes: Uint8Array, crc: number): Block | undefined {
    return this.#blocks.get(crc)?.find((block) => Buffer.compare(block.bytes, bytes) === 0);
  }

  #keep(bytes: Uint8Array, crc: number): Block {
    const block = { bytes, crc };
    const others = this.#blocks.get(crc);
    if (others) others.push(block);
    else this.#blocks.set(crc, [block]);
    return block;
  }
}

function mix(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const makeNoise = (): Uint8Array =>
  new Uint8Array(
    Uint32Array.from({ length: (PLACES * STRIDE + BLOCK) / 4 }, (_, index) => mix(index + 1)).buffer,
  );
