/** Decides where each section of the inventory script's output begins and ends; knows nothing of what is in them. */
import { isForeign } from './own-lines.ts';

export interface Section {
  /** The words after the nonce, such as `ascending 0:40 67`. */
  readonly title: readonly string[];
  readonly lines: readonly string[];
  /** What the command itself wrote to stderr. */
  readonly errors: readonly string[];
  /** Exit code; null when the section did not end: the output was cut. */
  readonly code: number | null;
}

/** Lines outside of any section, such as what a login shell prints, are left out. */
export function parseSections(nonce: string, output: string): Section[] {
  const sections: Section[] = [];
  let open: { title: string[]; lines: string[]; errors: string[] } | null = null;
  for (const line of output.split('\n')) {
    if (line.startsWith(`${nonce} `)) {
      const words = line.slice(nonce.length + 1).split(' ');
      if (words[0] === 'end') {
        if (open !== null) sections.push({ ...open, code: exitCode(words[1]) });
        open = null;
      } else {
        if (open !== null) sections.push({ ...open, code: null });
        open = { title: words, lines: [], errors: [] };
      }
    } else if (open !== null && line.startsWith('|')) {
      open.lines.push(line.slice(1));
    } else if (open !== null && line.startsWith('!')) {
      if (!isForeign(line.slice(1))) open.errors.push(line.slice(1));
    }
  }
  if (open !== null) sections.push({ ...open, code: null });
  return sections;
}

const exitCode = (word: string | undefined): number | null =>
  word !== undefined && /^\d+$/.test(word) ? Number(word) : null;
