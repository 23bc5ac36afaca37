/** Decides what a server's login is made of: reads the key file, asks for the secret. Never says what a secret is. */
import { access } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { passphraseSecret, passwordSecret, type Server } from '../../model/server.ts';
import { shortageFault } from '../../model/shortage.ts';
import { cancelledFault } from '../port/stream-faults.ts';
import { MOST_ROUNDS } from './derive-key.ts';
import { type ParsedFile, parseKeyFile, readKeyFile } from './key-file.ts';

export type Credentials =
  | {
      readonly kind: 'key';
      readonly file: string;
      readonly key: ParsedKey;
      /** The certificate beside it, which is not used; null: there is none. */
      readonly certificate: string | null;
    }
  | { readonly kind: 'password'; readonly password: string }
  /** Path of the agent's socket. */
  | { readonly kind: 'agent'; readonly socket: string };

export interface CredentialSources {
  /** A secret from the vault; null when there is none of that name. */
  secret(name: string): Result<string | null>;
  /** SSH_AUTH_SOCK; null when it is not set. */
  readonly agentSocket: string | null;
  /** For `~/` in the path of a key. */
  readonly homeDirectory: string;
}

/** `signal` ends the wait for a key. Faults: secret-missing, key-unreadable, auth-failed (no agent), cancelled, the vault's. */
export async function readCredentials(
  server: Server,
  sources: CredentialSources,
  signal?: AbortSignal,
): Promise<Result<Credentials>> {
  switch (server.auth.kind) {
    case 'key':
      return await readKey(server.name, expandHome(server.auth.file, sources.homeDirectory), sources, signal);
    case 'password': {
      const password = sources.secret(passwordSecret(server.name));
      if (!password.ok) return password;
      return password.value === null
        ? failed(missing(server.name, 'password', 'password-stdin'))
        : ok({ kind: 'password', password: password.value });
    }
    case 'agent':
      return sources.agentSocket
        ? ok({ kind: 'agent', socket: sources.agentSocket })
        : failed(noAgent(server.name));
    case 'local':
      throw new Error('a local server needs no login');
  }
}

export const expandHome = (path: string, home: string): string =>
  path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;

async function readKey(
  server: string,
  file: string,
  sources: CredentialSources,
  signal: AbortSignal | undefined,
): Promise<Result<Credentials>> {
  const text = await readText(server, file);
  if (!text.ok) return text;
  const passphrase = sources.secret(passphraseSecret(server));
  if (!passphrase.ok) return passphrase;
  const token = tokenType(text.value);
  if (token !== null) return failed(onToken(server, file, token));
  const parsed = await parseKeyFile(text.value, passphrase.value, signal);
  if (parsed.kind !== 'parsed') return failed(notDerived(server, file, parsed));
  return toPrivateKey(server, file, parsed.parsed, {
    withPassphrase: passphrase.value !== null,
    certificate: await certificateOf(file),
  });
}

async function readText(server: string, file: string): Promise<Result<Buffer>> {
  const because = (why: string) =>
    failed(unreadable(server, file, why, `Name the right file: btrfleet server edit ${server} --key FILE`));
  try {
    const text = await readKeyFile(file);
    if (text === 'no-file') return because('it is not a file');
    return text === 'too-large' ? because('it is too large for a key') : ok(text);
  } catch (error) {
    const shortage = shortageFault(error, server);
    if (shortage !== null) return failed(shortage);
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    return because(reason === 'ENOENT' ? 'there is no such file' : `it cannot be read (${reason})`);
  }
}

function notDerived(server: string, file: string, reason: Exclude<ParsedFile, { kind: 'parsed' }>): Fault {
  switch (reason.kind) {
    case 'cancelled':
      return cancelledFault(server, 'connecting');
    case 'too-many-rounds':
      return unreadable(
        server,
        file,
        `it asks for ${count(reason.rounds)} rounds of bcrypt, and btrfleet runs ${count(MOST_ROUNDS)} at most`,
        fewerRounds(file),
      );
    case 'late':
      return unreadable(
        server,
        file,
        `deriving its key took longer than ${reason.seconds} s`,
        fewerRounds(file),
      );
    case 'failed':
      return unreadable(
        server,
        file,
        `deriving its key failed (${reason.why})`,
        `See whether ssh-keygen can open it: ssh-keygen -y -f ${quoteWord(file)}`,
      );
  }
}

const fewerRounds = (file: string): string =>
  `If nobody chose so many rounds, the file is damaged: put it back from a backup. Else write it with fewer: ssh-keygen -p -a 64 -f ${quoteWord(file)}`;

const count = (value: number): string => value.toLocaleString('en');

/** As ssh finds it: beside the key, by name. */
async function certificateOf(file: string): Promise<string | null> {
  const certificate = `${file}-cert.pub`;
  return access(certificate).then(
    () => certificate,
    () => null,
  );
}

/** OpenSSH's format names the type of a key in the clear, also where the key is encrypted. */
function tokenType(text: Buffer): string | null {
  const [, base64 = ''] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----/.exec(text.toString('latin1')) ?? [];
  const inside = Buffer.from(base64, 'base64').subarray(0, 1024).toString('latin1');
  return /sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/.exec(inside)?.[0] ?? null;
}

function toPrivateKey(
  server: string,
  file: string,
  parsed: ParsedKey | ParsedKey[] | Error,
  { withPassphrase, certificate }: { readonly withPassphrase: boolean; readonly certificate: string | null },
): Result<Credentials> {
  if (parsed instanceof Error) return failed(unparsed(server, file, parsed, withPassphrase));
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key?.isPrivateKey()) return ok({ kind: 'key', file, key, certificate });
  return failed(
    unreadable(
      server,
      file,
      /-cert-v0\d@/.test(key?.type ?? '') ? 'it is a certificate' : 'it is a public key',
      `Name the private one, mostly the same without .pub or -cert.pub: btrfleet server edit ${server} --key FILE`,
    ),
  );
}

function unparsed(server: string, file: string, error: Error, withPassphrase: boolean): Fault {
  if (/no passphrase given/i.test(error.message)) {
    return missing(server, `passphrase of the key ${file}`, 'passphrase-stdin');
  }
  if (withPassphrase && /integrity|bad passphrase|decrypt|malformed/i.test(error.message)) {
    return unreadable(
      server,
      file,
      'the stored passphrase does not open it',
      `Store the right one: btrfleet server edit ${server} --passphrase-stdin`,
    );
  }
  return unreadable(
    server,
    file,
    'it is not a private key in a format btrfleet reads (OpenSSH or PEM)',
    `Check the file with \`ssh-keygen -y -f ${file}\`; \`ssh-keygen -p -f ${file}\` writes it anew in OpenSSH's format.`,
  );
}

const unreadable = (server: string, file: string, why: string, hint: string): Fault =>
  fault('key-unreadable', `The key ${file} for ${server} cannot be used: ${why}.`, hint, { server });

const onToken = (server: string, file: string, type: string): Fault =>
  unreadable(
    server,
    file,
    `it is on a hardware token (${type}), and btrfleet cannot ask a token, also not through the ssh-agent`,
    `Give btrfleet a key of its own: \`ssh-keygen -t ed25519 -f ~/.ssh/btrfleet\`, its public key into authorized_keys there, and btrfleet server edit ${server} --key ~/.ssh/btrfleet`,
  );

const missing = (server: string, what: string, option: string): Fault =>
  fault(
    'secret-missing',
    `The ${what} for ${server} is not stored.`,
    `Store it: btrfleet server edit ${server} --${option}`,
    { server },
  );

const noAgent = (server: string): Fault =>
  fault(
    'auth-failed',
    `${server} is to be reached with the ssh-agent, but none is running here (SSH_AUTH_SOCK is not set).`,
    `Start one (eval "$(ssh-agent)"; ssh-add), or use a key: btrfleet server edit ${server} --key FILE`,
    { server },
  );
