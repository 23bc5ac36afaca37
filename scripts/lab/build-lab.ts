// Builds a lab from nothing: keys, network, servers. Takes down again what it made if any step fails or it is told to
// stop; decides nothing about how the lab is used.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDisk, addRootDisk, addSpareDisk } from './disks.ts';
import { dismantle } from './dismantle.ts';
import { authorizedKeys, hashPassword, hostKey, makeClientKeys, newPassword } from './keys.ts';
import { type LabRecord, labDirectory, type ServerRecord, thisProcess, writeRecord } from './lab-record.ts';
import { enterArgv, MARK, startHolder } from './namespaces.ts';
import { bridgeName, connectServer, makeBridge, serverAddress } from './network.ts';
import { needsOf, PROFILES, type Profile, type ProfileChoice, profileOf, TIDY } from './profiles.ts';
import { checkRequirements, toolPath } from './requirements.ts';
import { must, type RunOptions, run } from './run-command.ts';
import { HOST_KEY_TYPES, minimalSudoers, sshClientConfig } from './server-files.ts';
import { type ServerPlan, type SharedSetup, writeServerFiles } from './server-setup.ts';
import { sshAnswers, waitFor } from './wait-for.ts';

export type LabOptions = {
  /** Lower-case letters, digits and dashes; labs of different names live side by side. Default "lab". */
  name?: string;
  /** 1 to 26, named a, b, c …; default 3. */
  servers?: number;
  /** Of each server's btrfs, sparse, as `truncate` takes it; default "2G". */
  size?: string;
  /** The sudoers lines of the user `fleet` in place of the lab's own minimal list. */
  sudoers?: string;
  /** What the servers are like: one for all, or by the names of those that are odd. Default: tidy ones. */
  profile?: ProfileChoice | undefined;
  /** Whether it stays when this process ends (then no sweep removes it). Default false. */
  persistent?: boolean;
};

export const MOUNT = '/srv/pool';
const SSHD_LOG = '/var/log/sshd.log';

/** Tears down what is left of a lab of this name, then builds it. SIGINT and SIGTERM meanwhile take it down again. */
export async function buildLab(given: LabOptions): Promise<LabRecord> {
  checkRequirements(needsOf(given.profile));
  const settled: Settled = { name: 'lab', servers: 3, size: '2G', persistent: false, ...given };
  const { name, servers } = settled;
  if (!Number.isInteger(servers) || servers < 1 || servers > 26) throw new Error('a lab has 1 to 26 servers');
  const abort = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    received = signal;
    abort.abort(new Error(`stopped by ${signal}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await dismantle(name);
    return await build(settled, abort.signal);
  } catch (fault) {
    await dismantle(name);
    throw fault;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    // As if it had not been caught: the process ends by the signal, unless somebody else handles it.
    if (received !== undefined) process.kill(process.pid, received);
  }
}

type Settled = LabOptions & Required<Pick<LabOptions, 'name' | 'servers' | 'size' | 'persistent'>>;

async function build(options: Settled, signal: AbortSignal): Promise<LabRecord> {
  const { name, size } = options;
  const directory = labDirectory(name);
  const running: RunOptions = { env: { [MARK]: directory }, signal };
  const record = emptyRecord(name);
  writeRecord(record);

  const [keys, network] = await allOf([makeClientKeys(directory, running), makeBridge(name, running)]);
  const plans = planServers(directory, network, options);
  const shared: SharedSetup = {
    passwordHash: await hashPassword(record.password, running),
    authorizedKeys: authorizedKeys(keys),
    sudoersOfFleet: options.sudoers ?? minimalSudoers('fleet', sudoTools()),
    // It answers on standard error.
    sshVersion: (await run(['ssh', '-V'])).stderr,
    hosts: plans,
  };
  const servers = await allOf(plans.map((plan) => startServer(plan, { record, shared, size }, running)));
  signal.throwIfAborted();

  const finished: LabRecord = {
    ...record,
    ...keys,
    network,
    servers,
    state: 'up',
    owner: options.persistent ? null : record.owner,
  };
  writeFileSync(record.sshConfigFile, sshClientConfig(directory, keys.keyFile, servers));
  writeKnownHosts(finished);
  writeRecord(finished);
  return finished;
}

function emptyRecord(name: string): LabRecord {
  const directory = labDirectory(name);
  return {
    name,
    directory,
    state: 'starting',
    owner: thisProcess(),
    bridge: bridgeName(name),
    network: '',
    password: newPassword(),
    keyFile: '',
    rsaKeyFile: '',
    passphraseKeyFile: '',
    passphrase: '',
    sshConfigFile: join(directory, 'ssh_config'),
    servers: [],
  };
}

/** Server c is the odd one: root's shell is dash, and its clock is not in UTC. */
const planServers = (directory: string, network: string, { servers, profile }: Settled): ServerPlan[] =>
  [...'abcdefghijklmnopqrstuvwxyz'].slice(0, servers).map((name, index) => ({
    name,
    host: serverAddress(network, index),
    directory: join(directory, name),
    rootShell: name === 'c' ? '/bin/dash' : '/bin/bash',
    profile: profileOf(name, profile),
    // Written so that it needs no table of zones.
    ...(name === 'c' ? { timeZone: 'IST-5:30' } : {}),
  }));

const sudoTools = () => ({
  btrfs: toolPath('btrfs'),
  mkdir: toolPath('mkdir'),
  rmdir: toolPath('rmdir'),
});

async function startServer(
  plan: ServerPlan,
  { record, shared, size }: { record: LabRecord; shared: SharedSetup; size: string },
  options: RunOptions,
): Promise<ServerRecord> {
  const { name, host, directory } = plan;
  await writeServerFiles(plan, shared, options);
  options.signal?.throwIfAborted();
  const holder = await startHolder(directory, name, record.directory);
  const { bridge, password } = record;
  const profile = plan.profile === undefined ? TIDY : PROFILES[plan.profile];
  const mount = profile.root === undefined ? MOUNT : '/';
  const { profile: odd } = plan;
  const server: ServerRecord = { name, host, port: 22, user: 'root', password, mount, profile: odd, holder };
  const disk = { holder, directory, mountPoint: MOUNT, size };
  await allOf([
    connectServer({ bridge, server: name, host, holder }, options),
    profile.root === undefined ? addDisk(disk, {}, options) : addRootDisk(disk, profile.root, options),
  ]);
  await makeOdd(server, profile, directory, options);
  await startSshd(server, options);
  return server;
}

/** What a profile does in a server that is otherwise ready. */
async function makeOdd(
  { holder, name, mount }: ServerRecord,
  { own = [], spare, run: lines }: Profile,
  directory: string,
  options: RunOptions,
): Promise<void> {
  const device = spare === undefined ? '' : await addSpareDisk({ directory, size: spare }, options);
  const script = `for directory in ${own.join(' ')}; do
  [ -d "$directory" ] || continue
  copy=/run/own$directory
  mkdir -p "$copy"
  cp -a "$directory/." "$copy"
  mount --bind "$copy" "$directory"
done
DISK=$(findmnt --noheadings --nofsroot --output SOURCE --mountpoint "$1") SPARE=$2
${lines ?? ''}`;
  const outcome = await run(enterArgv(holder, ['sh', '-euc', script, 'sh', mount, device]), options);
  if (outcome.code !== 0) throw new Error(`server ${name}, as its profile wants it:\n${outcome.stderr}`);
}

/** Starts a server's sshd and waits until it answers; where the cable is out, call it without the wait. */
export async function startSshd(server: ServerRecord, options: RunOptions = {}, wait = true): Promise<void> {
  await must(enterArgv(server.holder, [toolPath('sshd'), '-r', '-E', SSHD_LOG]), options);
  const { host, port, name } = server;
  if (wait) await waitFor(`sshd of ${name} answers`, () => sshAnswers(host, port), 10, options.signal);
}

/** The host keys as they are now, for a person at a prompt. */
export function writeKnownHosts({ directory, servers }: LabRecord): void {
  const lines = servers.flatMap(({ name, host }) =>
    HOST_KEY_TYPES.map((type) => `${host} ${hostKey(join(directory, name), type)}\n`),
  );
  writeFileSync(join(directory, 'known_hosts'), lines.join(''));
}

/** As Promise.all, but waits for all before it fails: nothing may still be building while a lab is taken down. */
async function allOf<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<{ -readonly [K in keyof T]: T[K] }> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as { -readonly [K in keyof T]: T[K] };
}
