/** Decides what is kept of an output that nobody reads to the end: its last bytes, in bounded memory. */

export interface TailBuffer {
  add(chunk: Uint8Array): void;
  text(): string;
}

/** Keeps the last `limit` bytes. They are copied: a chunk may be a byte of a packet that is held with it. */
export function tailBuffer(limit: number): TailBuffer {
  let held = Buffer.alloc(0);
  let size = 0;
  return {
    add(chunk) {
      const last = chunk.subarray(-limit);
      // Moved once in `limit` bytes at most, so that many small chunks cost little.
      if (size + last.length > 2 * limit) {
        const kept = Math.max(0, limit - last.length);
        held.copyWithin(0, size - kept, size);
        size = kept;
      }
      if (size + last.length > held.length) {
        const wider = Buffer.allocUnsafe(Math.min(2 * limit, Math.max(1024, 2 * (size + last.length))));
        held.copy(wider, 0, 0, size);
        held = wider;
      }
      held.set(last, size);
      size += last.length;
    },
    text: () => held.toString('utf8', Math.max(0, size - limit), size),
  };
}
