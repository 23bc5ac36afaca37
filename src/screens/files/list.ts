/** Decides how the entries of a directory in a snapshot read as rows. */
import type { Cell } from '../../components/table-layout.ts';
import type { FileEntry } from '../../core/model/files.ts';
import { FILES_LIST } from '../../store/files/browse.ts';
import type { AppState } from '../../store/state.ts';
import { entryName, formatMode, formatMoment, formatOwner } from '../../text/files.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { shownPlace } from '../shared/fleet-view.ts';

const NONE: readonly FileEntry[] = [];

export const filesList: ListView<FileEntry> = {
  id: FILES_LIST,
  columns: [
    { id: 'name', title: 'NAME', width: 20, grow: true, priority: 0 },
    { id: 'size', title: 'SIZE', width: 9, align: 'right', priority: 1 },
    { id: 'modified', title: 'MODIFIED (UTC)', width: 19, priority: 2 },
    { id: 'mode', title: 'MODE', width: 10, priority: 4 },
    { id: 'owner', title: 'OWNER', width: 13, priority: 3 },
  ],
  items: ({ browsing }) => (browsing?.page.state === 'known' ? browsing.page.value.entries : NONE),
  key: ({ name }) => name,
  cells,
  search: (entry) => ({
    text: `${entry.name} ${entry.kind}`,
    fields: {
      name: entry.name,
      kind: entry.kind,
      size: entry.sizeBytes,
      owner: formatOwner(entry.owner),
      mode: entry.mode,
    },
  }),
  order: {
    name: ({ name }) => name,
    size: ({ kind, sizeBytes }) => (kind === 'file' ? sizeBytes : -1),
    modified: ({ modifiedAt }) => modifiedAt,
    owner: ({ owner }) => formatOwner(owner),
  },
};

function cells(entry: FileEntry): Readonly<Record<string, Cell>> {
  const isDirectory = entry.kind === 'directory';
  return {
    name: { text: entryName(entry), ...(isDirectory ? { tone: 'accent' as const } : {}) },
    size: { text: entry.kind === 'file' ? formatBytes(entry.sizeBytes) : '' },
    modified: { text: formatMoment(entry.modifiedAt), tone: 'dim' },
    mode: { text: formatMode(entry), tone: 'dim' },
    owner: { text: formatName(formatOwner(entry.owner)) },
  };
}

/** All of what is known of one. */
export function fileDetails(entry: FileEntry): string[] {
  const row = (label: string, text: string): string => `${label.padEnd(14)} ${text}`;
  const { owner } = entry;
  return [
    row('Name', formatName(entry.name)),
    row('Path', formatName(entry.path)),
    row('Kind', entry.isOther ? `${entry.kind}, where another subvolume or mount begins` : entry.kind),
    ...(entry.kind === 'link'
      ? [row('Leads to', entry.target === null ? 'not known' : formatName(entry.target))]
      : []),
    row('Size', `${formatBytes(entry.sizeBytes)} (${entry.sizeBytes} bytes)`),
    row('Owner', formatName(`${formatOwner(owner)} (uid ${owner.uid}, gid ${owner.gid})`)),
    row('Mode', `${formatMode(entry)} (${entry.mode})`),
    row('Modified', entry.modifiedAt),
    row('Changed', `${entry.changedAt} (content, owner, rights or names)`),
    row('Names', String(entry.links)),
    row('Inode', String(entry.inode)),
  ];
}

/** Files are shown in the place of the snapshots. Those of another subvolume than the one that is chosen wait. */
export const isBrowsing = (state: AppState): boolean =>
  state.page === 'snapshots' &&
  state.browsing !== null &&
  state.browsing.subvolume === shownPlace(state)?.path;
