/**
 * Decides where the output of a command begins. A login shell reads its start-up files first, and what those print
 * comes before the mark, on stdout and stderr alike; so it is nobody's answer and spoils no stream.
 */

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
  let held = Buffer.alloc(0);
  let seen = 0;
  let begun = false;
  return {
    pass(chunk) {
      if (begun) return chunk;
      seen += chunk.length;
      const all = Buffer.concat([held, chunk]);
      const at = all.indexOf(MARK);
      begun = at >= 0;
      held = Buffer.from(begun ? all.subarray(0, at) : all.subarray(-KEPT_BYTES));
      return begun ? all.subarray(at + MARK.length) : Buffer.alloc(0);
    },
    get begun() {
      return begun;
    },
    get flooded() {
      return !begun && seen > MOST_BYTES;
    },
    before: () => held.subarray(-KEPT_BYTES).toString('utf8'),
  };
}
