/** Decides how a public host key is named: its type and its fingerprint, from the wire form. No files, no trust. */
import { createHash } from 'node:crypto';

/** `SHA256:` and base64 without padding, as OpenSSH shows it. */
export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The type inside a key in wire form (RFC 4253, 6.6: u32 length, name), such as `ssh-ed25519`; '' if it has none. */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length < 4) return '';
  const length = bytes.readUInt32BE(0);
  return length > 0 && length <= 64 && bytes.length >= 4 + length
    ? bytes.toString('ascii', 4, 4 + length)
    : '';
}
