/** Decides which files one command copies together: a bounded number, and names of one file as names of one file. */
import type { Tree } from '../../model/extract/tree.ts';

/** Files, and characters of their names, that a command is given. */
const MOST_FILES = 200;
const MOST_CHARACTERS = 60_000;

export function copyGroups({ entries }: Tree, files: readonly string[]): string[][] {
  const byFile = Map.groupBy(files, (path) => {
    const entry = entries.get(path);
    return entry && entry.names > 1 && entry.kind !== 'd' ? `${entry.device} ${entry.inode}` : `/${path}`;
  });
  const isFile = (path = ''): boolean => entries.get(path)?.kind === 'f';
  const groups: string[][] = [];
  let open: string[] = [];
  let length = 0;
  const parts = [...byFile.values()].flatMap((names) => (isFile(names[0]) ? inParts(names) : [names]));
  for (const names of parts) {
    const more = names.reduce((sum, name) => sum + name.length, 0);
    if (open.length > 0 && (open.length + names.length > MOST_FILES || length + more > MOST_CHARACTERS)) {
      groups.push(open);
      open = [];
      length = 0;
    }
    open.push(...names);
    length += more;
  }
  return open.length > 0 ? [...groups, open] : groups;
}

/** Each with the first name before its own: that one is there by then, and is given the others as further names. */
function inParts(names: readonly string[]): string[][] {
  const [first = '', ...others] = names;
  const parts: string[][] = [];
  let open = [first];
  let length = first.length;
  for (const name of others) {
    if (open.length >= MOST_FILES || length + name.length > MOST_CHARACTERS) {
      parts.push(open);
      open = [first];
      length = first.length;
    }
    open.push(name);
    length += name.length;
  }
  return [...parts, open];
}
