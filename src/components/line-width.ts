/** Decides how lines of spans are cut and filled, so that a row never takes a column more than there is. */
import { displayWidth, truncate, wrap } from '../text/width.ts';
import { forTerminal, type Line, type Span, type Theme, type Tone } from './theme.ts';

export const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });

/** A text of as many lines as it takes. */
export const wrapped = (text: string, width: number, tone?: Tone): Line[] =>
  wrap(text, width).map((line) => [span(line, tone)]);

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + displayWidth(text), 0);

/** At most `width` columns, written in what the terminal can show. */
export function cutLine(line: Line, width: number, theme: Theme): Line {
  const cut: Span[] = [];
  let left = width;
  for (const part of line) {
    if (left <= 0) break;
    const shown = forTerminal(part.text, theme);
    const text = truncate(shown, left, theme.unicode ? '…' : '~');
    cut.push({ ...part, text });
    left -= displayWidth(text);
    if (text !== shown) break;
  }
  return cut;
}

/** Exactly `width` columns; the filling takes the tone of the last span, so that an inverse row is inverse to its end. */
export function fillLine(line: Line, width: number, theme: Theme): Line {
  const cut = cutLine(line, width, theme);
  const blanks = width - lineWidth(cut);
  if (blanks <= 0) return cut;
  const tone = cut.at(-1)?.tone;
  return [...cut, span(' '.repeat(blanks), tone === 'inverse' ? tone : undefined)];
}

/** Left and right on one line; the left gives way. */
export function justify(left: Line, right: Line, width: number, theme: Theme): Line {
  const end = cutLine(right, width, theme);
  const room = Math.max(0, width - lineWidth(end) - (lineWidth(end) > 0 ? 1 : 0));
  const start = cutLine(left, room, theme);
  const blanks = ' '.repeat(Math.max(0, width - lineWidth(start) - lineWidth(end)));
  return [...start, span(blanks), ...end];
}
