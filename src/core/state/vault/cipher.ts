/**
 * Decides how a secret is sealed: AES-256-GCM, bound to the vault's version and its own place, under a key from a
 * file or from a passphrase. It touches no file, and no error of it carries a secret.
 */
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 32;

export type RandomBytes = (size: number) => Uint8Array;

/** All in base64. */
export interface Sealed {
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

/** Parameters of RFC 7914. */
export interface Scrypt {
  readonly kind: 'scrypt';
  /** In base64. */
  readonly salt: string;
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export const newScrypt = (randomBytes: RandomBytes): Scrypt => ({
  kind: 'scrypt',
  salt: toBase64(randomBytes(SALT_BYTES)),
  N: 2 ** 17,
  r: 8,
  p: 1,
});

/** Half a second and 128 MB, on purpose. */
export function keyFromPassphrase(passphrase: string, { salt, N, r, p }: Scrypt): Uint8Array {
  // NFC: the same passphrase typed on another system is the same passphrase.
  const text = passphrase.normalize('NFC');
  return scryptSync(text, Buffer.from(salt, 'base64'), KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
}

/** `place` is where it belongs: what was sealed for one place opens in no other. */
export function seal(key: Uint8Array, place: string, secret: string, randomBytes: RandomBytes): Sealed {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(place));
  const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return { iv: toBase64(iv), tag: toBase64(cipher.getAuthTag()), data: toBase64(data) };
}

/** Null: another key, another place, or it was changed. */
export function unseal(key: Uint8Array, place: string, sealed: Sealed): string | null {
  const iv = Buffer.from(sealed.iv, 'base64');
  const tag = Buffer.from(sealed.tag, 'base64');
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(tag);
  const text = decipher.update(Buffer.from(sealed.data, 'base64'));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
