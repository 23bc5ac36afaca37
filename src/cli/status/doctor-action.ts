/** What `btrfleet doctor` does: it asks core what is wrong and tells it, what is wrong last so that it is seen. */
import { examine } from '../../core/run/doctor/doctor.ts';
import type { DoctorCheck } from '../../core/run/doctor/verdict.ts';
import { serverNamed } from '../../core/run/ground/fleet.ts';
import { type ExitCode, indented } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import type { ActionContext } from '../frame/action.ts';

export async function doctor(
  { fleet, out, signal }: ActionContext,
  { server: name }: { readonly server?: string },
): Promise<ExitCode> {
  const server = name === undefined ? null : serverNamed(fleet, name);
  // A configuration that cannot be read is a check that failed; that there is no such server is a mistake.
  if (server && !server.ok && server.fault.code === 'no-such-server') return out.fault(server.fault);
  const machine = { nodeVersion: process.version, arch: `${process.platform} ${process.arch}` };
  const checks = await examine(fleet, machine, server?.ok ? server.value : null, signal);
  out.result(checks, textOf(checks));
  return checks.some((check) => check.status === 'failed') ? 1 : 0;
}

/** What is not ok is told whole below the table: in a column it would be wrapped beyond reading. */
export function textOf(checks: readonly DoctorCheck[]): string {
  const isLong = ({ hint, status }: DoctorCheck): boolean => hint !== '' && status !== 'ok';
  const table = formatTable(
    [{ title: 'CHECK' }, { title: 'STATUS' }, { title: '' }],
    checks.map((check) => [
      formatName(check.name),
      check.status,
      isLong(check) ? 'see below' : formatName(check.message),
    ]),
  );
  const advice = checks
    .filter(isLong)
    .map(({ name, message, hint }) => indented(`${formatName(name)}: ${message}\n${hint}`, '  '));
  return [table, ...advice].join('\n\n');
}
