/** Key files whose head is damaged: what it says of bcrypt's rounds is not what the file was made with. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Writes a copy of an encrypted OpenSSH key that names other rounds; returns its path. */
export function withRounds(file: string, rounds: number): string {
  const base64 = readFileSync(file, 'latin1').replace(/-----.*-----/g, '');
  const bytes = Buffer.from(base64, 'base64');
  // OpenSSH's PROTOCOL.key: magic, cipher, kdf, length of its options, and of those the salt of 16 bytes, the rounds.
  const kdf = 15 + 4 + bytes.readUInt32BE(15);
  const options = kdf + 4 + bytes.readUInt32BE(kdf) + 4;
  bytes.writeUInt32BE(rounds, options + 4 + 16);
  const lines = bytes
    .toString('base64')
    .match(/.{1,70}/g)
    ?.join('\n');
  const copy = `${file}-${rounds}`;
  const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
  writeFileSync(copy, text, { mode: 0o600 });
  return copy;
}
