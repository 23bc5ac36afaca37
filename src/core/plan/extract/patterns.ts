/**
 * Decides which paths a pattern means, as rsync, restic and git have them: without a slash it means a name anywhere, with
 * one a path below the subvolume. A directory that matches brings all that is in it. Paths and patterns are texts of bytes (model/file-name).
 */
import { directoryOf } from '../../model/extract/tree.ts';

export interface Patterns {
  /** None: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const EVERYTHING: Patterns = { include: [], exclude: [] };

/** `path` itself, by it or by a directory it lies in. */
export type Chooses = (path: string) => boolean;

/** `*` and `?` within a name, `[a-z]`, `**` for any directories. */
export function chooser({ include, exclude }: Patterns): Chooses {
  const [included, excluded] = [hitsOf(include.map(compile)), hitsOf(exclude.map(compile))];
  return (path) => (include.length === 0 || included(path)) && !excluded(path);
}

/** By it or by a directory it lies in. What is found of directories is kept: most paths share theirs. */
function hitsOf(patterns: readonly Compiled[]): Chooses {
  const directories = new Map<string, boolean>([['', false]]);
  const hits = (path: string): boolean => {
    if (path === '' || patterns.length === 0) return false;
    const directory = directoryOf(path);
    const known = directories.get(directory) ?? hits(directory);
    directories.set(directory, known);
    return known || patterns.some((pattern) => matches(pattern, path));
  };
  return hits;
}

/** It means something: what a variable holds that is not set does not. */
export const isPattern = (pattern: string): boolean => compile(pattern).parts.length > 0;

interface Compiled {
  readonly parts: readonly string[];
  /** From the root of the subvolume; else its one part is a name anywhere. */
  readonly isPath: boolean;
}

function compile(pattern: string): Compiled {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  return { parts, isPath: pattern.replace(/\/+$/, '').includes('/') };
}

function matches({ parts, isPath }: Compiled, path: string): boolean {
  if (!isPath)
    return parts.length === 1 && matchesName(parts[0] ?? '', path.slice(path.lastIndexOf('/') + 1));
  return matchesParts(parts, path.split('/'));
}

/** Each pattern part is held against each name at most once. */
function matchesParts(parts: readonly string[], names: readonly string[]): boolean {
  let open = new Set([0]);
  const skip = (from: ReadonlySet<number>): Set<number> => {
    const all = new Set(from);
    for (const at of all) if (parts[at] === '**') all.add(at + 1);
    return all;
  };
  open = skip(open);
  for (const name of names) {
    const next = new Set<number>();
    for (const at of open) {
      const part = parts[at];
      if (part === undefined) continue;
      if (part === '**') next.add(at);
      else if (matchesName(part, name)) next.add(at + 1);
    }
    open = skip(next);
  }
  return open.has(parts.length);
}

/** Goes back to the last `*` alone, so the work is the product of both lengths at most. */
function matchesName(pattern: string, name: string): boolean {
  let [at, p, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    const one = oneOf(pattern, p);
    if (pattern[p] === '*') {
      star = p;
      p += 1;
      mark = at;
      continue;
    }
    const taken = one === null ? 0 : one.takes(name, at);
    if (one && taken > 0) {
      at += taken;
      p += one.length;
      continue;
    }
    if (star < 0) return false;
    p = star + 1;
    mark += 1;
    at = mark;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

interface One {
  /** Of the pattern. */
  readonly length: number;
  /** Length of what it takes of the name; 0: it does not fit. */
  readonly takes: (name: string, at: number) => number;
}

function oneOf(pattern: string, at: number): One | null {
  const sign = pattern[at];
  if (sign === undefined) return null;
  if (sign === '?') return { length: 1, takes: characterLength };
  if (sign === '\\' && at + 1 < pattern.length) return literal(pattern[at + 1] ?? '', 2);
  if (sign !== '[') return literal(sign, 1);
  const end = pattern.indexOf(']', at + (/[!^]/.test(pattern[at + 1] ?? '') ? 3 : 2));
  if (end < 0) return literal(sign, 1);
  const set = pattern.slice(at + 1, end);
  const isNot = /^[!^]/.test(set);
  return {
    length: end + 1 - at,
    takes: (name, from) => (isInSet(isNot ? set.slice(1) : set, name[from] ?? '') === isNot ? 0 : 1),
  };
}

const literal = (sign: string, length: number): One => ({
  length,
  takes: (name, at) => (name[at] === sign ? 1 : 0),
});

function isInSet(set: string, sign: string): boolean {
  for (let at = 0; at < set.length; at += 1) {
    const [from = '', dash, to] = set.slice(at, at + 3);
    if (dash === '-' && to !== undefined) {
      if (from <= sign && sign <= to) return true;
      at += 2;
    } else if (from === sign) return true;
  }
  return false;
}

/** Of one character; of what is no UTF-8, one byte. */
const characterLength = (name: string, at: number): number => ((name.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
