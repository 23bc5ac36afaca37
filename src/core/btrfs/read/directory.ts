/** Reads what the browse script says: one directory, entry by entry as they come. */

/** What it says beside entries: `directory`, `one`, `tool`, `lost WHY PATH`, `stopped WHY DEPTH`, `end find 0 sort 0 stat 0`. */
export interface DirectoryLines {
  onEntry(name: Uint8Array, fields: string): void;
  onWord(words: readonly string[]): void;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Takes lines. An entry is `./NAME/FIELDS`: no name holds a slash, so a name of several lines ends at the first one, and
 * nothing in it is taken for something else.
 */
export function createDirectoryReader({ onEntry, onWord }: DirectoryLines): (line: Uint8Array) => void {
  let begun: Uint8Array[] = [];
  const take = (name: Uint8Array, line: Uint8Array, at: number): void =>
    onEntry(name, Buffer.from(line.subarray(at + 1)).toString('utf8'));
  return (line) => {
    if (begun.length === 0) {
      if (line[0] === SLASH) return onWord(Buffer.from(line.subarray(1)).toString('utf8').split(' '));
      // Nothing else is said: what a start-up file prints comes before.
      if (line[0] !== DOT || line[1] !== SLASH) return;
      const at = line.indexOf(SLASH, 2);
      if (at >= 0) return take(line.subarray(2, at), line, at);
      begun = [Uint8Array.from(line.subarray(2))];
      return;
    }
    const at = line.indexOf(SLASH);
    begun.push(Uint8Array.from(at < 0 ? line : line.subarray(0, at)));
    if (at < 0) return;
    const name = joined(begun);
    begun = [];
    take(name, line, at);
  };
}

/** With the line ends between them. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 1, -1)).fill(0x0a);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length + 1;
  }
  return all;
}
