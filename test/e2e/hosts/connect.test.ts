/** Connecting to a real sshd: every way in, and every way it fails. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { HostPool } from '../../../src/core/hosts/pool.ts';
import { dial } from '../../../src/core/hosts/ssh/dial.ts';
import { fingerprint } from '../../../src/core/hosts/ssh/host-key.ts';
import { createHostKeys } from '../../../src/core/hosts/ssh/host-keys.ts';
import { asUser } from '../../../src/core/model/command.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import type { Result } from '../../../src/core/model/result.ts';
import type { Auth } from '../../../src/core/model/server.ts';
import {
  freePort,
  noSshd,
  type PoolParts,
  poolOf,
  type Sshd,
  serverAt,
  user,
  type Workshop,
  workshop,
} from '../../unit/hosts/sshd-fixture.ts';

let shop: Workshop;
let sshd: Sshd;

const whoami = async (pool: HostPool, name = 'b'): Promise<string> => {
  const host = await pool.connect(name);
  if (!host.ok) return host.fault.code;
  const run = await host.value.run(asUser('id', '-un'));
  return run.ok ? run.value.stdout.trim() : run.fault.code;
};

const using = async <T>(parts: PoolParts, act: (pool: HostPool) => Promise<T>): Promise<T> => {
  const pool = poolOf(shop, { trusted: [sshd.knownHost], ...parts });
  try {
    return await act(pool);
  } finally {
    await pool.close();
  }
};

const faultOf = (result: Result<unknown>): Fault => {
  assert.ok(!result.ok, 'a fault was expected');
  return result.fault;
};

describe('connecting to OpenSSH', { skip: noSshd }, () => {
  before(async () => {
    shop = workshop();
    sshd = await shop.sshd();
  });
  after(() => shop.clean());

  test('with a key', async () => {
    assert.equal(await using({ servers: [serverAt('b', sshd.port, shop.key)] }, whoami), user);
  });

  test('with a key below the home directory', async () => {
    assert.equal(await using({ servers: [serverAt('b', sshd.port, '~/id')] }, whoami), user);
  });

  test('with an encrypted key and its passphrase', async () => {
    const key = shop.makeKey('locked', 'ed25519', 'open sesame');
    appendFileSync(shop.path('authorized_keys'), readFileSync(`${key}.pub`));
    const secrets = { 'server/b/passphrase': 'open sesame' };
    assert.equal(await using({ servers: [serverAt('b', sshd.port, key)], secrets }, whoami), user);
  });

  for (const type of ['rsa', 'ecdsa']) {
    test(`with a key of type ${type}`, async () => {
      const key = shop.makeKey(`by-${type}`, type);
      appendFileSync(shop.path('authorized_keys'), readFileSync(`${key}.pub`));
      assert.equal(await using({ servers: [serverAt('b', sshd.port, key)] }, whoami), user);
    });
  }

  test('with the agent', async () => {
    const agentSocket = shop.path('agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', agentSocket], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new Promise((resolve) => agent.stdout.once('data', resolve));
      execFileSync('ssh-add', ['-q', shop.key], {
        env: { ...process.env, SSH_AUTH_SOCK: agentSocket },
        stdio: 'ignore',
      });
      const servers = [serverAt('b', sshd.port, '', { auth: { kind: 'agent' } })];
      assert.equal(await using({ servers, agentSocket }, whoami), user);
    } finally {
      agent.kill();
    }
  });

  for (const [title, auth, more, code, says] of [
    ['no such key', { kind: 'key', file: '/nonexistent/id' }, {}, 'key-unreadable', /there is no such file/],
    [
      'the public key by mistake',
      { kind: 'key', file: '~/id.pub' },
      {},
      'key-unreadable',
      /it is a public key/,
    ],
    [
      'something else by mistake',
      { kind: 'key', file: '/etc/hostname' },
      {},
      'key-unreadable',
      /not a private key/,
    ],
    ['no passphrase', { kind: 'key', file: '~/shut' }, {}, 'secret-missing', /passphrase of the key .*shut/],
    [
      'a wrong passphrase',
      { kind: 'key', file: '~/shut' },
      { secrets: { 'server/b/passphrase': 'hunter2hunter2' } },
      'key-unreadable',
      /passphrase does not open it/,
    ],
    [
      'a key that is not authorized',
      { kind: 'key', file: '~/stranger' },
      {},
      'auth-failed',
      /refused the key .*publickey/,
    ],
    ['no password stored', { kind: 'password' }, {}, 'secret-missing', /password for b is not stored/],
    [
      'a password where only keys are taken',
      { kind: 'password' },
      { secrets: { 'server/b/password': 'hunter2hunter2' } },
      'auth-failed',
      /It takes: publickey/,
    ],
    ['no agent', { kind: 'agent' }, {}, 'auth-failed', /SSH_AUTH_SOCK is not set/],
    [
      'a dead agent',
      { kind: 'agent' },
      { agentSocket: '/nonexistent/agent' },
      'auth-failed',
      /could not be asked/,
    ],
  ] as const satisfies readonly (readonly [string, Auth, Partial<PoolParts>, string, RegExp])[]) {
    test(`${title}: ${code}, with a hint and without a secret`, async () => {
      shop.makeKey('shut', 'ed25519', 'right');
      shop.makeKey('stranger', 'ed25519');
      const servers = [serverAt('b', sshd.port, '', { auth })];
      const fault = faultOf(await using({ servers, ...more }, (pool) => pool.connect('b')));
      assert.equal(fault.code, code);
      assert.match(fault.message, says);
      assert.equal(fault.server, 'b');
      assert.ok(fault.hint.length > 10);
      assert.doesNotMatch(JSON.stringify(fault), /hunter2/);
    });
  }

  test('an unknown host key is refused with its fingerprint, and accepted once it is trusted', async () => {
    const servers = [serverAt('b', sshd.port, shop.key)];
    const hostKeys = createHostKeys({ own: shop.path('fresh_known_hosts'), others: [] }, Date.now);
    await using({ servers, hostKeys }, async (pool) => {
      const fault = faultOf(await pool.connect('b'));
      const key = Buffer.from(sshd.knownHost.split(' ')[2] ?? '', 'base64');
      assert.equal(fault.code, 'host-key-unknown');
      assert.ok(fault.message.includes(`${fingerprint(key)} (ssh-ed25519)`));
      assert.match(fault.hint, /btrfleet server trust b/);
      const scan = await pool.scanHostKey({ host: '127.0.0.1', port: sshd.port });
      assert.ok(scan.ok);
      assert.equal(scan.value.fingerprint, fingerprint(key));
      assert.ok((await hostKeys.trust('127.0.0.1', sshd.port, scan.value.key)).ok);
      assert.equal(await whoami(pool), user);
    });
  });

  test('a changed host key is refused loudly, naming both', async () => {
    const other = await shop.sshd();
    const trusted = [other.knownHost.replace(String(other.port), String(sshd.port))];
    const servers = [serverAt('b', sshd.port, shop.key)];
    const fault = faultOf(await using({ servers, trusted }, (pool) => pool.connect('b')));
    assert.equal(fault.code, 'host-key-changed');
    assert.match(fault.message, /HAS CHANGED. Expected SHA256:.* got SHA256:/);
  });

  test('a revoked host key is refused', async () => {
    const trusted = [sshd.knownHost, `@revoked ${sshd.knownHost}`];
    const servers = [serverAt('b', sshd.port, shop.key)];
    const fault = faultOf(await using({ servers, trusted }, (pool) => pool.connect('b')));
    assert.equal(fault.code, 'host-key-changed');
    assert.match(fault.message, /REVOKED/);
  });

  test('a server with several host keys shows the one that is known', async () => {
    const rsa = shop.makeKey('second_host', 'rsa');
    const two = await shop.sshd({ lines: [`HostKey ${rsa}`] });
    const trusted = [`[127.0.0.1]:${two.port} ${readFileSync(`${rsa}.pub`, 'utf8').trim()}`];
    assert.equal(await using({ servers: [serverAt('b', two.port, shop.key)], trusted }, whoami), user);
  });

  test('through a jump host, and through two', async () => {
    const middle = await shop.sshd();
    const servers = [
      serverAt('a', sshd.port, shop.key),
      serverAt('m', middle.port, shop.key, { jump: 'a' }),
      serverAt('b', sshd.port, shop.key, { jump: 'm' }),
    ];
    await using({ servers, trusted: [sshd.knownHost, middle.knownHost] }, async (pool) => {
      assert.equal(await whoami(pool, 'b'), user);
      const scan = await pool.scanHostKey({ host: '127.0.0.1', port: middle.port, via: 'b' });
      assert.ok(scan.ok);
    });
  });

  for (const [title, jumps, code, says] of [
    [
      'the jump host is down',
      { a: { port: 1 } },
      'jump-failed',
      /b is reached through a: a .* refused the connection/,
    ],
    [
      'it is not trusted',
      { a: { host: 'localhost' } },
      'jump-failed',
      /reached through a: The host key of a/,
    ],
    ['it does not exist', { b: { jump: 'nobody' } }, 'jump-failed', /no server named nobody/],
    ['a circle', { a: { jump: 'b' } }, 'jump-failed', /circle \(b → a → b\)/],
    ['the server is down behind it', { b: { port: 1 } }, 'unreachable', /a could not connect to b .*:1\)/],
  ] as const) {
    test(`jump host: ${title}`, async () => {
      const more: Record<string, object> = jumps;
      const servers = [
        serverAt('a', sshd.port, shop.key, more['a']),
        serverAt('b', sshd.port, shop.key, { jump: 'a', ...more['b'] }),
      ];
      const fault = faultOf(await using({ servers }, (pool) => pool.connect('b')));
      assert.equal(fault.code, code);
      assert.match(fault.message, says);
      assert.equal(fault.server, 'b');
    });
  }

  test('a jump host that forbids forwarding is told apart', async () => {
    const closed = await shop.sshd({ lines: ['AllowTcpForwarding no'] });
    const servers = [serverAt('a', closed.port, shop.key), serverAt('b', sshd.port, shop.key, { jump: 'a' })];
    const trusted = [sshd.knownHost, closed.knownHost];
    const fault = faultOf(await using({ servers, trusted }, (pool) => pool.connect('b')));
    assert.equal(fault.code, 'jump-failed');
    assert.match(fault.hint, /AllowTcpForwarding/);
  });

  test('nothing listens: refused', async () => {
    const servers = [serverAt('b', await freePort(), shop.key)];
    const fault = faultOf(await using({ servers }, (pool) => pool.connect('b')));
    assert.equal(fault.code, 'unreachable');
    assert.match(fault.message, /refused the connection/);
    assert.ok(fault.retry);
  });

  test('a name that does not resolve', async () => {
    const servers = [serverAt('b', 22, shop.key, { host: 'no-such-host.invalid' })];
    const fault = faultOf(await using({ servers }, (pool) => pool.connect('b')));
    assert.equal(fault.code, 'unreachable');
    assert.match(fault.message, /cannot be resolved/);
  });

  test('something that hangs up before SSH begins', async () => {
    const silent: NetServer = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const servers = [serverAt('b', typeof address === 'object' && address ? address.port : 0, shop.key)];
    const fault = faultOf(await using({ servers }, (pool) => pool.connect('b')));
    silent.close();
    assert.equal(fault.code, 'unreachable');
    assert.match(fault.message, /closed the connection before the login/);
  });

  test('an address that does not answer is given up in time', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): packets to it vanish or are refused by the network.
    const fault = faultOf(await dial(serverAt('b', 22, '', { host: '192.0.2.1' }), 0.2));
    assert.equal(fault.code, 'unreachable');
  });

  test('many asking at once share one connection; it is dropped when the settings change', async () => {
    const count = () =>
      execFileSync('sh', ['-c', `ss -Htn state established "( dport = :${sshd.port} )" | wc -l`], {
        encoding: 'utf8',
      }).trim();
    const servers = [serverAt('b', sshd.port, shop.key)];
    const before = count();
    await using({ servers }, async (pool) => {
      const hosts = await Promise.all(Array.from({ length: 5 }, () => pool.connect('b')));
      const values = hosts.map((host) => (host.ok ? host.value : host.fault));
      assert.equal(new Set(values).size, 1);
      assert.equal(Number(count()) - Number(before), 1);
      const old = hosts[0];
      assert.ok(old?.ok);
      const running = await old.value.stream(asUser('cat'), { limit: { of: 'whole', seconds: 600 } });
      assert.ok(running.ok);
      servers[0] = serverAt('b', sshd.port, shop.key, { host: 'localhost' });
      writeFileSync(shop.path('own_known_hosts'), `${sshd.knownHost.replace('127.0.0.1', 'localhost')}\n`);
      const again = await pool.connect('b');
      assert.ok(again.ok);
      assert.notEqual(again.value, old.value);
      // What ran over the old one ends as it would have.
      running.value.stdin.end('still here');
      let text = '';
      for await (const chunk of running.value.stdout) text += chunk;
      assert.equal(text, 'still here');
      assert.ok((await running.value.done).ok);
    });
  });

  test('the first try always happens, a second one waits its turn, and can be asked for', async () => {
    let now = 0;
    const port = await freePort();
    const servers = [serverAt('b', port, shop.key)];
    await using({ servers, now: () => now }, async (pool) => {
      assert.doesNotMatch(faultOf(await pool.connect('b')).message, /Not tried/);
      assert.match(faultOf(await pool.connect('b')).message, /Not tried again yet: next in 1 s/);
      now += 1_001;
      assert.doesNotMatch(faultOf(await pool.connect('b')).message, /Not tried/);
      assert.match(faultOf(await pool.connect('b')).message, /next in 2 s/);
      pool.retryNow('b');
      assert.doesNotMatch(faultOf(await pool.connect('b')).message, /Not tried/);
    });
  });

  test('an abort ends the waiting', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const servers = [serverAt('b', typeof address === 'object' && address ? address.port : 0, shop.key)];
    const pool = poolOf(shop, { servers });
    const abort = new AbortController();
    const connecting = pool.connect('b', { signal: abort.signal });
    abort.abort();
    assert.equal(faultOf(await connecting).code, 'cancelled');
    silent.close();
    await pool.close();
  });
});
