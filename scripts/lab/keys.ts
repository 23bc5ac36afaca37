// The keys of a lab: those its clients log in with, and those its servers show.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must, type RunOptions } from './run-command.ts';
import { HOST_KEY_TYPES, type HostKeyType } from './server-files.ts';

export type ClientKeys = {
  keyFile: string;
  rsaKeyFile: string;
  passphraseKeyFile: string;
  passphrase: string;
};

const generate = (type: string, file: string, comment: string, passphrase: string, options: RunOptions) =>
  must(
    [
      'ssh-keygen',
      '-q',
      ...['-t', type],
      ...(type === 'rsa' ? ['-b', '2048'] : []),
      '-N',
      passphrase,
      '-C',
      comment,
      '-f',
      file,
    ],
    options,
  );

/** Makes the three client keys; every server lets each of them in. */
export async function makeClientKeys(directory: string, options: RunOptions): Promise<ClientKeys> {
  const keys: ClientKeys = {
    keyFile: join(directory, 'id_ed25519'),
    rsaKeyFile: join(directory, 'id_rsa'),
    passphraseKeyFile: join(directory, 'id_passphrase'),
    passphrase: 'open "sesame" $now',
  };
  await Promise.all([
    generate('ed25519', keys.keyFile, 'lab', '', options),
    generate('rsa', keys.rsaKeyFile, 'lab rsa', '', options),
    generate('ed25519', keys.passphraseKeyFile, 'lab passphrase', keys.passphrase, options),
  ]);
  return keys;
}

export const authorizedKeys = ({ keyFile, rsaKeyFile, passphraseKeyFile }: ClientKeys): string =>
  [keyFile, rsaKeyFile, passphraseKeyFile].map((file) => readFileSync(`${file}.pub`, 'utf8')).join('');

const hostKeyFile = (server: string, type: HostKeyType) => join(server, 'etc/ssh', `ssh_host_${type}_key`);

/** Makes the host keys of the server whose directory this is, in place of those it had. */
export async function makeHostKeys(server: string, options: RunOptions = {}): Promise<void> {
  await Promise.all(
    HOST_KEY_TYPES.map((type) => {
      for (const end of ['', '.pub']) rmSync(hostKeyFile(server, type) + end, { force: true });
      return generate(type, hostKeyFile(server, type), '', '', options);
    }),
  );
}

/** "ssh-ed25519 AAAA…", as known_hosts has it after the host. */
export const hostKey = (server: string, type: HostKeyType): string =>
  readFileSync(`${hostKeyFile(server, type)}.pub`, 'utf8')
    .trim()
    .split(' ')
    .slice(0, 2)
    .join(' ');

/** "SHA256:…", as OpenSSH shows it. */
export function fingerprint(key: string): string {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Of this lab only, since it opens root on this machine; with signs in it that a careless quoting would break on. */
export const newPassword = (): string => `${randomBytes(9).toString('base64url')} 'b "c" $d\\`;

export const hashPassword = async (password: string, options: RunOptions): Promise<string> =>
  (await must(['openssl', 'passwd', '-6', '-stdin'], { ...options, input: password })).trim();
