/**
 * Loads ssh2 when the first server is to be reached, not before: it costs a fifth of what a start costs, and the first
 * frame of the screen, and many a command, need no server.
 */
import { withoutBcrypt } from './bcrypt-asked.ts';
import { withoutAddon } from './plain-crypto.ts';

let loading: Promise<typeof import('ssh2')> | null = null;

export const loadSsh2 = (): Promise<typeof import('ssh2')> => {
  loading ??= load();
  return loading;
};

async function load(): Promise<typeof import('ssh2')> {
  withoutBcrypt((await import('bcrypt-pbkdf')).default);
  withoutAddon((await import('ssh2/lib/protocol/crypto.js')).default);
  return (await import('ssh2')).default;
}
