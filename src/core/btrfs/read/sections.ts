/** Decides where each section of the inventory script's output begins and ends; knows nothing of what is in them. */
import { isForeign } from '../messages/own-lines.ts';

export interface Section {
  /** The words after the nonce, such as `ascending 0:40 67`. */
  readonly title: readonly string[];
  readonly lines: readonly string[];
  /** What the command itself wrote to stderr. */
  readonly errors: readonly string[];
  /** Exit code; null when the section did not end: the output was cut. */
  readonly code: number | null;
}

/** Characters of a title: a word and a few numbers or a name. */
const LONGEST_TITLE = 1024;

/** Lines outside of any section, such as what a login shell prints, are left out. */
export function parseSections(nonce: string, output: string): Section[] {
  const sections: Section[] = [];
  let open: { readonly title: string[]; readonly lines: string[]; errors: string[] | null } | null = null;
  const close = (code: number | null): void => {
    if (open === null) return;
    const { title, lines, errors } = open;
    const own = withoutLast(errors ?? []).filter((line) => !isForeign(line));
    sections.push({ title, lines: withoutLast(lines), errors: own, code });
    open = null;
  };
  for (const line of output.split('\n')) {
    if (!line.startsWith(`${nonce} `)) {
      (open?.errors ?? open?.lines)?.push(line);
      continue;
    }
    const title = line.slice(nonce.length + 1, nonce.length + 1 + LONGEST_TITLE).split(' ');
    if (title[0] === 'end') {
      close(exitCode(title[1]));
    } else if (title[0] === 'said' && open !== null) {
      open.errors = [];
    } else {
      close(null);
      open = { title, lines: [], errors: null };
    }
  }
  close(null);
  return sections;
}

/** Finds the first section with these two words; of a thousand mounts each has some. */
export function sectionFinder(
  sections: readonly Section[],
): (name: string, about: string) => Section | undefined {
  const found = new Map<string, Section>();
  for (const section of sections) {
    const words = `${section.title[0]} ${section.title[1]}`;
    if (!found.has(words)) found.set(words, section);
  }
  return (name, about) => found.get(`${name} ${about}`);
}

/** A mark begins a line of its own, also behind output that ended its last one. */
const withoutLast = (lines: readonly string[]): readonly string[] =>
  lines.at(-1) === '' ? lines.slice(0, -1) : lines;

/** As `parseSections`, of a script whose own words anybody can see: what is foreign has a bar in front of each line. */
export const parseBarred = (nonce: string, output: string): Section[] =>
  parseSections(nonce, output).map((section) => ({
    ...section,
    lines: section.lines.flatMap((line) => (line.startsWith('|') ? [line.slice(1)] : [])),
  }));

const exitCode = (word: string | undefined): number | null =>
  word !== undefined && /^\d+$/.test(word) ? Number(word) : null;
