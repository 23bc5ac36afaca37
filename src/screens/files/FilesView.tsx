/** Files of a snapshot, in the place of the list of snapshots: where one stands, the directory, what is known of one. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from '../../components/Lines.tsx';
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Browsing } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { ListAndDetails } from '../lists/ListAndDetails.tsx';
import { cursorPlace, listRows } from '../lists/lists.ts';
import { faultLines } from '../shared/fault-lines.ts';
import type { PageProps } from '../shared/page.ts';
import { filesList } from './list.ts';
import { previewLines, previewRows } from './preview.ts';

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
  const rows = previewRows(state, height - heads.length);
  const shown = (room: number): Line[] => (item === null ? [] : previewLines(browsing, item, room, rows > 0));
  const list = { state, heads, view: filesList, details: shown, share: SHARE };
  return (
    <Box flexDirection="column" width={width} height={height}>
      <ListAndDetails {...list} width={width} height={height - rows} />
      {rows > 0 && <Lines lines={shown(width)} width={width} height={rows} />}
    </Box>
  );
}

/** What is in a file takes more columns than its name. */
const SHARE = 0.45;

/** Rows that are no entries of the list: above it, and the preview below it. */
export function filesRowsTaken(state: AppState): number {
  const heads = filesHeads(state).length;
  // The list has a line above its rows.
  return heads + previewRows(state, listRows(state, heads) + 1);
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
