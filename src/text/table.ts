/** Decides how rows are aligned in plain text. It knows nothing of what they say. */
import { displayWidth } from './width.ts';

export interface Column {
  readonly title: string;
  /** Figures stand right. Default: left. */
  readonly align?: 'left' | 'right';
}

/** Two spaces between columns, no lines, no trailing blanks. An empty table is its titles alone. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => column.title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...rows].map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map((column, index) => pad(row[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map(line).join('\n');
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
