/**
 * Decides what vault.json looks like and reads it. A file that is not exactly that is reported with where and why,
 * and never repaired or replaced.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';
import { parseJson } from '../config/json-text.ts';
import type { Home } from '../home/home.ts';
import { replacePrivateFile } from '../home/private-file.ts';
import { errorCode, errorText } from '../home/system-error.ts';
import type { Scrypt, Sealed } from './cipher.ts';

export const VAULT_VERSION = 1;

/** Where the key comes from: vault.key, or a passphrase. */
export type Kdf = { readonly kind: 'keyfile' } | Scrypt;

export interface VaultFile {
  readonly version: typeof VAULT_VERSION;
  readonly kdf: Kdf;
  /** A known text, to tell a wrong key from a damaged entry. */
  readonly check: Sealed;
  readonly entries: Readonly<Record<string, Sealed>>;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, { error: 'is not base64' });

const sealed: z.ZodType<Sealed> = z.object({ iv: base64, tag: base64, data: base64 });

/** Bounds on what a changed file could make this process do: at most 1 GB and some seconds. */
const scrypt: z.ZodType<Scrypt> = z
  .object({
    kind: z.literal('scrypt'),
    salt: base64.min(16),
    N: z.int().refine((n) => n >= 2 ** 14 && n <= 2 ** 20 && Number.isInteger(Math.log2(n)), {
      error: 'is out of range',
    }),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(4),
  })
  .strict();

const schema: z.ZodType<VaultFile> = z
  .object({
    version: z.literal(VAULT_VERSION),
    kdf: z.union([z.object({ kind: z.literal('keyfile') }).strict(), scrypt], { error: 'is not known' }),
    check: sealed,
    entries: z.record(z.string(), sealed),
  })
  .strict();

/** Null: there is none. Faults: `vault-tampered`, `vault-locked` (not readable, or of a newer version). */
export function readVaultFile({ vault }: Home): Result<VaultFile | null> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(vault);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    const why = locked(`The vault ${vault} cannot be read: ${errorText(error)}.`, 'See who may read it.');
    return failed(shortageFault(error) ?? why);
  }
  const json = parseJson(bytes);
  if (!json.ok) {
    const { line, column, reason } = json.fault;
    return failed(tampered(vault, `line ${line}, column ${column}: ${reason}`));
  }
  if (isNewer(json.value)) {
    return failed(locked(`The vault ${vault} is of a newer btrfleet.`, 'Use that version of btrfleet.'));
  }
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return failed(
    tampered(vault, `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'not a vault'}`),
  );
}

/** As a whole or not at all. Under the home lock only. */
export const writeVaultFile = (home: Home, file: VaultFile): void =>
  replacePrivateFile(home.vault, `${JSON.stringify(file, null, 2)}\n`);

const isNewer = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  typeof value.version === 'number' &&
  value.version > VAULT_VERSION;

export const tampered = (vault: string, what: string): Fault =>
  fault(
    'vault-tampered',
    `The vault ${vault} is damaged or was changed by somebody else (${what}).`,
    'It was left as it is. Put it back from a backup; or move it away and enter the secrets again.',
  );

export const locked = (message: string, hint: string): Fault => fault('vault-locked', message, hint);
