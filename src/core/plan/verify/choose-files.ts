/** Decides which files of a snapshot are compared by content: all, or the part that was tried longest ago. */
import type { TreeFacts } from '../../model/runs/file-facts.ts';

/** Path in bytes, one character for each, and size in bytes. */
export interface ChosenFile {
  readonly path: string;
  readonly size: number;
  /** It was written since the content was last proven. */
  readonly recent?: true;
}

export interface FileChoice {
  /** One in so many; null: all. */
  readonly share: number | null;
  /** Which parts of this share were tried last, and when, ISO 8601 UTC. */
  readonly done: ReadonlyMap<number, string>;
  /** Paths that were written since the content was last proven: they come first, in whatever part they are. */
  readonly written: ReadonlySet<string>;
}

export interface ChosenFiles {
  readonly files: readonly ChosenFile[];
  /** Which part: of all of it the only one; null: there is no file. */
  readonly part: number | null;
}

/** Each file once, under one of its names; an empty one has no content. */
export function chooseFiles(facts: TreeFacts, { share, done, written }: FileChoice): ChosenFiles {
  const files = [...facts].flatMap(([path, { type, size, firstName }]) =>
    type === 'file' && size > 0 && (firstName === null || firstName === path) ? [{ path, size }] : [],
  );
  if (share === null) return { files, part: 0 };
  const names = new Set([...written].map((path) => facts.get(path)?.firstName ?? path));
  const part = nextPart(new Set(files.map(({ path }) => partOf(path, share))), done);
  const recent = files
    .filter(({ path }) => names.has(path))
    .map((one) => ({ ...one, recent: true as const }));
  const others = files.filter(({ path }) => !names.has(path) && partOf(path, share) === part);
  return { files: [...recent, ...others], part };
}

/** Of those that have files, one that was never tried, else the one that was longest ago: none holds up the others. */
function nextPart(parts: ReadonlySet<number>, done: ReadonlyMap<number, string>): number | null {
  const since = (part: number): string => done.get(part) ?? '';
  const isEarlier = (a: number, b: number): boolean =>
    since(a) < since(b) || (since(a) === since(b) && a < b);
  const inOrder = [...parts].toSorted((a, b) => (isEarlier(a, b) ? -1 : 1));
  return inOrder[0] ?? null;
}

/** From 0 to before `share`; always the same for a path (FNV-1a, 32 bits). */
export function partOf(path: string, share: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < path.length; at++) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % share;
}

/** Most files, and bytes of paths and of content, that are hashed by one command. */
const FILES = 2000;
const PATHS = 512 * 1024;
const CONTENT = 1024 ** 3;

/** In their order, so that the time can be looked at in between. */
export function batchesOf(files: readonly ChosenFile[]): ChosenFile[][] {
  const batches: ChosenFile[][] = [];
  let [names, content] = [0, 0];
  for (const file of files) {
    const last = batches.at(-1);
    names += file.path.length;
    content += file.size;
    if (last && last.length < FILES && names <= PATHS && content <= CONTENT) {
      last.push(file);
      continue;
    }
    batches.push([file]);
    [names, content] = [file.path.length, file.size];
  }
  return batches;
}
