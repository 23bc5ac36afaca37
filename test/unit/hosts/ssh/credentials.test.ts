/** Keys that ssh uses and btrfleet cannot: what they are is said, and what to use instead. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { authAttempt } from '../../../../src/core/hosts/ssh/auth.ts';
import { readCredentials } from '../../../../src/core/hosts/ssh/credentials.ts';
import { ok } from '../../../../src/core/model/result.ts';
import { serverAt } from '../sshd-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-keys-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);

execFileSync('sh', [
  '-c',
  `cd "$1" && for k in ca id plain; do ssh-keygen -q -t ed25519 -N '' -C '' -f $k; done
   ssh-keygen -q -s ca -I me -n root -V +1h id.pub`,
  'sh',
  directory,
]);

/** The head of such a file, as OpenSSH's PROTOCOL.key has it: magic, cipher, kdf, its options, one key, its public part. */
function tokenFile(name: string, type: string): string {
  const word = (text: string | Buffer) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const publicPart = Buffer.concat([word(type), word(Buffer.alloc(32)), word('ssh:')]);
  const all = [
    Buffer.from('openssh-key-v1\0'),
    word('none'),
    word('none'),
    word(''),
    Buffer.from([0, 0, 0, 1]),
  ];
  const base64 = Buffer.concat([...all, word(publicPart)]).toString('base64');
  const lines = base64.match(/.{1,70}/g)?.join('\n');
  writeFileSync(
    at(name),
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
  );
  return at(name);
}

const credentialsOf = (file: string) =>
  readCredentials(serverAt('b', 22, file), {
    secret: () => ok(null),
    agentSocket: null,
    homeDirectory: directory,
  });

for (const type of ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'])
  test(`a key of type ${type} is on a hardware token, and another one is needed`, async () => {
    const read = await credentialsOf(tokenFile('token', type));
    assert.equal(read.ok ? '' : read.fault.code, 'key-unreadable');
    assert.ok(!read.ok && read.fault.message.includes(`hardware token (${type})`), JSON.stringify(read));
    assert.ok(!read.ok && read.fault.hint.includes('ssh-keygen -t ed25519'));
  });

test('a certificate named in place of its key is said to be one', async () => {
  const read = await credentialsOf(at('id-cert.pub'));
  assert.match(read.ok ? '' : read.fault.message, /it is a certificate/);
});

for (const [name, unused] of [
  ['id', true],
  ['plain', false],
] as const)
  test(`a refused key ${unused ? 'with' : 'without'} a certificate beside it`, async () => {
    const read = await credentialsOf(at(name));
    assert.ok(read.ok, JSON.stringify(read));
    const { message, hint } = authAttempt(serverAt('b', 22, at(name)), read.value).fault();
    assert.equal(message.includes(`${at('id')}-cert.pub, is not used`), unused, message);
    assert.equal(hint.includes('plain keys, not with certificates'), unused, hint);
    assert.match(hint, /authorized_keys/);
  });
