/** Finds out what keeps btrfleet from working, here and on each server. What could not be checked is said so, never "ok". */
import { nativeCrypto } from '../hosts/native-crypto.ts';
import type { Fault } from '../model/fault.ts';
import type { Server } from '../model/server.ts';
import { checkServers, type ServerCheck } from './check-servers.ts';
import type { Fleet } from './fleet.ts';

export interface DoctorCheck {
  /** What was checked, such as `node` or `b: privilege`. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'could-not-check';
  readonly message: string;
  /** What to do; empty when it is ok. */
  readonly hint: string;
}

export interface Machine {
  /** `process.version`, such as `v24.1.0`. */
  readonly nodeVersion: string;
  readonly arch: string;
}

export async function examine(
  fleet: Fleet,
  machine: Machine,
  servers: readonly Server[],
  signal?: AbortSignal,
): Promise<DoctorCheck[]> {
  const checks = await checkServers(fleet, servers, signal);
  return [...checkMachine(machine), ...checkState(fleet), ...checks.flatMap(checkServer)];
}

function checkMachine({ nodeVersion, arch }: Machine): DoctorCheck[] {
  const native = nativeCrypto();
  const crypto: DoctorCheck =
    native === true
      ? good('ssh2 native crypto', 'built and loaded')
      : {
          name: 'ssh2 native crypto',
          status: native === null ? 'could-not-check' : 'warning',
          message:
            native === null
              ? 'It could not be found out whether it is loaded.'
              : 'Not built for this Node: plain Node crypto is used, transfers are slower.',
          hint: 'Optional: "npm rebuild ssh2 cpu-features" with a compiler and python3 there.',
        };
  return [good('node', `${nodeVersion} ${arch}`), crypto];
}

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
  return { name, status: 'warning', message: warnings.join(' '), hint };
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
  return {
    name: 'known hosts',
    status: 'warning',
    message: `${lines} lines could not be understood and are ignored.`,
    hint: 'Look at known_hosts beside the configuration and at ~/.ssh/known_hosts.',
  };
}

const SERVER_CHECKS = ['reachable', 'host key', 'login', 'privilege', 'btrfs-progs', 'filesystems'] as const;

/** In the order in which one needs the other; after the first that failed the rest could not be checked. */
function checkServer(check: ServerCheck): DoctorCheck[] {
  const failedAt = check.fault ? SERVER_CHECKS.indexOf(stageOf(check.fault)) : SERVER_CHECKS.length;
  return SERVER_CHECKS.map((what, index) => {
    const name = `${check.server.name}: ${what}`;
    if (index < failedAt) return good(name, passed(what, check));
    if (index === failedAt && check.fault) return bad(name, check.fault);
    return { name, status: 'could-not-check', message: `because of "${SERVER_CHECKS[failedAt]}"`, hint: '' };
  });
}

function stageOf({ code }: Fault): (typeof SERVER_CHECKS)[number] {
  switch (code) {
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'host-key-unverified':
      return 'host key';
    case 'auth-failed':
    case 'secret-missing':
    case 'key-unreadable':
      return 'login';
    case 'sudo-missing':
      return 'privilege';
    case 'tool-missing':
      return 'btrfs-progs';
    case 'listing-failed':
    case 'not-btrfs':
      return 'filesystems';
    default:
      return 'reachable';
  }
}

function passed(what: (typeof SERVER_CHECKS)[number], { server, facts, inventory }: ServerCheck): string {
  switch (what) {
    case 'reachable':
      return facts ? `in ${(facts.latencySeconds * 1000).toFixed(0)} ms` : 'yes';
    case 'host key':
      return server.auth.kind === 'local' ? 'not needed: this machine' : 'trusted';
    case 'login':
      return `${server.user} by ${server.auth.kind}`;
    case 'privilege':
      return facts?.privilege ?? 'known';
    case 'btrfs-progs':
      return `${facts?.btrfsProgs ?? '?'}, kernel ${facts?.kernel ?? '?'}, send protocol ${facts?.sendStreamVersion ?? '?'}`;
    case 'filesystems':
      return inventory?.filesystems.map((filesystem) => filesystem.mount).join(', ') || 'none mounted';
  }
}

const good = (name: string, message: string): DoctorCheck => ({ name, status: 'ok', message, hint: '' });

const bad = (name: string, { message, hint }: Fault): DoctorCheck => ({
  name,
  status: 'failed',
  message,
  hint,
});
