/** Keys with a passphrase: however many rounds a file asks for, nobody but its own connection waits for them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { readCredentials } from '../../../../src/core/hosts/ssh/credentials.ts';
import { MOST_ROUNDS } from '../../../../src/core/hosts/ssh/derive-key.ts';
import { ok } from '../../../../src/core/model/result.ts';
import { withRounds } from '../../../rounds.ts';
import { serverAt } from '../sshd-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-rounds-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);

function keyFile(name: string, rounds: number, ...options: string[]): string {
  const words = [
    '-q',
    '-t',
    'ed25519',
    '-a',
    `${rounds}`,
    '-N',
    'right',
    '-C',
    '',
    ...options,
    '-f',
    at(name),
  ];
  execFileSync('ssh-keygen', words);
  return at(name);
}

const read = (
  file: string,
  { passphrase = 'right', signal }: { passphrase?: string; signal?: AbortSignal } = {},
) =>
  readCredentials(
    serverAt('b', 22, file),
    { secret: () => ok(passphrase), agentSocket: null, homeDirectory: directory },
    signal,
  );

/** The threads that are started from now on. */
function threads(t: TestContext): Worker[] {
  const started: Worker[] = [];
  const listener = (worker: Worker) => started.push(worker);
  process.on('worker', listener);
  t.after(() => process.off('worker', listener));
  return started;
}

test('while a key of many rounds is derived, everything else goes on', async () => {
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  const credentials = await read(keyFile('many', 48));
  clearInterval(others);
  assert.ok(credentials.ok, JSON.stringify(credentials));
  assert.ok(credentials.value.kind === 'key' && credentials.value.key.isPrivateKey());
  assert.ok(turns >= 20, `only ${turns} turns of the main loop meanwhile`);
});

test('what asks at the same time, and what asks again, shares one derivation; another passphrase or file does not', async (t) => {
  const file = keyFile('shared', 2);
  const started = threads(t);
  const all = await Promise.all(Array.from({ length: 5 }, () => read(file)));
  assert.deepEqual(
    all.map((each) => each.ok),
    all.map(() => true),
  );
  assert.ok((await read(file)).ok);
  assert.equal(started.length, 1);
  const wrong = await read(file, { passphrase: 'wrong' });
  assert.match(wrong.ok ? '' : wrong.fault.message, /the stored passphrase does not open it/);
  await read(file, { passphrase: 'wrong' });
  assert.equal(started.length, 2);
  rmSync(file);
  assert.ok((await read(keyFile('shared', 3))).ok);
  assert.equal(started.length, 3);
});

for (const rounds of [MOST_ROUNDS + 1, 0x7f_ff_ff_ff, 0xff_ff_ff_ff])
  test(`${rounds} rounds are refused before they begin, with what to do`, async (t) => {
    const started = threads(t);
    const refused = await read(withRounds(keyFile(`refused-${rounds}`, 1), rounds));
    assert.equal(refused.ok ? '' : refused.fault.code, 'key-unreadable');
    assert.ok(
      !refused.ok && refused.fault.message.includes(rounds.toLocaleString('en')),
      JSON.stringify(refused),
    );
    assert.match(refused.ok ? '' : refused.fault.hint, /damaged.*ssh-keygen -p -a \d+ -f /);
    assert.equal(started.length, 0);
  });

test('a derivation that nobody waits for any more is ended, and one that somebody waits for is not', async (t) => {
  const file = withRounds(keyFile('given-up', 1), MOST_ROUNDS);
  const started = threads(t);
  const [first, second] = [new AbortController(), new AbortController()];
  const reads = [first, second].map(({ signal }) => read(file, { signal }));
  while (started.length === 0) await new Promise(setImmediate);
  const [thread] = started;
  assert.ok(thread);
  const ended = once(thread, 'exit');
  first.abort();
  const [gaveUp] = await Promise.all(reads.slice(0, 1));
  assert.equal(gaveUp?.ok ? '' : gaveUp?.fault.code, 'cancelled');
  assert.equal(thread.threadId > 0, true, 'the other one still waits for it');
  second.abort();
  await ended;
  assert.equal((await reads[1])?.ok, false);
  assert.equal(started.length, 1);
});

test('keys of other kinds and without a passphrase need no thread', async (t) => {
  const started = threads(t);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at('open')]);
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    'rsa',
    '-b',
    '2048',
    '-m',
    'PEM',
    '-N',
    'right',
    '-C',
    '',
    '-f',
    at('pem'),
  ]);
  assert.ok((await read(at('pem'))).ok);
  assert.ok((await read(at('open'))).ok);
  assert.equal(started.length, 0);
});

test('every cipher ssh-keygen writes is read', async () => {
  for (const cipher of ['aes256-ctr', 'aes256-cbc', 'aes256-gcm@openssh.com', 'aes128-ctr'])
    assert.ok((await read(keyFile(`cipher-${cipher}`, 1, '-Z', cipher))).ok, cipher);
});

test('what is no key file is said to be none, and is not read to its end', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  writeFileSync(at('huge'), '');
  truncateSync(at('huge'), 2 ** 40);
  for (const [file, why] of [
    [at('pipe'), /it is not a file/],
    ['/dev/zero', /it is not a file/],
    [directory, /it is not a file/],
    [at('huge'), /it is too large for a key/],
  ] as const) {
    const refused = await read(file);
    assert.match(refused.ok ? '' : refused.fault.message, why);
  }
});

/** RSA without a passphrase whose numbers are none: ssh2 throws on them. */
test('a damaged key that the parser breaks on is a fault of that server', async () => {
  const word = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const text = (value: string) => word(Buffer.from(value));
  const numbers = ['n', 'e', 'd', 'iqmp', '', ''].map(text);
  const secret = Buffer.concat([Buffer.alloc(8), text('ssh-rsa'), ...numbers, text('')]);
  const head = [
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
  ];
  const all = Buffer.concat([...head, word(text('ssh-rsa')), word(secret)]).toString('base64');
  writeFileSync(
    at('broken'),
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${all}\n-----END OPENSSH PRIVATE KEY-----\n`,
  );
  const refused = await read(at('broken'));
  assert.equal(refused.ok ? '' : refused.fault.code, 'key-unreadable');
});
