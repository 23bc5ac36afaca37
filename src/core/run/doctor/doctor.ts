/** Finds out what keeps btrfleet from working, here and on each server. What could not be checked is said so, never "ok". */
import type { Server } from '../../model/server.ts';
import type { Fleet } from '../ground/fleet.ts';
import { checkServers } from '../looks/check-servers.ts';
import { examineServer } from './server.ts';
import { bad, type DoctorCheck, good, unchecked, warned } from './verdict.ts';

export interface Machine {
  /** `process.version`, such as `v24.1.0`. */
  readonly nodeVersion: string;
  readonly arch: string;
}

/** `only`: one server; null: all. What needs a configuration that cannot be read could not be checked. */
export async function examine(
  fleet: Fleet,
  machine: Machine,
  only: Server | null,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const read = fleet.config.read();
  if (!read.ok)
    return [...checkMachine(machine), ...checkState(fleet), unchecked('servers', 'configuration')];
  const servers = only === null ? read.value.config.servers : [only];
  const checks = await checkServers(fleet, servers, signal);
  const seen = await Promise.all(checks.map((check) => examineServer(fleet, check, signal)));
  return [...checkMachine(machine), ...checkState(fleet), ...seen.flat()];
}

const checkMachine = ({ nodeVersion, arch }: Machine): DoctorCheck[] => [
  good('node', `${nodeVersion} ${arch}`),
];

const checkState = (fleet: Fleet): DoctorCheck[] => [
  checkConfig(fleet),
  checkVault(fleet),
  checkKnownHosts(fleet),
];

function checkConfig(fleet: Fleet): DoctorCheck {
  const name = 'configuration';
  const read = fleet.config.read();
  if (!read.ok) return bad(name, read.fault);
  const { warnings } = read.value;
  if (warnings.length === 0) return good(name, 'readable and valid');
  const hint = 'Unknown keys are kept and ignored; look for typing mistakes.';
  return warned(name, { message: warnings.join(' '), hint });
}

/** Opening one secret shows whether the key fits; which one does not matter. */
function checkVault(fleet: Fleet): DoctorCheck {
  const names = fleet.vault.names();
  if (!names.ok) return bad('vault', names.fault);
  const [first] = names.value;
  if (first === undefined) return good('vault', 'nothing in it');
  const opened = fleet.vault.get(first);
  return opened.ok
    ? good('vault', `${names.value.length} secrets, can be opened`)
    : bad('vault', opened.fault);
}

function checkKnownHosts(fleet: Fleet): DoctorCheck {
  const lines = fleet.hostKeys.badLines();
  if (lines === 0) return good('known hosts', 'readable');
  return warned('known hosts', {
    message: `${lines} lines could not be understood and are ignored.`,
    hint: 'Look at known_hosts beside the configuration and at ~/.ssh/known_hosts.',
  });
}
