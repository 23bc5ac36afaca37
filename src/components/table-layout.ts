/** Decides which columns of a table there is room for and how wide each is. It knows nothing of what they say. */
import { displayWidth, fitWidth, truncateStart } from '../text/width.ts';
import { span } from './line-width.ts';
import { forTerminal, glyph, type Line, type Theme, type Tone } from './theme.ts';

export interface TableColumn {
  readonly id: string;
  readonly title: string;
  /** Columns of the terminal it needs at least. */
  readonly width: number;
  /** Takes what is left over. */
  readonly grow?: boolean;
  readonly align?: 'left' | 'right';
  /** Where what is too long is cut: of a path the end tells more. Default: the end. */
  readonly cut?: 'start';
  /** Columns go from the highest number on when there is no room; 0 stays always. */
  readonly priority: number;
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface TableRow {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly marked?: boolean;
}

export interface LaidColumn extends TableColumn {
  readonly laid: number;
}

/** The mark and the cursor in front of every row. */
const GUTTER = 2;

export function layoutColumns(columns: readonly TableColumn[], width: number): LaidColumn[] {
  let kept = [...columns];
  const needed = (): number => GUTTER + kept.reduce((sum, column) => sum + column.width + 1, -1);
  while (needed() > width && kept.some((column) => column.priority > 0)) {
    const worst = Math.max(...kept.map((column) => column.priority));
    kept = kept.filter((column) => column.priority !== worst);
  }
  const left = Math.max(0, width - needed());
  const growing = kept.filter((column) => column.grow).length;
  return kept.map((column) => ({
    ...column,
    laid: column.width + (column.grow ? Math.floor(left / growing) : 0),
  }));
}

export function headerLine(
  columns: readonly LaidColumn[],
  sorted: { readonly column: string; readonly reverse: boolean } | null,
  theme: Theme,
): Line {
  const cells = columns.map((column) => {
    const arrow = sorted?.column === column.id ? glyph(sorted.reverse ? 'down' : 'up', theme) : '';
    return fitWidth(`${column.title}${arrow}`, column.laid, column.align, theme.unicode ? '…' : '~');
  });
  return [span(' '.repeat(GUTTER)), span(cells.join(' '), 'dim')];
}

export function rowLine(
  columns: readonly LaidColumn[],
  row: TableRow,
  { cursor, focused, theme }: { readonly cursor: boolean; readonly focused: boolean; readonly theme: Theme },
): Line {
  const pointer = cursor ? glyph('cursor', theme) : ' ';
  const mark = row.marked ? glyph('mark', theme) : ' ';
  const cells = columns.flatMap((column, index) => {
    const { text, tone } = row.cells[column.id] ?? { text: '' };
    const ellipsis = theme.unicode ? '…' : '~';
    const whole = forTerminal(text, theme);
    const cut = column.cut === 'start' ? truncateStart(whole, column.laid, ellipsis) : whole;
    const fitted = fitWidth(cut, column.laid, column.align, ellipsis);
    const shown = index === 0 ? fitted : ` ${fitted}`;
    return [span(shown, cursor && focused ? 'inverse' : tone)];
  });
  return [span(pointer, 'accent'), span(mark, 'warn'), ...cells];
}

/** First row to show so that the cursor is in sight, moved no more than it must. */
export function scrollTo(top: number, cursor: number, height: number, count: number): number {
  const last = Math.max(0, count - height);
  if (cursor < top) return Math.min(cursor, last);
  if (cursor >= top + height) return Math.min(cursor - height + 1, last);
  return Math.min(top, last);
}

export const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth));
