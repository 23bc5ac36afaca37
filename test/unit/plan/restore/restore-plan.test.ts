import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filesystem } from '../../../../src/core/model/inventory.ts';
import {
  planRestore,
  planSettling,
  type RestoreQuestion,
} from '../../../../src/core/plan/restore/restore-plan.ts';
import { filesystem, inventory, snap, used } from '../world.ts';

const AT = '2026-11-20T08:00:00.000Z';

/** As `question` has it; `path` below the top level. */
function plan(on: Filesystem, path: string, more: Partial<RestoreQuestion> = {}) {
  const { listing } = on;
  const live = listing.ok ? (listing.value.find((one) => one.path === path) ?? null) : null;
  return planRestore({
    ...{ subvolume: `/${path}`, filesystem: on, inside: path, live, server: 'a', inventory: inventory(on) },
    ...{ from: { name: 's', uuid: 'u:s' }, snapshot: null, nested: null, at: AT, isRoot: true },
    ...more,
  });
}

/** `/pool//dir` by that mount; `top//dir` where it is mounted for that alone. */
function way(on: Filesystem, path: string): string {
  const planned = plan(on, path);
  if (!planned.ok) return planned.fault.code;
  const { mount, below, isTop } = planned.value.way;
  return `${isTop ? 'top' : mount}//${below}`;
}

for (const [title, mounts, path, want] of [
  ['below the top level', ['/pool'], 'data', '/pool//'],
  ['deeper', ['/pool'], 'a/b/data', '/pool//a/b'],
  ['below a mount of what it lies in', ['/srv = /a'], 'a/data', '/srv//'],
  ['through the mount closest to it', ['/pool', '/srv = /a'], 'a/data', '/srv//'],
  ['a mount that is read-only is none', ['/pool', '/srv = /a ro'], 'a/data', '/pool//a'],
  ['it is itself what is mounted', ['/home = /@home'], '@home', 'top//'],
  ['it is mounted at its own place', ['/pool', '/pool/data = /data'], 'data', 'top//'],
  ['mounted elsewhere as well', ['/pool', '/mnt = /data'], 'data', '/pool//'],
  ['a mount covers the way', ['/pool', '/pool/a = /b'], 'a/data', 'top//a'],
  ['the top level itself', ['/pool'], '', 'refused'],
] as const) {
  test(`the way: ${title}`, () => {
    const on = filesystem(mounts, [used('data'), used('a/data'), used('a/b/data'), used('@home')]);
    assert.equal(way(on, path), want);
  });
}

test('where nobody shows the way and the login is not root, it is said how to mount it', () => {
  const on = filesystem(['/home = /@home'], [used('@home')]);
  const planned = plan(on, '@home', { isRoot: false });
  assert.equal(!planned.ok && planned.fault.code, 'not-mounted');
  assert.match(planned.ok ? '' : planned.fault.hint, /subvolid=5 UUID=fs-1/);
});

const NESTED = filesystem(
  ['/pool'],
  [
    used('data'),
    used('data/inner'),
    used('data/inner/deep'),
    snap('data/still', 'data'),
    used('data2'),
    used('data.x'),
  ],
);

test('subvolumes inside: those that move, those that cannot, and none that only looks like one', () => {
  assert.equal(plan(NESTED, 'data').ok, false);
  const told = (nested: 'move' | 'leave') => {
    const planned = plan(NESTED, 'data', { nested });
    return planned.ok && planned.value.nested.map(({ path, stays }) => `${path} ${stays}`);
  };
  assert.deepEqual(told('move'), ['inner null', 'still read-only']);
  assert.deepEqual(told('leave'), ['inner chosen', 'still read-only']);
});

test('names are those of the request: who brings it to an end later finds them', () => {
  const planned = plan(NESTED, 'data', { nested: 'move', snapshot: '/pool/.snapshots/data/s' });
  assert.ok(planned.ok);
  const { request, name, made, aside, replacedPath, source } = planned.value;
  assert.deepEqual(
    { name, made, aside, replacedPath },
    {
      name: 'data',
      made: `data.restoring-${AT}`,
      aside: `data.replaced-${AT}`,
      replacedPath: `/pool/data.replaced-${AT}`,
    },
  );
  assert.deepEqual(source, {
    way: { mount: '/pool', below: '.snapshots/data', isTop: false, covers: [] },
    name: 's',
  });
  const half = filesystem(
    ['/pool'],
    [used(`data.replaced-${AT}`, { uuid: 'u:data' }), used(`data.replaced-${AT}/inner`), used(made)],
  );
  const settling = planSettling(inventory(half), half, request);
  assert.deepEqual(
    [settling.name, settling.made, settling.aside, settling.way, settling.nested.map(({ path }) => path)],
    [name, made, aside, planned.value.way, ['inner']],
  );
});

test('what shows the old one after it is told, each with its command', () => {
  const on = filesystem(['/', '/srv = /data', "/it's = /data/dir"], [used('data')]);
  const planned = plan(on, 'data');
  assert.deepEqual(planned.ok && planned.value.steps.map(({ command }) => command), [
    'umount /srv && mount /srv',
    String.raw`umount '/it'\''s' && mount '/it'\''s'`,
  ]);
  const root = plan(filesystem(['/ = /@'], [used('@')]), '@');
  assert.deepEqual(root.ok && root.value.steps.map(({ command }) => command), [
    'reboot',
    'mount -o subvolid=5 UUID=fs-1 /mnt/top',
  ]);
});

test('one that is gone puts nothing aside, and nothing is left to do', () => {
  const on = filesystem(['/pool'], [snap('.snapshots/data/s', 'data')]);
  const planned = plan(on, 'data', { snapshot: '/pool/.snapshots/data/s' });
  assert.ok(planned.ok);
  assert.deepEqual(
    [planned.value.replacedPath, planned.value.steps, planned.value.request.live],
    [null, [], null],
  );
});
