/** A symlink planted at any component of any path that btrfleet writes is refused by name, and leads it nowhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../../src/core/model/fault.ts';
import { TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('planted', { servers: 2 });
const { lab } = fleet;

const POOL = '/srv/pool';
const HOME = `${POOL}/.snapshots`;
const MARKS = `${HOME}/.btrfleet`;
const DATA = `${POOL}/deep/data`;

/** Where the links lead: on the same filesystem, and on another. */
const OUTSIDE = [`${POOL}/outside`, '/run/outside'];

const sh = (server: string, script: string, ...words: readonly string[]): Promise<string> =>
  lab.must(server, ['sh', '-ec', script, 'sh', ...words]);

for (const server of ['a', 'b'])
  for (const path of OUTSIDE)
    await sh(
      server,
      'mkdir -m 755 "$1"; mkdir "$1/data" "$1/deep"; for f in one.stream data/two.stream; do echo "$f" >"$1/$f"; done',
      path,
    );
const outside = (server: string): Promise<string> =>
  sh(
    server,
    'for d; do ls -lanR --time-style=full-iso "$d"; find "$d" -type f | sort | xargs sha256sum; done',
    ...OUTSIDE,
  );

await sh('a', 'mkdir "$1/deep"', POOL);
await fleet.subvolume(DATA);
await fleet.snapshot(DATA);
assert.equal((await fleet.replicateOne('auto', DATA, '--to', 'b', '--resumable')).status, 'ok');
await sh('b', 'mkdir -p "$1/spool/deep/data"', MARKS);
const newest = await fleet.snapshot(DATA);
const replicate = async (...more: readonly string[]): Promise<Fault | null> =>
  (await fleet.replicateOne('auto', DATA, '--to', 'b', ...more)).fault;

/** Puts a link in the place of something, does that, and puts back what was there. */
async function planted(server: string, path: string, target: string, act: () => Promise<Fault | null>) {
  await sh(server, 'if [ -e "$1" ]; then mv "$1" "$1.real"; fi; ln -s "$2" "$1"', path, target);
  const before = await outside(server);
  try {
    const why = await act();
    assert.equal(why?.code, 'unsafe-path', JSON.stringify(why));
    assert.ok(why.message.startsWith(`"${path}" on ${server} is a symbolic link`), why.message);
    assert.match(why.hint, /rm \/srv\/pool\/\.snapshots.*mount/);
    assert.equal(await outside(server), before);
    assert.equal(await sh(server, 'readlink "$1"', path), `${target}\n`);
  } finally {
    await sh(server, 'rm "$1"; if [ -e "$1.real" ]; then mv "$1.real" "$1"; fi', path);
  }
}

const snapshotFault = async (): Promise<Fault | null> =>
  (await fleet.fault('snapshot', 'create', DATA)).fault;

for (const [index, path] of [HOME, `${HOME}/deep`, `${HOME}/deep/data`].entries())
  test(`snapshots on the primary: ${path}`, () =>
    planted('a', path, OUTSIDE[index % 2] ?? '', snapshotFault));

for (const [index, path] of [
  HOME,
  `${HOME}/deep`,
  `${HOME}/deep/data`,
  MARKS,
  ...['receiving', 'owner'].flatMap((kind) =>
    ['', '/deep', '/deep/data'].map((below) => `${MARKS}/${kind}${below}`),
  ),
  `${MARKS}/receiving/deep/data/${newest}`,
].entries())
  test(`a replica: ${path}`, () => planted('b', path, OUTSIDE[index % 2] ?? '', () => replicate()));

for (const [index, path] of [
  MARKS,
  ...['', '/deep', '/deep/data'].map((below) => `${MARKS}/spool${below}`),
  `${MARKS}/spool/deep/data/${newest}.stream`,
].entries())
  test(`a spool: ${path}`, async () => {
    const target = path.endsWith('.stream') ? `${OUTSIDE[0]}/one.stream` : (OUTSIDE[index % 2] ?? '');
    await planted('b', path, target, () => replicate('--resumable'));
  });

for (const [title, spoil, mend, says] of [
  [
    'of another user',
    'chown 4242 "$1"',
    'chown 0 "$1"',
    /belongs to another user \(uid 4242\).*chown root:root/,
  ],
  ['that others can write', 'chmod 777 "$1"', 'chmod 755 "$1"', /can be written by others.*chmod go-w/],
] as const)
  test(`a directory ${title} is refused`, async () => {
    const path = `${HOME}/deep`;
    for (const [server, act] of [
      ['a', snapshotFault],
      ['b', () => replicate()],
    ] as const) {
      await sh(server, spoil, path);
      const why = await act();
      assert.equal(why?.code, 'unsafe-path', JSON.stringify(why));
      assert.match(`${why.message} ${why.hint}`, says);
      await sh(server, mend, path);
    }
  });

test('what is spooled can be read by nobody else, and is replicated once all links are gone', async () => {
  const umask = await sh('b', 'umask');
  assert.match(umask, /22/);
  await sh('b', 'chmod 755 "$1/spool" "$1/spool/deep" "$1/spool/deep/data"', MARKS);
  assert.equal(await replicate('--resumable'), null);
  assert.equal(await sh('b', 'stat -c %a "$1/spool/deep/data"', MARKS), '700\n');
  const replica = `${HOME}/deep/data/${newest}`;
  assert.equal(await fleet.fingerprint('b', replica), await fleet.fingerprint('a', replica));
  await fleet.assertClean('b');
});

test('a disk that is not mounted any more gets nothing on what lies below it', async () => {
  await sh('b', 'umount /srv/pool');
  const { fault: why } = await fleet.replicateOne('auto', DATA, '--to', 'b:/srv/pool');
  assert.ok(why);
  assert.equal(await sh('b', 'ls -A /srv/pool'), '');
});
