/** Decides which bytes a set of `tr` names. */
import { NotSimulated } from '../shell/not-simulated.ts';

const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  b: '\b',
};
const RANGES: Readonly<Record<string, string>> = {
  lower: 'a-z',
  upper: 'A-Z',
  digit: '0-9',
  alpha: 'A-Za-z',
  alnum: '0-9A-Za-z',
  space: '\t-\r ',
  blank: '\t ',
};

/** One character for each byte, in the order of the set. */
export function characterSet(text: string): string[] {
  const classes = text.replace(/\[:(\w+):\]/g, (_, name: string) => {
    const range = RANGES[name];
    if (range === undefined) throw new NotSimulated(`tr [:${name}:]`);
    return range;
  });
  const chars = [...classes.matchAll(/\\([0-7]{1,3})|\\([\s\S])|([\s\S])/g)].map(
    ([, octal, letter, plain]) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return letter === undefined ? (plain ?? '') : (LETTERS[letter] ?? letter);
    },
  );
  const set: string[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const first = chars[at] ?? '';
    const last = chars[at + 2];
    if (chars[at + 1] !== '-' || last === undefined) {
      set.push(first);
      continue;
    }
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1)
      set.push(String.fromCharCode(code));
    at += 2;
  }
  return set;
}
