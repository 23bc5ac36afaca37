import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Home } from '../../../../src/core/state/home/home.ts';
import { openVault, type Vault } from '../../../../src/core/state/vault/vault.ts';
import {
  faultOf,
  modeOf,
  must,
  startWorker,
  stateHome,
  workerOutput,
  workerSays,
} from '../fixtures/state-home.ts';

const vaultOf = (home: Home, passphrase: string | null = null): Vault =>
  openVault({ home, passphrase: () => passphrase, randomBytes });

/** A home whose vault holds a → `secret-a` and b → `secret-b`. */
function filled(home: Home): Home {
  const vault = vaultOf(home);
  must(vault.set('a', 'secret-a'));
  must(vault.set('b', 'secret-b'));
  return home;
}

interface Content {
  version: unknown;
  kdf: Record<string, unknown>;
  check: Record<string, string>;
  entries: Record<string, Record<string, string>>;
}

const contentOf = (home: Home): Content => JSON.parse(readFileSync(home.vault, 'utf8'));

test('nothing is made before it is needed', (t) => {
  const home = stateHome(t);
  const vault = vaultOf(home);
  assert.equal(must(vault.get('a')), null);
  assert.deepEqual(must(vault.names()), []);
  assert.deepEqual(readdirSync(home.directory), []);
});

test('keeps, tells, replaces and removes secrets, for the next process too', (t) => {
  const home = stateHome(t);
  const vault = vaultOf(home);
  const names = ['server/b/password', 'server/a/passphrase', '__proto__', 'constructor'];
  for (const name of names) must(vault.set(name, `ünï ${name}\n`));
  must(vault.set('server/b/password', ''));
  assert.equal(must(vaultOf(home).get('server/b/password')), '');
  assert.equal(must(vaultOf(home).get('server/a/passphrase')), 'ünï server/a/passphrase\n');
  assert.equal(must(vaultOf(home).get('toString')), null);
  must(vault.remove('server/b/password'));
  must(vault.remove('never there'));
  assert.equal(must(vault.get('server/b/password')), null);
  assert.equal(must(vault.names()).includes('server/a/passphrase'), true);
});

for (const umask of [0o000, 0o277]) {
  test(`is private with umask ${umask.toString(8)}`, (t) => {
    const home = stateHome(t);
    const before = process.umask(umask);
    t.after(() => process.umask(before));
    filled(home);
    assert.deepEqual([modeOf(home.vault), modeOf(home.vaultKey)], ['600', '600']);
    assert.deepEqual(readdirSync(home.directory).sort(), ['config.lock', 'vault.json', 'vault.key']);
  });
}

test('no secret is on the disk, and the same secret never looks the same', (t) => {
  const home = filled(stateHome(t));
  must(vaultOf(home).set('c', 'secret-a'));
  const { entries } = contentOf(home);
  assert.doesNotMatch(readFileSync(home.vault, 'latin1'), /secret-/);
  assert.notEqual(entries['a']?.['data'], entries['c']?.['data']);
  assert.notEqual(entries['a']?.['iv'], entries['c']?.['iv']);
});

const flip = (base64: string | undefined): string => {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64');
};

/** What somebody does to vault.json; then whose secret is asked for, the code, and what the message names. */
for (const [title, change, code, names] of [
  [
    'data changed',
    ({ entries: { a } }: Content) => Object.assign(a ?? {}, { data: flip(a?.['data']) }),
    'vault-tampered',
    /entries\.a/,
  ],
  [
    'tag changed',
    ({ entries: { a } }: Content) => Object.assign(a ?? {}, { tag: flip(a?.['tag']) }),
    'vault-tampered',
    /entries\.a/,
  ],
  [
    'tag cut short',
    ({ entries: { a } }: Content) => Object.assign(a ?? {}, { tag: a?.['tag']?.slice(0, 8) }),
    'vault-tampered',
    /entries\.a/,
  ],
  [
    'iv changed',
    ({ entries: { a } }: Content) => Object.assign(a ?? {}, { iv: flip(a?.['iv']) }),
    'vault-tampered',
    /entries\.a/,
  ],
  [
    'entries swapped',
    (file: Content) => Object.assign(file.entries, { a: file.entries['b'], b: file.entries['a'] }),
    'vault-tampered',
    /entries\.a/,
  ],
  [
    'no base64',
    ({ entries: { a } }: Content) => Object.assign(a ?? {}, { data: '%' }),
    'vault-tampered',
    /entries\.a\.data/,
  ],
  ['a part gone', ({ entries: { a } }: Content) => delete a?.['tag'], 'vault-tampered', /entries\.a\.tag/],
  [
    'check changed',
    ({ check }: Content) => Object.assign(check, { tag: flip(check['tag']) }),
    'vault-locked',
    /vault\.key/,
  ],
  ['kdf unknown', (file: Content) => Object.assign(file, { kdf: { kind: 'md5' } }), 'vault-tampered', /kdf/],
  [
    'scrypt made weak',
    (file: Content) =>
      Object.assign(file, { kdf: { kind: 'scrypt', salt: 'A'.repeat(44), N: 2, r: 8, p: 1 } }),
    'vault-tampered',
    /kdf/,
  ],
  [
    'scrypt made endless',
    (file: Content) =>
      Object.assign(file, { kdf: { kind: 'scrypt', salt: 'A'.repeat(44), N: 2 ** 30, r: 8, p: 1 } }),
    'vault-tampered',
    /kdf/,
  ],
  ['a newer version', (file: Content) => Object.assign(file, { version: 2 }), 'vault-locked', /newer/],
] as const) {
  test(`tells that it was tampered with and leaves it: ${title}`, (t) => {
    const home = filled(stateHome(t));
    const content = contentOf(home);
    change(content);
    writeFileSync(home.vault, JSON.stringify(content));
    const before = readFileSync(home.vault);
    const key = readFileSync(home.vaultKey);
    const fault = faultOf(vaultOf(home).get('a'));
    assert.equal(fault.code, code);
    assert.match(fault.message, names);
    assert.doesNotMatch(JSON.stringify(fault), /secret-/);
    // What cannot be opened as a whole is not re-encrypted.
    assert.equal(faultOf(vaultOf(home).protect('pass')).code, code);
    assert.deepEqual(readFileSync(home.vault), before);
    assert.deepEqual(readFileSync(home.vaultKey), key);
  });
}

for (const [title, text] of [
  ['cut off', '{"version": 1,'],
  ['emptied', ''],
  ['another file', '[]'],
] as const) {
  test(`a vault that is no vault is never written over: ${title}`, (t) => {
    const home = filled(stateHome(t));
    writeFileSync(home.vault, text);
    const vault = vaultOf(home);
    for (const result of [
      vault.get('a'),
      vault.set('a', 'x'),
      vault.remove('a'),
      vault.names(),
      vault.protect('p'),
    ]) {
      assert.equal(faultOf(result).code, 'vault-tampered');
    }
    assert.equal(readFileSync(home.vault, 'utf8'), text);
  });
}

for (const [title, harm, says] of [
  ['gone', (home: Home) => rmSync(home.vaultKey), /is not there/],
  [
    "another vault's",
    (home: Home) => writeFileSync(home.vaultKey, randomBytes(32)),
    /do not belong together/,
  ],
  ['cut short', (home: Home) => writeFileSync(home.vaultKey, 'short'), /is not a key: it has 5 bytes/],
  ['readable by the group', (home: Home) => chmodSync(home.vaultKey, 0o640), /Others may read the key/],
] as const) {
  test(`locked, and no new key, when the key is ${title}`, (t) => {
    const home = filled(stateHome(t));
    harm(home);
    const before = [readFileSync(home.vault), existsSync(home.vaultKey) && readFileSync(home.vaultKey)];
    const vault = vaultOf(home);
    for (const result of [vault.get('a'), vault.set('c', 'x'), vault.protect('p')]) {
      const fault = faultOf(result);
      assert.equal(fault.code, 'vault-locked');
      assert.match(fault.message, says);
    }
    assert.deepEqual(
      [readFileSync(home.vault), existsSync(home.vaultKey) && readFileSync(home.vaultKey)],
      before,
    );
  });
}

test('a key without a vault is used, not replaced', (t) => {
  const home = filled(stateHome(t));
  const key = readFileSync(home.vaultKey);
  rmSync(home.vault);
  must(vaultOf(home).set('a', 'x'));
  assert.deepEqual(readFileSync(home.vaultKey), key);
});

test('goes under a passphrase and back, as a whole', (t) => {
  const home = filled(stateHome(t));
  const open = vaultOf(home);
  assert.equal(faultOf(open.protect('')).code, 'usage');
  assert.equal(must(open.isProtected()), false);
  must(open.protect('pass phräse'));
  assert.equal(must(open.isProtected()), true);
  assert.equal(existsSync(home.vaultKey), false);
  assert.deepEqual(
    [contentOf(home).kdf['N'], contentOf(home).kdf['r'], contentOf(home).kdf['p']],
    [2 ** 17, 8, 1],
  );
  assert.equal(must(open.get('a')), 'secret-a');
  assert.match(faultOf(vaultOf(home).get('a')).message, /none was given/);
  assert.match(faultOf(vaultOf(home, 'wrong').set('a', 'x')).message, /passphrase does not open/);
  assert.equal(must(vaultOf(home).get('not there')), null);
  const other = vaultOf(home, 'pass phräse'.normalize('NFD'));
  must(other.set('c', 'secret-c'));
  must(other.unprotect());
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => must(vaultOf(home).get(name))),
    ['secret-a', 'secret-b', 'secret-c'],
  );
  assert.equal(must(open.get('c')), 'secret-c');
  assert.equal(modeOf(home.vaultKey), '600');
});

test('an empty vault can be put under a passphrase first', (t) => {
  const home = stateHome(t);
  must(vaultOf(home).protect('p'));
  must(vaultOf(home, 'p').set('a', 'x'));
  assert.equal(existsSync(home.vaultKey), false);
  assert.equal(must(vaultOf(home, 'p').get('a')), 'x');
});

test('asks for the passphrase once', (t) => {
  const home = filled(stateHome(t));
  must(vaultOf(home).protect('p'));
  let asked = 0;
  const passphrase = () => {
    asked += 1;
    return 'p';
  };
  const vault = openVault({ home, randomBytes, passphrase });
  must(vault.names());
  assert.equal(asked, 0);
  must(vault.get('a'));
  must(vault.get('b'));
  assert.equal(asked, 1);
});

test('2 processes with 20 secrets each, from nothing, lose none', async (t) => {
  const home = stateHome(t);
  const workers = ['x', 'y'].map((prefix) => startWorker('setSecrets', home, prefix, '20'));
  const done = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  await Promise.all(done);
  const vault = vaultOf(home);
  const names = must(vault.names());
  assert.equal(names.length, 40);
  for (const name of names) assert.equal(must(vault.get(name)), `secret of ${name}`);
});

test('a process killed while it writes leaves a vault that opens', async (t) => {
  const home = stateHome(t);
  for (let turn = 0; turn < 4; turn += 1) {
    const worker = startWorker('setForever', home);
    await workerSays(worker, 'busy');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    assert.match(String(must(vaultOf(home).get('name1'))), /^secret \d+$/);
  }
  must(vaultOf(home).set('last', 'x'));
  assert.deepEqual(readdirSync(home.directory).sort(), ['config.lock', 'vault.json', 'vault.key']);
});
