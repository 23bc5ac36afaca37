/** What `btrfleet server list|show|check` do: nothing is changed. */

import type { Fault } from '../../core/model/fault.ts';
import type { Filesystem } from '../../core/model/inventory.ts';
import type { Server } from '../../core/model/server.ts';
import type { ServerCheck } from '../../core/model/server-check.ts';
import { serverNamed } from '../../core/run/ground/fleet.ts';
import { brokenListings, checkServers, problemsOf } from '../../core/run/looks/check-servers.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { serverRow, serverTable } from './row.ts';

const NO_SERVERS =
  'No servers yet. Add the first one, which becomes the primary:\n  btrfleet server add a --host HOST --user root --key ~/.ssh/id_ed25519';

export async function serverList({ fleet, out }: ActionContext): Promise<ExitCode> {
  return tell(out, fleet.config.read(), ({ config }) => {
    const rows = config.servers.map((server) => serverRow(fleet, server));
    out.result(rows, rows.length === 0 ? NO_SERVERS : serverTable(rows));
    return 0;
  });
}

export async function serverShow({ fleet, out }: ActionContext, name: string): Promise<ExitCode> {
  return tell(out, serverNamed(fleet, name), (server) => {
    const row = serverRow(fleet, server);
    out.result(row, serverTable([row]));
    return 0;
  });
}

export async function serverCheck(
  { fleet, out, signal }: ActionContext,
  names: readonly string[],
): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const servers: Server[] = [];
  for (const name of names.length > 0 ? names : config.value.config.servers.map((server) => server.name)) {
    const server = serverNamed(fleet, name);
    if (!server.ok) return out.fault(server.fault);
    servers.push(server.value);
  }
  const checks = await checkServers(fleet, servers, signal);
  out.result(checks.map(toRow), checks.length === 0 ? NO_SERVERS : tableOf(checks));
  if (!out.json) for (const told of checks.flatMap(toldBeside)) out.note(formatFault(told));
  return checks.every((check) => check.fault === null) ? 0 : 1;
}

/** What does not fit into its row: every fault, and what could not be read. */
const toldBeside = ({ fault, inventory }: ServerCheck): Fault[] => {
  if (inventory === null) return fault ? [fault] : [];
  return [...brokenListings(inventory), ...problemsOf(inventory)];
};

/** The row of the contract. */
const toRow = ({ server, status, facts, inventory, fault }: ServerCheck) => ({
  name: server.name,
  status,
  latencySeconds: facts?.latencySeconds ?? null,
  kernel: facts?.kernel ?? null,
  btrfsProgs: facts?.btrfsProgs ?? null,
  privilege: facts?.privilege ?? null,
  filesystems:
    inventory?.filesystems.map(({ mount, uuid, space }) => ({
      mount,
      uuid,
      sizeBytes: space.sizeBytes,
      usedBytes: space.usedBytes,
      freeBytes: space.freeBytes,
    })) ?? null,
  fault,
});

export const tableOf = (checks: readonly ServerCheck[]): string =>
  formatTable(
    [
      { title: 'SERVER' },
      { title: 'STATUS' },
      { title: 'LATENCY', align: 'right' },
      { title: 'RIGHTS' },
      { title: 'BTRFS-PROGS' },
      { title: 'FILESYSTEMS' },
    ],
    checks.flatMap(tableRows),
  );

/** Each filesystem but the first on a line of its own: they are what makes a row too long. */
function tableRows({ server, status, facts, inventory, fault }: ServerCheck): string[][] {
  const [first = inventory ? 'none' : '-', ...others] = inventory?.filesystems.map(mountText) ?? [];
  const row = [
    server.name,
    status === 'online' && fault ? 'not usable' : status,
    facts ? `${(facts.latencySeconds * 1000).toFixed(1)} ms` : '-',
    facts?.privilege ?? '-',
    facts?.btrfsProgs ?? '-',
    first,
  ];
  return [row, ...others.map((text) => ['', '', '', '', '', text])];
}

const mountText = ({ mount, space }: Filesystem): string =>
  `${formatName(mount)} (${formatBytes(space.freeBytes)} free)`;
