/** Simulated servers, from outside: the commands, the screen and the scheduler on them, and what is left at the end. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import ssh2 from 'ssh2';
import { run } from '../../scripts/lab/run-command.ts';
import { PROGRAM } from '../e2e/fleet/bundle.ts';
import { screens } from '../e2e/fleet/terminal.ts';
import { homeWith } from './home.ts';

const temporary = mkdtempSync(join(tmpdir(), 'btrfleet-plays-'));
const open = screens();
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(temporary, { recursive: true, force: true });
});

const ENV = { TMPDIR: temporary };
const words = (args: readonly string[]) => [process.execPath, '--no-warnings', PROGRAM, ...args];
const btrfleet = (args: readonly string[], env: Record<string, string>) =>
  run(words(args), { env: { ...ENV, ...env } });
const left = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('btrfleet-play-'));

interface Playing {
  readonly child: ChildProcess;
  readonly home: string;
  readonly env: Record<string, string>;
}

async function play(...args: readonly string[]): Promise<Playing> {
  const [program = '', ...rest] = words(['play', ...args]);
  const child = spawn(program, rest, {
    env: { ...process.env, ...ENV },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const home = /^export BTRFLEET_HOME='?([^'\n]+)'?\n$/.exec(line.toString())?.[1];
  assert.ok(home !== undefined, `${line}`);
  return { child, home, env: { BTRFLEET_HOME: home } };
}

async function end({ child }: Playing, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

const json = async (args: readonly string[], env: Record<string, string>) => {
  const { stdout, code } = await btrfleet([...args, '--json'], env);
  return { code, document: JSON.parse(stdout) };
};

/** Another client than btrfleet. */
async function logIn({ home }: Playing, name: string): Promise<ssh2.Client> {
  const { servers } = JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as {
    servers: readonly { readonly name: string; readonly port: number }[];
  };
  const port = servers.find((server) => server.name === name)?.port ?? 0;
  const client = new ssh2.Client();
  const privateKey = readFileSync(join(home, 'play_key'));
  client.connect({ host: '127.0.0.1', port, username: 'root', privateKey });
  await once(client, 'ready');
  return client;
}

/** What a server says to a line of shell, on both ways. */
async function ask(playing: Playing, name: string, line: string): Promise<string> {
  const client = await logIn(playing, name);
  const said = await new Promise<string>((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error) return reject(error);
      let text = '';
      const add = (chunk: Buffer): void => {
        text += chunk.toString('latin1');
      };
      channel.on('data', add).on('close', () => resolve(text));
      channel.stderr.on('data', add);
    });
  });
  client.end();
  return said;
}

const SUMS = (directory: string) =>
  `cd ${directory} && find . -type f -print0 | sort -z | xargs -0 sha256sum`;

test('commands work on it as on any fleet, and what they replicate is the same on both sides', async () => {
  const playing = await play('--story', 'quiet');
  const { env } = playing;
  const checked = await json(['server', 'check'], env);
  assert.deepEqual(
    checked.document.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`),
    ['a online', 'b online', 'c online', 'd online'],
  );
  const subvolume = '/srv/pool/small';
  const making = `btrfs subvolume create ${subvolume} && cd ${subvolume} && mkdir -p 'a dir' && echo hi >"a dir/it's"`;
  assert.match(await ask(playing, 'a', `${making} && seq 1 40000 >numbers`), /^Create subvolume/);
  const replicated = async (status: string) => {
    assert.equal((await json(['snapshot', 'create', subvolume], env)).code, 0);
    const { code, document } = await json(['replicate', 'auto', subvolume, '--to', 'b,c'], env);
    assert.equal(code, 0);
    const results = document.results as {
      mode: string;
      status: string;
      verified: boolean;
      snapshot: string;
    }[];
    assert.deepEqual(
      results.map(({ mode, status, verified }) => `${mode} ${status} ${verified}`),
      [`${status} ok true`, `${status} ok true`],
    );
    const directory = `/srv/pool/.snapshots/small/${results[0]?.snapshot}`;
    const sums = await Promise.all(['a', 'b', 'c'].map((name) => ask(playing, name, SUMS(directory))));
    assert.match(sums[0] ?? '', /a dir/);
    assert.deepEqual(new Set(sums).size, 1, sums.join('\n'));
  };
  await replicated('full');
  await ask(playing, 'a', `echo more >>'${subvolume}/a dir/new'; rm ${subvolume}/numbers`);
  await replicated('incremental');
  assert.match(await ask(playing, 'a', 'no-such-program'), /not found/);
  assert.match(await ask(playing, 'a', 'btrfs balance start /srv/pool'), /play: .* is not simulated/);
  await end(playing, 'SIGINT');
  assert.deepEqual(left(), []);
});

test('it holds no other server, and its servers let nobody else in', async () => {
  const playing = await play('--story', 'quiet');
  const before = readFileSync(join(playing.home, 'config.json'), 'utf8');
  for (const args of [
    ['server', 'add', 'x', '--host', '192.0.2.10', '--user', 'root', '--agent'],
    ['server', 'add', 'x', '--local'],
  ]) {
    const { code, stderr } = await btrfleet(args, playing.env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /may hold no other servers \(PLAY: simulated servers, nothing real is touched\)/);
  }
  assert.equal(readFileSync(join(playing.home, 'config.json'), 'utf8'), before);
  const { port } = JSON.parse(before).servers[0] as { port: number };
  const other = homeWith({});
  const stranger = { BTRFLEET_HOME: join(other, 'state'), HOME: other };
  const key = join(other, 'key');
  assert.equal((await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key], {})).code, 0);
  const place = ['--host', '127.0.0.1', '--port', String(port), '--user', 'root', '--key', key];
  assert.equal((await btrfleet(['server', 'add', 'x', ...place, '--trust-first'], stranger)).code, 0);
  const { document } = await json(['server', 'check'], stranger);
  assert.equal(document[0].fault.code, 'auth-failed');
  await end(playing, 'SIGTERM');
});

test('what a client holds that vanishes is free again, also when it never read', async () => {
  const playing = await play('--story', 'quiet');
  const client = await logIn(playing, 'a');
  client.on('error', () => {});
  const begun = Promise.withResolvers<void>();
  client.exec(
    'flock /run/lock sh -c "echo begun >&2; cat /srv/pool/media/film/reel-1.mkv"',
    (error, channel) => {
      if (error) begun.reject(error);
      else channel.stderr.once('data', () => begun.resolve());
    },
  );
  await begun.promise;
  assert.equal(await ask(playing, 'a', 'flock -n /run/lock true; echo $?'), '1\n');
  client.destroy();
  assert.equal(await ask(playing, 'a', 'flock -w 30 /run/lock true; echo $?'), '0\n');
  // Its terminal is closed.
  await end(playing, 'SIGHUP');
  assert.deepEqual(left(), []);
});

test('when it has ended, its state is not made anew by a command that still names it', async () => {
  const playing = await play('--story', 'quiet');
  await end(playing, 'SIGTERM');
  const { code, stderr } = await btrfleet(['server', 'list'], playing.env);
  assert.equal(code, 2);
  assert.match(stderr, /The play whose state was in .* has ended/);
  assert.deepEqual(left(), []);
});

test('killed with -9 it leaves a directory, which the next start sweeps; its ports are free at once', async () => {
  const killed = await play('--story', 'quiet');
  await end(killed, 'SIGKILL');
  assert.ok(existsSync(killed.home));
  const next = await play('--story', 'quiet');
  assert.deepEqual(left(), [next.home.slice(temporary.length + 1)]);
  await end(next, 'SIGTERM');
  assert.deepEqual(left(), []);
});

test('a scheduler and a screen in other terminals work on it', async () => {
  const playing = await play('--no-schedule', '--story', 'quiet', '--speed', '6');
  // It sends gigabytes.
  assert.equal((await btrfleet(['task', 'disable', 'films'], playing.env)).code, 0);
  const once = await btrfleet(['--schedule', '--once'], playing.env);
  assert.match(once.stderr, /snapshot:\/srv\/pool\/data {2}\S+ of \/srv\/pool\/data made/);
  const terminal = await open({ columns: 80, rows: 24, args: `--home '${playing.home}'`, env: ENV });
  assert.match(await terminal.until(/4\/4 up/, 30), /^PLAY: /);
  await terminal.keys('q');
  assert.equal(await terminal.exitCode(30), 0);
  await end(playing, 'SIGTERM');
  assert.deepEqual(left(), []);
});

test('a second one on the same state, a port that is taken, wrong words: a clear fault, nothing left', async () => {
  const home = join(temporary, 'mine');
  const first = await play('--story', 'quiet', '--home', home);
  const second = await btrfleet(['play', '--home', home], {});
  assert.match(second.stderr, /A play is going on in .*mine \(process \d+\)[\s\S]*\(locked\)/);
  await end(first, 'SIGTERM');
  assert.equal(existsSync(home), false);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const { code, stderr } = await btrfleet(['play', '--port', String(port)], {});
  taken.close();
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`Port ${port} of 127.0.0.1 is taken`));
  for (const args of [
    ['--story', 'x'],
    ['--speed', '0'],
    ['--seed', '-1'],
    ['--port', '70000'],
  ])
    assert.equal((await btrfleet(['play', ...args], {})).code, 2);
  assert.deepEqual(left(), []);
});

test('a place for temporary files that cannot be written is told', {
  skip: process.getuid?.() === 0,
}, async () => {
  const closed = mkdtempSync(join(temporary, 'closed-'));
  chmodSync(closed, 0o500);
  const { code, stderr } = await btrfleet(['play'], { TMPDIR: closed });
  assert.equal(code, 2);
  assert.match(stderr, /no place for the state of a play[\s\S]*TMPDIR/);
});

/** What only that page shows: a key that follows while the page before it stands is taken for pasted. */
const PAGES = [
  ['1', /snapshotted|no subvolume|UNKNOWN|FAILED|DEGRADED|OK/],
  ['2', /127\.0\.0\.1/],
  ['3', /20\d\d-\d\d-\d\dT/],
  ['4', /Replication tasks[\s\S]*every/],
  ['5', /Full {2}Incremental[\s\S]*(?:Send to|Replicate|Subvolume)/],
  ['6', /Snapshot health {2}Filesystem[\s\S]*\/srv\/pool/],
  ['7', /Runs {2}Sent {2}Received[\s\S]*(?:snapshot|task)/],
] as const;

for (const [columns, rows] of [
  [60, 20],
  [200, 50],
] as const) {
  test(`every page has something to show, and says what it is, at ${columns}×${rows}`, async () => {
    const terminal = await open({ columns, rows, args: '--play --story trouble', env: ENV });
    await terminal.until(/PLAY: simulated servers, nothing real is touched/, 30);
    for (const [key, shown] of PAGES) {
      await terminal.keys(key);
      assert.match(await terminal.until(shown, 30), /^PLAY: /);
    }
    await terminal.keys('q');
    assert.equal(await terminal.exitCode(30), 0);
    assert.deepEqual(left(), []);
  });
}

test('the first screen without servers offers it by one key', async () => {
  const terminal = await open({ env: ENV });
  await terminal.until(/Press T to try it out/);
  await terminal.keys('T');
  await terminal.until(/PLAY: simulated servers/, 30);
  await terminal.keys('q');
  assert.equal(await terminal.exitCode(30), 0);
  assert.deepEqual(left(), []);
});
