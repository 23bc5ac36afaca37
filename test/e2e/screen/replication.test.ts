import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { rootLogin } from '../fleet/desk.ts';
import { eventually, PROGRAM, serverAdd, TestFleet } from '../fleet/fleet.ts';
import { screens, type Terminal } from '../fleet/terminal.ts';
import { journalRuns, stateOf, underWay } from '../fleet/transfers.ts';

const open = screens();
const fleet = await TestFleet.anywhere('screen-replication', { servers: 3, size: '600M' });
const { lab, home } = fleet;
const state = stateOf(fleet);
const data = await fleet.subvolume('/srv/pool/data', 8);
const big = await fleet.subvolume('/srv/pool/big', 24);
const login = rootLogin(lab);
await fleet.ok(serverAdd('down', { host: '127.0.0.1', port: 9 }, login));
await fleet.enrolSlow('slow', 'c', { bytesPerSecond: 4_000_000 });
const screen = await open({ home });

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A sentence, wherever its lines end. */
const sentence = (text: string): RegExp => new RegExp(text.split(' ').map(literal).join('\\s+'));

/** The row one stands on, of the form or of a list. */
const pointed = (text: string): string => text.split('\n').find((row) => /▸/.test(row)) ?? '';

/** Presses `j` until it stands on it. */
async function go(on: Terminal, wanted: RegExp): Promise<void> {
  for (let moves = 0; moves < 40; moves += 1) {
    const here = pointed(await on.until('▸'));
    if (wanted.test(here)) return;
    await on.keys('j');
    await on.gone(here.trimEnd());
  }
  assert.fail(`${wanted} cannot be stood on:\n${await on.text()}`);
}

/** Opens the list behind a row, narrows it, and takes the one that begins so. */
async function choose(on: Terminal, row: string, wanted: string): Promise<void> {
  await go(on, new RegExp(`▸ ${row}`));
  await on.keys('Enter');
  await on.until('to choose from');
  await on.keys(`/${wanted}`);
  await on.answer(new RegExp(`▸ ${literal(wanted)}`), 'Enter');
  await on.gone('Esc shows all');
}

/** Turns the targets of the full tab so that only these are chosen. */
async function targets(on: Terminal, wanted: readonly string[]): Promise<void> {
  for (const name of ['b', 'c', 'down', 'slow']) {
    const chosen = new RegExp(`\\[✓\\] ${name} `).test(await on.text());
    if (chosen === wanted.includes(name)) continue;
    await go(on, new RegExp(`▸.*\\[.\\] ${name} `));
    await on.keys('Space');
    await on.until(new RegExp(`\\[${chosen ? ' ' : '✓'}\\] ${name} `));
  }
}

const newest = (): number => journalRuns(state).at(-1)?.id ?? 0;
const outcome = (id: number, seconds = 30): Promise<string | null> =>
  eventually(() => {
    const row = journalRuns(state).find((one) => one.id === id);
    assert.equal(row?.state, 'finished');
    return row?.outcome ?? null;
  }, seconds);

/** Presses Replicate; the number of the run. */
async function replicate(on: Terminal): Promise<number> {
  const before = newest();
  await go(on, /▸.*\[ Replicate \]/);
  await on.keys('Enter');
  return eventually(() => {
    assert.ok(newest() > before);
    return newest();
  });
}

test('full: a subvolume without snapshots says so; chosen, everything is filled', async () => {
  await screen.until(/4\/5 up/);
  await screen.keys('5');
  await screen.until(/Send to/);
  await choose(screen, 'Subvolume', '/srv/pool/data');
  await screen.until('/srv/pool/data has no snapshots: page 3 makes one');
  await screen.keys('x');
  await screen.until('replicate: /srv/pool/data has no snapshots');
  assert.deepEqual(journalRuns(state), []);
  const name = await fleet.snapshot(data);
  await screen.keys('R');
  const text = await screen.until(new RegExp(`Snapshot +${name}`));
  assert.match(text, /\/srv\/pool\/\.snapshots\/data\/2/);
  assert.match(text, /created +2\S+, .* ago/);
  await screen.until(/size 8\.0\d? MiB/);
  await screen.keys(']');
  await screen.until(sentence('b has no replicas yet: send one in full first'));
  await screen.keys('[');
  await screen.until('Send to');
});

test('full to two servers and one that is down: OK, OK, and FAILED with the reason', async () => {
  await targets(screen, []);
  await screen.until('choose at least one server');
  await targets(screen, ['b', 'c', 'down']);
  const id = await replicate(screen);
  await screen.until(new RegExp(`Run ${id}: replication of /srv/pool/data +FAILED`), 40);
  const report = await screen.until(
    /✓ b\S* +OK +8\.\d+ MiB in .*, identity verified[\s\S]*✓ c\S* +OK[\s\S]*✗ down +FAILED/,
  );
  assert.match(report, /127\.0\.0\.1:9/);
  assert.equal(await outcome(id), 'failed');
  for (const server of ['b', 'c']) await fleet.assertClean(server);
  await screen.until(/\[✓\] b .*has it already/);
});

test('the command line that y gives does the same in a shell', async () => {
  await screen.keys('y');
  await screen.answer('Copy', 'Enter');
  const text = await screen.until('Sent to the terminal');
  const shown = text.replaceAll(/[│\n]/g, ' ').replaceAll(/ +/g, ' ');
  const line = /btrfleet replicate full \S+ \S+ --to \S+/.exec(shown)?.[0] ?? '';
  assert.match(line, /--to b,c,down$/);
  await screen.keys('q');
  const program = `btrfleet() { '${process.execPath}' --no-warnings '${PROGRAM}' "$@"; }`;
  const { code, stdout } = await run(['sh', '-c', `${program}; ${line} --json`], {
    env: { BTRFLEET_HOME: state, HOME: home },
  });
  assert.equal(code, 1);
  const { results } = JSON.parse(stdout) as { results: { server: string; status: string }[] };
  assert.deepEqual(
    results.map(({ server, status }) => `${server} ${status}`),
    ['b already-there', 'c already-there', 'down failed'],
  );
});

test('incremental: every refusal has its own text', async () => {
  const gone = await fleet.subvolume('/srv/pool/gone', 1);
  const last = await fleet.snapshot(gone);
  await fleet.replicate('auto', gone, '--to', 'b');
  await fleet.ok(['snapshot', 'delete', gone, last, '--allow-last-base', '--yes']);
  await lab.must('a', ['btrfs', 'subvolume', 'delete', gone]);
  const [first] = await fleet.ok<{ name: string }[]>(['snapshot', 'list', data]);
  const second = await fleet.snapshot(data);
  const third = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b', '--all');
  await fleet.ok(['snapshot', 'delete', data, String(first?.name), '--allow-last-base', '--yes']);
  await lab.must('b', [
    'btrfs',
    'property',
    'set',
    '-f',
    `/srv/pool/.snapshots/data/${second}`,
    'ro',
    'false',
  ]);
  await screen.keys('R', ']');
  await screen.until('Newer on primary');

  await choose(screen, 'Secondary', 'down');
  await screen.until(/Secondary +down +✗ offline\s+.*127\.0\.0\.1:9/);
  await choose(screen, 'Secondary', 'c');
  await screen.until(/Secondary +c/);
  await choose(screen, 'Secondary', 'b');
  await choose(screen, 'Subvolume on it', 'gone');
  await screen.until(
    sentence('The subvolume gone does not exist on the primary a. It must be on both sides.'),
  );
  await choose(screen, 'Subvolume on it', 'data');
  await choose(screen, 'Base on it', String(first?.name));
  await screen.until(sentence('does not exist on the primary a. It must be on both sides'));
  await choose(screen, 'Base on it', second);
  await screen.until(sentence('was made writable on b: it can never be a base'));
  await choose(screen, 'Base on it', third);
  await screen.until(sentence('The primary has no snapshot newer than'));
  const before = newest();
  await screen.keys('x');
  await screen.until(/replicate: The primary has no snapshot newer than/);
  assert.equal(newest(), before);
});

test('incremental: the real delta is shown first, then sent on top of the base', async () => {
  await lab.must('a', ['dd', 'if=/dev/urandom', `of=${data}/more`, 'bs=1M', 'count=3', 'status=none']);
  const name = await fleet.snapshot(data);
  await screen.keys('R');
  const text = await screen.until(/Delta +.* apart, 3\.0\d? MiB of data to send/);
  assert.match(text, new RegExp(`Newer on primary +${name}`));
  const id = await replicate(screen);
  await screen.until(new RegExp(`Run ${id}: replication of /srv/pool/data +OK`), 30);
  await screen.until(/✓ b\S* +OK +3\.\d+ MiB in .*, identity verified/);
  assert.equal(await outcome(id), 'ok');
});

test('cancelled in the middle: both ends stop, nothing half received stays', async () => {
  await fleet.snapshot(big);
  await screen.keys('R', '[');
  await screen.until('Send to');
  await choose(screen, 'Subvolume', '/srv/pool/big');
  await targets(screen, ['slow']);
  const id = await replicate(screen);
  await underWay(state, ['slow'], { after: id - 1 });
  await screen.until(/slow +[█░]+ +\d+ % +[\d.]+ MiB +[\d.]+ MiB\/s +\S+ s? ?left/);
  await screen.keys('x');
  await screen.until(`replicate: run ${id} is still going on: c cancels it`);
  await screen.keys('c');
  await screen.answer(`Cancel this? Run ${id}: replication of /srv/pool/big`, 'y');
  await screen.until(new RegExp(`Run ${id}: .*CANCELLED`));
  assert.equal(await outcome(id), 'cancelled');
  await fleet.assertClean('c');
  await fleet.assertClean('a');
});

test('quit in the middle: it goes on, is shown again, to a second screen too, and finishes', async () => {
  const id = await replicate(screen);
  await underWay(state, ['slow'], { after: id - 1 });
  await screen.keys('q');
  assert.equal(await screen.exitCode(), 0);
  await screen.until('One job continues in the background.');
  await screen.assertClean();
  await screen.start();
  const running = new RegExp(`Run ${id}: replication of /srv/pool/big +running`);
  await screen.until(running);
  const other = await open({ home, columns: 200, rows: 50 });
  await other.until(running);
  await other.until(/1 running/);
  for (const one of [screen, other]) await one.until(/Replication of \/srv\/pool\/big: done/, 30);
  assert.equal(await outcome(id), 'ok');
  await other.keys('q');
  await other.exitCode();
});

test('killed by -9, and behind a terminal that takes nothing: the transfer goes on and finishes', async () => {
  await fleet.snapshot(big);
  const name = (await fleet.ok<{ name: string }[]>(['snapshot', 'list', big])).at(-1)?.name;
  await screen.keys('R');
  await screen.until(new RegExp(`Snapshot +${name}`));
  await targets(screen, ['slow']);
  const id = await replicate(screen);
  await underWay(state, ['slow'], { after: id - 1 });
  await screen.stall();
  const sent = () => journalRuns(state).find((one) => one.id === id)?.job?.targets[0]?.progress;
  const before = JSON.stringify(sent());
  await eventually(() => assert.notEqual(JSON.stringify(sent()), before));
  screen.unstall();
  await screen.kill('SIGKILL');
  assert.equal(await outcome(id), 'ok');
  await fleet.assertClean('c');
});
