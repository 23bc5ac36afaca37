import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../scripts/lab/run-command.ts';
import { eventually } from '../e2e/fleet/fleet.ts';
import { screens, type Terminal, type TerminalOptions } from '../e2e/fleet/terminal.ts';
import { homeWith, ONE_SERVER } from './home.ts';

const open = screens();

/** The screen over a server that lets nobody in, painted. */
async function screen(options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), ...options });
  await terminal.until(/one .*not let in/);
  return terminal;
}

test('Ctrl-C leaves in good order, from a dialog and from a form too', async () => {
  for (const keys of [[], ['n'], ['?'], ['d']]) {
    const terminal = await screen();
    if (keys.length > 0) await terminal.keys(...keys);
    await terminal.keys('C-c');
    assert.equal(await terminal.exitCode(), 0);
    await terminal.assertClean();
  }
});

test('Ctrl-D does no harm', async () => {
  const terminal = await screen();
  await terminal.keys('C-d', 'C-d', 'C-d', '3');
  await terminal.until(/3 Snapshots/);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const) {
  test(`${signal} gives the terminal back with the reason on it, and ends with ${code}`, async () => {
    const terminal = await screen();
    await terminal.kill(signal);
    assert.equal(await terminal.exitCode(), code);
    assert.match(await terminal.text(), new RegExp(`^btrfleet: ended by ${signal}`, 'm'));
    await terminal.assertClean();
  });
}

test('kill -9 cannot clean up; what is left is the line, and reset mends it', async () => {
  const terminal = await screen();
  await terminal.kill('SIGKILL');
  await terminal.until(/exit=137/);
  await terminal.line('reset; tput rmcup; clear; echo is now $((40 + 2))');
  await terminal.until(/^is now 42$/m);
});

test('a screen that breaks gives the terminal back, says why, and ends with 1', async () => {
  const home = homeWith({ servers: [ONE_SERVER] });
  const first = await screen({ home });
  await first.keys('2');
  await first.until(/ADDRESS/);
  await first.keys('q');
  assert.equal(await first.exitCode(), 0);
  // An inventory as none ever is, where the last known one is kept: the page it comes back to cannot be drawn from it.
  const journal = new DatabaseSync(join(home, 'state', 'journal.db'));
  const inventory = {
    server: 'one',
    takenAt: new Date().toISOString(),
    filesystems: [{ listing: { ok: true, value: [] } }],
    problems: [],
  };
  journal
    .prepare('INSERT INTO inventories (server, taken_at, format, content) VALUES (?, ?, 1, ?)')
    .run('one', inventory.takenAt, JSON.stringify(inventory));
  journal.close();
  const terminal = await open({ home });
  assert.equal(await terminal.exitCode(), 1);
  assert.match(await terminal.text(), /btrfleet: the screen failed: TypeError/);
  await terminal.assertClean();
});

test('a terminal that is gone ends it', async () => {
  const terminal = await screen();
  const pid = await terminal.pid();
  await terminal.close();
  await eventually(() => assert.ok(!existsSync(`/proc/${pid}`)));
});

test('Ctrl-Z goes to the shell and fg comes back, to the very same place', async () => {
  const terminal = await screen();
  await terminal.keys('3');
  await terminal.until(/3 Snapshots/);
  await terminal.keys('C-z');
  await terminal.until(/Stopped/);
  await terminal.assertClean();
  await terminal.line('fg; echo "exit=$?"');
  await terminal.until(/3 Snapshots/);
  assert.doesNotMatch(await terminal.text(), /Stopped|fg;/);
  await terminal.keys('2');
  await terminal.until(/one .*not let in/);
  await terminal.keys('C-z');
  await terminal.until(/Stopped/);
  await terminal.line('clear; fg; echo "exit=$?"');
  await terminal.until(/one .*not let in/);
  await terminal.keys('q');
  await terminal.exitCode();
  await terminal.assertClean();
});

test('Ctrl-Z where no shell can bring it back: nothing stops', async () => {
  // Its parent in another session: what a stop signal does to a whole terminal does nothing to it.
  const by = `bash -c 'exec script -qec "$(printf "%q " "$@")" /dev/null' bash`;
  const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), by });
  await terminal.until(/one .*not let in/);
  await terminal.keys('C-z');
  await terminal.keys('3');
  await terminal.until(/3 Snapshots/);
  await terminal.keys('q');
  await terminal.until('exit=0');
});

test('stopped and continued from outside: the shell is clean, and fg draws it anew', async () => {
  const terminal = await screen();
  await terminal.kill('SIGTSTP');
  await terminal.until(/Stopped/);
  await terminal.assertClean();
  await terminal.line('fg; echo "exit=$?"');
  await terminal.until(/one .*not let in/);
  await terminal.keys('3');
  await terminal.until(/3 Snapshots/);
  await terminal.keys('C-c');
  await terminal.exitCode();
  await terminal.assertClean();
});

test('too small says how much it needs, and q works; large enough again, all is back', async () => {
  const terminal = await screen();
  await terminal.resize(58, 14);
  assert.match(await terminal.until('needs 60×15'), /58×14/);
  await terminal.keys('d', '3');
  await terminal.resize(80, 24);
  await terminal.until(/2 Servers[\s\S]*one .*not let in/);
  await terminal.resize(20, 5);
  await terminal.until('needs 60×15');
  await terminal.keys('q');
  assert.equal(await terminal.exitCode(), 0);
});

test('a storm of sizes ends in a whole screen', async () => {
  const terminal = await screen();
  const sizes = Array.from(
    { length: 40 },
    (_, at) => [61 + ((at * 37) % 120), 15 + ((at * 11) % 40)] as const,
  );
  for (const [columns, rows] of sizes) await terminal.resize(columns, rows);
  await terminal.resize(100, 30);
  const whole = (text: string): void => {
    const rows = text.split('\n');
    assert.match(rows[0] ?? '', /^ 1 Dashboard .* 0\/1 up$/);
    assert.match(rows[29] ?? '', /^ n new .* q quit$/);
    assert.equal(text.match(/SERVER|not let in/g)?.length, 2);
  };
  whole(await terminal.until(/ 1 Dashboard [\s\S]* q quit$/m));
  // Something else wrote over it: Ctrl-L mends that.
  await run(['sh', '-c', `printf '\\033[HGARBAGE\\033[3;1HGARBAGE' >'${await terminal.tty()}'`]);
  await terminal.until('GARBAGE');
  await terminal.keys('C-l');
  await terminal.gone('GARBAGE');
  whole(await terminal.until(/ 1 Dashboard [\s\S]* q quit$/m));
});

test('keys in one chunk do what single keys do; a paste does nothing but fill a field', async () => {
  const terminal = await screen();
  await terminal.type('n');
  await terminal.until('Add a server');
  await terminal.type('backup\t\thost.example');
  await terminal.until(/Name +backup[\s\S]*Host +host\.example/);
  await terminal.paste('\u001b[31mred\rq');
  await terminal.until(/Host +host\.example.*red q/);
  await terminal.keys('Escape');
  await terminal.paste('dq\rnnn\u0003');
  await terminal.until('What was pasted was left out');
  await terminal.keys('3');
  await terminal.until(/3 Snapshots/);
});

test('idle it writes nothing', async () => {
  const terminal = await screen();
  const before = terminal.written();
  // Longer than it follows the journal: there is nothing to wait for but time.
  await pause(1500);
  assert.equal(terminal.written(), before);
});
