import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../../scripts/lab/run-command.ts';
import { PROGRAM, TestFleet } from '../fleet/fleet.ts';
import { enginesOf, screens } from '../fleet/terminal.ts';
import { stateOf } from '../fleet/transfers.ts';

interface Snapshot {
  readonly name: string;
  readonly held: boolean;
  readonly note: string | null;
}

const open = screens();
const fleet = await TestFleet.anywhere('screen-snapshots', { servers: 2, size: '300M' });
const { home } = fleet;
const data = await fleet.subvolume('/srv/pool/data');
await fleet.subvolume('/srv/pool/other');
const screen = await open({ home });

const list = (): Promise<Snapshot[]> => fleet.ok<Snapshot[]>(['snapshot', 'list', data]);
const names = async (): Promise<string[]> => (await list()).map(({ name }) => name).toReversed();

/** Rows of the table that show a snapshot, the newest first. */
const rows = (text: string): string[] =>
  text.split('\n').filter((row) => /^.. ?\d{4}-\d\d-\d\dT/.test(row) || /^▸/.test(row));

test('n makes a snapshot of the subvolume that is shown', async () => {
  await screen.until('2/2 up');
  await screen.keys('3');
  await screen.until('3 Snapshots');
  await screen.keys('u');
  await screen.until('Subvolume on a');
  await screen.answer(/▸ \/srv\/pool\/data +\(0 snapshots\)/, 'Enter');
  await screen.until('/srv/pool/data has no snapshots yet');
  await screen.keys('n');
  await screen.until('Snapshot of /srv/pool/data: done');
  const text = await screen.until(/▸ +\d{4}-\d\d-\d\dT.*none/);
  const [name] = await names();
  assert.ok(name !== undefined && text.includes(name));
});

test('Right and Left go through the subvolumes', async () => {
  await screen.keys('Right');
  await screen.until('/srv/pool/other has no snapshots yet');
  await screen.keys('Left');
  await screen.until(/Subvolume \/srv\/pool\/data on a/);
});

test('hold with a note, undo, hold again, release, undo', async () => {
  const held = async (): Promise<unknown> => {
    const [one] = await list();
    return [one?.held, one?.note];
  };
  await screen.keys('h');
  await screen.until(/Hold 2/);
  await screen.type('before the move\tq');
  await screen.until('before the move');
  await screen.keys('Enter');
  await screen.until(/is held; z to undo/);
  assert.deepEqual(await held(), [true, 'before the move']);
  await screen.keys('z');
  await screen.until(/Taken back: holding/);
  assert.deepEqual(await held(), [false, null]);
  await screen.keys('h');
  await screen.until(/Hold 2/);
  await screen.paste('pasted\nnote');
  await screen.until(/pasted note/);
  await screen.keys('Tab', 'Enter');
  await screen.until(/⚑ pasted/);
  await screen.keys('d');
  await screen.until('delete: it is held: h releases it');
  await screen.keys('h');
  await screen.until(/is released; z to undo/);
  await screen.keys('z');
  await screen.until(/Taken back: releasing/);
  assert.deepEqual(await held(), [true, 'pasted note']);
  await screen.keys('h');
  await screen.until(/is released/);
});

test('marks by Space, by a range and by * choose what d deletes; the rest stays', async () => {
  for (let count = 0; count < 5; count += 1) await fleet.snapshot(data);
  await screen.keys('R');
  await screen.until((await names())[0] ?? '');
  const before = await names();
  assert.equal(before.length, 6);
  // The second and the third by Space, and undone by Esc.
  await screen.keys('g', 'j', 'Space', 'Space');
  await screen.until('2 marked');
  await screen.keys('Escape');
  await screen.gone('2 marked');
  // The third to the fourth as a range, the last by Space.
  await screen.keys('g', 'j', 'j', 'v', 'j', 'v', 'G', 'Space');
  await screen.until('3 marked');
  await screen.keys('d');
  const going = [before[2], before[3], before[5]];
  const text = await screen.answer('Delete these 3 snapshots of /srv/pool/data for good?', 'y');
  for (const name of going) assert.ok(text.includes(`${name}  (no replica anywhere)`), text);
  for (const name of [before[0], before[1], before[4]]) assert.ok(!text.includes(String(name)), text);
  await screen.until('Deletion of /srv/pool/data: done');
  assert.deepEqual(await names(), [before[0], before[1], before[4]]);
  await screen.gone(String(before[2]));
});

test('* marks what the filter shows, and only that', async () => {
  const [first, second] = await names();
  await screen.keys('/');
  await screen.type(`!${second} !${first}`);
  await screen.keys('Enter');
  await screen.until('1 of 3');
  await screen.keys('*');
  await screen.until('1 marked');
  await screen.keys('d');
  await screen.answer('Delete this snapshot of', 'n');
  await screen.gone('Delete this snapshot');
  assert.equal((await names()).length, 3);
  await screen.keys('Escape');
  await screen.gone('1 of 3');
  await screen.until('1 marked');
  await screen.keys('Escape');
  await screen.gone('marked');
});

test('more than ten need their count typed; y and Enter are not enough', async () => {
  for (let count = 0; count < 9; count += 1) await fleet.snapshot(data);
  await screen.keys('R');
  await screen.until((await names())[0] ?? '');
  await screen.keys('*');
  await screen.until('12 marked');
  await screen.keys('d');
  await screen.answer(/Delete these 12 snapshots/, 'y', 'Enter');
  await screen.gone('Delete these 12');
  assert.equal((await names()).length, 12);
  await screen.keys('d');
  await screen.answer(/Type 12 to go on/, '1', '2', 'Enter');
  await screen.until('Deletion of /srv/pool/data: done');
  assert.deepEqual(await names(), []);
  await screen.until('/srv/pool/data has no snapshots yet');
});

test('the last base that a secondary shares is told, and needs the count typed', async () => {
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await screen.keys('R');
  await screen.until(new RegExp(`${name} .* b `));
  await screen.keys('d');
  const text = await screen.answer(/Type 1 to go on/, 'Escape');
  assert.match(text, /WARNING: nothing in common with b is left/);
  assert.match(text, /\(also on b\)/);
  await screen.gone('Type 1');
  assert.deepEqual(await names(), [name]);
});

test('Enter looks into the snapshot, and q comes back', async () => {
  await screen.keys('Enter');
  await screen.until(/data\.bin +\d/);
  await screen.keys('h');
  assert.match(await screen.until('Modified'), /data\.bin/);
  await screen.keys('q');
  await screen.gone('Inode');
  await screen.keys('q');
  await screen.until('REPLICAS');
});

test('details, size and the command line that y gives; that line works in a shell', async () => {
  await screen.until(/\d+(\.\d+)? [KM]iB/);
  await screen.keys('i');
  assert.match(await screen.until('Origin id'), /Replicas +b/);
  await screen.keys('q');
  await screen.gone('Origin id');
  await screen.keys('y');
  await screen.until('Copy');
  await screen.until('btrfleet snapshot delete');
  await screen.keys('j', 'j', 'j', 'j');
  await screen.answer(/▸ btrfleet snapshot list \/srv\/pool\/data/, 'Enter');
  const text = await screen.until('Sent to the terminal');
  const line = /btrfleet snapshot list \S+/.exec(text)?.[0] ?? '';
  assert.ok(screen.written().includes(`ESC]52;c;${Buffer.from(line).toString('base64')}`));
  await screen.keys('q');
  const program = `btrfleet() { '${process.execPath}' --no-warnings '${PROGRAM}' "$@"; }`;
  const { code, stdout } = await run(['sh', '-c', `${program}; ${line} --json`], {
    env: { BTRFLEET_HOME: stateOf(fleet), HOME: home },
  });
  assert.equal(code, 0);
  assert.deepEqual(
    (JSON.parse(stdout) as Snapshot[]).map(({ name }) => name),
    await names(),
  );
});

test('sort and reverse order the rows, the cursor stays on its snapshot', async () => {
  await fleet.snapshot(data);
  await fleet.snapshot(data);
  const [newest, , oldest] = await names();
  await screen.keys('R');
  await screen.until(String(newest));
  await screen.keys('g');
  await screen.until(new RegExp(`▸ +${newest}`));
  await screen.keys('S');
  const text = await screen.until('reversed');
  assert.match(rows(text)[0] ?? '', new RegExp(String(oldest)));
  assert.match(text, new RegExp(`▸ +${newest}`));
  await screen.keys('S');
  await screen.gone('reversed');
});

test('the palette goes to a subvolume; the drawer of runs shows what was done', async () => {
  await screen.keys('2');
  await screen.until('2 Servers');
  await screen.keys('C-p');
  await screen.until('Find an action');
  await screen.type('subvolume other');
  await screen.until(/▸ subvolume +\/srv\/pool\/other/);
  await screen.keys('Enter');
  await screen.until('/srv/pool/other has no snapshots yet');
  await screen.keys('J');
  const text = await screen.until(/Runs/);
  assert.match(text, /▸ Run \d+: (replication|snapshot) of \/srv\/pool\/data +OK/);
  await screen.keys('Enter');
  await screen.until(/asked for by hand at/);
  await screen.keys('q');
});

test('q leaves; opened again it is where it was; one engine works, in the background', async () => {
  assert.equal(enginesOf(home).length, 1);
  await screen.keys('q');
  assert.equal(await screen.exitCode(), 0);
  assert.doesNotMatch(await screen.text(), /background/);
  await screen.assertClean();
  const again = await open({ home });
  await again.until(/Subvolume \/srv\/pool\/other on a/);
  await again.keys('q');
  await again.exitCode();
});
