/** What `btrfleet server import` does: it takes over the hosts of an ssh config that the fleet does not have yet. */
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type ImportedHost, parseSshConfig } from '../../core/hosts/ssh/config.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import { isServerName, type Server } from '../../core/model/server.ts';
import { addServer } from '../../core/run/settings/servers.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import type { ActionContext } from '../frame/action.ts';
import { serverRow, serverTable } from './row.ts';

export async function serverImport(
  { fleet, out }: ActionContext,
  file: string | undefined,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<ExitCode> {
  const path = file ?? join(homedir(), '.ssh/config');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return out.fault(unreadable(path, text));
  const parsed = parseSshConfig(text);
  if (!parsed.ok) return out.fault(parsed.fault);
  const read = fleet.config.read();
  if (!read.ok) return out.fault(read.fault);
  const known = new Set(read.value.config.servers.map((server) => server.name));
  const names = new Set([...known, ...parsed.value.hosts.map(({ name }) => name)]);
  for (const note of parsed.value.notes) out.note(note);
  const added: Server[] = [];
  let failures = 0;
  // A server must be there before another can be reached through it.
  for (const imported of parsed.value.hosts.toSorted(
    (a, b) => Number(a.jump !== null) - Number(b.jump !== null),
  )) {
    const skipped = whySkipped(imported, known, names);
    if (skipped) {
      out.note(`${imported.name}: ${skipped}`);
      continue;
    }
    const server: Server = { ...toServer(imported), role: 'secondary' };
    const done = dryRun ? { ok: true as const, value: server } : addServer(fleet, server);
    if (done.ok) added.push(done.value);
    else {
      failures += 1;
      out.note(formatFault(done.fault));
    }
  }
  const rows = added.map((server) => serverRow(fleet, server));
  out.result(
    rows,
    rows.length === 0
      ? 'Nothing to import.'
      : `${serverTable(rows)}${dryRun ? '\nNothing was added: --dry-run.' : ''}`,
  );
  return failures > 0 ? 1 : 0;
}

function whySkipped(
  { name, jump }: ImportedHost,
  known: ReadonlySet<string>,
  names: ReadonlySet<string>,
): string | null {
  if (known.has(name)) return 'is a server of the fleet already, left as it is.';
  if (!isServerName(name)) return 'cannot be the name of a server, left out.';
  if (jump !== null && !names.has(jump))
    return `is reached through ${jump}, which is neither here nor in the file; left out.`;
  return null;
}

const toServer = ({ name, host, port, user, identityFile, jump }: ImportedHost): Omit<Server, 'role'> => ({
  name,
  host,
  port,
  user: user ?? userInfo().username,
  auth: identityFile === null ? { kind: 'agent' } : { kind: 'key', file: identityFile },
  jump,
  defaultMount: null,
});

const unreadable = (path: string, error: NodeJS.ErrnoException): Fault =>
  fault('usage', `${path} cannot be read: ${error.code ?? error.message}.`, 'Name the ssh config to import.');
