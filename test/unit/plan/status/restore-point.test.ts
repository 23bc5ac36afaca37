/**
 * What a target could bring back. On the target: `a` a replica in the usual directory, `a'` made writable, `a?` half
 * received, `a!` made there, `old/a` in another directory of snapshots, `~a` a copy outside of all of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fault } from '../../../../src/core/model/fault.ts';
import type { Filesystem, Inventory } from '../../../../src/core/model/inventory.ts';
import { failed } from '../../../../src/core/model/result.ts';
import type { Server } from '../../../../src/core/model/server.ts';
import type { RememberedReplica } from '../../../../src/core/plan/catalog/away-moments.ts';
import { newestOf } from '../../../../src/core/plan/catalog/newest.ts';
import {
  type MemberSight,
  madeMoments,
  type ReplicaSight,
  type ReplicaSource,
  replicasOn,
  restorePointOf,
} from '../../../../src/core/plan/status/restore-point.ts';
import { nameOf, snapshots } from '../notation.ts';
import { type Entry, filesystem, snap } from '../world.ts';

const TAKEN = '2026-03-01T00:00:00.000Z';
const MARK = 'mine';

const server = (more: Partial<Server> = {}): Server => ({
  name: 'b',
  host: 'b.example.org',
  port: 22,
  user: 'root',
  auth: { kind: 'agent' },
  jump: null,
  role: 'secondary',
  defaultMount: null,
  ...more,
});

const source = (text: string, more: Partial<ReplicaSource> = {}): ReplicaSource => ({
  server: 'a',
  filesystemUuid: 'home',
  marks: { own: MARK, inherited: [], until: '' },
  replicaBelow: 'data',
  snapshots: snapshots('primary', text),
  foreign: [],
  ...more,
});

function entry(word: string): Entry {
  const [, place = '', letter = '', mark = ''] = /^(old\/|~)?([a-z])(['?!]?)$/.exec(word) ?? [];
  const directory = { '': '.snapshots/data', 'old/': '.snapshots/old', '~': 'backup' }[place] ?? '?';
  const received = mark === '!' || mark === '?' || mark === "'" ? null : `id-${letter}`;
  return snap(`${directory}/${nameOf(letter)}`, null, {
    uuid: `b-${letter}`,
    receivedUuid: received,
    readOnly: mark !== "'" && mark !== '?',
  });
}

const OURS = { '/srv/pool/.snapshots/data': [MARK] };

const pool = (text: string, more: Partial<Filesystem> = {}): Filesystem =>
  filesystem(
    ['/srv/pool'],
    text
      .split(' ')
      .filter((word) => word !== '')
      .map(entry),
    { uuid: 'pool', owners: OURS, ...more },
  );

const seen = (...filesystems: Filesystem[]): Inventory => ({
  server: 'b',
  takenAt: TAKEN,
  filesystems,
  problems: [],
});

const remember = (text: string, mount = '/srv/pool'): RememberedReplica[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({
      originId: `id-${word[0]}`,
      mount,
      name: nameOf(word[0] ?? ''),
      filesystem: null,
      verifiedAt: word.endsWith('+') ? '2026-03-01T00:00:05.000Z' : '2026-02-20T00:00:00.000Z',
    }));

const shown = (sight: ReplicaSight): string => {
  if (sight.kind === 'unknown') return `unknown: ${sight.fault.code}`;
  const letters = [...sight.moments]
    .toSorted()
    .map((name) => String.fromCharCode('a'.charCodeAt(0) + Number(name.slice(8, 10)) - 1));
  return sight.kind === 'seen'
    ? letters.join(' ')
    : `remembered ${letters.join(' ')} (${sight.fault.code}, ${sight.seenAt.slice(0, 10)})`;
};

const ask = (look: Inventory | null, more: Partial<Parameters<typeof replicasOn>[0]> = {}): string =>
  shown(
    replicasOn({
      server: server(),
      mount: null,
      look,
      source: source('a b c'),
      into: null,
      remembered: [],
      ...more,
    }),
  );

for (const [title, there, want] of [
  ['what is complete', 'a b c', 'a b c'],
  ['nothing at all', '', ''],
  ['not what was made writable', "a b' c?", 'a'],
  ['what the primary has lost since', 'a x', 'a x'],
  ['not what somebody made there', 'a x!', 'a'],
  ['a replica in another directory of snapshots, by its origin id', 'old/b', 'b'],
  ['not in another directory what the primary does not know', 'old/x a', 'a'],
  ['not a copy outside of them, which nobody looks after', '~b a', 'a'],
] as const) {
  test(`a target has ${title}`, () => assert.equal(ask(seen(pool(there))), want));
}

test('a replica that came by a third server counts: its origin id is the same', () => {
  const there = filesystem(
    ['/srv/pool'],
    ['A', 'B'].map((letter) =>
      snap(`.snapshots/data/${nameOf(letter)}`, null, { uuid: `c-${letter}`, receivedUuid: `id-${letter}` }),
    ),
    { uuid: 'pool' },
  );
  // Made on another server, received by the primary, and sent on from a third one.
  assert.equal(ask(seen(there), { source: source('A B') }), 'a b');
});

test('turned round: what the new primary received counts where it was made', () => {
  const before = filesystem(
    ['/srv/pool'],
    ['a', 'b'].map((letter) => snap(`.snapshots/data/${nameOf(letter)}`, 'data', { uuid: `id-${letter}` })),
    { uuid: 'pool' },
  );
  const received = source('', { snapshots: snapshots('secondary', 'a b') });
  assert.equal(ask(seen(before), { source: received }), 'a b');
});

for (const [title, look, more, want] of [
  ["another subvolume's directory is none of ours", seen(pool('x y', { owners: {} })), {}, ''],
  [
    'a directory without a mark: only what the primary knows is surely of it',
    seen(pool('a x', { owners: {} })),
    {},
    'a',
  ],
  [
    'a directory of its own: what lies in the usual one counts by its content alone',
    seen(pool('b x', { owners: {} })),
    { into: 'own' },
    'b',
  ],
  ['a disk that is mounted read-only still has them', seen(readOnly('a b')), {}, 'a b'],
  [
    'verified since the look: it counts though the look does not show it',
    seen(pool('a')),
    { remembered: remember('b+') },
    'a b',
  ],
  [
    'verified before the look and not seen by it: it is gone',
    seen(pool('a')),
    { remembered: remember('b') },
    'a',
  ],
  [
    'verified since on another mount: it is not there',
    seen(pool('a')),
    { remembered: remember('b+', '/mnt/usb') },
    'a',
  ],
  [
    'its disk is away: what is remembered of it, and since when',
    seen(pool('a')),
    { mount: '/mnt/usb', remembered: [...remember('a b', '/mnt/usb'), ...remember('c')] },
    'remembered a b (not-mounted, 2026-02-20)',
  ],
  ['its disk is away and was never there', seen(pool('a')), { mount: '/mnt/usb' }, 'unknown: not-mounted'],
  ['a server that was never seen', null, {}, 'unknown: listing-failed'],
  [
    'a server that was never seen by this btrfleet, but was sent to',
    null,
    { remembered: remember('a') },
    'remembered a (listing-failed, 2026-02-20)',
  ],
  [
    'a listing that failed is not an empty one',
    seen(pool('', { listing: failed(fault('sudo-missing', 'No.', 'Do.')) })),
    {},
    'unknown: sudo-missing',
  ],
  [
    'a listing that failed: what is remembered',
    seen(pool('', { listing: failed(fault('sudo-missing', 'No.', 'Do.')) })),
    { remembered: remember('a') },
    'remembered a (sudo-missing, 2026-02-20)',
  ],
  ['the primary was never seen', seen(pool('a b')), { source: null }, 'unknown: listing-failed'],
  [
    'the primary was never seen: what was sent and is there',
    seen(pool('a b')),
    { source: null, remembered: remember('a c') },
    'remembered a (listing-failed, 2026-02-20)',
  ],
  [
    'two filesystems and none named: it is not guessed',
    seen(pool('a'), filesystem(['/mnt/usb'], [], { uuid: 'usb' })),
    {},
    'unknown: target-ambiguous',
  ],
  [
    "the server's default mount",
    seen(pool('a'), filesystem(['/mnt/usb'], [], { uuid: 'usb' })),
    { server: server({ defaultMount: '/srv/pool' }) },
    'a',
  ],
  [
    'the filesystem of the subvolume itself is no target, whatever was sent there once',
    seen(pool('a b')),
    { source: source('a b', { server: 'b', filesystemUuid: 'pool' }), remembered: remember('a b') },
    'unknown: same-filesystem',
  ],
] as const) {
  test(`a target: ${title}`, () => assert.equal(ask(look, more), want));
}

function readOnly(text: string): Filesystem {
  const all = pool(text);
  return { ...all, mounts: all.mounts.map((mount) => ({ ...mount, readOnly: true })) };
}

/** `/data a b c | /home a b`: members and what the target has of each; `?` after the path: it is not known. */
const members = (text: string): MemberSight[] =>
  text.split(' | ').map((part) => {
    const [path = '', ...letters] = part.split(' ');
    const moments = new Set(letters.map(nameOf));
    const sight: ReplicaSight = path.endsWith('?')
      ? { kind: 'unknown', fault: fault('unreachable', 'No.', 'Do.') }
      : { kind: 'seen', seenAt: TAKEN, moments, away: new Map() };
    return { subvolume: path.replace('?', ''), sight };
  });

const NOW = Date.parse('2026-01-10T00:00:00.000Z');

const pointText = (text: string, made: string): string => {
  const names = made.split(' ').filter((letter) => letter !== '');
  const { at, incomplete, isKnown } = restorePointOf(members(text), names.map(nameOf), NOW);
  const letter = (name: string | null): string =>
    name === null ? '-' : String.fromCharCode(96 + Number(name.slice(8, 10)));
  const lacks = incomplete ? ` ${letter(incomplete.name)} without ${incomplete.missing.join(' ')}` : '';
  return isKnown ? `${letter(at)}${lacks}` : 'unknown';
};

for (const [title, there, made, want] of [
  ['the newest one', '/data a b c', 'a b c', 'c'],
  ['none', '/data', 'a', '-'],
  ['not known', '/data?', 'a', 'unknown'],
  ['not one from the future', '/data a b x', 'a b', 'b'],
  ['only from the future', '/data x', 'x', '-'],
  ['a group: the newest that all have', '/data a b | /home a b', 'a b', 'b'],
  ['a group: one member is behind', '/data a b c | /home a b', 'a b c', 'b c without /home'],
  ['a group: a hole in the middle is no trouble', '/data a b c | /home a c', 'a b c', 'c'],
  ['a group: nothing in common', '/data b | /home a', 'a b', '- b without /home'],
  ['a group: nothing there yet', '/data | /home', 'a b', '-'],
  ['a group: of one member nothing is known', '/data a | /home?', 'a', 'unknown'],
  ['a group: what one member has alone is no moment of the group', '/data a b | /home a', 'a', 'a'],
  [
    'a group: several have what the primary has deleted since',
    '/data a b | /home a b | /srv a',
    'c',
    'a b without /srv',
  ],
] as const) {
  test(`restore point: ${title}`, () => assert.equal(pointText(there, made), want));
}

test('a restore point is as old as the oldest look it rests on, and says why one is missing', () => {
  const why = fault('not-mounted', 'Away.', 'Plug it in.');
  const point = restorePointOf(
    [
      {
        subvolume: '/data',
        sight: { kind: 'seen', seenAt: TAKEN, moments: new Set([nameOf('a')]), away: new Map() },
      },
      {
        subvolume: '/home',
        sight: {
          kind: 'remembered',
          seenAt: '2026-02-20T00:00:00.000Z',
          moments: new Set([nameOf('a')]),
          away: new Map(),
          fault: why,
        },
      },
    ],
    [],
    NOW,
  );
  assert.deepEqual([point.at, point.seenAt, point.fault], [nameOf('a'), '2026-02-20T00:00:00.000Z', why]);
});

test('disks that take turns: a moment of a group is on one of them, not on two', () => {
  const sight = (here: string, x: string, y: string): ReplicaSight => ({
    ...{ kind: 'seen', seenAt: TAKEN, moments: momentsOf(here) },
    away: new Map([
      ['x', momentsOf(x)],
      ['y', momentsOf(y)],
    ]),
  });
  const momentsOf = (text: string): Set<string> => new Set([...text].map(nameOf));
  const point = (...sights: ReplicaSight[]): (string | null)[] => {
    const { at, awayOn } = restorePointOf(
      sights.map((one, index) => ({ subvolume: `/m${index}`, sight: one })),
      [],
      NOW,
    );
    return [at, awayOn];
  };
  assert.deepEqual(point(sight('a', 'ab', 'abc')), [nameOf('c'), 'y']);
  assert.deepEqual(point(sight('abc', 'ab', 'abc')), [nameOf('c'), null]);
  assert.deepEqual(point(sight('a', 'abc', 'ab'), sight('a', 'ab', 'abc')), [nameOf('b'), 'x']);
});

test('the newest on the primary: complete ones that every member has, a little ahead of our clock at most', () => {
  const sources = [source("a b c' d"), source('a b d')];
  const newest = (now: string): string | null => newestOf(madeMoments(sources), Date.parse(now));
  assert.equal(newest('2026-02-01T00:00:00.000Z'), nameOf('d'));
  assert.equal(newest('2026-01-03T23:56:00.000Z'), nameOf('d'));
  assert.equal(newest('2026-01-03T23:00:00.000Z'), nameOf('b'));
  assert.deepEqual(madeMoments([source('a'), null]), []);
});

const letters = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });

test('always: a restore point is a moment that each member has, and none newer is', () => {
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1, maxLength: 4 }), letters, (has, made) => {
      const sights = has.map(
        (own, index): MemberSight => ({
          subvolume: `/m${index}`,
          sight: { kind: 'seen', seenAt: TAKEN, moments: new Set(own.map(nameOf)), away: new Map() },
        }),
      );
      const { at, incomplete } = restorePointOf(sights, made.map(nameOf), NOW);
      const common = [...'abcdefgh'].filter((letter) => has.every((own) => own.includes(letter)));
      assert.equal(at, common.map(nameOf).at(-1) ?? null);
      if (incomplete === null) return;
      assert.ok(at === null || incomplete.name > at);
      assert.ok(incomplete.missing.length > 0 && incomplete.missing.length < has.length);
    }),
  );
});

test('always: taking a replica away never makes the restore point newer', () => {
  fc.assert(
    fc.property(letters, fc.nat(), (has, which) => {
      const at = (own: readonly string[]): string =>
        restorePointOf(members(`/data ${own.join(' ')}`.trim()), [], NOW).at ?? '';
      const less = has.filter((_, index) => index !== which % Math.max(1, has.length));
      assert.ok(at(less) <= at(has));
    }),
  );
});
