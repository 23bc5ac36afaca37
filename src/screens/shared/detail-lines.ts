/** Decides how rows of a label and a text are set: a long text goes on under itself, not under its label. */
import { wrap } from '../../text/width.ts';

export type DetailRow = readonly [label: string, text: string];

/** `column`: where the texts begin. */
export const detailLines = (rows: readonly DetailRow[], width: number, column = 15): string[] =>
  rows.flatMap(([label, text]) =>
    wrap(text, Math.max(20, width - column)).map(
      (line, index) => `${(index === 0 ? label : '').padEnd(column)}${line}`,
    ),
  );
