/**
 * Changes which servers the fleet has: each change is whole or not done, in the configuration, the vault and the
 * known host keys alike. It connects to nothing; what must be looked at is handed in.
 */
import { fingerprint } from '../../hosts/ssh/host-key.ts';
import type { Task } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  passphraseSecret,
  passwordSecret,
  type Role,
  type Server,
  type ServerSecrets,
} from '../../model/server.ts';
import type { Config } from '../../state/config/schema.ts';
import { type Fleet, serverNamed } from '../ground/fleet.ts';

/** The first server of a fleet becomes its primary. Faults: server-exists, config-invalid, vault-*. */
export function addServer(
  fleet: Fleet,
  wanted: Omit<Server, 'role'> & { readonly role?: Role },
  secrets: ServerSecrets = {},
): Result<Server> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  if (read.value.config.servers.some((one) => one.name === wanted.name)) return failed(exists(wanted.name));
  // Secrets first: a server that is there without its password would fail for no visible reason.
  const stored = storeSecrets(fleet, wanted.name, secrets);
  if (!stored.ok) return stored;
  let added: Server | null = null;
  const changed = fleet.config.change((config) => {
    if (config.servers.some((one) => one.name === wanted.name)) return failed(exists(wanted.name));
    const isFirst = config.servers.length === 0;
    const server: Server = { ...wanted, role: wanted.role ?? (isFirst ? 'primary' : 'secondary') };
    added = server;
    return ok({ ...config, servers: [...demoteOthers(config.servers, server), server] });
  });
  if (!changed.ok) {
    if (changed.fault.code !== 'server-exists') forgetSecrets(fleet, wanted.name);
    return changed;
  }
  return added ? ok(added) : serverNamed(fleet, wanted.name);
}

/** Changes only what is named. Faults: no-such-server, config-invalid, vault-*. */
export function editServer(
  fleet: Fleet,
  name: string,
  changes: Partial<Omit<Server, 'name' | 'role'>>,
  secrets: ServerSecrets = {},
): Result<Server> {
  const before = serverNamed(fleet, name);
  if (!before.ok) return before;
  const changed = fleet.config.change((config) =>
    ok({
      ...config,
      servers: config.servers.map((one) => (one.name === name ? { ...one, ...changes } : one)),
    }),
  );
  if (!changed.ok) return changed;
  const stored = storeSecrets(fleet, name, secrets);
  if (!stored.ok) return stored;
  fleet.hosts.retryNow(name);
  return serverNamed(fleet, name);
}

/** Faults: no-such-server, server-in-use (the primary, others are reached through it, or tasks send to it). */
export async function removeServer(fleet: Fleet, name: string): Promise<Result<Server>> {
  const before = serverNamed(fleet, name);
  if (!before.ok) return before;
  const changed = fleet.config.change((config) => {
    const why = whyNotRemoved(config, name);
    if (why) return failed(why);
    return ok({ ...config, servers: config.servers.filter((one) => one.name !== name) });
  });
  if (!changed.ok) return changed;
  forgetSecrets(fleet, name);
  const { host, port } = before.value;
  const shared = changed.value.servers.some((one) => one.host === host && one.port === port);
  if (!shared) await fleet.hostKeys.forget(host, port);
  fleet.journal.forgetServer(name);
  return before;
}

/** Null: it may be removed. */
export function whyNotRemoved(
  { servers, tasks }: Pick<Config, 'servers' | 'tasks'>,
  name: string,
): Fault | null {
  if (servers.find((one) => one.name === name)?.role === 'primary') return isPrimary(name);
  const through = servers.find((one) => one.jump === name);
  if (through) return isJump(name, through.name);
  const sending = tasks.filter(({ targets }) => targets.some(({ server }) => server === name));
  return sending.length > 0 ? isTarget(name, sending) : null;
}

/** Makes a server the primary; the one before becomes a secondary. Nothing on any server is changed. */
export function promoteServer(fleet: Fleet, name: string): Result<Server> {
  const before = serverNamed(fleet, name);
  if (!before.ok) return before;
  const promoted: Server = { ...before.value, role: 'primary' };
  const changed = fleet.config.change((config) =>
    ok({
      ...config,
      servers: demoteOthers(config.servers, promoted).map((one) =>
        one.name === name ? { ...one, role: 'primary' } : one,
      ),
    }),
  );
  return changed.ok ? serverNamed(fleet, name) : changed;
}

export interface TrustedKey {
  readonly server: Server;
  readonly type: string;
  readonly fingerprint: string;
  /** It was trusted before: nothing has changed. */
  readonly already: boolean;
}

/**
 * Reads the host key a place shows now. With `expected` it must be that one.
 * Faults: host-key-unverified (another key), and what connecting says.
 */
export async function readHostKey(
  fleet: Fleet,
  place: Pick<Server, 'name' | 'host' | 'port' | 'jump'>,
  expected: string | null,
): Promise<Result<{ readonly type: string; readonly fingerprint: string; readonly key: Buffer }>> {
  const scan = await fleet.hosts.scanHostKey({ host: place.host, port: place.port, via: place.jump });
  if (!scan.ok) return scan;
  if (expected === null || scan.value.fingerprint === expected) return scan;
  return failed(
    fault(
      'host-key-unverified',
      `${place.name} shows the host key ${scan.value.fingerprint} (${scan.value.type}), not ${expected}.`,
      'Nothing was trusted. Compare with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the server itself.',
      { server: place.name },
    ),
  );
}

/** Trusts the key a server shows now, which must be `expected` where that is given. */
export async function trustServer(
  fleet: Fleet,
  server: Server,
  expected: string | null,
): Promise<Result<TrustedKey>> {
  if (server.auth.kind === 'local') return failed(noKey(server.name));
  const scan = await readHostKey(fleet, server, expected);
  if (!scan.ok) return scan;
  const { key, type } = scan.value;
  const verdict = fleet.hostKeys.verdict(server.host, server.port, key);
  if (!verdict.ok) return verdict;
  const already = verdict.value === 'trusted';
  if (!already) {
    const trusted = await fleet.hostKeys.trust(server.host, server.port, key);
    if (!trusted.ok) return trusted;
    fleet.hosts.retryNow(server.name);
  }
  return ok({ server, type, fingerprint: scan.value.fingerprint, already });
}

/** The fingerprint that is trusted for a server; null: none yet, or it needs none. */
export function trustedFingerprint(fleet: Fleet, server: Server): string | null {
  if (server.auth.kind === 'local') return null;
  const known = fleet.hostKeys.known(server.host, server.port);
  const first = known.ok ? known.value[0] : undefined;
  return first ? fingerprint(first.key) : null;
}

const demoteOthers = (servers: readonly Server[], primary: Server): Server[] =>
  servers.map((one) =>
    primary.role === 'primary' && one.name !== primary.name ? { ...one, role: 'secondary' } : one,
  );

function storeSecrets(fleet: Fleet, name: string, secrets: ServerSecrets): Result<void> {
  const pairs = [
    [passwordSecret(name), secrets.password],
    [passphraseSecret(name), secrets.passphrase],
  ] as const;
  for (const [key, value] of pairs) {
    if (value === undefined || value === null) continue;
    const stored = fleet.vault.set(key, value);
    if (!stored.ok) return stored;
  }
  return ok(undefined);
}

function forgetSecrets(fleet: Fleet, name: string): void {
  for (const key of [passwordSecret(name), passphraseSecret(name)]) {
    const kept = fleet.vault.get(key);
    if (!kept.ok || kept.value !== null) fleet.vault.remove(key);
  }
}

const exists = (name: string): Fault =>
  fault(
    'server-exists',
    `There is a server named ${name} already.`,
    `Choose another name, or change it with "btrfleet server edit ${name}".`,
  );

const isPrimary = (name: string): Fault =>
  fault(
    'server-in-use',
    `${name} is the primary: without it there would be nothing to replicate from.`,
    'Promote another server first: "btrfleet server promote NAME".',
    { server: name },
  );

const isJump = (name: string, other: string): Fault =>
  fault(
    'server-in-use',
    `${other} is reached through ${name}.`,
    `Change that first: "btrfleet server edit ${other} --jump …", or remove ${other}.`,
    { server: name },
  );

function isTarget(name: string, tasks: readonly Task[]): Fault {
  const names = tasks.map((task) => task.name);
  const [first = ''] = names;
  const alone = tasks[0]?.targets.every(({ server }) => server === name);
  const others = alone ? '' : `"btrfleet task edit ${first} --to …" without ${name}, or `;
  return fault(
    'server-in-use',
    `${name} is a target of ${names.length === 1 ? 'the task' : 'the tasks'} ${names.join(', ')}.`,
    `Change that first: ${others}"btrfleet task remove ${first}".`,
    { server: name },
  );
}

const noKey = (name: string): Fault =>
  fault('usage', `${name} is this machine: it has no host key to trust.`, 'Nothing needs to be done.');
