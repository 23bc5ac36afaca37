/**
 * Decides when anything in a snapshot was last changed, from a send stream of it without data: the newest ctime, which
 * nobody can set back. It keeps no more than one command.
 */

export interface ChangeReader {
  /** Takes the next bytes, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** Seconds since 1970; null: the stream was not whole. */
  result(): number | null;
  /** It is no send stream without data: nothing more is read of it. */
  isBroken(): boolean;
}

const STREAM_HEADER = 17;
const COMMAND_HEADER = 10;
const UTIMES = 20;
const END = 21;
const CTIME = 9;
/** Without data no command is longer: names and extended attributes. */
const LONGEST = 131_072;

export function createChangeReader(): ChangeReader {
  /** One command: each byte of it is copied here once, however the stream is cut. */
  const piece = Buffer.alloc(COMMAND_HEADER + LONGEST);
  let have = 0;
  let need = COMMAND_HEADER;
  let skip = STREAM_HEADER;
  let newest = 0;
  let state: 'open' | 'ended' | 'broken' = 'open';
  const readPiece = (): void => {
    const length = piece.readUInt32LE(0);
    if (length > LONGEST) {
      state = 'broken';
      return;
    }
    need = COMMAND_HEADER + length;
    if (have < need) return;
    const command = piece.readUInt16LE(4);
    if (command === UTIMES) newest = Math.max(newest, ctimeOf(piece.subarray(COMMAND_HEADER, need)));
    if (command === END) state = 'ended';
    have = 0;
    need = COMMAND_HEADER;
  };
  return {
    push: (chunk) => {
      let at = Math.min(skip, chunk.length);
      skip -= at;
      while (state === 'open' && at < chunk.length) {
        const step = Math.min(need - have, chunk.length - at);
        piece.set(chunk.subarray(at, at + step), have);
        have += step;
        at += step;
        if (have === need) readPiece();
      }
    },
    result: () => (state === 'ended' ? newest : null),
    isBroken: () => state === 'broken',
  };
}

/** Attributes: u16 type, u16 length, value; a time is u64 seconds and u32 nanoseconds. */
function ctimeOf(attributes: Buffer): number {
  for (let at = 0; at + 4 <= attributes.length; at += 4 + attributes.readUInt16LE(at + 2)) {
    const isTime = attributes.readUInt16LE(at) === CTIME && at + 12 <= attributes.length;
    if (isTime) return Number(attributes.readBigUInt64LE(at + 4));
  }
  return Number.POSITIVE_INFINITY;
}
