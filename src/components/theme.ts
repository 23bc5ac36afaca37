/**
 * Decides how a line looks: spans of text with a tone, painted for this terminal. A status is always a glyph and a
 * word; a tone only underlines it, so nothing is lost without colours.
 */

export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'bad' | 'warn' | 'accent' | 'inverse' | 'title';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

export type Line = readonly Span[];

export interface Theme {
  /** False: NO_COLOR, or a terminal without; bold and inverse stay. */
  readonly color: boolean;
  /** False: the locale is not UTF-8; only ASCII is written. */
  readonly unicode: boolean;
}

const ESCAPE = '\u001b[';
type Codes = readonly [open: string, close: string];

/** The 16 colours every terminal has, as its user chose them; readable on light and dark. */
const CODES: Readonly<Record<Tone, Codes | null>> = {
  plain: null,
  dim: ['2', '22'],
  bold: ['1', '22'],
  good: ['32', '39'],
  bad: ['31', '39'],
  warn: ['33', '39'],
  accent: ['36', '39'],
  inverse: ['7', '27'],
  title: ['1;36', '22;39'],
};

const WITHOUT_COLOR: Readonly<Partial<Record<Tone, Codes | null>>> = {
  dim: null,
  good: null,
  bad: ['1', '22'],
  warn: ['1', '22'],
  accent: null,
  title: ['1', '22'],
};

const codesOf = (tone: Tone, theme: Theme): Codes | null => {
  const plain = WITHOUT_COLOR[tone];
  return theme.color || plain === undefined ? CODES[tone] : plain;
};

/** The line as the terminal gets it. */
export const paint = (line: Line, theme: Theme): string =>
  line
    .map(({ text, tone = 'plain' }) => {
      const codes = codesOf(tone, theme);
      return codes === null || text === '' ? text : `${ESCAPE}${codes[0]}m${text}${ESCAPE}${codes[1]}m`;
    })
    .join('');

/** Glyphs with their ASCII twins. */
const GLYPHS = {
  online: ['●', '*'],
  offline: ['✗', 'x'],
  warning: ['▲', '!'],
  unknown: ['○', 'o'],
  ok: ['✓', '+'],
  failed: ['✗', 'x'],
  mark: ['▌', '#'],
  cursor: ['▸', '>'],
  barFull: ['█', '#'],
  barEmpty: ['░', '.'],
  held: ['⚑', 'H'],
  up: ['▲', '^'],
  down: ['▼', 'v'],
  horizontal: ['─', '-'],
  vertical: ['│', '|'],
  topLeft: ['╭', '+'],
  topRight: ['╮', '+'],
  bottomLeft: ['╰', '+'],
  bottomRight: ['╯', '+'],
  toggleOn: ['[✓]', '[x]'],
  toggleOff: ['[ ]', '[ ]'],
  secret: ['•', '*'],
  dot: ['·', '-'],
  part: ['└', '-'],
} as const;

export type Glyph = keyof typeof GLYPHS;

export const glyph = (name: Glyph, { unicode }: Theme): string => GLYPHS[name][unicode ? 0 : 1];

const NOT_ASCII = /[^\x20-\x7e]/gu;

/** What btrfleet itself writes, in ASCII: its glyphs, and what stands in its sentences. */
const PLAIN_TWINS: ReadonlyMap<string, string> = new Map([
  ...Object.values(GLYPHS).filter(([nice]) => nice.length === 1),
  ['▲', '!'],
  ['…', '~'],
  ['→', '->'],
  ['←', '<-'],
  ['×', 'x'],
  ['’', "'"],
]);

/** In a terminal without UTF-8, what it cannot show becomes an escape; btrfleet's own dots and dashes plain ones. */
export const forTerminal = (text: string, { unicode }: Theme): string =>
  unicode
    ? text
    : text.replace(
        NOT_ASCII,
        (character) => PLAIN_TWINS.get(character) ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
      );
