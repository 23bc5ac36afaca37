/** That a real scheduler tells people what changed, once, by every way, and keeps the metrics where they are wanted. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import parsePrometheus from 'parse-prometheus-text-format';
import { patience } from '../../patience.ts';
import { freePort } from '../../unit/hosts/sshd-fixture.ts';
import { eventually, onlyReal, type Running, TestFleet } from '../fleet/fleet.ts';
import { stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('telling', { servers: 2 });
const { lab } = fleet;

const posted: { event: string; key: string }[] = [];
const hook = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    posted.push(JSON.parse(body) as { event: string; key: string });
    response.writeHead(204).end();
  });
});
const hookPort = await freePort();
hook.listen(hookPort, '127.0.0.1');
after(() => {
  hook.close();
  hook.closeAllConnections();
});

const told = join(fleet.home, 'told.txt');
const mails = join(fleet.home, 'mails.txt');
const bin = join(fleet.home, 'bin');

/** A sendmail that keeps what it is given, where the scheduler finds it first. */
function fakeSendmail(): void {
  mkdirSync(bin, { recursive: true });
  const file = join(bin, 'sendmail');
  writeFileSync(file, `#!/bin/sh\n{ echo "args $*"; cat; echo ====; } >>${mails}\n`);
  chmodSync(file, 0o755);
}

/** A test that fails must not leave it behind. */
function track(running: Running): Running {
  after(() => running.child.kill('SIGKILL'));
  return running;
}

const linesOf = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

test('a failure is told once by command, webhook and mail, and so is that it is over', async () => {
  fakeSendmail();
  await fleet.ok([
    'notify',
    'set',
    '--command',
    `printf '%s %s\\n' "$BTRFLEET_EVENT" "$BTRFLEET_KEY" >>${told}`,
  ]);
  await fleet.ok(['notify', 'set', '--webhook-stdin'], `http://127.0.0.1:${hookPort}/hook?token=very-secret`);
  await fleet.ok(['notify', 'set', '--mail-to', 'admin@example.org', '--mail-from', 'btrfleet@example.org']);
  const gone = await fleet.subvolume('/srv/pool/gone');
  await fleet.ok(['policy', 'set', 'snapshot', gone, '--every', '2s']);
  await lab.must('a', ['mv', gone, `${gone}.away`]);
  const file = join(fleet.home, 'btrfleet.prom');
  const port = await freePort();
  const scheduler = track(
    fleet.start(['--schedule', '--metrics-file', file, '--metrics-port', String(port)], {
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    }),
  );
  const trouble = `trouble item:snapshot:${gone}`;
  const recovery = `recovery item:snapshot:${gone}`;
  await eventually(() => assert.deepEqual(linesOf(told), [trouble]), 30);
  await eventually(() => assert.equal(posted.length, 1));
  // It goes on failing every two seconds; nobody is told again.
  await eventually(async () => {
    const runs = await fleet.ok<unknown[]>(['run', 'list', '--kind', 'snapshot', '--failed']);
    assert.ok(runs.length >= 3);
  }, 30);
  await lab.must('a', ['mv', `${gone}.away`, gone]);
  await eventually(() => assert.deepEqual(linesOf(told), [trouble, recovery]), 30);
  await eventually(() =>
    assert.deepEqual(
      posted.map(({ event }) => event),
      ['trouble', 'recovery'],
    ),
  );
  await eventually(() => {
    const mail = readFileSync(mails, 'utf8');
    assert.match(mail, /^args -oi -t$/m);
    assert.match(mail, /^From: btrfleet@example\.org$/m);
    assert.match(mail, /^To: admin@example\.org$/m);
    assert.match(mail, /^Subject: btrfleet: snapshot:\/srv\/pool\/gone failed$/m);
    assert.match(mail, /^Subject: btrfleet: Over: snapshot:\/srv\/pool\/gone failed$/m);
    assert.match(mail, /no subvolume/);
  });
  await eventually(() => {
    const success = parsePrometheus(readFileSync(file, 'utf8')).find(
      ({ name }) => name === 'btrfleet_item_last_run_success',
    );
    assert.deepEqual(success?.metrics, [{ value: '1', labels: { item: `snapshot:${gone}` } }]);
  });
  const served = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(served, /^btrfleet_filesystem_size_bytes\{server="b",/m);
  const beat = Number(/^btrfleet_scheduler_last_beat_timestamp_seconds (\S+)$/m.exec(served)?.[1]);
  assert.ok(Math.abs(Date.now() / 1000 - beat) < 120, `the last beat was at ${beat}`);
  scheduler.child.kill('SIGTERM');
  const { code, stderr } = await scheduler.ended;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /very-secret/);
  assert.doesNotMatch(readFileSync(join(fleet.home, 'state/config.json'), 'utf8'), /very-secret/);
});

test('what is set can be shown, tried and taken back; a way that fails is told without its address', async () => {
  const before = posted.length;
  await fleet.ok(['notify', 'clear', 'mail']);
  await fleet.ok(['notify', 'test']);
  await eventually(() => assert.equal(posted.length, before + 1));
  await fleet.ok(['notify', 'set', '--webhook-stdin'], 'http://127.0.0.1:1/hook?token=very-secret');
  const failed = await fleet.run(['notify', 'test']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /ECONNREFUSED|could not be reached/);
  assert.doesNotMatch(failed.stdout + failed.stderr, /very-secret/);
  const cleared = await fleet.ok<{ command: string | null; webhook: boolean; mailTo: string[] }>([
    'notify',
    'clear',
  ]);
  assert.deepEqual([cleared.command, cleared.webhook, cleared.mailTo], [null, false, []]);
  assert.equal((await fleet.fault('notify', 'test')).fault.code, 'usage');
  assert.equal((await fleet.fault('notify', 'clear', 'pigeon')).code, 2);
});

const noteInto = (file: string): string => `printf '%s %s\\n' "$BTRFLEET_EVENT" "$BTRFLEET_KEY" >>${file}`;

/** What the scheduler tells from now on. */
async function tellingAnew(): Promise<() => string[]> {
  rmSync(told, { force: true });
  await fleet.ok(['notify', 'set', '--command', noteInto(told)]);
  return () => linesOf(told);
}

/** In one step, as editors do it. */
function writeConfig(text: string): void {
  const file = join(stateOf(fleet), 'config.json');
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

test('a configuration that cannot be read is told to whom it named before, and so is that it is mended', async () => {
  const lines = await tellingAnew();
  const before = readFileSync(join(stateOf(fleet), 'config.json'), 'utf8');
  const file = join(fleet.home, 'broken.prom');
  const scheduler = track(fleet.start(['--schedule', '--metrics-file', file]));
  // Written at the end of the first pass.
  await eventually(() => assert.ok(existsSync(file)), 20);
  writeConfig('{ broken');
  await eventually(() => assert.deepEqual(lines(), ['trouble configuration']), 30);
  writeConfig(before);
  await eventually(() => assert.deepEqual(lines(), ['trouble configuration', 'recovery configuration']), 90);
  scheduler.child.kill('SIGTERM');
  assert.equal((await scheduler.ended).code, 0);
});

test('a server that hangs keeps nobody waiting, and what is switched off is not called well', {
  skip: onlyReal,
}, async () => {
  const lines = await tellingAnew();
  const lost = await fleet.subvolume('/srv/pool/lost');
  await fleet.ok(['policy', 'set', 'snapshot', lost, '--every', '2s']);
  await lab.must('a', ['mv', lost, `${lost}.away`]);
  await fleet.real.cut('b');
  const file = join(fleet.home, 'hanging.prom');
  const begun = Date.now();
  const scheduler = track(fleet.start(['--schedule', '--metrics-file', file]));
  await eventually(() => assert.deepEqual(lines(), [`trouble item:snapshot:${lost}`]), 30);
  await eventually(() => assert.ok(existsSync(file)), 30);
  // A look at a server that hangs takes longer.
  assert.ok(Date.now() - begun < patience(20), `told after ${Date.now() - begun} ms`);
  await fleet.ok(['policy', 'disable', 'snapshot', lost]);
  await eventually(
    () => assert.deepEqual(lines(), [`trouble item:snapshot:${lost}`, `unwatched item:snapshot:${lost}`]),
    90,
  );
  await fleet.real.heal('b');
  scheduler.child.kill('SIGTERM');
  assert.equal((await scheduler.ended).code, 0);
});
