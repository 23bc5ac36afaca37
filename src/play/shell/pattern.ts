/** Decides what a shell pattern matches; a backslash stands before each of its quoted characters. */
import { Errno } from '../errno.ts';
import type { Process } from '../machine/machine.ts';

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

const STAR = '[^]*';

function sourcesOf(pattern: string): string[] {
  const sources: string[] = [];
  for (const [, quoted, stars, one, not, inside, other] of pattern.matchAll(TOKEN)) {
    if (stars !== undefined) sources.push(STAR);
    else if (one !== undefined) sources.push('[^]');
    else if (inside !== undefined && inside !== '')
      sources.push(`[${not ? '^' : ''}${bracketSource(inside)}]`);
    else sources.push(escapeRegExp(quoted ?? other ?? ''));
  }
  return sources;
}

const starsIn = (sources: readonly string[]): number => sources.filter((source) => source === STAR).length;

/**
 * Of several stars each but the last takes as little as lets the part behind it match, and never more: that finds a match
 * where there is one, and takes no longer than the text is long, where trying all ways would never end.
 */
function wholeSource(pattern: string): string {
  const parts: string[][] = [[]];
  for (const source of sourcesOf(pattern)) {
    if (source === STAR) parts.push([]);
    else parts.at(-1)?.push(source);
  }
  const [first = [], ...rest] = parts;
  const last = rest.pop();
  const between = rest.map((part, index) => `(?=([^]*?${part.join('')}))\\${index + 1}`);
  return [...first, ...between, ...(last === undefined ? [] : [STAR, ...last])].join('');
}

const MOST_KEPT = 500;
const kept = new Map<string, RegExp>();

/** `{}` stands for the pattern; `isShort`: its stars take as little as they can. */
function regExp(frame: string, pattern: string, isShort = false): RegExp {
  const key = `${isShort}${frame}\0${pattern}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const source = frame === WHOLE ? wholeSource(pattern) : sourcesOf(pattern).join('');
  const made = new RegExp(frame.replace('{}', () => (isShort ? source.replaceAll('[^]*', '[^]*?') : source)));
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, made);
  return made;
}

const WHOLE = '^{}$';

export const matches = (pattern: string, text: string): boolean => regExp(WHOLE, pattern).test(text);

/** `${text%pattern}` and its three relatives. */
export function cutOff(text: string, operator: '%' | '%%' | '#' | '##', pattern: string): string {
  if (starsIn(sourcesOf(pattern)) > 1) return cutSlowly(text, operator, pattern);
  if (operator === '%') return regExp('^([^]*){}$', pattern).exec(text)?.[1] ?? text;
  if (operator === '%%') return regExp('^([^]*?){}$', pattern).exec(text)?.[1] ?? text;
  return text.slice(regExp('^{}', pattern, operator === '#').exec(text)?.[0].length ?? 0);
}

/** Each place in turn: with several stars one expression for all might try for ever. */
function cutSlowly(text: string, operator: '%' | '%%' | '#' | '##', pattern: string): string {
  const isEnd = operator.startsWith('%');
  const places = Array.from({ length: text.length + 1 }, (_, place) => place);
  if (operator === '%' || operator === '##') places.reverse();
  const place = places.find((at) => matches(pattern, isEnd ? text.slice(at) : text.slice(0, at)));
  if (place === undefined) return text;
  return isEnd ? text.slice(0, place) : text.slice(place);
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
