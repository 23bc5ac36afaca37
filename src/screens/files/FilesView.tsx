/** Files of a snapshot, in the place of the list of snapshots: where one stands, the directory, what is known of one. */
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Browsing } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { cursorPlace } from '../lists/lists.ts';
import { faultLines } from '../shared/fault-lines.ts';
import type { PageProps } from '../shared/page.ts';
import { fileDetails, filesList } from './list.ts';

export function FilesView({ state, width, height }: PageProps): ReactNode {
  const { browsing } = state;
  if (browsing === null) return null;
  const { page } = browsing;
  const heads = filesHeads(state);
  if (page.state !== 'known' || page.value.entries.length === 0) {
    const lines = [...heads, ...instead(browsing, width)];
    return <Lines lines={lines} width={width} height={height} />;
  }
  const { item } = cursorPlace(state, filesList);
  const details = (room: number): Line[] =>
    item === null ? [] : fileDetails(item).flatMap((text) => wrapped(text, room - 2));
  return <ListAndDetails {...{ state, width, height, details, heads }} view={filesList} />;
}

/** Not read yet, not to be read, nothing in it: three different texts. */
function instead({ page, path, subvolume }: Browsing, width: number): Line[] {
  if (page.state === 'asking') return [[], [span(`  Reading ${formatName(path || subvolume)} …`)]];
  if (page.state === 'failed') return faultLines('This could not be read.', page.fault, width);
  if (page.value.notes.some(({ code }) => code === 'listing-failed')) return [];
  return [[], [span('  There is nothing in it.')]];
}

/** Which snapshot, which directory, and what somebody must know who reads there. */
export function filesHeads({ browsing, size }: AppState): Line[] {
  if (browsing === null) return [];
  const { subvolume, snapshot, path, page } = browsing;
  const notes = page.state === 'known' ? page.value.notes : [];
  return [
    [
      span(' In ', 'dim'),
      span(formatName(snapshot.name), 'title'),
      span(` of ${formatName(subvolume)}`, 'dim'),
      span('   ←/→ older or newer', 'dim'),
    ],
    [span(` /${formatName(path)}`, 'bold'), span(moreText(browsing), 'dim')],
    ...notes.flatMap(({ message }) =>
      wrapped(` ▲ ${formatName(message)}`, size.columns - 1, 'warn').slice(0, 2),
    ),
  ];
}

function moreText({ page, isReadingMore }: Browsing): string {
  if (page.state !== 'known' || page.value.next === null) return '';
  const read = page.value.entries.length.toLocaleString('en');
  return isReadingMore ? `   ${read} entries, reading more …` : `   ${read} entries, and more below`;
}
