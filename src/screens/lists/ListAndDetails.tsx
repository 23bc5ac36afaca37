/** A page of one list: what stands above it, the list, and from 140 columns on all of what the cursor stands on. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import type { Line } from '../../components/theme.ts';
import { ListTable, type ListTableProps } from './ListTable.tsx';

/** Columns from which on there is room for both. */
export const WIDE = 140;

interface Props<T> extends ListTableProps<T> {
  /** Above both; left out: nothing. */
  readonly heads?: readonly Line[];
  /** Of the columns that the list has, where there is room for both. */
  readonly share?: number;
  /** What is said of the object at the cursor in so many columns. */
  readonly details: (width: number) => readonly Line[];
}

export function ListAndDetails<T>({
  heads = [],
  share = 0.6,
  details,
  width,
  height,
  ...list
}: Props<T>): ReactNode {
  const below = height - heads.length;
  const wide = width >= WIDE;
  const listWidth = wide ? Math.floor(width * share) : width;
  const detailWidth = width - listWidth - 2;
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={heads} width={width} height={heads.length} />
      <Box>
        <ListTable {...list} width={listWidth} height={below} />
        {wide && (
          <Box marginLeft={2}>
            <Lines lines={details(detailWidth)} width={detailWidth} height={below} />
          </Box>
        )}
      </Box>
    </Box>
  );
}
