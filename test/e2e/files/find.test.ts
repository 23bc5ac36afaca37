/** Finding names in snapshots: as find(1) sees them, the newest first, and honest about what was not looked through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAdd, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('find', { servers: 2, profile: { b: 'busybox' } });
const { lab } = fleet;
const on = (script: string): Promise<string> => lab.must('a', ['sh', '-c', script]);

interface Found {
  readonly looked: number;
  readonly total: number;
  readonly lookedTo: string | null;
  readonly ended: string | null;
  readonly complete: boolean;
  readonly matches: readonly {
    readonly subvolume: string;
    readonly path: string;
    readonly pathBytes: string | null;
    readonly newest: string;
    readonly oldest: string;
    readonly snapshots: readonly string[];
  }[];
  readonly notLooked: readonly { readonly snapshot: string; readonly fault: { readonly code: string } }[];
}

const find = (...words: readonly string[]): Promise<Found> => fleet.ok<Found>(['snapshot', 'find', ...words]);

const data = '/srv/pool/data';
await on(`btrfs subvolume create ${data} && cd ${data} && mkdir -p docs/old && echo 1 >docs/letter.txt && echo 2 >docs/old/letter.txt
  touch "$(printf 'odd\\377\\nletter')" && ln -s / letter.link && echo 3 >note.txt`);
const first = await fleet.snapshot(data);
await on(`rm ${data}/docs/old/letter.txt`);
const second = await fleet.snapshot(data);
await on(`rm ${data}/docs/letter.txt`);
const third = await fleet.snapshot(data);
assert.equal((await fleet.replicate('auto', data, '--to', 'b', '--all')).code, 0);

/** Each path with where it is, as find(1) of the server sees it. */
async function seenByFind(pattern: string, trees: Readonly<Record<string, string>>): Promise<string[]> {
  const found = new Map<string, string[]>();
  for (const [name, root] of Object.entries(trees)) {
    const script = 'cd -- "$1" && find . -mindepth 1 -name "$2" -print0 | base64 -w0';
    const said = Buffer.from(await lab.must('a', ['sh', '-c', script, 'sh', root, pattern]), 'base64');
    for (const path of said.toString('latin1').split('\0').slice(0, -1))
      found.set(path.slice(2), [...(found.get(path.slice(2)) ?? []), name]);
  }
  return [...found].map(([path, names]) => `${path}: ${names.join(' ')}`).toSorted();
}

const told = ({ matches }: Found): string[] =>
  matches
    .map(({ path, pathBytes, snapshots }) => {
      const bytes = pathBytes === null ? Buffer.from(path) : Buffer.from(pathBytes, 'hex');
      return `${bytes.toString('latin1')}: ${snapshots.join(' ')}`;
    })
    .toSorted();

const rootOf = (name: string): string => `/srv/pool/.snapshots/data/${name}`;
const REPLICAS = { [third]: rootOf(third), [second]: rootOf(second), [first]: rootOf(first) };
const ALL = { live: data, ...REPLICAS };

for (const pattern of ['*letter*', 'letter.txt', '*.txt', '?ote.txt', 'docs', 'nothing', '[dn]o*']) {
  test(`${pattern} is found as find(1) finds it, here and on a server with busybox`, async () => {
    const here = await find(pattern, data);
    assert.deepEqual(told(here), await seenByFind(pattern, ALL));
    assert.deepEqual([here.complete, here.looked, here.total, here.lookedTo], [true, 4, 4, first]);
    const there = await find(pattern, data, '--server', 'b');
    assert.deepEqual(told(there), await seenByFind(pattern, REPLICAS));
    assert.deepEqual([there.complete, there.looked], [true, 3]);
  });
}

test('with a slash it is the path, below the subvolume or absolute', async () => {
  const below = await find('docs/*.txt', data);
  assert.deepEqual(told(below), [`docs/letter.txt: ${second} ${first}`, `docs/old/letter.txt: ${first}`]);
  assert.deepEqual(told(await find(`${data}/docs/*.txt`, data)), told(below));
  const { fault } = await fleet.fault('snapshot', 'find', '/elsewhere/x', data);
  assert.equal(fault.code, 'usage');
});

test('without a subvolume all of them are looked through', async () => {
  await on('btrfs subvolume create /srv/pool/other && echo 4 >/srv/pool/other/letter.txt');
  const { matches } = await find('letter.txt');
  assert.deepEqual(matches.map(({ subvolume, path }) => `${subvolume} ${path}`).toSorted(), [
    '/srv/pool/data docs/letter.txt',
    '/srv/pool/data docs/old/letter.txt',
    '/srv/pool/other letter.txt',
  ]);
});

test('what may not be read is said, beside what is found', async () => {
  await on(`mkdir ${data}/shut && touch ${data}/shut/letter.txt && chmod 700 ${data}/shut`);
  const fourth = await fleet.snapshot(data);
  await fleet.ok(serverAdd('s', lab.server('a'), ['--user', 'fleet', '--key', lab.keyFile, '--trust-first']));
  const { code, value } = await fleet.json<Found>(['snapshot', 'find', 'letter.txt', data, '--server', 'a']);
  assert.equal(code, 0);
  assert.ok(value.matches.some(({ path }) => path === 'shut/letter.txt'));
  await fleet.ok(['server', 'promote', 's']);
  const seen = await fleet.json<Found>(['snapshot', 'find', 'letter.txt', data]);
  assert.deepEqual([seen.code, seen.value.complete, seen.value.looked], [1, false, 3]);
  assert.deepEqual(
    seen.value.notLooked.map(({ snapshot, fault }) => [snapshot, fault.code]),
    [
      ['live', 'not-readable'],
      [fourth, 'not-readable'],
    ],
  );
  assert.ok(seen.value.matches.some(({ path }) => path === 'docs/letter.txt'));
  await fleet.ok(['server', 'promote', 'a']);
  await fleet.ok(['server', 'remove', 's', '--yes']);
});

test('when the time is up it says how far it came', async () => {
  // The third tree is one that takes for ever.
  await on(`cp "$(command -v find)" /run/find && : >/run/found
    printf '%s\\n' '#!/bin/sh' 'echo >>/run/found' '[ "$(wc -l </run/found)" -lt 3 ] || exec sleep 600' 'exec /run/find "$@"' >/run/slow-find
    chmod 755 /run/slow-find && mount --bind /run/slow-find "$(command -v find)"`);
  const { code, value } = await fleet.json<Found>(['snapshot', 'find', 'nothing*', data, '--budget', '3s']);
  await on('umount "$(command -v find)"');
  assert.deepEqual(
    [code, value.ended, value.complete, value.looked, value.total],
    [1, 'budget', false, 2, 5],
  );
  assert.deepEqual(
    value.notLooked.map(({ snapshot, fault }) => [snapshot, fault.code]),
    [third, second, first].map((name) => [name, 'stalled']),
  );
  const text = await fleet.run(['snapshot', 'find', 'nothing*', data]);
  assert.match(text.stdout, /Looked through all of 5 places on a\. Nothing of that name/);
});
