/** Makes a key for one play: as PEM, which ssh2 reads in any case; of the ed25519 keys that it makes itself it cannot read all. */
import { generateKeyPairSync } from 'node:crypto';
import { loadSsh2 } from '../../core/hosts/ssh/load.ts';

export interface PlayKey {
  /** PEM, without a passphrase. */
  readonly secret: string;
  /** As the SSH protocol carries it. */
  readonly shown: Buffer;
}

export async function makeKey(): Promise<PlayKey> {
  const { utils } = await loadSsh2();
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return { secret: privateKey, shown: parsed.getPublicSSH() };
}
