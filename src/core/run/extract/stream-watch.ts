/** Watches a tar stream as it passes: that it is no longer than what was listed can be, and what is in it. */
import { MIB } from '../../hosts/port/bounded-output.ts';
import type { ExtractPlan } from '../../plan/extract/question.ts';

/** Bytes of headers and attributes of an entry, on the average of many. */
const MOST_OF_ENTRY = 16_384;
/** Bytes of attributes, where there are many of a few. */
const SLACK = 64 * MIB;

/** Bytes that no honest stream of it is longer than. */
export const mostBytesOf = ({ bytes, staged: { comes, kept } }: ExtractPlan): number =>
  bytes + (comes.size + kept.size) * MOST_OF_ENTRY + SLACK;

export class StreamWatch {
  /** An access list is in it, or content that reads like one. */
  hasAccessLists = false;
  isTooLong = false;
  readonly #most: number;
  readonly #onTooLong: () => void;
  #bytes = 0;
  /** The end of the chunk before. */
  #end = Buffer.alloc(0);

  constructor(most: number, onTooLong: () => void) {
    this.#most = most;
    this.#onTooLong = onTooLong;
  }

  readonly see = (chunk: Uint8Array): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most && !this.isTooLong) {
      this.isTooLong = true;
      this.#onTooLong();
    }
    if (this.hasAccessLists) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const seam = Buffer.concat([this.#end, bytes.subarray(0, MARK.length)]);
    this.hasAccessLists = bytes.includes(MARK) || seam.includes(MARK);
    this.#end = Buffer.from(Buffer.concat([this.#end, bytes.subarray(-MARK.length)]).subarray(-MARK.length));
  };
}

/** In the header of what has one; tar writes of its failure for all files, where there is no room for any. */
const MARK = 'SCHILY.acl.';
