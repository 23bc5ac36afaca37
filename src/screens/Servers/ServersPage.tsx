/** The Servers page: the list, and from 140 columns on what is known of the one at the cursor. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { cursorPlace } from '../lists/lists.ts';
import type { PageProps } from '../shared/page.ts';
import { serverDetails } from './details.ts';
import { serversList } from './list.ts';

export function ServersPage({ state, width, height }: PageProps): ReactNode {
  if (state.servers.length === 0) return <Lines lines={empty(width)} width={width} height={height} />;
  const { item } = cursorPlace(state, serversList);
  const details = (room: number): Line[] =>
    item === null
      ? []
      : [[span(item.name, 'bold')], ...serverDetails(state, item).flatMap((text) => wrapped(text, room - 2))];
  return <ListAndDetails {...{ state, width, height, details }} view={serversList} share={0.55} />;
}

function empty(width: number): Line[] {
  const told = (text: string): Line[] => wrapped(`  ${text}`, Math.min(width - 2, 84));
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
