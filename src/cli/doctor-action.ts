/** What `btrfleet doctor` does: it asks core what is wrong and tells it, worst things last so that they are seen. */
import { type DoctorCheck, examine } from '../core/run/doctor.ts';
import { serverNamed } from '../core/run/fleet.ts';
import { formatName } from '../text/format.ts';
import { formatTable } from '../text/table.ts';
import type { ActionContext } from './action.ts';
import type { ExitCode } from './output.ts';

export async function doctor({ fleet, out, signal }: ActionContext, name: string | null): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const server = name === null ? null : serverNamed(fleet, name);
  if (server && !server.ok) return out.fault(server.fault);
  const servers = server ? [server.value] : config.value.config.servers;
  const machine = { nodeVersion: process.version, arch: `${process.platform} ${process.arch}` };
  const checks = await examine(fleet, machine, servers, signal);
  out.result(checks, textOf(checks));
  return checks.some((check) => check.status === 'failed') ? 1 : 0;
}

function textOf(checks: readonly DoctorCheck[]): string {
  const table = formatTable(
    [{ title: 'CHECK' }, { title: 'STATUS' }, { title: '' }],
    checks.map(({ name, status, message }) => [formatName(name), status, formatName(message)]),
  );
  const advice = checks
    .filter(({ hint, status }) => hint !== '' && status !== 'ok')
    .map(({ name, hint }) => `${formatName(name)}:\n  ${hint}`);
  return [table, ...advice].join('\n\n');
}
