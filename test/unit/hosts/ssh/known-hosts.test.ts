import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fingerprint, keyType } from '../../../../src/core/hosts/ssh/host-key.ts';
import { createHostKeys } from '../../../../src/core/hosts/ssh/host-keys.ts';
import { judge, matchesPattern, parseKnownHosts } from '../../../../src/core/hosts/ssh/known-hosts.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-known-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let made = 0;

function newKey(type = 'ed25519') {
  const file = join(directory, `key${made++}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', file]);
  const text = readFileSync(`${file}.pub`, 'utf8').trim();
  const printed = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' });
  return { text, key: Buffer.from(text.split(' ')[1] ?? '', 'base64'), fingerprint: printed.split(' ')[1] };
}

const A = newKey();
const B = newKey();
const R = newKey('ecdsa');

function hashed(host: string, key: string): string {
  const file = join(directory, 'hashed');
  writeFileSync(file, `${host} ${key}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  return readFileSync(file, 'utf8').trim();
}

test('a fingerprint and a type are what ssh-keygen says', () => {
  assert.equal(fingerprint(A.key), A.fingerprint);
  assert.equal(keyType(A.key), 'ssh-ed25519');
  assert.equal(keyType(R.key), 'ecdsa-sha2-nistp256');
  assert.equal(keyType(Buffer.from([0, 0, 0, 9])), '');
});

for (const [title, text, host, port, want] of [
  ['no entry', '', 'h', 22, 'unknown'],
  ['plain', `h ${A.text}`, 'h', 22, 'trusted'],
  ['upper case', `H ${A.text}`, 'h', 22, 'trusted'],
  ['a list', `x,h,y ${A.text}`, 'h', 22, 'trusted'],
  ['another key', `h ${B.text}`, 'h', 22, 'changed'],
  ['another key of another type', `h ${R.text}`, 'h', 22, 'changed'],
  ['one of two', `h ${B.text}\nh ${A.text}`, 'h', 22, 'trusted'],
  ['a port', `[h]:2222 ${A.text}`, 'h', 2222, 'trusted'],
  ['another port', `[h]:2222 ${A.text}`, 'h', 2223, 'unknown'],
  ['port 22 is not another', `[h]:2222 ${A.text}`, 'h', 22, 'unknown'],
  ['no port in the entry, same key', `h ${A.text}`, 'h', 2222, 'trusted'],
  ['no port in the entry, another key', `h ${B.text}`, 'h', 2222, 'unknown'],
  ['hashed', hashed('h', A.text), 'h', 22, 'trusted'],
  ['hashed, another key', hashed('h', B.text), 'h', 22, 'changed'],
  ['hashed with a port', hashed('[h]:2222', A.text), 'h', 2222, 'trusted'],
  ['hashed, another host', hashed('g', A.text), 'h', 22, 'unknown'],
  ['a wildcard', `*.example.com ${A.text}`, 'h.example.com', 22, 'trusted'],
  ['negated', `*.example.com,!h.example.com ${A.text}`, 'h.example.com', 22, 'unknown'],
  ['revoked', `h ${A.text}\n@revoked * ${A.text}`, 'h', 22, 'revoked'],
  ['another one revoked', `h ${A.text}\n@revoked * ${B.text}`, 'h', 22, 'trusted'],
  ['a certificate authority is no key', `@cert-authority * ${A.text}`, 'h', 22, 'unknown'],
  ['comments', `# h\n\nh ${A.text} a comment`, 'h', 22, 'trusted'],
] as const) {
  test(`known_hosts: ${title}: ${want}`, () => {
    const others = parseKnownHosts(text).entries;
    assert.equal(judge({ own: [], others }, host, port, A.key), want);
  });
}

test('lines that cannot be read are counted, and the others hold', () => {
  const parsed = parseKnownHosts(
    `nonsense\nh ssh-ed25519\n@what h ${A.text}\nh ssh-rsa ${A.text.split(' ')[1]}\nh ${A.text}`,
  );
  assert.equal(parsed.badLines, 4);
  assert.equal(parsed.entries.length, 1);
});

test('a pattern is not a regular expression', () => {
  assert.ok(!matchesPattern('a.b', 'axb'));
  assert.ok(matchesPattern('[10.0.0.?]:22*', '[10.0.0.7]:2222'));
});

function files(own: string, other: string) {
  const paths = {
    own: join(directory, `own${made++}`),
    others: [join(directory, `other${made++}`), '/nonexistent/x'],
  };
  if (own !== '') writeFileSync(paths.own, own);
  writeFileSync(paths.others[0] ?? '', other);
  return { paths, keys: createHostKeys(paths, Date.now) };
}

const said = (result: { ok: boolean; value?: unknown; fault?: { code: string } }) =>
  result.value ?? result.fault?.code;

test('a changed key is refused until it is trusted, and then our file wins over the other', async () => {
  const { keys, paths } = files('', `h ${A.text}\n`);
  assert.equal(said(keys.verdict('h', 22, B.key)), 'changed');
  assert.ok((await keys.trust('h', 22, B.key)).ok);
  assert.equal(said(keys.verdict('h', 22, B.key)), 'trusted');
  assert.equal(said(keys.verdict('h', 22, A.key)), 'changed');
  assert.equal(statSync(paths.own).mode & 0o777, 0o600);
  assert.equal(readFileSync(paths.others[0] ?? '', 'utf8'), `h ${A.text}\n`);
});

test('trusting replaces this host and port only, and keeps what is not ours', async () => {
  const kept = [
    `# mine`,
    `other,x ${A.text}`,
    `[h]:2222 ${A.text}`,
    `*.example.com ${A.text}`,
    `@revoked * ${R.text}`,
  ];
  const { keys, paths } = files(
    [...kept, `h ${A.text}`, `g,h ${A.text}`, hashed('h', A.text)].join('\n'),
    '',
  );
  assert.ok((await keys.trust('h', 22, B.key)).ok);
  const lines = readFileSync(paths.own, 'utf8').trim().split('\n');
  assert.deepEqual(lines, [...kept, `g ${A.text}`, `h ${B.text}`]);
  assert.deepEqual(keys.knownTypes('h', 22), ['ssh-ed25519']);
  assert.equal(said(await keys.forget('h', 22)), 1);
  assert.equal(said(keys.verdict('h', 22, B.key)), 'unknown');
});

test('many trusting at once lose nothing', async () => {
  const { keys, paths } = files('', '');
  const hosts = Array.from({ length: 12 }, (_, index) => `h${index}`);
  const results = await Promise.all(hosts.map((host) => keys.trust(host, 22, A.key)));
  assert.ok(results.every((result) => result.ok));
  assert.equal(parseKnownHosts(readFileSync(paths.own, 'utf8')).entries.length, 12);
});

test('a revoked key cannot be trusted', async () => {
  const { keys } = files('', `@revoked * ${A.text}\n`);
  assert.equal(said(keys.verdict('h', 22, A.key)), 'revoked');
  assert.equal(said(await keys.trust('h', 22, A.key)), 'host-key-changed');
});

test('a file that is there and cannot be read: nothing is trusted', () => {
  const keys = createHostKeys({ own: directory, others: [] }, Date.now);
  assert.equal(said(keys.verdict('h', 22, A.key)), 'host-key-unverified');
});

for (const [title, change] of [
  ['written', (file: string) => writeFileSync(file, `h ${B.text}\n`)],
  ['written to', (file: string) => writeFileSync(file, `x ${A.text}\n`, { flag: 'a' })],
  [
    'replaced',
    (file: string) => {
      writeFileSync(`${file}.new`, `h ${B.text}\n`);
      renameSync(`${file}.new`, file);
    },
  ],
  ['removed', (file: string) => rmSync(file)],
] as const) {
  test(`a file that was left alone is remembered until it is ${title}`, () => {
    const { paths } = files(`h ${A.text}\n`, '');
    // All that is in the files now was written long ago.
    const keys = createHostKeys(paths, () => Date.now() + 60_000);
    const fresh = () => createHostKeys(paths, Date.now);
    for (let time = 0; time < 2; time += 1) assert.equal(said(keys.verdict('h', 22, A.key)), 'trusted');
    change(paths.own);
    for (const [host, key] of [
      ['h', A.key],
      ['h', B.key],
      ['x', A.key],
    ] as const)
      assert.equal(said(keys.verdict(host, 22, key)), said(fresh().verdict(host, 22, key)));
  });
}
