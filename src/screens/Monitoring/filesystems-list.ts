/** Decides how filesystems read as rows: how full, where they are going, and what is wrong with them. */
import type { Cell } from '../../components/table-layout.ts';
import { usedShare } from '../../core/model/inventory.ts';
import { usedBy } from '../../core/model/storage.ts';
import type { FilesystemState } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { warningSign } from '../shared/level-cells.ts';
import { STORAGE_WORDS } from '../shared/storage-words.ts';
import { LIST_IDS } from '../shared/tabs.ts';

const NONE: readonly FilesystemState[] = [];

export const filesystemsList: ListView<FilesystemState> = {
  id: LIST_IDS.filesystems,
  columns: [
    { id: 'server', title: 'SERVER', width: 10, grow: true, priority: 0 },
    { id: 'mount', title: 'MOUNT', width: 12, grow: true, cut: 'start', priority: 0 },
    { id: 'used', title: 'USED', width: 5, align: 'right', priority: 0 },
    { id: 'free', title: 'FREE', width: 9, align: 'right', priority: 0 },
    { id: 'data', title: 'DATA', width: 9, align: 'right', priority: 3 },
    { id: 'metadata', title: 'METADATA', width: 9, align: 'right', priority: 4 },
    { id: 'full', title: 'FULL IN', width: 9, align: 'right', priority: 2 },
    { id: 'state', title: 'STATE', width: 17, grow: true, priority: 0 },
    { id: 'seen', title: 'SEEN', width: 7, align: 'right', priority: 5 },
  ],
  items: ({ monitoring }) => monitoring.filesystems ?? NONE,
  depends: (state) => [state.monitoring],
  key: ({ server, filesystem }) => `${server} ${filesystem.uuid}`,
  cells: filesystemCells,
  search: ({ server, filesystem, warnings }) => ({
    text: `${server} ${filesystem.mount} ${warnings.map(({ message }) => message).join(' ')}`,
    fields: { server, mount: filesystem.mount },
  }),
  order: {
    server: ({ server }) => server,
    mount: ({ filesystem }) => filesystem.mount,
    used: ({ filesystem }) => -(usedShare(filesystem.space) ?? -1),
    free: ({ filesystem }) => filesystem.space.freeBytes ?? Number.MAX_SAFE_INTEGER,
    full: ({ trend }) => trend?.fullInDays ?? Number.MAX_SAFE_INTEGER,
    state: ({ warnings }) => -warnings.length,
  },
};

function filesystemCells(one: FilesystemState, state: AppState): Readonly<Record<string, Cell>> {
  const { server, filesystem, storage, trend, seenAt } = one;
  const share = usedShare(filesystem.space);
  return {
    server: { text: server, tone: 'bold' },
    mount: { text: formatName(filesystem.mount) },
    used: { text: share === null ? '-' : `${Math.floor(share * 100)} %` },
    free: { text: formatBytes(filesystem.space.freeBytes) },
    data: { text: formatBytes(usedBy(storage, 'data')) },
    metadata: { text: formatBytes(usedBy(storage, 'metadata')) },
    full: { text: trend?.fullInDays == null ? '-' : `~${Math.max(1, Math.round(trend.fullInDays))} d` },
    state: stateCell(one, state),
    seen: { text: coarseAge(seenAt, state.now) },
  };
}

function stateCell(
  { server, warnings, storage, unchecked }: FilesystemState,
  { monitoring, looks }: AppState,
): Cell {
  if (monitoring.looking.has(server)) return { text: '○ looking', tone: 'dim' };
  const [first] = warnings;
  if (first) {
    const more = warnings.length > 1 ? ` +${warnings.length - 1}` : '';
    const { sign, tone } = warningSign(first.level);
    return { text: `${sign} ${STORAGE_WORDS[first.kind]}${more}`, tone };
  }
  if (monitoring.lookFaults[server] || looks[server]?.fault)
    return { text: '○ could not check', tone: 'warn' };
  if (storage === null) return { text: '○ not looked at', tone: 'dim' };
  return unchecked.length > 0
    ? { text: '○ could not check', tone: 'warn' }
    : { text: '✓ fine', tone: 'good' };
}
