/** Picks one of many: ink-select-input in a dialog. While it is open, keys are its own, but for the way out. */
import { Box, Text } from 'ink';
import SelectInput, { type ItemProps } from 'ink-select-input';
import type { ReactNode } from 'react';
import { truncate } from '../text/width.ts';
import { innerWidth } from './Dialog.tsx';
import { span } from './line-width.ts';
import { forTerminal, glyph, paint } from './theme.ts';
import { useTheme } from './theme-context.ts';

export interface SelectItem {
  readonly label: string;
  readonly value: string;
}

export interface SelectProps {
  readonly title: string;
  readonly items: readonly SelectItem[];
  /** The one the cursor stands on first. */
  readonly initial: string | null;
  readonly width: number;
  readonly height: number;
  readonly onSelect: (value: string) => void;
}

export function Select({ title, items, initial, width, height, onSelect }: SelectProps): ReactNode {
  const theme = useTheme();
  const inner = innerWidth({ width });
  const limit = Math.max(1, Math.min(items.length, height - 6));
  const start = items.findIndex((item) => item.value === initial);
  return (
    <Box width={width} height={height} justifyContent="center" alignItems="center">
      <Box
        flexDirection="column"
        width={inner + 4}
        borderStyle={theme.unicode ? 'round' : 'classic'}
        paddingX={1}
      >
        <Text wrap="truncate">{paint([span(title, 'bold')], theme)}</Text>
        <SelectInput
          items={items.map((item) => ({
            key: item.value,
            value: item.value,
            label: truncate(forTerminal(item.label, theme), inner - 4, theme.unicode ? '…' : '~'),
          }))}
          initialIndex={Math.max(0, start)}
          limit={limit}
          indicatorComponent={Indicator}
          itemComponent={Item}
          onSelect={({ value }) => onSelect(value)}
        />
        <Text wrap="truncate">
          {paint([span(`${items.length} to choose from   Enter choose   Esc back`, 'dim')], theme)}
        </Text>
      </Box>
    </Box>
  );
}

function Indicator({ isSelected }: { readonly isSelected?: boolean }): ReactNode {
  const theme = useTheme();
  return <Text>{paint([span(isSelected ? `${glyph('cursor', theme)} ` : '  ', 'accent')], theme)}</Text>;
}

function Item({ isSelected, label }: ItemProps): ReactNode {
  const theme = useTheme();
  return <Text wrap="truncate">{paint([span(label, isSelected ? 'inverse' : 'plain')], theme)}</Text>;
}
