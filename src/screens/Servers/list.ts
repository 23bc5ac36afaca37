/** Decides how the servers read as rows: who they are, whether they can be worked with, and how old that is. */
import type { Cell } from '../../components/table-layout.ts';
import type { Server } from '../../core/model/server.ts';
import type { AppState, Look } from '../../store/state.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { statusCell } from '../shared/server-cells.ts';
import { staleness } from '../shared/staleness.ts';
import { LIST_IDS } from '../shared/tabs.ts';

export const serversList: ListView<Server> = {
  id: LIST_IDS.servers,
  columns: [
    { id: 'name', title: 'SERVER', width: 10, grow: true, priority: 0 },
    { id: 'role', title: 'ROLE', width: 9, priority: 1 },
    { id: 'status', title: 'STATUS', width: 18, priority: 0 },
    { id: 'address', title: 'ADDRESS', width: 15, grow: true, priority: 0 },
    { id: 'login', title: 'LOGIN', width: 15, priority: 4 },
    { id: 'free', title: 'FREE', width: 9, align: 'right', priority: 2 },
    { id: 'age', title: 'SEEN', width: 12, align: 'right', priority: 3 },
  ],
  items: (state) => state.servers,
  depends: (state) => [state.looks],
  key: (server) => server.name,
  cells: (server, state) => serverCells(server, state.looks[server.name], state),
  search: (server, state) => ({
    text: `${server.name} ${server.host} ${server.role} ${state.looks[server.name]?.status ?? ''}`,
    fields: {
      server: server.name,
      role: server.role,
      status: state.looks[server.name]?.status ?? null,
      host: server.host,
    },
  }),
  order: {
    name: ({ name }) => name,
    role: ({ role }) => role,
    status: ({ name }, state) => state.looks[name]?.status ?? '',
    address: ({ host }) => host,
    free: ({ name }, state) => freeBytes(state.looks[name]) ?? -1,
  },
};

function serverCells(
  server: Server,
  look: Look | undefined,
  state: AppState,
): Readonly<Record<string, Cell>> {
  const old = staleness(look, state.now);
  return {
    name: { text: server.name, tone: 'bold' },
    role: { text: server.role, ...(server.role === 'primary' ? { tone: 'accent' as const } : {}) },
    status: statusCell(look),
    address: { text: addressText(server) },
    login: {
      text: server.auth.kind === 'local' ? 'local' : `${formatName(server.user)} (${server.auth.kind})`,
    },
    free: { text: formatBytes(freeBytes(look)), ...(old.stale ? { tone: 'dim' as const } : {}) },
    age: { text: old.text, ...(old.stale ? { tone: 'warn' as const } : {}) },
  };
}

export const addressText = (server: Server): string => {
  if (server.auth.kind === 'local') return 'this machine';
  const host = formatName(server.host);
  const address = server.port === 22 ? host : `${host}:${server.port}`;
  return server.jump === null ? address : `${address} via ${server.jump}`;
};

/** Of all its filesystems; null while none was seen. */
export function freeBytes(look: Look | undefined): number | null {
  const known =
    look?.inventory?.filesystems.map(({ space }) => space.freeBytes).filter((bytes) => bytes !== null) ?? [];
  return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0);
}
