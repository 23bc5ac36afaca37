/** Decides how much of an error text is read for what it means: patterns look at a line from many places. */

/** Characters at both ends of a line: the program stands at its beginning, the reason at its end. */
const END_OF_LINE = 512;
/** No failure is told in more: the last ones count. */
const MOST_LINES = 1000;

/** A long line without its middle, which is a path mostly. */
export const shortLine = (line: string): string =>
  line.length <= 2 * END_OF_LINE ? line : `${line.slice(0, END_OF_LINE)}…${line.slice(-END_OF_LINE)}`;

/** The last lines of a text, each of a bounded length. */
export function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (let end = text.length; end >= 0 && lines.length < MOST_LINES; ) {
    const from = end === 0 ? -1 : text.lastIndexOf('\n', end - 1);
    lines.push(shortLine(text.slice(from + 1, end)));
    end = from;
  }
  return lines.reverse();
}
