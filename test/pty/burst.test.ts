/** Text that is pasted into a terminal without brackets: it changes nothing; the same keys by hand do what they say. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../../scripts/lab/run-command.ts';
import { PROGRAM } from '../e2e/fleet/bundle.ts';
import { eventually } from '../e2e/fleet/fleet.ts';
import { screens, type Terminal } from '../e2e/fleet/terminal.ts';

const temporary = mkdtempSync(join(tmpdir(), 'btrfleet-bursts-'));
after(() => rmSync(temporary, { recursive: true, force: true }));
const open = screens();
const WHY = /faster than a hand types/;
/** A page, and nothing over it. */
const PAGE = / q quit\s*$/;

/** The screen on simulated servers where nothing happens by itself. */
async function play(): Promise<{ terminal: Terminal; home: string }> {
  const args = '--play --story quiet';
  const terminal = await open({ columns: 80, rows: 24, args, env: { TMPDIR: temporary } });
  await terminal.until(/4\/4 up/, 30);
  const name = readdirSync(temporary).find((one) => one.startsWith('btrfleet-play-')) ?? '';
  return { terminal, home: join(temporary, name) };
}

async function leave(terminal: Terminal): Promise<void> {
  await terminal.keys('C-c');
  assert.equal(await terminal.exitCode(30), 0);
}

/** What was asked for by hand, as another process reads it; the simulated servers have a schedule as well. */
async function asked(home: string): Promise<readonly number[]> {
  const words = [process.execPath, '--no-warnings', PROGRAM, 'run', 'list', '--limit', '1000', '--json'];
  const { code, stdout, stderr } = await run(words, { env: { BTRFLEET_HOME: home } });
  assert.equal(code, 0, stderr);
  const runs = JSON.parse(stdout) as readonly { readonly id: number; readonly trigger: string }[];
  return runs.filter(({ trigger }) => trigger === 'hand').map(({ id }) => id);
}

const config = (home: string): string => readFileSync(join(home, 'config.json'), 'utf8');

const LEFT_OUT = 'What was pasted was left out';

/** Waits until all that was sent has been heard, and closes what that opened: a real paste behind it is told. */
const back = (terminal: Terminal): Promise<unknown> =>
  eventually(async () => {
    await terminal.keys('Escape');
    await terminal.paste('x');
    const text = await terminal.text();
    assert.match(text, PAGE);
    assert.ok(text.includes(LEFT_OUT), text);
  }, 30);

test('a move and n at once make no snapshot before y; one after the other they do', async () => {
  const { terminal, home } = await play();
  const before = await asked(home);
  const made = async (): Promise<number> => (await asked(home)).length - before.length;
  await terminal.keys('3');
  const top = await terminal.until(/3 Snapshots[\s\S]*▸ 20/);
  const first = /▸ (\S+)/.exec(top)?.[1] ?? '';
  await terminal.type('jn');
  await terminal.until(WHY);
  await terminal.answer('new: do it?', 'q');
  await terminal.gone('new: do it?');
  assert.deepEqual(await asked(home), before);
  await terminal.keys('k');
  await terminal.until(`▸ ${first}`);
  await terminal.keys('j');
  await terminal.gone(`▸ ${first}`);
  await terminal.keys('n');
  await eventually(async () => assert.equal(await made(), 1));
  await terminal.type('jn');
  await terminal.answer('new: do it?', 'y');
  await eventually(async () => assert.equal(await made(), 2));
  await leave(terminal);
});

const SCRIPT = `name=\${1:-notes}; now=$(date +%F)
for disk in /dev/sd[a-z]; do
  mount -o zstd "$disk" /mnt/pool || exit 1
  cp --reflink=auto "$name.txt" "/mnt/pool/$now" && echo y | xargs -n 1 rm -rf /tmp/x
  umount /mnt/pool
done
yes | head -n 3 >/dev/null; echo "done: $name? :q"
`;

test('a long script pasted without brackets changes nothing, on no page that changes something', async () => {
  const { terminal, home } = await play();
  const before = [await asked(home), config(home)];
  for (const [page, first] of [
    ['3', 'nice -n 10 sh'],
    ['4', 'test -d /mnt/pool'],
    ['5', 'xargs -n 1 echo'],
  ] as const) {
    await terminal.keys(page);
    await terminal.gone(LEFT_OUT);
    await terminal.type(`${first}\n${SCRIPT}`.replaceAll('\n', '\r'));
    await back(terminal);
    assert.deepEqual([await asked(home), config(home)], before, `page ${page}`);
  }
  await leave(terminal);
});
