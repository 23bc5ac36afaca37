/** A seed is carried by hand, checked before anything is received, and then the next replication is an increment. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ShownExport, ShownImport } from '../../../src/core/model/runs/seed.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { linesOf, manifestIn, partsIn, seeding, sumsAreRight } from '../fleet/seeds.ts';

const fleet = await TestFleet.up('seed', { servers: 3 });
const { lab } = fleet;
const { place, exportTo, importTo, refused } = seeding(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['sh', '-ec', script]);
const replica = (data: string, name: string): string =>
  `${data.replace('/srv/pool/', '/srv/pool/.snapshots/')}/${name}`;

const data = await fleet.subvolume('/srv/pool/data', 4);
await on('a', `cd ${data} && echo one >f && ln f g && ln -s /etc/passwd "a  b" && mkfifo p && chmod 640 f`);
const first = await fleet.snapshot(data);
await on('a', `echo two >>${data}/f`);
const second = await fleet.snapshot(data);
const full = place('full');
const more = place('more');

test('written, with a plan before: parts, checksums, manifest and README', async () => {
  const words = ['seed', 'export', data, first, '--output', full, '--split', '1M'];
  const plan = await fleet.ok<ShownExport>([...words, '--dry-run']);
  assert.ok(plan.estimatedBytes !== null && plan.estimatedBytes > 4 * 2 ** 20, JSON.stringify(plan));
  assert.deepEqual([plan.estimatedParts, plan.isResumed, plan.base], [5, false, null]);
  assert.ok((plan.freeBytes ?? 0) > 0);
  assert.deepEqual(partsIn(full), [], 'a dry run writes nothing');

  const report = await exportTo(full, data, first);
  assert.deepEqual([report.parts, report.keptParts, report.base], [5, 0, null]);
  sumsAreRight(full);
  const manifest = manifestIn(full);
  assert.equal(manifest.complete, true);
  assert.deepEqual(
    manifest.parts.map(({ name }) => name),
    partsIn(full),
  );
  const [run] = await fleet.ok<{ kind: string; outcome: string; snapshot: string }[]>([
    'run',
    'list',
    '--kind',
    'seed',
  ]);
  assert.deepEqual([run?.kind, run?.outcome, run?.snapshot], ['seed', 'ok', first]);

  const again = await fleet.fault(...words);
  assert.deepEqual([again.code, again.fault.code], [3, 'refused']);
  sumsAreRight(full);
});

test('a directory that holds something else is refused, and stays as it is', async () => {
  const taken = place('taken');
  cpSync(full, taken, { recursive: true });
  rmSync(join(taken, 'manifest.json'));
  writeFileSync(join(taken, 'holiday.jpg'), 'x');
  const { code, fault } = await fleet.fault('seed', 'export', data, first, '--output', taken);
  assert.deepEqual([code, fault.code], [3, 'refused']);
  assert.equal(partsIn(taken).length, 5);
});

test('an increment knows its base', async () => {
  const report = await exportTo(more, data, second, '--base', first, '--compress', 'zstd');
  assert.equal(report.base, first);
  assert.ok(report.bytes < 100_000, String(report.bytes));
  const manifest = manifestIn(more);
  assert.equal(manifest.base?.originId, manifestIn(full).snapshot.originId);
});

test('what is not as it was exported is refused before anything is received', async () => {
  const spoilt = place('spoilt');
  const wrongs: readonly (readonly [string, RegExp, () => void])[] = [
    [
      'a flipped bit',
      /seed\.0003 has other contents/,
      () => {
        const bytes = readFileSync(join(spoilt, 'seed.0003'));
        bytes[12_345] = (bytes[12_345] ?? 0) ^ 1;
        writeFileSync(join(spoilt, 'seed.0003'), bytes);
      },
    ],
    ['a missing part', /seed\.0002 is missing/, () => rmSync(join(spoilt, 'seed.0002'))],
    ['a part cut short', /seed\.0005 has 100 bytes/, () => truncateSync(join(spoilt, 'seed.0005'), 100)],
    [
      'a part of another seed',
      /seed\.0001 has/,
      () => copyFileSync(join(more, 'seed.0001'), join(spoilt, 'seed.0001')),
    ],
    ['two parts swapped', /seed\.0001 has other contents, seed\.0002 has other/, () => swap(spoilt)],
    ['a part too many', /seed\.0006 does not belong/, () => writeFileSync(join(spoilt, 'seed.0006'), 'x')],
    [
      'a link',
      /seed\.0004 is no plain file/,
      () => {
        rmSync(join(spoilt, 'seed.0004'));
        symlinkSync(join(full, 'seed.0004'), join(spoilt, 'seed.0004'));
      },
    ],
  ];
  for (const [title, message, spoil] of wrongs) {
    rmSync(spoilt, { recursive: true, force: true });
    cpSync(full, spoilt, { recursive: true });
    spoil();
    const { code, fault } = await refused('b', spoilt);
    assert.deepEqual([code, fault.code], [1, 'verify-failed'], title);
    assert.match(fault.message, message, title);
  }
});

const swap = (directory: string): void => {
  const [one, two, aside] = ['seed.0001', 'seed.0002', 'aside'].map((name) => join(directory, name));
  renameSync(one ?? '', aside ?? '');
  renameSync(two ?? '', one ?? '');
  renameSync(aside ?? '', two ?? '');
};

test('a manifest is believed only where the stream says the same', async () => {
  const forged = place('forged');
  const change = (text: (text: string) => string): void => {
    rmSync(forged, { recursive: true, force: true });
    cpSync(full, forged, { recursive: true });
    const file = join(forged, 'manifest.json');
    writeFileSync(file, text(readFileSync(file, 'utf8')));
  };
  const uuid = manifestIn(full).snapshot.originId;
  change((text) => text.replaceAll(first, second).replaceAll(uuid, manifestIn(more).snapshot.originId));
  const other = await refused('b', forged);
  assert.equal(other.fault.code, 'verify-failed');
  assert.match(other.fault.message, /another snapshot/);
  for (const [text, code] of [
    [(json: string) => json.replace('seed.0002', '../seed.0002'), 'refused'],
    [(json: string) => json.slice(0, 200), 'refused'],
    [(json: string) => json.replace('"version": 1', '"version": 2'), 'refused'],
    [(json: string) => json.replace('"complete": true', '"complete": false'), 'refused'],
    [(json: string) => json.padEnd(5 * 2 ** 20), 'command-failed'],
    [
      (json: string) =>
        json.replaceAll(uuid, uuid.replaceAll(/[0-9a-f]/g, '1')).replace(/"mark".*/, '"mark": "x",'),
      'refused',
    ],
  ] as const) {
    change(text);
    const { fault } = await refused('b', forged);
    assert.equal(fault.code, code, fault.message);
  }
});

test('an increment is refused where its base is not, by its name', async () => {
  const { code, fault } = await refused('b', more);
  assert.deepEqual([code, fault.code], [1, 'no-base']);
  assert.match(fault.message, new RegExp(first.replaceAll('.', '\\.')));
});

test('imported: where a replication would put it, and what comes next is an increment', async () => {
  const plan = await fleet.ok<ShownImport>(['seed', 'import', full, '--server', 'b', '--dry-run']);
  assert.deepEqual([plan.replica.status, plan.replica.mount, plan.parts], ['planned', '/srv/pool', 5]);
  const report = await importTo('b', full);
  assert.deepEqual([report.replica?.status, report.replica?.verified], ['ok', true]);
  assert.equal(
    await fleet.fingerprint('b', replica(data, first)),
    await fleet.fingerprint('a', replica(data, first)),
  );
  await fleet.assertClean('b');
  const twice = await refused('b', full);
  assert.deepEqual([twice.code, twice.fault.code], [3, 'refused']);
  assert.match(twice.fault.message, /already/);

  const chained = await importTo('b', more);
  assert.equal(chained.replica?.base, first);
  await on('a', `echo three >>${data}/f`);
  const third = await fleet.snapshot(data);
  await fleet.ok(['task', 'add', 't', '--subvolume', data, '--to', 'b', '--every', '1d']);
  await fleet.ok(['task', 'run', 't']);
  const [sent] = await fleet.ok<{ results: { sentBytes: number; base: string; snapshot: string }[] }[]>([
    ...['run', 'list', '--kind', 'replication', '--limit', '1'],
  ]);
  const [result] = sent?.results ?? [];
  assert.equal(result?.base, second, JSON.stringify(sent));
  assert.ok((result?.sentBytes ?? 1e9) < 100_000, JSON.stringify(result));
  for (const name of [first, second, third])
    assert.equal(
      await fleet.fingerprint('b', replica(data, name)),
      await fleet.fingerprint('a', replica(data, name)),
    );
  await fleet.assertClean('b');
});

test('without btrfleet: the lines of README.txt, as they stand', async () => {
  await on('c', 'mkdir -p /srv/pool/by-hand');
  for (const [seed, name] of [
    [full, first],
    [more, second],
  ] as const) {
    await on('c', 'rm -rf /srv/pool/carried && mkdir /srv/pool/carried');
    await lab.fill('c', '/srv/pool/carried', { root: seed, names: ['.'] }, new AbortController().signal);
    const lines = linesOf(await on('c', 'cat /srv/pool/carried/README.txt'));
    assert.equal(lines.split('\n').length, 2);
    await on('c', `cd /srv/pool/carried && TARGET=/srv/pool/by-hand\n${lines}`);
    assert.equal(
      await fleet.fingerprint('c', `/srv/pool/by-hand/${name}`),
      await fleet.fingerprint('a', replica(data, name)),
    );
  }
});
