/** A table of rows of which only the visible ones are built; the cursor and the marks are the caller's. */
import type { ReactNode } from 'react';
import { Lines } from './Lines.tsx';
import { span } from './line-width.ts';
import { headerLine, layoutColumns, rowLine, type TableColumn, type TableRow } from './table-layout.ts';
import { useTheme } from './theme-context.ts';

export interface TableProps {
  readonly columns: readonly TableColumn[];
  readonly count: number;
  /** Builds row `index`; called for visible rows only. */
  readonly row: (index: number) => TableRow;
  readonly cursor: number;
  /** First visible row. */
  readonly top: number;
  readonly sorted: { readonly column: string; readonly reverse: boolean } | null;
  readonly width: number;
  readonly height: number;
  /** Keys go to it: its cursor is shown inverse. Default: true. */
  readonly focused?: boolean;
}

export function Table(props: TableProps): ReactNode {
  const theme = useTheme();
  const columns = layoutColumns(props.columns, props.width);
  const visible = Math.max(0, Math.min(props.count - props.top, props.height - 1));
  const rows = Array.from({ length: visible }, (_, offset) => {
    const index = props.top + offset;
    const cursor = index === props.cursor;
    return rowLine(columns, props.row(index), { cursor, focused: props.focused ?? true, theme });
  });
  const below = props.count - props.top - visible;
  if (below > 0 && rows.length > 0 && props.height > 4) {
    rows[rows.length - 1] = [span(`  ${below + 1} more below`, 'dim')];
    const last = props.top + visible - 1;
    // The cursor is never hidden behind the count.
    if (last === props.cursor) {
      rows[rows.length - 1] = rowLine(columns, props.row(last), {
        cursor: true,
        focused: props.focused ?? true,
        theme,
      });
    }
  }
  return (
    <Lines
      lines={[headerLine(columns, props.sorted, theme), ...rows]}
      width={props.width}
      height={props.height}
    />
  );
}
