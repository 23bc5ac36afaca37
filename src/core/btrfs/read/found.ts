/** Reads what the script says that finds names (ask/find-script), as it comes. */

export interface FindEvents {
  /** Below the root of the tree of that number. */
  onFound(tree: number, path: Uint8Array): void;
  /** Exit code of find: 0: all of it was looked at; null: nobody knows. */
  onEnd(tree: number, code: number | null): void;
  /** It could not be entered: WHY of `FILE_WAY`. */
  onLost(tree: number, why: string): void;
}

const SLASH = 0x2f;

/** Takes pieces that ended with a NUL. */
export function createFindReader({ onFound, onEnd, onLost }: FindEvents): (piece: Uint8Array) => void {
  let tree = -1;
  return (piece) => {
    if (piece[0] !== SLASH) {
      if (piece[1] === SLASH && tree >= 0) onFound(tree, piece.subarray(2));
      return;
    }
    const text = Buffer.from(piece.subarray(0, LONGEST)).toString('utf8');
    const [, word, number, rest = ''] = /^\/(tree|end|lost) (\d{1,9})(?: (\w{1,9}))?$/.exec(text) ?? [];
    if (number === undefined) return;
    tree = word === 'tree' ? Number(number) : -1;
    if (word === 'end') onEnd(Number(number), rest === '' ? null : Number(rest));
    if (word === 'lost') onLost(Number(number), rest);
  };
}

/** Longer than any word of the script. */
const LONGEST = 64;
