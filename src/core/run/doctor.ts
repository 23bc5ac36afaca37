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

function checkState(fleet: Fleet): DoctorCheck[] {
  const read = fleet.config.read();
  const config: DoctorCheck = read.ok
    ? {
        name: 'configuration',
        status: read.value.warnings.length > 0 ? 'warning' : 'ok',
        message: read.value.warnings.join(' ') || 'readable and valid',
        hint:
          read.value.warnings.length > 0
            ? 'Unknown keys are kept and ignored; look for typing mistakes.'
            : '',
      }
    : bad('configuration', read.fault);
  const names = fleet.vault.names();
  const first = names.ok ? names.value[0] : undefined;
  const opened = first === undefined ? null : fleet.vault.get(first);
  const vault: DoctorCheck = !names.ok
    ? bad('vault', names.fault)
    : opened && !opened.ok
      ? bad('vault', opened.fault)
      : good('vault', `${names.value.length} secrets, ${opened ? 'can be opened' : 'nothing in it'}`);
  const lines = fleet.hostKeys.badLines();
  const keys: DoctorCheck =
    lines === 0
      ? good('known hosts', 'readable')
      : {
          name: 'known hosts',
          status: 'warning',
          message: `${lines} lines could not be understood and are ignored.`,
          hint: 'Look at known_hosts beside the configuration and at ~/.ssh/known_hosts.',
        };
  return [config, vault, keys];
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
