/** Puts the fleet together for one process: the only place that hands clock, randomness and environment to core. */

import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { HARMLESS, PRIVILEGED, sudoersLines } from '../core/btrfs/ask/commands.ts';
import { createHosts, type HostPool, type HostsOptions } from '../core/hosts/pool.ts';
import { spawnDetached } from '../core/hosts/port/spawn-detached.ts';
import { createHostKeys } from '../core/hosts/ssh/host-keys.ts';
import type { Clock } from '../core/model/clock.ts';
import { quoteWord } from '../core/model/command-line.ts';
import { type Fault, fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import type { Server } from '../core/model/server.ts';
import type { Surroundings } from '../core/model/surroundings.ts';
import type { Fleet } from '../core/run/ground/fleet.ts';
import { createConfigStore } from '../core/state/config/store.ts';
import { holderCheck, holderOf } from '../core/state/home/holder.ts';
import { type Environment, type Home, homeDirectory, openHome } from '../core/state/home/home.ts';
import { tighten } from '../core/state/home/tighten.ts';
import { openJournal } from '../core/state/journal/journal.ts';
import { openVault } from '../core/state/vault/vault.ts';
import { buildIdentity } from './build-identity.ts';

export interface Wired {
  readonly fleet: Fleet;
  readonly home: Home;
  /** What whoever started this should know of the state directory, in sentences. */
  readonly notes: readonly string[];
  /** The server of that name as it is configured now. */
  lookup(name: string): Server | null;
  /** Connections of their own, for what must not touch those of the fleet. */
  hostsWith(changes: Partial<HostsOptions>): HostPool;
  close(): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now() };

interface Wanted extends Surroundings, Pick<HostsOptions, 'onCommand'> {
  /** `any`: it is wired also with one that cannot be read. */
  readonly config?: 'any';
}

/** Faults: config-invalid (also for a journal or home that cannot be used), usage. */
export function wireFleet(
  homeFlag: string | null,
  {
    config: wanted,
    clock = systemClock,
    randomBytes = nodeRandomBytes,
    env = process.env,
    ...watch
  }: Wanted = {},
): Result<Wired> {
  const directory = homeDirectory({ flag: homeFlag, env });
  if (!directory.ok) return directory;
  const lost = withoutPlace(directory.value, homeFlag, env);
  if (lost) return failed(lost);
  const opened = openHome({ home: directory.value });
  if (!opened.ok) return opened;
  const home = opened.value;
  const notes = tighten(home.directory);
  const config = createConfigStore(home);
  // Read once here: a configuration that cannot be understood stops every command before it does anything, but doctor.
  const read = config.read();
  if (!read.ok && wanted !== 'any') return read;
  const journal = openJournal({ home, clock });
  if (!journal.ok) return journal;
  const vault = openVault({ home, passphrase: () => vaultPassphrase(env), randomBytes });
  const hostKeys = createHostKeys(
    { own: home.knownHosts, others: [join(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'] },
    () => clock.now(),
  );
  const lookup = (name: string): Server | null => {
    const now = config.read();
    return (now.ok ? now.value.config.servers.find((server) => server.name === name) : undefined) ?? null;
  };
  const options: HostsOptions = {
    lookup,
    hostKeys,
    needs: { needed: PRIVILEGED, harmless: HARMLESS, sudoersLines },
    secret: (name) => vault.get(name),
    agentSocket: env['SSH_AUTH_SOCK'] ?? null,
    homeDirectory: homedir(),
    path: env['PATH'] ?? '/usr/bin:/bin',
    now: () => clock.now(),
    ...watch,
  };
  const hosts = createHosts(options);
  const site = { host: hostname(), proc: '/proc' };
  const fleet: Fleet = {
    config,
    hosts,
    hostKeys,
    vault,
    journal: journal.value,
    clock,
    holder: holderOf(process.pid, site),
    isAlive: holderCheck({ ...site, clock }),
    nonce: () => Buffer.from(randomBytes(12)).toString('hex'),
    build: buildIdentity(),
  };
  const close = async (): Promise<void> => {
    await hosts.close();
    journal.value.close();
  };
  const hostsWith = (changes: Partial<HostsOptions>): HostPool => createHosts({ ...options, ...changes });
  return ok({ fleet, home, notes, lookup, hostsWith, close });
}

/** A mistyped directory would be a new fleet, empty and silent; the place that nobody named is made with all above it. */
function withoutPlace(directory: string, flag: string | null, env: Environment): Fault | null {
  const source = flag === null ? 'BTRFLEET_HOME' : '--home';
  // A shell may still have the line that a play printed: its state is gone, and this is no place for another.
  if (/^btrfleet-play-\w+$/.test(basename(directory)) && !existsSync(directory))
    return fault(
      'usage',
      `The play whose state was in ${directory} has ended.`,
      'Start another one with "btrfleet play", or leave it: unset BTRFLEET_HOME',
    );
  if (flag === null && !env['BTRFLEET_HOME']) return null;
  if (existsSync(directory) || existsSync(dirname(directory))) return null;
  return fault(
    'usage',
    `There is no ${dirname(directory)}, where ${source} says the state directory is.`,
    `Look for a typing mistake, or make it first: mkdir -p ${quoteWord(dirname(directory))}`,
  );
}

/** The passphrase of a protected vault lies in a file that the environment names, never in the environment itself. */
function vaultPassphrase(env: Environment): string | null {
  const file = env['BTRFLEET_VAULT_PASSPHRASE_FILE'];
  if (!file) return null;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}

/** Starts the engine on the same state, in a session of its own; its output goes to a file in the state directory. */
export function engineStarter(home: Home): () => void {
  return () => {
    mkdirSync(home.logs, { recursive: true, mode: 0o700 });
    const args = [...process.execArgv, process.argv[1] ?? '', 'engine', '--home', home.directory];
    void spawnDetached(process.execPath, args, { env: process.env, logFile: join(home.logs, 'engine.log') });
  };
}
