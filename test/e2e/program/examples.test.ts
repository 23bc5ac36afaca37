/** Every program in examples/ does what its first line says, with the library as it is published. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { type Outcome, run } from '../../../scripts/lab/run-command.ts';
import type { Run } from '../../../src/core/model/runs/run.ts';
import { TestFleet } from '../fleet/fleet.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const fleet = await TestFleet.anywhere('examples', { enrol: false });
for (const server of ['a', 'b']) await fleet.enrol(server);
const data = await fleet.subvolume('/srv/pool/data', 2);

const shown = new Set<string>();

/** Starts it with the state directory of this fleet, as somebody in the checkout would. */
function example(name: string, ...args: readonly string[]): Promise<Outcome> {
  shown.add(`${name}.ts`);
  const env = { HOME: fleet.home, BTRFLEET_HOME: join(fleet.home, 'state') };
  return run([process.execPath, '--no-warnings', join(ROOT, 'examples', `${name}.ts`), ...args], { env });
}

/** Its lines; it must succeed and complain of nothing. */
async function lines(name: string, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await example(name, ...args);
  assert.deepEqual([code, stderr], [0, ''], stdout);
  return stdout.trimEnd().split('\n');
}

test('look-at-a-server adds it, trusts its key and no other, and looks', async () => {
  const { host, port } = fleet.lab.server('c');
  const place = ['c', host, String(port), fleet.lab.keyFile];
  const [first, ...filesystems] = await lines(
    'look-at-a-server',
    ...place,
    fleet.lab.server('c').hostKeyFingerprint(),
  );
  assert.equal(first, 'c: online');
  assert.match(filesystems.join('\n'), /^ {2}\/srv\/pool: \d+ bytes free$/m);
  const servers = await fleet.ok<readonly { name: string; role: string }[]>(['server', 'list']);
  assert.deepEqual(
    servers.map(({ name, role }) => `${name} ${role}`),
    ['a primary', 'b secondary', 'c secondary'],
  );
  const again = await example('look-at-a-server', ...place, 'SHA256:other');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /\(server-exists\)/);
});

test('make-a-snapshot makes one, list-snapshots lists it, and a subvolume that is not there is told', async () => {
  const [made = ''] = await lines('make-a-snapshot', data);
  const path = made.replace(/^made /, '');
  assert.match(path, /^\/srv\/pool\/\.snapshots\/data\/2/);
  assert.match(await fleet.lab.must('a', ['btrfs', 'subvolume', 'show', path]), /readonly/);
  assert.deepEqual(await lines('list-snapshots', data), [`${path.split('/').at(-1)}  complete  ${path}`]);
  const lost = await example('make-a-snapshot', '/srv/pool/nothing');
  assert.equal(lost.code, 1);
  assert.match(lost.stdout, /^FAILED .*\/srv\/pool\/nothing/);
});

test('versions tells what there is of a file, with its digest', async () => {
  const file = `${data}/data.bin`;
  const [sum] = (await fleet.lab.must('a', ['sha256sum', file])).split(' ');
  const [version, ...others] = await lines('versions', file);
  assert.match(version ?? '', new RegExp(`^now {2}2097152 bytes {2}${sum} {2}a /srv/pool/.snapshots/data/2`));
  assert.deepEqual(others, []);
  assert.match((await example('versions', '/etc/none')).stderr, /\(no-such-subvolume\)/);
});

test('replicate plans, tells how far it is, and what became of each target; list-snapshots sees the replica', async () => {
  const [name = ''] = (await lines('list-snapshots', data))[0]?.split('  ') ?? [];
  const told = await lines('replicate', data, 'b', 'c:/srv/pool');
  assert.match(told[0] ?? '', new RegExp(`^plan: b:/srv/pool planned ${name}, about \\d{7} bytes$`));
  for (const target of ['b', 'c:/srv/pool'])
    for (const phase of ['waiting', 'sending, \\d{7} of \\d{7} bytes', 'verifying', 'finished'])
      assert.ok(
        told.some((line) => new RegExp(`^${target}: ${phase}$`).test(line)),
        `${target} ${phase}\n${told.join('\n')}`,
      );
  assert.match(told.at(-1) ?? '', /^run \d+: c:\/srv\/pool ok$/);
  assert.match((await lines('list-snapshots', data, 'b')).join('\n'), new RegExp(`^${name}  complete  `));
  const { code, stdout } = await example('replicate', data, 'b:/nowhere');
  assert.equal(code, 1);
  assert.match(stdout, /^run \d+: b:\/nowhere failed: .*\/nowhere/m);
});

test('preview-a-clean-up tells what would go and why the rest stays, and deletes nothing', async () => {
  await fleet.snapshot(data);
  const newest = await fleet.snapshot(data);
  const before = await lines('list-snapshots', data);
  const told = await lines('preview-a-clean-up', data, '1', '0');
  assert.equal(told.filter((line) => line.startsWith('delete ')).length, 1, told.join('\n'));
  assert.ok(told.includes(`keep ${newest}: newest, last 1`), told.join('\n'));
  assert.match(told.join('\n'), /base for b/);
  assert.deepEqual(await lines('list-snapshots', data), before);
});

test('health says what is off, with exit code 1, and 0 when all is well', async () => {
  const behind = await example('health');
  assert.equal(behind.code, 1);
  assert.match(behind.stdout, /^the fleet: degraded$/m);
  assert.equal((await fleet.replicate('auto', data, '--to', 'b,c')).code, 0);
  const told = await lines('health');
  assert.deepEqual(told[0], 'the fleet: ok');
  assert.match(
    told[1] ?? '',
    /^\/srv\/pool\/data: ok, newest 2.*; b:\/srv\/pool complete, c:\/srv\/pool complete$/,
  );
});

test('read-the-journal tells of the same runs as the program', async () => {
  const told = await lines('read-the-journal', '3');
  const runs = await fleet.ok<readonly Run[]>(['run', 'list', '--limit', '3']);
  assert.deepEqual(
    told.filter((line) => !line.startsWith(' ')).map((line) => line.split(' ').slice(0, 2).join(' ')),
    runs.map(({ id, kind }) => `${id} ${kind}`),
  );
});

test('there is no example that is not run here', () => {
  const all = readdirSync(join(ROOT, 'examples')).filter((file) => file !== 'say.ts');
  assert.deepEqual(all.toSorted(), [...shown].toSorted());
});
