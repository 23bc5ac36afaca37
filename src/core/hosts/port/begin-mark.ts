/**
 * Decides where the output of a command begins. A login shell reads its start-up files first, and what those print
 * comes before the mark, on stdout and stderr alike; so it is nobody's answer and spoils no stream.
 */
import { tailBuffer } from './tail-buffer.ts';

const MARK = 'btrfleet-begins\n';

/** What the shell runs to print the mark on both. The mark is not in it, as some shells repeat what they are told. */
export const PRINT_MARK = `echo btrfleet-""begins; echo btrfleet-""begins >&2`;

/** A start-up file may print a motd. What goes on for longer is no start. */
const MOST_BYTES = 1024 * 1024;
/** What is kept of it, for a message. */
const KEPT_BYTES = 4096;

export interface BeginMark {
  /** What of a chunk is the command's own. */
  pass(chunk: Buffer): Buffer;
  readonly begun: boolean;
  /** More came than any start-up file prints. */
  readonly flooded: boolean;
  /** The end of what came before the mark. */
  before(): string;
}

export function createBeginMark(): BeginMark {
  const said = tailBuffer(KEPT_BYTES);
  /** The end of what came, in which the mark may have begun. */
  let rest = Buffer.alloc(0);
  let seen = 0;
  let begun = false;
  return {
    pass(chunk) {
      if (begun || seen > MOST_BYTES) return begun ? chunk : NOTHING;
      seen += chunk.length;
      const all = Buffer.concat([rest, chunk]);
      const at = all.indexOf(MARK);
      begun = at >= 0;
      if (begun) said.add(all.subarray(rest.length, Math.max(rest.length, at)));
      else said.add(chunk);
      rest = begun ? NOTHING : Buffer.from(all.subarray(1 - MARK.length));
      return begun ? all.subarray(at + MARK.length) : NOTHING;
    },
    get begun() {
      return begun;
    },
    get flooded() {
      return !begun && seen > MOST_BYTES;
    },
    before: () => said.text(),
  };
}

const NOTHING = Buffer.alloc(0);
