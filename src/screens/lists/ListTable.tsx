/** Draws a list of the screen: the table of what its filter shows, or why there is nothing. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import { Table } from '../../components/Table.tsx';
import { scrollTo } from '../../components/table-layout.ts';
import type { AppState } from '../../store/state.ts';
import { cursorPlace, type ListView, listState } from './lists.ts';

export interface ListTableProps<T> {
  readonly state: AppState;
  readonly view: ListView<T>;
  readonly width: number;
  readonly height: number;
}

export function ListTable<T>({ state, view, width, height }: ListTableProps<T>): ReactNode {
  const { items, index } = cursorPlace(state, view);
  const { top, marks, sort, reverse, filter } = listState(state, view.id);
  if (items.length === 0 && filter !== '') {
    const lines = [
      [],
      [span(`  Nothing matches "${filter}".`)],
      [],
      [span('  Esc clears the filter.', 'dim')],
    ];
    return <Lines lines={lines} width={width} height={height} />;
  }
  const row = (at: number) => {
    const item = items[at];
    if (item === undefined) return { cells: {} };
    return { cells: view.cells(item, state), marked: marks.has(view.key(item)) };
  };
  return (
    <Table
      columns={view.columns}
      count={items.length}
      row={row}
      cursor={index}
      top={scrollTo(top, index, Math.max(1, height - 1), items.length)}
      sorted={sort === null ? null : { column: sort, reverse }}
      width={width}
      height={height}
      focused={state.overlay === null}
    />
  );
}
