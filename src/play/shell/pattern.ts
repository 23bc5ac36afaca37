/** Decides what a shell pattern matches; a backslash stands before each of its quoted characters. */
import { Errno } from '../errno.ts';
import type { Process } from '../machine/process.ts';

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\v\\f\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
};

export const escapePattern = (text: string): string => text.replace(/[\\*?[\]!^-]/g, '\\$&');
export const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The inside of `[…]` for a regular expression; shared by patterns, `grep` and `sed`. */
export const bracketSource = (inside: string): string =>
  inside.replace(/\[:(\w+):\]|\\(.)|[\\[\]^]/gs, (char, name?: string, quoted?: string) => {
    if (name !== undefined) return CLASSES[name] ?? '';
    return escapeRegExp(quoted ?? char);
  });

const TOKEN = /\\([\s\S])|(\*+)|(\?)|\[([!^]?)(\]?(?:\[:\w+:\]|\\[\s\S]|[^\]\\])*)\]|([\s\S])/g;

function regExpSource(pattern: string): string {
  const sources: string[] = [];
  for (const [, quoted, stars, one, not, inside, other] of pattern.matchAll(TOKEN)) {
    if (stars !== undefined) sources.push('[^]*');
    else if (one !== undefined) sources.push('[^]');
    else if (inside !== undefined && inside !== '')
      sources.push(`[${not ? '^' : ''}${bracketSource(inside)}]`);
    else sources.push(escapeRegExp(quoted ?? other ?? ''));
  }
  return sources.join('');
}

const MOST_KEPT = 500;
const kept = new Map<string, RegExp>();

/** `{}` stands for the pattern; `isShort`: its stars take as little as they can. */
function regExp(frame: string, pattern: string, isShort = false): RegExp {
  const key = `${isShort}${frame}\0${pattern}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const source = regExpSource(pattern);
  const made = new RegExp(frame.replace('{}', () => (isShort ? source.replaceAll('[^]*', '[^]*?') : source)));
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, made);
  return made;
}

export const matches = (pattern: string, text: string): boolean => regExp('^{}$', pattern).test(text);

/** `${text%pattern}` and its three relatives. */
export function cutOff(text: string, operator: '%' | '%%' | '#' | '##', pattern: string): string {
  if (operator === '%') return regExp('^([^]*){}$', pattern).exec(text)?.[1] ?? text;
  if (operator === '%%') return regExp('^([^]*?){}$', pattern).exec(text)?.[1] ?? text;
  return text.slice(regExp('^{}', pattern, operator === '#').exec(text)?.[0].length ?? 0);
}

export const isGlob = (pattern: string): boolean => /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern);
const unescaped = (pattern: string): string => pattern.replace(/\\([\s\S])/g, '$1');

/** The paths that match, by their bytes; none: there is none. */
export function pathsMatching(process: Process, pattern: string): string[] {
  const isAbsolute = pattern.startsWith('/');
  const parts = pattern.split(/\/+/).slice(isAbsolute ? 1 : 0);
  let found = [isAbsolute ? '/' : ''];
  for (const [index, part] of parts.entries()) {
    const end = index < parts.length - 1 ? '/' : '';
    found = found.flatMap((path) => below(process, path, part).map((name) => `${path}${name}${end}`));
  }
  return found.filter((path) => path.endsWith('/') || exists(process, path)).toSorted();
}

function below(process: Process, path: string, part: string): string[] {
  if (!isGlob(part)) return [unescaped(part)];
  try {
    const isHidden = /^\\?\./.test(part);
    const names = process.machine.files.list(process.path(path || '.'));
    return [...(isHidden ? ['.', '..'] : []), ...names].filter(
      (name) => name.startsWith('.') === isHidden && matches(part, name),
    );
  } catch (error) {
    if (error instanceof Errno) return [];
    throw error;
  }
}

function exists(process: Process, path: string): boolean {
  try {
    process.machine.files.lstat(process.path(path));
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}
