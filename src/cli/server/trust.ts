/** What `btrfleet server trust` does: it shows the fingerprint, and trusts it after a yes or when it was named. */

import { serverNamed } from '../../core/run/ground/fleet.ts';
import { readHostKey, trustServer } from '../../core/run/settings/servers.ts';
import type { ExitCode } from '../../process/output.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { serverRow } from './row.ts';

export async function serverTrust(
  { fleet, out, signal }: ActionContext,
  name: string,
  options: { readonly fingerprint?: string; readonly yes?: boolean },
): Promise<ExitCode> {
  const server = serverNamed(fleet, name);
  if (!server.ok) return out.fault(server.fault);
  let expected = options.fingerprint ?? null;
  if (expected === null && server.value.auth.kind !== 'local') {
    const shown = await readHostKey(fleet, server.value, null);
    if (!shown.ok) return out.fault(shown.fault);
    const { host, port } = server.value;
    const verdict = fleet.hostKeys.verdict(host, port, shown.value.key);
    const changed = verdict.ok && verdict.value === 'changed';
    const question = `${name} (${host}:${port}) shows the host key\n  ${shown.value.fingerprint} (${shown.value.type})${
      changed
        ? '\nIT IS NOT THE ONE THAT WAS TRUSTED BEFORE: somebody may stand between you and the server.'
        : ''
    }\nCompare it with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the server itself.`;
    const refused = await confirm(question, options.yes === true, signal);
    if (refused?.code === 'cancelled') return out.fault(refused);
    if (refused) {
      const hint = `If it is the right one: btrfleet server trust ${name} --fingerprint ${shown.value.fingerprint}`;
      return out.fault({ ...refused, hint });
    }
    expected = shown.value.fingerprint;
  }
  return tell(out, await trustServer(fleet, server.value, expected), (trusted) => {
    const text = `${name}: ${trusted.fingerprint} (${trusted.type}) ${trusted.already ? 'was trusted already' : 'is trusted now'}`;
    out.result(serverRow(fleet, server.value), text);
    return 0;
  });
}
