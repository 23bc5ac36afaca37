/** The Dashboard: the verdict over lines that each lead to where something is mended; two panes from 140 columns on. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { useTheme } from '../../components/theme-context.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { cursorPlace } from '../lists/lists.ts';
import { footLines, footRoom } from '../shared/foot-lines.ts';
import type { PageProps } from '../shared/page.ts';
import { HEAD, headLines } from './head-lines.ts';
import { paneLines } from './layout.ts';
import { lineTold } from './line-text.ts';
import { dashboardList } from './lines.ts';

export function DashboardPage({ state, width, height }: PageProps): ReactNode {
  const theme = useTheme();
  const { dashboard, servers, now, overlay } = state;
  if (servers.length === 0) return <Lines lines={empty(width)} width={width} height={height} />;
  if (dashboard === null) return <Lines lines={loading(state, width)} width={width} height={height} />;
  const { items, index } = cursorPlace(state, dashboardList);
  const foot = footRoom(height);
  const line = items[index];
  const below = height - HEAD - foot;
  const focused = overlay === null;
  const panes = paneLines({ lines: items, cursor: index, focused, now, theme, height: below }, width);
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Lines lines={headLines(state, dashboard)} width={width} height={HEAD} />
      <Box>
        {panes.map(({ width: wide, lines }, place) => (
          <Box key={lines === panes[0]?.lines ? 'left' : 'right'} marginLeft={place === 0 ? 0 : 2}>
            <Lines lines={lines} width={wide} height={below} />
          </Box>
        ))}
      </Box>
      {foot > 0 && line && <Lines lines={footLines(lineTold(line)[0], width)} width={width} height={foot} />}
    </Box>
  );
}

const told = (text: string, width: number): Line[] => wrapped(`  ${text}`, Math.min(width - 2, 84));

const empty = (width: number): Line[] => [
  [],
  [span('  ? UNKNOWN', 'warn'), span('  No servers yet.', 'bold')],
  [],
  [span('  Press '), span('n', 'accent'), span(' to add the first one.')],
  [span('  Press '), span('T', 'accent'), span(' to try it out on simulated servers.')],
  [],
  ...told('It becomes the primary: the server your subvolumes are on and snapshots are made on.', width),
  ...told('Here is seen then whether all of it is snapshotted, replicated and within its RPO.', width),
];

/** Nothing is claimed before it was read. */
function loading({ history: { trouble } }: AppState, width: number): Line[] {
  const why = trouble && formatName(trouble.fault.message);
  return [
    [],
    [
      span('  ? UNKNOWN', 'warn'),
      span(why ? '  The journal cannot be read.' : '  Reading what is known …', 'bold'),
    ],
    [],
    ...(why ? told(why, width) : told('The fleet is shown in a moment.', width)),
    [],
    [span('  Press '), span('R', 'accent'), span(' to look at all servers now.')],
  ];
}
