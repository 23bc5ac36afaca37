/** Decides what of a server is told, to people and to machines. Never a secret. */
import type { Server } from '../../core/model/server.ts';
import type { Fleet } from '../../core/run/ground/fleet.ts';
import { trustedFingerprint } from '../../core/run/settings/servers.ts';
import { formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';

export const serverRow = (fleet: Fleet, server: Server) => ({
  name: server.name,
  host: server.host,
  port: server.port,
  user: server.user,
  auth: server.auth.kind,
  keyFile: server.auth.kind === 'key' ? server.auth.file : null,
  role: server.role,
  hostKey: trustedFingerprint(fleet, server),
  jump: server.jump,
  defaultMount: server.defaultMount,
});

export const serverTable = (rows: readonly ReturnType<typeof serverRow>[]): string =>
  formatTable(
    [
      { title: 'SERVER' },
      { title: 'ROLE' },
      { title: 'ADDRESS' },
      { title: 'USER' },
      { title: 'LOGIN' },
      { title: 'HOST KEY' },
    ],
    rows.map((row) => [
      row.name,
      row.role,
      row.auth === 'local'
        ? 'this machine'
        : `${formatName(row.host)}:${row.port}${row.jump === null ? '' : ` through ${row.jump}`}`,
      formatName(row.user),
      row.auth,
      row.auth === 'local' ? 'not needed' : (row.hostKey ?? 'not trusted yet'),
    ]),
  );
