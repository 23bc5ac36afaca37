/** Decides how rows of a label and a text are set: a long text goes on under itself, not under its label. */
import { wrap } from '../../text/width.ts';

export type DetailRow = readonly [label: string, text: string];

const LABEL = 15;

export const detailLines = (rows: readonly DetailRow[], width: number): string[] =>
  rows.flatMap(([label, text]) =>
    wrap(text, Math.max(20, width - LABEL)).map(
      (line, index) => `${(index === 0 ? label : '').padEnd(LABEL)}${line}`,
    ),
  );
