/** Who is served the metrics, and that no request harms the process that serves them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import { failed, ok, type Result } from '../../../src/core/model/result.ts';
import { standingNow } from '../../../src/core/run/status/standing.ts';
import { JournalFailure } from '../../../src/core/state/journal/database.ts';
import { serveMetrics } from '../../../src/metrics/port.ts';
import { openMetrics } from '../../../src/scheduler/metrics.ts';
import { freePort } from '../hosts/sshd-fixture.ts';
import { knownFleet } from '../run/fixtures/known-fleet.ts';

async function served(t: TestContext, text: () => Result<string>) {
  const faults: Fault[] = [];
  const server = await serveMetrics({
    port: 0,
    text: async () => text(),
    onFault: (why) => faults.push(why),
  });
  assert.ok(server.ok);
  t.after(() => server.value.close());
  return { port: server.value.port, at: `http://127.0.0.1:${server.value.port}`, faults };
}

test('they are read by GET and HEAD, whatever stands behind the path, and nothing else is', async (t) => {
  const { at } = await served(t, () => ok('a 1\n'));
  const answer = await fetch(`${at}/metrics?x=y`);
  assert.equal(await answer.text(), 'a 1\n');
  assert.match(answer.headers.get('content-type') ?? '', /version=0\.0\.4/);
  const head = await fetch(`${at}/metrics`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.equal((await fetch(`${at}/`)).status, 404);
  assert.equal((await fetch(`${at}/metrics`, { method: 'POST' })).status, 404);
});

/** The status that a browser gets which was told that `host` is this machine. */
async function statusFor(port: number, host: string): Promise<number | undefined> {
  const request = get({ host: '127.0.0.1', port, path: '/metrics', headers: { host } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('a name that somebody else gave to this machine is refused', async (t) => {
  const { port } = await served(t, () => ok('a 1\n'));
  for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    assert.equal(await statusFor(port, host), 200, host);
  }
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil']) {
    assert.equal(await statusFor(port, host), 403, host);
  }
});

test('what cannot be read is no empty answer, and what throws ends no process', async (t) => {
  const why = fault('config-invalid', 'broken', 'mend it');
  const answers: (() => Result<string>)[] = [
    () => failed(why),
    () => {
      throw new JournalFailure(fault('no-space', 'the journal is full', 'make room'));
    },
    () => {
      throw new TypeError('a bug');
    },
  ];
  const { at, faults } = await served(t, () => answers.shift()?.() ?? ok('a 1\n'));
  assert.equal((await fetch(`${at}/metrics`)).status, 503);
  assert.match(await (await fetch(`${at}/metrics`)).text(), /the journal is full/);
  assert.equal((await fetch(`${at}/metrics`)).status, 503);
  assert.equal((await fetch(`${at}/metrics`)).status, 200);
  assert.deepEqual(
    faults.map(({ code }) => code),
    ['config-invalid', 'no-space', 'command-failed'],
  );
});

test('a port that is in use is tried again, and told once', async (t) => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const told: string[] = [];
  const { config, journal, clock } = knownFleet(t);
  const fleet = { config, journal, clock };
  const metrics = await openMetrics(fleet, { metricsFile: null, metricsPort: port }, ({ message }) =>
    told.push(message),
  );
  t.after(() => metrics.close());
  await metrics.keep(standingNow(fleet));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /EADDRINUSE/);
  other.close();
  await once(other, 'close');
  await metrics.keep(standingNow(fleet));
  assert.match(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), /^btrfleet_server_info/m);
});
