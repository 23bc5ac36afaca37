/** Decides what a POSIX regular expression is in JavaScript; of alternatives the first counts, not the longest. */
import { NotSimulated } from '../shell/not-simulated.ts';
import { bracketSource, escapeRegExp } from '../shell/pattern.ts';

const TOKEN = /\\([\s\S])|\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]|([\s\S])/g;
/** What has a meaning of its own in an extended expression, and in a basic one behind a backslash. */
const SIGNS = '(){}|+?';

/** @param flags `i` for any case; `g` for all */
export function regularExpression(source: string, isExtended: boolean, flags = ''): RegExp {
  const parts: string[] = [];
  for (const [, escaped, not, inside, plain] of source.matchAll(TOKEN)) {
    const isStart = parts.length === 0 || parts.at(-1) === '(' || parts.at(-1) === '|';
    if (inside !== undefined) parts.push(`[${not}${bracketSource(inside.replaceAll('\\', '\\\\'))}]`);
    else if (escaped !== undefined) parts.push(escapedSource(escaped, isExtended));
    else if (plain === undefined) continue;
    else if (SIGNS.includes(plain)) parts.push(isExtended ? plain : escapeRegExp(plain));
    else if (plain === '*') parts.push(isStart ? '\\*' : '*');
    else if (plain === '^') parts.push(isStart || isExtended ? '^' : '\\^');
    else parts.push(/[.$]/.test(plain) ? plain : escapeRegExp(plain));
  }
  try {
    return new RegExp(parts.join(''), `s${flags}`);
  } catch {
    throw new NotSimulated(`the regular expression ${source}`);
  }
}

function escapedSource(char: string, isExtended: boolean): string {
  if (SIGNS.includes(char)) return isExtended ? escapeRegExp(char) : char;
  if (/[1-9]/.test(char)) return `\\${char}`;
  if (char === 'n') return '\\n';
  if (/[a-zA-Z<>]/.test(char)) throw new NotSimulated(`the regular expression \\${char}`);
  return escapeRegExp(char);
}
