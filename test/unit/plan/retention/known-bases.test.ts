import assert from 'node:assert/strict';
import test from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed } from '../../../../src/core/model/result.ts';
import { basesOn, basesOnTargets, type Sight } from '../../../../src/core/plan/retention/known-bases.ts';
import { filesystem, inventory, snap, used } from '../world.ts';

const BROKEN = fault('listing-failed', 'no', '');

/** A filesystem with replicas of these origin ids. */
const disk = (uuid: string, mount: string, origins: string) =>
  filesystem(
    [mount],
    [
      used('home'),
      ...origins
        .split(' ')
        .filter((id) => id !== '')
        .map((id) => snap(`.snapshots/data/${id}`, null, { receivedUuid: id })),
    ],
    { uuid },
  );

const broken = (uuid: string, mount: string) => ({ ...disk(uuid, mount, ''), listing: failed(BROKEN) });
const sight = (more: Partial<Sight>): Sight => ({ server: 'b', now: null, before: null, ...more });
const replica = (originId: string, mount: string, server = 'b', filesystem: string | null = null) => ({
  ...{ server, mount, originId, filesystem },
});

const told = (...args: Parameters<typeof basesOnTargets>): string[] => {
  const bases = basesOnTargets(...args);
  if (bases === 'unknown') return ['unknown'];
  return [...bases].map(([target, ids]) => `${target}: ${ids === 'unknown' ? '?' : [...ids].join(' ')}`);
};

const ONE = inventory(disk('f1', '/pool', 'x y'));
const TWO = inventory(disk('f1', '/pool', 'x'), disk('f2', '/usb', 'y'));

const USB = [{ server: 'b', mount: '/usb' }];

for (const [title, sights, remembered, named, want] of [
  ['named by a task and never seen', [sight({ now: ONE })], [], USB, ['b: x y', 'b:/usb (never seen): ?']],
  [
    'named by a task and seen before',
    [sight({ now: ONE, before: TWO })],
    [],
    USB,
    ['b: x y', 'b:/usb (filesystem f2, not mounted now): y'],
  ],
  [
    'named by a task and remembered',
    [sight({ now: ONE })],
    [replica('y', '/usb')],
    USB,
    ['b: x y', 'b:/usb (not seen there now): y'],
  ],
  ['named by a task without a mount', [sight({ now: ONE })], [], [{ server: 'b', mount: null }], ['b: x y']],
  ['another server', [sight({ now: ONE })], [], [{ server: 'c', mount: '/usb' }], ['b: x y']],
] as const) {
  test(`bases: ${title}`, () => assert.deepEqual(told(sights, remembered, null, named), want));
}

for (const [title, sights, remembered, want] of [
  ['seen now', [sight({ now: ONE })], [], ['b: x y']],
  ['off, seen before', [sight({ before: ONE })], [], ['b: x y']],
  ['never seen', [sight({})], [], ['b: ?']],
  [
    'never seen, though something was sent there',
    [sight({})],
    [replica('x', '/pool')],
    ['b: ?', 'b:/pool (not seen there now): x'],
  ],
  ['two filesystems', [sight({ now: TWO })], [], ['b:/pool: x', 'b:/usb: y']],
  [
    'one of them is away',
    [sight({ now: ONE, before: TWO })],
    [],
    ['b: x y', 'b:/usb (filesystem f2, not mounted now): y'],
  ],
  [
    'away, and no look knows it any more',
    [sight({ now: ONE, before: ONE })],
    [replica('y', '/usb')],
    ['b: x y', 'b:/usb (not seen there now): y'],
  ],
  [
    'sent since the last look',
    [sight({ before: ONE })],
    [replica('z', '/pool')],
    ['b: x y', 'b:/pool (not seen there now): z'],
  ],
  [
    'another disk at the same place',
    [sight({ now: inventory(disk('f9', '/usb', 'z')) })],
    [replica('y', '/usb'), replica('z', '/usb')],
    ['b: z', 'b:/usb (not seen there now): y'],
  ],
  [
    'two disks that take turns, both away: each has a base of its own',
    [sight({ now: ONE })],
    [replica('x', '/usb', 'b', 'A'), replica('y', '/usb', 'b', 'A'), replica('x', '/usb', 'b', 'B')],
    [
      'b: x y',
      'b:/usb (filesystem A, not seen there now): x y',
      'b:/usb (filesystem B, not seen there now): x',
    ],
  ],
  [
    'one of them is there: what it has counts, and what the other is remembered to have',
    [sight({ now: inventory(disk('B', '/usb', 'x')) })],
    [replica('y', '/usb', 'b', 'A'), replica('x', '/usb', 'b', 'A'), replica('x', '/usb', 'b', 'B')],
    ['b: x', 'b:/usb (filesystem A, not seen there now): y x'],
  ],
  [
    'the same disk, mounted at another place since',
    [sight({ now: inventory(disk('A', '/elsewhere', 'x y')) })],
    [replica('x', '/usb', 'b', 'A')],
    ['b: x y'],
  ],
  [
    "what was sent to the subvolume's own filesystem, when it was no primary yet",
    [sight({ now: ONE })],
    [replica('x', '/srv', 'b', 'own')],
    ['b: x y'],
  ],
  ['what another server was sent', [sight({ now: ONE })], [replica('z', '/pool', 'c')], ['b: x y']],
  [
    'cannot be listed, could before',
    [sight({ now: inventory(broken('f1', '/pool')), before: ONE })],
    [],
    ['b: x y'],
  ],
  ['cannot be listed, never could', [sight({ now: inventory(broken('f1', '/pool')) })], [], ['b: ?']],
  [
    'no filesystem, and what is there was not understood',
    [sight({ now: { ...inventory(), problems: [BROKEN] } })],
    [],
    ['b: ?'],
  ],
  ['no filesystem at all', [sight({ now: inventory() })], [], []],
  [
    "the subvolume's own filesystem is no target",
    [sight({ now: inventory(disk('own', '/srv', 'x')) })],
    [],
    [],
  ],
] as const) {
  test(`what a target holds: ${title}`, () => assert.deepEqual(told(sights, remembered, 'own'), want));
}

test('what the primary holds: what is read-only there, or unknown', () => {
  const known = basesOn('a', disk('f1', '/srv', 'x'));
  assert.deepEqual(
    [...(known as Map<string, ReadonlySet<string>>)].map(([name, ids]) => [name, ...ids]),
    [['a', 'x']],
  );
  for (const unknown of [null, broken('f1', '/srv')]) {
    assert.deepEqual(basesOn('a', unknown), new Map([['a', 'unknown']]));
  }
});
