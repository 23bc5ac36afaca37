/** The Servers page: the list, and from 140 columns on what is known of the one at the cursor. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { wrap } from '../../text/width.ts';
import { ListTable } from '../lists/ListTable.tsx';
import { cursorPlace } from '../lists/lists.ts';
import type { PageProps } from '../shared/page.ts';
import { serverDetails } from './details.ts';
import { serversList } from './list.ts';

export function ServersPage({ state, width, height }: PageProps): ReactNode {
  if (state.servers.length === 0) return <Lines lines={empty(width)} width={width} height={height} />;
  const wide = width >= 140;
  const listWidth = wide ? Math.floor(width * 0.55) : width;
  const { item } = cursorPlace(state, serversList);
  const details =
    item === null ? [] : serverDetails(state, item).flatMap((line) => wrap(line, width - listWidth - 4));
  return (
    <Box width={width} height={height}>
      <ListTable state={state} view={serversList} width={listWidth} height={height} />
      {wide && (
        <Box marginLeft={2}>
          <Lines
            lines={[[span(item?.name ?? '', 'bold')], ...details.map((text): Line => [span(text)])]}
            width={width - listWidth - 2}
            height={height}
          />
        </Box>
      )}
    </Box>
  );
}

function empty(width: number): Line[] {
  const told = (text: string): Line[] =>
    wrap(`  ${text}`, Math.min(width - 2, 84)).map((line): Line => [span(line)]);
  return [
    [],
    [span('  No servers yet.', 'bold')],
    [],
    [span('  Press '), span('n', 'accent'), span(' to add the first one.')],
    [span('  Press '), span('T', 'accent'), span(' to try it out on simulated servers.')],
    [],
    ...told('It becomes the primary: the server your subvolumes are on and snapshots are made on.'),
    ...told('The next ones are secondaries, where replicas go.'),
    [],
    ...told('A server needs sshd, btrfs-progs, and root or a few sudo rights. Nothing is installed on it.'),
  ];
}
