/** Decides what is kept of an output that nobody reads to the end: its last bytes, in bounded memory. */

export interface TailBuffer {
  add(chunk: Uint8Array): void;
  text(): string;
}

/** Keeps the last `limit` bytes. */
export function tailBuffer(limit: number): TailBuffer {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      // Compacted at twice the limit, so that many small chunks cost little.
      if (size > 2 * limit) {
        const last = Buffer.concat(chunks).subarray(size - limit);
        chunks = [Buffer.from(last)];
        size = limit;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-limit).toString('utf8'),
  };
}
