import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from '../../../scripts/lab/run-command.ts';
import type { Server } from '../../../src/core/model/server.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { screens, type Terminal } from '../fleet/terminal.ts';
import { stateOf } from '../fleet/transfers.ts';

const open = screens();
const fleet = await TestFleet.up('screen-servers', { servers: 3, size: '200M', enrol: false });
const { lab, home } = fleet;
const screen = await open({ home });

const servers = (): Server[] => {
  const file = join(stateOf(fleet), 'config.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')).servers as Server[]) : [];
};

interface Filling {
  readonly name: string;
  readonly host: string;
  readonly port?: number;
  readonly key?: string;
}

/** Fills the form for a new server in and stands on Verify then. */
async function fill(on: Terminal, { name, host, port = 22, key = lab.keyFile }: Filling): Promise<void> {
  await on.keys('n');
  await on.until('Add a server');
  await on.type(`${name}\t\t${host}\t`);
  await on.keys('C-u');
  await on.type(`${port}\t\t`);
  await on.keys('C-u');
  await on.type(key);
  // From behind: Cancel, Save, Verify.
  const tabs = servers().length === 0 ? 3 : 4;
  await on.keys(...Array.from({ length: tabs }, () => 'Tab'));
  await on.until(new RegExp(`Name +${name}[\\s\\S]*Host +${host.replaceAll('.', '\\.')}`));
  // The Enter that comes next must not be taken for a part of what was typed.
  await on.until(key.slice(-24));
}

async function verify(on: Terminal, shown: RegExp): Promise<string> {
  await on.keys('Enter');
  return on.until(shown);
}

/** From Verify on. */
const save = (on: Terminal): Promise<void> => on.keys('Tab', 'Enter');

/** Trusts the server the cursor stands on, whose key must be this one. */
async function trust(on: Terminal, name: string, fingerprint: string): Promise<void> {
  await on.keys('t');
  const text = await on.answer(`Trust ${name}?`, 'y');
  assert.ok(text.includes(fingerprint), text);
  await on.until(new RegExp(`${name} .*● online`));
}

test('the first server: an unknown key is shown, refused, and trusted by its fingerprint', async () => {
  await screen.until(/Press n to add the first one/);
  await fill(screen, { name: 'a', host: lab.server('a').host });
  const text = await verify(screen, /It answers/);
  assert.ok(text.replace(/[\s│]+/g, ' ').includes(lab.server('a').hostKeyFingerprint()), text);
  assert.deepEqual(servers(), []);
  await save(screen);
  await screen.until(/a +primary +▲ untrusted/);
  await screen.until('a is not trusted yet: t shows its fingerprint');
  // What is pressed before the question can be read is not an answer, and neither is Enter.
  await screen.keys('t', 'y', 'y', 'Enter');
  await screen.answer('Trust a?', 'Enter');
  await screen.gone('Trust a?');
  await screen.until(/a +primary +▲ untrusted/);
  await trust(screen, 'a', lab.server('a').hostKeyFingerprint());
  await screen.until(/1\/1 up/);
});

test('a second and a third; Verify says all is well once the key is known', async () => {
  for (const name of ['b', 'c']) {
    await fill(screen, { name, host: lab.server(name).host });
    await save(screen);
    await screen.until(new RegExp(`${name} +secondary +▲ untrusted`));
    await screen.keys('G');
    await screen.until(new RegExp(`▸ +${name} `));
    await trust(screen, name, lab.server(name).hostKeyFingerprint());
  }
  await fill(screen, { name: 'again', host: lab.server('b').host });
  await verify(screen, /All is well: root, btrfs-progs [\d.]+, \/srv\/pool\./);
  await screen.escape('Add a server');
  await screen.until(/3\/3 up/);
  assert.deepEqual(
    servers().map(({ name, role }) => `${name} ${role}`),
    ['a primary', 'b secondary', 'c secondary'],
  );
});

test('one that is down may be added, and says so; one with a wrong key is not let in', async () => {
  await fill(screen, { name: 'down', host: '127.0.0.1', port: 9 });
  await verify(screen, /127\.0\.0\.1:9/);
  await save(screen);
  await screen.until(/down +secondary +✗ offline/);
  await screen.until(/▲ down \(127\.0\.0\.1:9\) refused/);
  const key = join(home, 'other_key');
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await fill(screen, { name: 'wrong', host: lab.server('b').host, key });
  await verify(screen, /│ wrong refused the /);
  await save(screen);
  await screen.until(/wrong +secondary +✗ not let in/);
  await screen.until(/3\/5 up/);
});

test('what a form lacks is told at the field', async () => {
  await screen.keys('n');
  await screen.until('Add a server');
  await screen.keys('BTab', 'BTab', 'Enter');
  await screen.until('letters, digits, dots, dashes; not empty');
  await screen.type('b');
  await screen.until(/Name +b/);
  await screen.keys('BTab', 'BTab', 'Enter');
  const text = await screen.until('there is one of that name');
  assert.match(text, /a host name or address is needed/);
  await screen.escape('Add a server');
});

test('an edit changes only what was changed, and z takes it back', async () => {
  await screen.keys('G');
  await screen.until(/▸ +wrong /);
  await screen.keys('k');
  await screen.until(/▸ +down /);
  await screen.keys('e');
  await screen.until('Edit down');
  await screen.keys('Tab', 'Tab', 'C-u');
  await screen.type('10');
  await screen.until(/Port +10/);
  await screen.keys('BTab', 'BTab', 'BTab', 'BTab', 'Enter');
  await screen.until('127.0.0.1:10');
  // What came of it is told once it is known, in the place of what was told before.
  await screen.until(/▲ down \(/);
  const before = servers().find(({ name }) => name === 'down');
  assert.equal(before?.port, 10);
  await screen.keys('z');
  await screen.answer('Take this back? changing down', 'y');
  await screen.until(/down .*127\.0\.0\.1:9\b/);
  assert.deepEqual(
    servers().find(({ name }) => name === 'down'),
    { ...before, port: 9 },
  );
});

test('promote asks, is done, and z takes it back; the primary cannot be deleted', async () => {
  await screen.keys('g');
  await screen.keys('d');
  await screen.until('it is the primary: promote another one first');
  await screen.keys('j', 'P');
  const text = await screen.answer('Make b the primary?', 'y');
  assert.match(text, /a becomes a secondary/);
  await screen.until(/a +secondary[\s\S]*b +primary[\s\S]*b is the primary; z to undo/);
  await screen.keys('z');
  await screen.until(/a +primary[\s\S]*b +secondary/);
});

test('a server is forgotten, and nothing else; Esc and any other key leave it', async () => {
  await screen.keys('G');
  await screen.until(/▸ +wrong /);
  for (const key of ['Escape', 'n', 'Enter']) {
    await screen.keys('d');
    await screen.answer('Forget wrong?', key);
    await screen.gone('Forget wrong?');
  }
  assert.equal(servers().length, 5);
  await screen.keys('d');
  await screen.answer('Forget wrong?', 'y');
  await screen.until('wrong is forgotten');
  assert.deepEqual(
    servers().map(({ name }) => name),
    ['a', 'b', 'c', 'down'],
  );
  await screen.until(/3\/4 up/);
});

test('a key that changed is refused loudly, and only the typed name goes on', async () => {
  await lab.rekey('c');
  await screen.keys('R');
  await screen.until(/c +secondary +✗ KEY CHANGED/, 40);
  await screen.keys('g', 'j', 'j', 't');
  const text = await screen.answer('THE HOST KEY OF c HAS CHANGED', 'y', 'Enter');
  assert.match(text, /It is NOT the one that was trusted/);
  await screen.gone('HAS CHANGED');
  await screen.keys('t');
  await screen.answer('THE HOST KEY OF c HAS CHANGED', 'c', 'Enter');
  await screen.until(/c +secondary +● online/);
});

test('the palette finds a server, the help filters and runs, messages are kept', async () => {
  await screen.keys('3');
  await screen.until('3 Snapshots');
  await screen.keys(':');
  await screen.until('Find an action');
  await screen.type('server down');
  await screen.until(/▸ server +down/);
  await screen.keys('Enter');
  await screen.until(/▸ +down /);
  await screen.keys('!');
  await screen.until(/Messages[\s\S]*is trusted/);
  await screen.keys('q');
  await screen.keys('@');
  const text = await screen.until('Commands run on the servers');
  assert.match(text, /(a|b|c) +0 +[\d.]+ ?m?s/);
  await screen.keys('q');
  await screen.gone('Commands run');
  await screen.keys('?');
  await screen.type('look at all');
  await screen.until(/▸ R +Look at all servers now/);
  await screen.keys('Enter');
  await screen.until('3 of 4 servers answered', 20);
});

test('a fault tells what happened, on which server, and what to do; and the screen ends clean', async () => {
  await screen.keys('2', 'G', 'Enter');
  const text = await screen.until(/Address/);
  assert.match(text, /down[\s\S]*127\.0\.0\.1/);
  await screen.keys('q');
  await screen.gone('Address');
  await screen.keys('q');
  assert.equal(await screen.exitCode(), 0);
  await screen.assertClean();
});
