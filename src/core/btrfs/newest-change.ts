/**
 * Decides when anything in a snapshot was last changed, from a send stream of it without data: the newest ctime, which
 * nobody can set back. It keeps no more than one command.
 */

export interface ChangeReader {
  /** Takes the next bytes, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** Seconds since 1970; null: the stream was not whole. */
  result(): number | null;
}

const STREAM_HEADER = 17;
const COMMAND_HEADER = 10;
const UTIMES = 20;
const END = 21;
const CTIME = 9;
/** Without data no command is longer: names and extended attributes. */
const LONGEST = 131_072;

export function createChangeReader(): ChangeReader {
  let rest = Buffer.alloc(0);
  let skip = STREAM_HEADER;
  let newest = 0;
  let state: 'open' | 'ended' | 'broken' = 'open';
  const readCommands = (bytes: Buffer): number => {
    let at = 0;
    while (state === 'open' && at + COMMAND_HEADER <= bytes.length) {
      const length = bytes.readUInt32LE(at);
      const end = at + COMMAND_HEADER + length;
      if (length > LONGEST) state = 'broken';
      if (state === 'broken' || end > bytes.length) break;
      const command = bytes.readUInt16LE(at + 4);
      if (command === UTIMES) newest = Math.max(newest, ctimeOf(bytes.subarray(at + COMMAND_HEADER, end)));
      if (command === END) state = 'ended';
      at = end;
    }
    return at;
  };
  return {
    push: (chunk) => {
      if (state !== 'open') return;
      let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      const skipped = Math.min(skip, bytes.length);
      skip -= skipped;
      bytes = bytes.subarray(skipped);
      rest = Buffer.from(bytes.subarray(readCommands(bytes)));
    },
    result: () => (state === 'ended' ? newest : null),
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
