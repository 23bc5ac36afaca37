/** What a server of the fleet is. Connecting to it is hosts' business; storing it is state's. */

/**
 * How btrfleet proves itself to a server. Secrets (a password, a key's passphrase) are not here: they lie in the
 * vault under the server's name.
 */
export type Auth =
  | { readonly kind: 'key'; readonly file: string }
  | { readonly kind: 'password' }
  | { readonly kind: 'agent' }
  /** This machine, no SSH. */
  | { readonly kind: 'local' };

/** Snapshots are made on the primary, the one of a fleet; replicas go to secondaries. */
export type Role = 'primary' | 'secondary';

/** A machine that SSH reaches, or this one. */
export interface Server {
  /** Letters, digits, dot, dash, underscore: it appears in targets (`b:/mnt`), so never a colon, comma or slash. */
  readonly name: string;
  /** Host name or address; `localhost` for `local`. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** The login: root, or one that may run a few commands with sudo. */
  readonly user: string;
  readonly auth: Auth;
  /** The server it is reached through (ProxyJump), by name. */
  readonly jump: string | null;
  readonly role: Role;
  /** Where replicas go when a target names no mount; null: its only filesystem. */
  readonly defaultMount: string | null;
}

/** What a server needs to keep secret: its password, or the passphrase of its key. */
export interface ServerSecrets {
  readonly password?: string | null;
  readonly passphrase?: string | null;
}

const SERVER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/;

/** In the place of a server's name: the machine btrfleet runs on. No server can be called so. */
export const THIS_MACHINE = 'this machine';

export const isServerName = (name: string): boolean => SERVER_NAME.test(name);

/** The names under which the vault keeps a server's secrets. */
export const passwordSecret = (server: string): string => `server/${server}/password`;
export const passphraseSecret = (server: string): string => `server/${server}/passphrase`;
