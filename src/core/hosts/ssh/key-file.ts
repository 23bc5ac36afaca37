/** Decides what a key file holds, in bounded time and memory whatever it is. What that means for a server is the caller's. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { notingBcrypt } from './bcrypt-asked.ts';
import { type Derived, deriveKey, MOST_ROUNDS } from './derive-key.ts';
import { loadSsh2 } from './load.ts';

/** RSA of 16,384 bits, the most that OpenSSH takes, is 13 kB. */
const MOST_BYTES = 64 * 1024;

/** Throws what the system says of it. */
export async function readKeyFile(file: string): Promise<Buffer | 'no-file' | 'too-large'> {
  // A pipe that nobody writes to would be waited for without end.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return 'no-file';
    if (stats.size > MOST_BYTES) return 'too-large';
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES));
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

export type ParsedFile =
  /** ssh2 returns one key, or an array of them for OpenSSH's format. */
  | { readonly kind: 'parsed'; readonly parsed: ParsedKey | ParsedKey[] | Error }
  | { readonly kind: 'too-many-rounds'; readonly rounds: number }
  | Exclude<Derived, { readonly kind: 'derived' }>;

/** `signal` ends the wait for an encrypted one. */
export async function parseKeyFile(
  text: Buffer,
  passphrase: string | null,
  signal?: AbortSignal,
): Promise<ParsedFile> {
  const { utils } = await loadSsh2();
  const parse = (derived: Uint8Array | null) =>
    notingBcrypt(derived, () => {
      try {
        return passphrase ? utils.parseKey(text, passphrase) : utils.parseKey(text);
      } catch (error) {
        // Numbers that are none, in a damaged file.
        return error instanceof Error ? error : new Error(String(error));
      }
    });
  const { parsed, asked } = parse(null);
  if (asked === null) return { kind: 'parsed', parsed };
  if (asked.rounds > MOST_ROUNDS) return { kind: 'too-many-rounds', rounds: asked.rounds };
  const derived = await deriveKey(asked, signal);
  return derived.kind === 'derived' ? { kind: 'parsed', parsed: parse(derived.key).parsed } : derived;
}
