/** Logging in with a password, and what is sent of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { loadSsh2 } from '../../../../src/core/hosts/ssh/load.ts';
import { asUser } from '../../../../src/core/model/command.ts';
import { poolOf, serverAt, type Workshop, workshop } from '../sshd-fixture.ts';

/** Before anybody else in this process loads it otherwise: ssh2 takes bcrypt out of its module once. */
const ssh2 = await loadSsh2();

/** A server that takes passwords, in process: sshd would need an account with one. */
function passwordServer(hostKey: string, methods: readonly string[], right: string) {
  const seen: string[] = [];
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      seen.push(context.method);
      const left = methods.map((method) => method as 'password');
      if (context.method === 'password' && methods.includes('password') && context.password === right)
        return context.accept();
      if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
        return context.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
          answers[0] === right ? context.accept() : context.reject(left),
        );
      }
      return context.reject(left);
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, info) => {
        const channel = acceptExec();
        const child = spawn('sh', ['-c', info.command], { stdio: ['pipe', 'pipe', 'ignore'] });
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, { end: false });
        child.once('close', (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
  return { server, seen };
}

describe('logging in with a password', () => {
  let shop: Workshop;
  before(() => {
    shop = workshop();
  });
  after(() => shop.clean());

  for (const [title, methods, password, want, order] of [
    ['password', ['publickey', 'password'], 'right', userInfo().username, 'none password'],
    [
      'keyboard-interactive alone',
      ['publickey', 'keyboard-interactive'],
      'right',
      userInfo().username,
      'none keyboard-interactive',
    ],
    [
      'a wrong password is sent once',
      ['password', 'keyboard-interactive'],
      'wr0ng',
      'auth-failed',
      'none password',
    ],
    [
      'a wrong one by keyboard-interactive too',
      ['keyboard-interactive'],
      'wr0ng',
      'auth-failed',
      'none keyboard-interactive',
    ],
  ] as const) {
    test(title, async () => {
      const hostKey = shop.makeKey('password_host', 'ed25519');
      const { server, seen } = passwordServer(hostKey, methods, 'right');
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const pool = poolOf(shop, {
        servers: [serverAt('b', port, '', { auth: { kind: 'password' } })],
        trusted: [`[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8').trim()}`],
        secrets: { 'server/b/password': password },
      });
      const host = await pool.connect('b');
      const run = host.ok ? await host.value.run(asUser('id', '-un')) : host;
      assert.equal(run.ok ? run.value.stdout.trim() : run.fault.code, want);
      assert.doesNotMatch(JSON.stringify(run), /wr0ng/);
      assert.equal(seen.join(' '), order);
      await pool.close();
      server.close();
    });
  }
});
