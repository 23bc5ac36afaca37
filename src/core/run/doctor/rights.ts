/** Decides what doctor says of the rights to measure: without them all else works, and what they show is not checked. */
import { measuringRightsCommand, parseMeasuringRights } from '../../btrfs/ask/measuring-rights.ts';
import { sudoersHint } from '../../hosts/facts.ts';
import type { Server } from '../../model/server.ts';
import type { Fleet } from '../ground/fleet.ts';
import { type DoctorCheck, good, warned } from './verdict.ts';

export const MEASURING_RIGHTS = 'measuring rights';

export async function checkMeasuringRights(
  fleet: Fleet,
  server: Server,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const name = `${server.name}: ${MEASURING_RIGHTS}`;
  const host = await fleet.hosts.connect(server.name, { signal });
  if (!host.ok) return couldNot(name, host.fault);
  if (host.value.facts.sudo.length === 0) return good(name, 'root');
  const nonce = fleet.nonce();
  const said = await host.value.run(measuringRightsCommand(nonce), { signal });
  if (!said.ok) return couldNot(name, said.fault);
  const denied = parseMeasuringRights(nonce, said.value.stdout);
  if (denied === null) {
    return couldNot(name, {
      message: `${server.name} did not say what ${server.user} may run with sudo.`,
      hint: `Run "sudo -n -l" there as ${server.user} and see what it says.`,
    });
  }
  if (denied.length === 0) return good(name, 'sudo');
  return warned(name, {
    message: `${server.user} on ${server.name} may not run with sudo and without a password: ${denied.join(', ')}. What they show cannot be checked.`,
    hint: sudoersHint(server.name, host.value.facts.sudoers),
  });
}

const couldNot = (name: string, { message, hint }: Pick<DoctorCheck, 'message' | 'hint'>): DoctorCheck => ({
  name,
  status: 'could-not-check',
  message,
  hint,
});
