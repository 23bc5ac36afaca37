import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../scripts/lab/run-command.ts';
import { PROGRAM } from '../e2e/fleet/bundle.ts';
import { screens } from '../e2e/fleet/terminal.ts';
import { homeWith, ONE_SERVER } from './home.ts';

const open = screens();

const ASCII = /^[ -~\n]*$/;
const FIRST_RUN = /Press n to add the first one/;

test('without a terminal it says so, names the other faces, and ends with 2', async () => {
  const home = homeWith({});
  const without = (line: string) =>
    run(['sh', '-c', line, 'sh', process.execPath, PROGRAM], { env: { BTRFLEET_HOME: join(home, 'state') } });
  for (const line of ['"$1" "$2" </dev/null', '"$1" "$2" --readonly </dev/null | cat; exit 2']) {
    const { code, stdout, stderr } = await without(line);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /no terminal here, so no screen[\s\S]*btrfleet --help[\s\S]*--json/);
  }
});

test('the first run leads to the first server, and q leaves', async () => {
  const terminal = await open();
  const text = await terminal.until(FIRST_RUN);
  assert.match(text, /It becomes the primary/);
  assert.match(text, /^ {2}\? UNKNOWN/m);
  assert.match(text, /n add the first server .*\? help {2}q quit/);
  await terminal.keys('n');
  assert.match(await terminal.until('Add a server'), /▸ Name/);
  await terminal.keys('Escape');
  await terminal.until(FIRST_RUN);
  await terminal.keys('q');
  assert.equal(await terminal.exitCode(), 0);
  assert.doesNotMatch(await terminal.text(), /background|Error|at .*\.mjs/);
  await terminal.assertClean();
});

test('a configuration that is broken stops it with the line and the reason, and stays as it is', async () => {
  const home = homeWith({});
  mkdirSync(join(home, 'state'), { recursive: true, mode: 0o700 });
  const broken = '{\n  "version": 1,\n  "servers": [,]\n}\n';
  writeFileSync(join(home, 'state', 'config.json'), broken, { mode: 0o600 });
  const terminal = await open({ home });
  assert.equal(await terminal.exitCode(), 2);
  assert.match(await terminal.text(), /config\.json[\s\S]*line 3/);
  assert.equal(readFileSync(join(home, 'state', 'config.json'), 'utf8'), broken);
  assert.doesNotMatch(terminal.written(), /\?1049h/);
  await terminal.assertClean();
});

test('a home that is no directory is told, with 2', async () => {
  const home = homeWith({});
  writeFileSync(join(home, 'state'), 'no directory');
  const terminal = await open({ home });
  assert.equal(await terminal.exitCode(), 2);
  assert.match(await terminal.text(), /btrfleet: .*state/);
  await terminal.assertClean();
});

test('CI=1 does not make it lifeless', async () => {
  const terminal = await open({ env: { CI: '1' } });
  await terminal.until(FIRST_RUN);
  await terminal.keys('3');
  await terminal.until(/3 Snapshots/);
  await terminal.keys('q');
  assert.equal(await terminal.exitCode(), 0);
});

test('a C locale gets ASCII and nothing else, in every place', async () => {
  const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), env: { LANG: 'C', LC_ALL: 'C' } });
  await terminal.until(/one .*x not let in/);
  for (const [key, shown] of [
    ['3', /could not be looked at/],
    ['5', /Send to|Replicate/],
    [']', /Secondary/],
    ['?', /Keys that work here/],
  ] as const) {
    await terminal.keys(key);
    assert.match(await terminal.until(shown), ASCII);
  }
  await terminal.keys('Escape');
  await terminal.gone('Keys that work here');
  await terminal.keys('2', 'n');
  assert.match(await terminal.until(/\+-+ Add a server -+|\+- Add a server -+/), ASCII);
  const code = [...terminal.written()].find((character) => character > '~');
  assert.equal(code, undefined);
});

test('NO_COLOR gets no colours, and bold, inverse and words still tell', async () => {
  const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), env: { NO_COLOR: '1' } });
  await terminal.until(/one .*✗ not let in/);
  await terminal.keys('n');
  await terminal.until('Add a server');
  const colours = /ESC\[[\d;]*(?:3[0-8]|4[0-8]|9\d|10[0-7])(?:;\d+)*m/.exec(terminal.written());
  assert.equal(colours, null, JSON.stringify(colours?.[0]));
  assert.match(terminal.written(), /ESC\[7m/);
  assert.match(terminal.written(), /ESC\[1m/);
});

for (const TERM of ['screen', 'xterm', 'linux', 'xterm-16color', 'vt100']) {
  test(`TERM=${TERM}: sixteen colours at most, and a clean end`, async () => {
    const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), env: { TERM } });
    await terminal.until(/one .*✗ not let in/);
    assert.doesNotMatch(terminal.written(), /ESC\[[\d;]*[34]8;[25];/);
    await terminal.keys('q');
    assert.equal(await terminal.exitCode(), 0);
    await terminal.assertClean();
  });
}

test('--readonly shows everything and refuses each change with the reason', async () => {
  const terminal = await open({ home: homeWith({ servers: [ONE_SERVER] }), args: '--readonly' });
  await terminal.until(/read-only .*0\/1 up/);
  for (const [key, label] of [
    ['n', 'new'],
    ['e', 'edit'],
    ['d', 'delete'],
    ['t', 'trust'],
    ['z', 'undo'],
  ] as const) {
    await terminal.keys(key);
    await terminal.until(`${label}: opened with --readonly: nothing is changed`);
  }
  await terminal.keys('Enter');
  await terminal.until(/Address/);
});
