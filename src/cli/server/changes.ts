/** What `btrfleet server add|edit|remove|forget-disk|promote` do: they read the options, call core, and tell the next step. */
import { resolve } from 'node:path';
import { isSupportedName } from '../../core/hosts/port/quote.ts';
import { parseAddress } from '../../core/model/address.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { Auth, Server, ServerSecrets } from '../../core/model/server.ts';
import { serverNamed } from '../../core/run/ground/fleet.ts';
import { forgetDisk, type RememberedDisk, rememberedDisk } from '../../core/run/settings/forget-disk.ts';
import {
  addServer,
  editServer,
  promoteServer,
  readHostKey,
  removeServer,
  whyNotRemoved,
} from '../../core/run/settings/servers.ts';
import type { ExitCode } from '../../process/output.ts';
import { type ActionContext, tell, type YesOption } from '../frame/action.ts';
import { confirmLoss } from '../frame/confirm-loss.ts';
import { readSecret } from '../frame/secret.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import { serverRow, serverTable } from './row.ts';

export interface ServerOptions {
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly key?: string;
  readonly passphraseStdin?: boolean;
  readonly passwordStdin?: boolean;
  readonly agent?: boolean;
  readonly local?: boolean;
  /** False: `--no-jump`. */
  readonly jump?: string | false;
  /** False: `--no-default-mount`. */
  readonly defaultMount?: string | false;
  readonly primary?: boolean;
  readonly trust?: string;
  readonly trustFirst?: boolean;
}

export async function serverAdd(
  context: ActionContext,
  name: string,
  options: ServerOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const server = newServer(name, options);
  if (!server.ok) return out.fault(server.fault);
  const { auth } = server.value;
  if (auth.kind === 'local' || (options.trust === undefined && options.trustFirst !== true)) {
    const secrets = await readSecrets(options, signal);
    if (!secrets.ok) return out.fault(secrets.fault);
    return tell(out, addServer(fleet, server.value, secrets.value), (added) => tellAdded(context, added));
  }
  // The key is looked at before anything is written: a wrong one leaves everything as it was.
  const place = { ...server.value, role: 'secondary' } as const;
  const key = await readHostKey(fleet, place, options.trust ?? null);
  if (!key.ok && key.fault.code !== 'unreachable') return out.fault(key.fault);
  const secrets = await readSecrets(options, signal);
  if (!secrets.ok) return out.fault(secrets.fault);
  const added = addServer(fleet, server.value, secrets.value);
  if (!added.ok) return out.fault(added.fault);
  if (!key.ok) {
    // It may be switched off, or be there only from tomorrow on: that is no reason to have it described again.
    out.note(`${name} is added, but showed no host key: ${key.fault.message}`);
    return tellAdded(context, added.value);
  }
  const trusted = await fleet.hostKeys.trust(place.host, place.port, key.value.key);
  return tell(out, trusted, () => tellAdded(context, added.value));
}

async function tellAdded({ fleet, out }: ActionContext, server: Server): Promise<ExitCode> {
  const row = serverRow(fleet, server);
  out.result(row, serverTable([row]));
  if (server.auth.kind !== 'local' && row.hostKey === null) {
    out.note(`Its host key is not trusted yet. Next: btrfleet server trust ${server.name}`);
  } else {
    out.note(`See whether it can be worked with: btrfleet server check ${server.name}`);
  }
  return 0;
}

export async function serverEdit(
  { fleet, out, signal }: ActionContext,
  name: string,
  options: ServerOptions,
): Promise<ExitCode> {
  const before = serverNamed(fleet, name);
  if (!before.ok) return out.fault(before.fault);
  const changes = changesFrom(options);
  if (!changes.ok) return out.fault(changes.fault);
  const secrets = await readSecrets(options, signal);
  if (!secrets.ok) return out.fault(secrets.fault);
  return tell(out, editServer(fleet, name, changes.value, secrets.value), (server) => {
    const row = serverRow(fleet, server);
    out.result(row, serverTable([row]));
    return 0;
  });
}

export async function serverRemove(
  context: ActionContext,
  name: string,
  { yes = false }: YesOption,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const server = serverNamed(fleet, name);
  if (!server.ok) return out.fault(server.fault);
  const read = fleet.config.read();
  const why = read.ok ? whyNotRemoved(read.value.config, name) : read.fault;
  if (why) return out.fault(why);
  const question = `${name} will be forgotten, with its password and host key. What is on it stays as it is.`;
  const asked = await confirmLoss(context, [{ kind: 'forget-server', server: name }], { question, yes });
  if (!asked.allowed) return asked.code;
  const row = serverRow(fleet, server.value);
  return tell(out, await removeServer(fleet, name), () => {
    out.result({ ...row, losing: asked.losing }, `${name} is forgotten; what is on it stays as it is`);
    return 0;
  });
}

export async function serverForgetDisk(
  context: ActionContext,
  name: string,
  filesystem: string,
  { yes = false }: YesOption,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const disk = rememberedDisk(fleet, name, filesystem);
  if (!disk.ok) return out.fault(disk.fault);
  const { mounts, replicas, seenAt } = disk.value;
  const question =
    `${replicas} ${replicas === 1 ? 'replica' : 'replicas'} on ${diskCalled(disk.value)} (${mounts.map((mount) => `${name}:${mount}`).join(', ')}, ` +
    `last seen ${seenAt}) will be forgotten. Nothing is deleted now; clean-ups keep no base for it any more, so ` +
    'if it comes back, everything is sent to it again.';
  const change = { kind: 'forget-disk', server: name, filesystem: disk.value.filesystem } as const;
  const asked = await confirmLoss(context, [change], { question, yes });
  if (!asked.allowed) return asked.code;
  return tell(out, forgetDisk(fleet, name, filesystem), (forgotten) => {
    const what =
      forgotten.filesystem === null ? 'What was on unknown disks' : `The disk ${forgotten.filesystem}`;
    out.result({ ...forgotten, losing: asked.losing }, `${what} is forgotten on ${name}`);
    return 0;
  });
}

/** Without a uuid nobody can tell them apart. */
const diskCalled = ({ filesystem }: RememberedDisk): string =>
  filesystem === null
    ? 'all disks whose uuid was not noted, which may be several and one that is mounted now,'
    : `the disk ${filesystem}`;

export async function serverPromote(
  context: ActionContext,
  name: string,
  { yes = false }: YesOption,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const named = serverNamed(fleet, name);
  if (!named.ok) return out.fault(named.fault);
  const asked = await confirmLoss(context, [{ kind: 'promote', server: name }], { yes });
  if (!asked.allowed) return asked.code;
  return tell(out, promoteServer(fleet, name), (server) => {
    const row = serverRow(fleet, server);
    out.result({ ...row, losing: asked.losing }, serverTable([row]));
    return 0;
  });
}

function newServer(
  name: string,
  options: ServerOptions,
): Result<Omit<Server, 'role'> & { role?: 'primary' }> {
  const changes = changesFrom(options);
  if (!changes.ok) return changes;
  const {
    auth = null,
    host = null,
    user = null,
    port = 22,
    jump = null,
    defaultMount = null,
  } = changes.value;
  if (auth === null) {
    return failed(
      usage(
        'How does btrfleet log in?',
        'One of --key FILE, --password-stdin, --agent, or --local for this machine.',
      ),
    );
  }
  const role = options.primary ? ({ role: 'primary' } as const) : {};
  if (auth.kind === 'local')
    return ok({
      name,
      host: host ?? 'localhost',
      port,
      user: user ?? 'root',
      auth,
      jump: null,
      defaultMount,
      ...role,
    });
  if (host === null || user === null) {
    return failed(
      usage(`--${host === null ? 'host' : 'user'} is missing.`, 'For example --host 192.0.2.10 --user root.'),
    );
  }
  return ok({ name, host, port, user, auth, jump, defaultMount, ...role });
}

type Changes = { -readonly [Key in keyof Omit<Server, 'name' | 'role'>]?: Server[Key] };

/** Only what was named. */
function changesFrom(options: ServerOptions): Result<Changes> {
  const changes: Changes = {};
  const odd = Object.values(options).find((value) => typeof value === 'string' && !isSupportedName(value));
  if (odd !== undefined) return failed(oddWord(odd));
  const auth = authFrom(options);
  if (!auth.ok) return auth;
  if (auth.value) changes.auth = auth.value;
  if (options.user !== undefined) changes.user = options.user;
  if (options.jump !== undefined) changes.jump = options.jump === false ? null : options.jump;
  const mount = options.defaultMount;
  if (mount !== undefined) changes.defaultMount = mount === false ? null : mount;
  if (options.port !== undefined) {
    const port = wholeNumber(options.port, 1, 65_535);
    if (port === null) {
      return failed(usage(`--port ${options.port} is not a port.`, 'It is a number from 1 to 65535.'));
    }
    changes.port = port;
  }
  return options.host === undefined ? ok(changes) : withAddress(options.host, changes);
}

/** The host may name a port and a user, too. */
function withAddress(written: string, changes: Changes): Result<Changes> {
  const read = parseAddress(written, { port: changes.port ?? null, user: changes.user ?? null });
  if (!read.ok) {
    // Not said again: a password may stand in it.
    const hint =
      'Name the host alone, such as --host 192.0.2.10 --port 2222 --user root; USER@HOST:PORT, [ADDRESS]:PORT and ssh://USER@HOST:PORT are read, too.';
    return failed(usage(`What --host says cannot be read: ${read.fault.why}.`, hint));
  }
  const { host, port, user } = read.value;
  return ok({
    ...changes,
    host,
    ...(port === null ? {} : { port }),
    ...(user === null ? {} : { user }),
  });
}

/** Null: no login was named. */
function authFrom(options: ServerOptions): Result<Auth | null> {
  const named: Auth[] = [];
  if (options.key !== undefined) named.push({ kind: 'key', file: keyPath(options.key) });
  if (options.passwordStdin) named.push({ kind: 'password' });
  if (options.agent) named.push({ kind: 'agent' });
  if (options.local) named.push({ kind: 'local' });
  if (named.length > 1)
    return failed(
      usage('More than one login is named.', 'Choose one of --key, --password-stdin, --agent, --local.'),
    );
  if (options.passphraseStdin && options.passwordStdin) {
    return failed(
      usage('Stdin can give one secret only.', 'Choose --passphrase-stdin (with --key) or --password-stdin.'),
    );
  }
  return ok(named[0] ?? null);
}

/** Absolute, so that it is found from wherever btrfleet is started next; `~/` is kept for the connection to expand. */
const keyPath = (file: string): string => (file.startsWith('~/') ? file : resolve(file));

async function readSecrets(options: ServerOptions, signal: AbortSignal): Promise<Result<ServerSecrets>> {
  const what = SECRETS.find((one) => options[`${one}Stdin`]);
  if (what === undefined) return ok({});
  const read = await readSecret(what, signal);
  return read.ok ? ok({ [what]: read.value }) : read;
}

const SECRETS = ['password', 'passphrase'] as const;

/** It is written to the configuration and shown in lists, where it would be taken for something else. */
const oddWord = (word: string): Fault =>
  usage(`${JSON.stringify(word)} has a line break, or bytes that are not UTF-8, in it.`, 'Name it without.');

const usage = (message: string, hint: string): Fault => fault('usage', message, hint);
