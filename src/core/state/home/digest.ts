/** Tells long texts apart by something short. Nothing is kept secret by it. */
import { createHash } from 'node:crypto';

/** SHA-1 of the pieces as one text, in hexadecimal digits. */
export function digestOf(...pieces: readonly string[]): string {
  const hash = createHash('sha1');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** SHA-1: twenty bytes. */
export const checkSum = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();
