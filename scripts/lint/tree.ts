// The house rules that need all files at once: no circle of files or folders, types included, and no crowded folder.
import { posix } from 'node:path';
import type { Finding, HouseFile } from './finding.ts';
import { CROWDED } from './house.ts';
import { importsOf } from './imports.ts';
import { readSource } from './source-text.ts';

/** From what imports to what is imported. */
type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Findings of a whole checkout. `files`: all of it; what is no code counts for nothing. */
export function checkTree(files: readonly { readonly path: string; readonly text: string }[]): Finding[] {
  const code = files.filter(({ path }) => /^(?:src|scripts|test|examples)\/.*\.tsx?$/.test(path));
  const own = code.filter(({ path }) => path.startsWith('src/'));
  const between = arrowsBetween(own.map((file) => ({ ...file, source: readSource(file.text) })));
  return [
    ...circlesOf(between).map((circle) => circleFinding('files', circle)),
    ...circlesOf(foldersOf(between)).map((circle) => circleFinding('folders', circle)),
    ...crowded(code.map(({ path }) => path)),
  ];
}

function arrowsBetween(files: readonly HouseFile[]): Arrows {
  const paths = new Set(files.map(({ path }) => path));
  return new Map(
    files.map((file) => {
      const targets = importsOf(file)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier));
      return [file.path, new Set(targets.filter((path) => paths.has(path)))] as const;
    }),
  );
}

function foldersOf(files: Arrows): Arrows {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of files) {
    const from = posix.dirname(file);
    const all = folders.get(from) ?? new Set();
    folders.set(from, all);
    for (const target of targets) if (posix.dirname(target) !== from) all.add(posix.dirname(target));
  }
  return folders;
}

/** One shortest way round for each knot; a knot is what can be reached from each other. */
function circlesOf(arrows: Arrows): string[][] {
  const seen = new Set<string>();
  return [...arrows.keys()].sort().flatMap((start) => {
    if (seen.has(start)) return [];
    const circle = wayBack(arrows, start);
    for (const one of circle ?? []) seen.add(one);
    return circle ? [circle] : [];
  });
}

/** The shortest way from `start` to itself; null: there is none. */
function wayBack(arrows: Arrows, start: string): string[] | null {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (const at of open) {
    for (const next of arrows.get(at) ?? []) {
      if (next === start) return pathTo(cameFrom, at);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      open.push(next);
    }
  }
  return null;
}

function pathTo(cameFrom: ReadonlyMap<string, string>, end: string): string[] {
  const before = cameFrom.get(end);
  return before === undefined ? [end] : [...pathTo(cameFrom, before), end];
}

const circleFinding = (what: string, circle: readonly string[]): Finding => ({
  path: circle[0] ?? '',
  line: 1,
  rule: 'circle',
  message: `${what} import each other: ${[...circle, circle[0]].join(' → ')}`,
});

function crowded(paths: readonly string[]): Finding[] {
  return [...Map.groupBy(paths, (path) => posix.dirname(path))]
    .filter(([, files]) => files.length > CROWDED)
    .map(([folder, files]) => ({
      path: folder,
      line: 1,
      rule: 'crowded' as const,
      message: `has ${files.length} files, ${CROWDED} are the limit: sort them into rooms`,
    }));
}
