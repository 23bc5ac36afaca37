/** How a notification leaves this machine: what a command gets, what a webhook is asked, what neither may cost. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createDeliver } from '../../../src/core/hosts/deliver.ts';
import type { Notification } from '../../../src/core/model/status/alarm.ts';

const directory = mkdtempSync(join(tmpdir(), 'btrfleet-deliver-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const NEWS: Notification = {
  ...{ event: 'trouble', key: 'k', level: 'bad', title: 't', message: 'm', hint: 'h' },
  since: '2026-11-21T10:00:00.000Z',
};

async function environmentOf(env: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, string>> {
  const file = join(directory, 'env');
  const sent = await createDeliver(env).command(`env >${file}`, NEWS);
  assert.ok(sent.ok);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

test('a command has a home, a user and a language, also of a service that has none; and no secrets', async () => {
  const PATH = process.env['PATH'] ?? '';
  const bare = await environmentOf({ PATH, BTRFLEET_VAULT_PASSPHRASE: 'secret' });
  const { username } = userInfo();
  assert.deepEqual(
    ['HOME', 'USER', 'LOGNAME', 'LANG', 'BTRFLEET_KEY'].map((name) => bare.get(name)),
    [homedir(), username, username, 'C.UTF-8', 'k'],
  );
  assert.equal(bare.has('BTRFLEET_VAULT_PASSPHRASE'), false);
  const own = await environmentOf({ PATH, HOME: '/srv/me', LANG: 'de_DE.UTF-8', TZ: 'Europe/Berlin' });
  assert.deepEqual(
    ['HOME', 'LANG', 'TZ'].map((name) => own.get(name)),
    ['/srv/me', 'de_DE.UTF-8', 'Europe/Berlin'],
  );
});

test('a command that floods stderr is held back, and costs next to nothing', async () => {
  const before = process.cpuUsage();
  const sent = await createDeliver(process.env).command('timeout 2 yes >&2; exit 3', NEWS);
  const { user, system } = process.cpuUsage(before);
  assert.ok(!sent.ok);
  assert.match(sent.fault.message, /exit code 3/);
  assert.ok(user + system < 500_000, `${user + system} µs of CPU in 2 s`);
});

test('one that says much on stderr and works is delivered', async () => {
  const sent = await createDeliver(process.env).command('head -c 300000 /dev/zero >&2', NEWS);
  assert.ok(sent.ok);
});

async function hook(t: TestContext) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { port: address.port, seen };
}

test('a login in the address of a webhook is sent as a header', async (t) => {
  const { port, seen } = await hook(t);
  const deliver = createDeliver(process.env);
  assert.ok((await deliver.webhook(`http://me:p%40ss%25@127.0.0.1:${port}/h`, NEWS)).ok);
  assert.ok((await deliver.webhook(`http://127.0.0.1:${port}/h`, NEWS)).ok);
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    [`Basic ${Buffer.from('me:p@ss%').toString('base64')}`, undefined],
  );
});

test('no fault of a webhook holds its address', async () => {
  for (const address of ['http://me:hush@127.0.0.1:1/hush', 'http://me:hush@[bad/hush']) {
    const sent = await createDeliver(process.env).webhook(address, NEWS);
    assert.ok(!sent.ok);
    assert.doesNotMatch(JSON.stringify(sent.fault), /hush/);
  }
});
