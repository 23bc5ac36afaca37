/** Health of a subvolume whose snapshots other tools make and send: what is proven counts, and it is said. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { fleetHealth, healthOf } from '../../../../src/core/run/status/health.ts';
import { findingWords } from '../../../../src/text/words/finding.ts';
import { filesystem, snap, used } from '../../plan/world.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { type KnownFleet, knownFleet, time } from '../fixtures/known-fleet.ts';

const OPTIONS = { fresh: false, signal: new AbortController().signal };
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** Clocks are snapshots of /data that btrbk made; one with `!` btrfleet made. */
const primary = (data: string): Inventory => ({
  ...{ server: 'a', takenAt: time('11:59:00'), problems: [] },
  filesystems: [
    filesystem(
      ['/'],
      [
        used('data'),
        used('other'),
        ...words(data).map((word) =>
          word.endsWith('!')
            ? snap(`.snapshots/data/${time(word.slice(0, -1))}`, 'data', { uuid: word })
            : snap(`btrbk/data.${word}`, 'data', { uuid: word, createdAt: time(word) }),
        ),
      ],
      { uuid: 'root' },
    ),
  ],
});

const secondary = (server: string, data: string): Inventory => ({
  ...{ server, takenAt: time('11:59:00'), problems: [] },
  filesystems: [
    filesystem(
      ['/pool'],
      words(data).map((word) =>
        snap(`backup/data.${word}`, null, { uuid: `${server}-${word}`, receivedUuid: word }),
      ),
      { uuid: `pool-${server}` },
    ),
  ],
});

function seen(t: TestContext, a: string, b: string, c = ''): KnownFleet {
  const known = knownFleet(t);
  for (const look of [primary(a), secondary('b', b), secondary('c', c)]) known.journal.saveInventory(look);
  return known;
}

const fleetOf = (known: KnownFleet): Fleet => known as unknown as Fleet;

async function ask(known: KnownFleet): Promise<readonly string[]> {
  const {
    overall,
    primary: here,
    replicas,
    reasons,
  } = must(await healthOf(fleetOf(known), { subvolume: '/data', snapshot: null }, OPTIONS));
  return [
    `${overall} ${here.status} ${here.snapshots}+${here.foreignSnapshots}`,
    ...replicas.map((one) => `${one.server} ${one.status} ${one.foreignSnapshots} ${one.restorePoint}`),
    ...reasons.map((one) => `${one.level}: ${findingWords(one).message}`),
  ];
}

const NOTE = 'btrfleet deletes none of them, and whoever made them may.';

test('all of it is on b: ok, with the restore point, and it is said whose they are', async (t) => {
  assert.deepEqual(await ask(seen(t, '10:00:00 11:00:00', '10:00:00 11:00:00')), [
    'ok complete 0+2',
    `b complete 2 ${time('11:00:00')}`,
    `note: /data has 2 snapshots made by others, 2 of them on b; usable as bases. ${NOTE}`,
  ]);
});

test('b lacks the newest: degraded, and its restore point is the older one', async (t) => {
  const [head, b, why] = await ask(seen(t, '10:00:00 11:00:00', '10:00:00'));
  assert.deepEqual([head, b], ['degraded complete 0+2', `b missing 1 ${time('10:00:00')}`]);
  assert.match(why ?? '', /^degraded: b:\/pool has replicas up to .*, and lacks the newest/);
});

test('nowhere else: failed', async (t) => {
  const [head, ...others] = await ask(seen(t, '10:00:00', ''));
  assert.equal(head, 'failed complete 0+1');
  assert.ok(
    others.some((line) => line.includes('1 snapshot made by others, none of them seen anywhere else')),
  );
});

test('beside one of btrfleet’s that is nowhere else theirs are restore points all the same', async (t) => {
  const [head, b] = await ask(seen(t, '10:00:00 11:00:00!', '10:00:00'));
  assert.deepEqual([head, b], ['degraded complete 1+1', `b missing 1 ${time('10:00:00')}`]);
});

test('of all: one that others copy is looked after, one that others only keep at home is not', async (t) => {
  const subvolumes = async (known: KnownFleet) =>
    must(await fleetHealth(fleetOf(known), OPTIONS)).subvolumes.map(
      (one) => `${one.subvolume} ${one.overall}`,
    );
  assert.deepEqual(await subvolumes(seen(t, '10:00:00', '10:00:00')), ['/data ok']);
  assert.deepEqual(await subvolumes(seen(t, '10:00:00', '')), []);
});

test('what others made is asked of a server again only when something has changed', async (t) => {
  const known = seen(t, '10:00:00', '10:00:00');
  await fleetHealth(fleetOf(known), OPTIONS);
  known.reads.length = 0;
  await fleetHealth(fleetOf(known), OPTIONS);
  assert.deepEqual(known.reads, ['a']);
});
