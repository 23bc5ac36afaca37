/** Something goes on whose end is not known: ink-spinner, in what the terminal can show. */
import { Text } from 'ink';
import InkSpinner from 'ink-spinner';
import type { ReactNode } from 'react';
import { useTheme } from './theme-context.ts';

export function Spinner(): ReactNode {
  const { unicode } = useTheme();
  return (
    <Text>
      <InkSpinner type={unicode ? 'dots' : 'line'} />
    </Text>
  );
}
