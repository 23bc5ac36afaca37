/**
 * A list to choose from, in a dialog: ink-select-input draws it. What is shown, where the cursor stands and what keys do
 * is the caller's: by itself the list would take a digit that is typed for a choice, and it cannot be narrowed.
 */
import { Box, Text } from 'ink';
import SelectInput, { type ItemProps } from 'ink-select-input';
import type { ReactNode } from 'react';
import { formatName } from '../text/format.ts';
import { truncate } from '../text/width.ts';
import { innerWidth } from './Dialog.tsx';
import { cutLine, justify, span } from './line-width.ts';
import { forTerminal, glyph, type Line, paint } from './theme.ts';
import { useTheme } from './theme-context.ts';

export interface SelectItem {
  readonly label: string;
  readonly value: string;
}

export interface SelectProps {
  readonly title: string;
  /** How many there are, whatever the filter shows. */
  readonly count: number;
  /** Those that match. */
  readonly items: readonly SelectItem[];
  /** Where the cursor stands in them; it is always in view. */
  readonly index: number;
  /** What is typed; null: nothing. */
  readonly filter: string | null;
  /** Items there is room for: the box keeps its height when fewer match. */
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

const number = (value: number): string => value.toLocaleString('en');

export function Select(props: SelectProps): ReactNode {
  const { title, count, items, index, filter, rows, width, height } = props;
  const theme = useTheme();
  const inner = innerWidth({ width });
  const line = (spans: Line): ReactNode => (
    <Text wrap="truncate">{paint(cutLine(spans, inner, theme), theme) || ' '}</Text>
  );
  const counted =
    filter === null ? `${number(count)} to choose from` : `${number(items.length)} of ${number(count)}`;
  const top = Math.max(0, Math.min(index - Math.floor(rows / 2), items.length - rows));
  const shown = items.slice(top, top + rows).map(({ label, value }) => ({
    key: value,
    value,
    label: truncate(forTerminal(label, theme), inner - 2, theme.unicode ? '…' : '~'),
  }));
  return (
    <Box width={width} height={height} justifyContent="center" alignItems="center">
      <Box
        flexDirection="column"
        width={inner + 4}
        borderStyle={theme.unicode ? 'round' : 'classic'}
        paddingX={1}
      >
        {line(justify([span(title, 'bold')], [span(counted, 'accent')], inner, theme))}
        {line(filterLine(filter))}
        <Box flexDirection="column" height={rows}>
          {shown.length === 0 && line([span('Nothing is called that: Esc shows all again.')])}
          {/* Its cursor can be set only when it is made. */}
          <SelectInput
            key={`${top} ${index} ${filter}`}
            items={shown}
            isFocused={false}
            initialIndex={index - top}
            indicatorComponent={Indicator}
            itemComponent={Item}
          />
        </Box>
        {line([span(filter === null ? MOVING : TYPING, 'dim')])}
      </Box>
    </Box>
  );
}

const MOVING = 'j k g G PgUp PgDn move   Enter choose   Esc back';
const TYPING = 'Up Down PgUp PgDn move   Enter choose   Esc shows all';

const filterLine = (filter: string | null): Line =>
  filter === null
    ? [span('Type to narrow it; after / any letter, j and g too', 'dim')]
    : [span('/', 'accent'), span(formatName(filter)), span(' ', 'inverse')];

function Indicator({ isSelected }: { readonly isSelected?: boolean }): ReactNode {
  const theme = useTheme();
  return <Text>{paint([span(isSelected ? `${glyph('cursor', theme)} ` : '  ', 'accent')], theme)}</Text>;
}

function Item({ isSelected, label }: ItemProps): ReactNode {
  const theme = useTheme();
  return <Text wrap="truncate">{paint([span(label, isSelected ? 'inverse' : 'plain')], theme)}</Text>;
}
