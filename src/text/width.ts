/** Decides how much room a text takes on a terminal and how it is cut to fit. It knows nothing of what it says. */
import stringWidth from 'string-width';

/** How a cut is marked: one column in a terminal that can show it, plain ASCII elsewhere. */
export type Ellipsis = '…' | '~';

const PLAIN = /^[\x20-\x7e]*$/;

/** Columns a text takes. Names are nearly always plain, and for those it is their length. */
export const displayWidth = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** Made when it is needed first, as that takes 20 ms. */
let graphemes: Intl.Segmenter | undefined;

export function splitGraphemes(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

/** At most `width` columns; what was cut is marked at its end. */
export function truncate(text: string, width: number, ellipsis: Ellipsis = '…'): string {
  if (width <= 0) return '';
  if (displayWidth(text) <= width) return text;
  return `${takeColumns(splitGraphemes(text), width - 1).join('')}${ellipsis}`;
}

/** Cut at the front: of a path the end tells more. */
export function truncateStart(text: string, width: number, ellipsis: Ellipsis = '…'): string {
  if (width <= 0) return '';
  if (displayWidth(text) <= width) return text;
  const kept = takeColumns(splitGraphemes(text).toReversed(), width - 1);
  return `${ellipsis}${kept.toReversed().join('')}`;
}

/** Exactly `width` columns: cut or filled with blanks. */
export function fitWidth(
  text: string,
  width: number,
  align: 'left' | 'right' = 'left',
  ellipsis: Ellipsis = '…',
): string {
  const cut = truncate(text, width, ellipsis);
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? blanks + cut : cut + blanks;
}

/**
 * Lines of at most `width` columns, broken at blanks, and within a word only where it is longer than a line. Blanks at
 * the beginning stay, and the lines that follow begin as far right.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const rest = paragraph.trimStart();
    const indent = paragraph.slice(0, Math.min(paragraph.length - rest.length, Math.max(0, width - 20)));
    return wrapWords(rest, width - indent.length).map((line) => indent + line);
  });
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => pieces(one, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const found: string[] = [];
  let rest = splitGraphemes(word);
  while (displayWidth(rest.join('')) > Math.max(1, width)) {
    const piece = takeColumns(rest, Math.max(2, width));
    found.push(piece.join(''));
    rest = rest.slice(piece.length);
  }
  return [...found, rest.join('')];
}

function takeColumns(parts: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += displayWidth(part);
    if (used > width) break;
    taken.push(part);
  }
  return taken;
}
