/** Decides what a key is called: one name for each, whatever bytes the terminal sent. */
import { splitGraphemes } from '../../text/width.ts';

/** What Ink says of a key; only what is used here. */
export interface InkKey {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  readonly tab?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly meta?: boolean;
}

/** `a`, `A`, `/`, `Space`, `Enter`, `Esc`, `Tab`, `Shift-Tab`, `Up`, `PgDn`, `Backspace`, `Ctrl-d` … */
export type KeyName = string;

const NAMED: readonly (readonly [keyof InkKey, KeyName])[] = [
  ['upArrow', 'Up'],
  ['downArrow', 'Down'],
  ['leftArrow', 'Left'],
  ['rightArrow', 'Right'],
  ['pageUp', 'PgUp'],
  ['pageDown', 'PgDn'],
  ['home', 'Home'],
  ['end', 'End'],
  ['return', 'Enter'],
  ['escape', 'Esc'],
  ['backspace', 'Backspace'],
  // Many terminals send DEL for the backspace key, and Ink calls that delete.
  ['delete', 'Backspace'],
];

/** Keys arrive in chunks over a slow line: `jjj`, or `abc` and Enter in one. Each becomes a key of its own. */
export function keyNames(input: string, key: InkKey): KeyName[] {
  // Alt with a key is no key of ours; treating it as the key alone could delete something. Esc twice is Esc.
  if (key.meta && !key.escape) return [];
  const named = NAMED.find(([flag]) => key[flag]);
  if (named) return [named[1]];
  if (key.tab) return [key.shift ? 'Shift-Tab' : 'Tab'];
  if (key.ctrl) return [`Ctrl-${input}`];
  return splitGraphemes(input)
    .map(plainName)
    .filter((name) => name !== '');
}

function plainName(grapheme: string): KeyName {
  if (grapheme === '\r' || grapheme === '\n' || grapheme === '\r\n') return 'Enter';
  if (grapheme === '\t') return 'Tab';
  if (grapheme === '\u007f' || grapheme === '\b') return 'Backspace';
  if (grapheme === ' ') return 'Space';
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x20) return `Ctrl-${String.fromCharCode(code + 0x60)}`;
  return grapheme;
}

/** The text a key stands for in a field; null: none. */
export function keyText(name: KeyName): string | null {
  if (name === 'Space') return ' ';
  return splitGraphemes(name).length === 1 ? name : null;
}

/** A paste goes into a field as one text: line ends become blanks, control characters go. */
export const pasteText = (text: string): string =>
  text
    .replace(/\r\n?|\n|\t/g, ' ')
    .replace(/[\p{Cc}]/gu, '')
    .trim();
