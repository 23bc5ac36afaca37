/** Draws lines, one text each, exactly as many as there is room for. */
import { Box, Text } from 'ink';
import { memo, type ReactNode } from 'react';
import { cutLine } from './line-width.ts';
import { type Line, paint } from './theme.ts';
import { useTheme } from './theme-context.ts';

export interface LinesProps {
  readonly lines: readonly Line[];
  readonly width: number;
  /** Rows: further lines are left out, missing ones are blank. */
  readonly height: number;
}

export function Lines({ lines, width, height }: LinesProps): ReactNode {
  const theme = useTheme();
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      {Array.from({ length: Math.max(0, height) }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place, whatever stands in it
        <Row key={row} text={paint(cutLine(lines[row] ?? [], width, theme), theme)} />
      ))}
    </Box>
  );
}

/** An empty text has no height in Ink; a blank has. */
const Row = memo(function Row({ text }: { readonly text: string }): ReactNode {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});
