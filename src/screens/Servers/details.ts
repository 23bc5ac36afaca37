/** Decides what is told of one server in full: how it is reached, what it can do, its filesystems, what is wrong. */
import type { Server } from '../../core/model/server.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { statusCell } from '../shared/server-cells.ts';
import { addressText } from './list.ts';

export function serverDetails(state: AppState, server: Server): string[] {
  const look = state.looks[server.name];
  const row = (label: string, text: string): string => `${label.padEnd(14)} ${text}`;
  const filesystems = look?.inventory?.filesystems ?? [];
  return [
    // What is wrong comes first: below all the rest it would be cut off.
    ...(look?.fault ? [look.fault.message, look.fault.hint, ''] : []),
    row('Role', server.role),
    row('Address', addressText(server)),
    row(
      'Login',
      `${formatName(server.user)}, ${server.auth.kind}${server.auth.kind === 'key' ? ` ${formatName(server.auth.file)}` : ''}`,
    ),
    row('Host key', hostKeyText(server, look?.hostKey ?? null)),
    row('Status', statusCell(look).text),
    row('Rights', look?.privilege ?? '-'),
    row('btrfs-progs', look?.btrfsProgs ?? '-'),
    row('Kernel', look?.kernel ?? '-'),
    row(
      'Replicas to',
      server.defaultMount ?? (filesystems.length > 1 ? 'not set: name SERVER:/MOUNT' : 'its only filesystem'),
    ),
    '',
    ...(filesystems.length === 0
      ? ['No filesystem was seen yet.']
      : [`Filesystems, seen ${coarseAge(look?.inventory?.takenAt ?? null, state.now)} ago:`]),
    ...filesystems.map(
      ({ mount, space, uuid }) =>
        `  ${formatName(mount)}  ${formatBytes(space.usedBytes)} of ${formatBytes(space.sizeBytes)} used, ${formatBytes(space.freeBytes)} free  ${uuid}`,
    ),
  ];
}

const hostKeyText = (server: Server, hostKey: string | null): string => {
  if (server.auth.kind === 'local') return 'not needed';
  return hostKey ?? 'not trusted yet: t compares it';
};
