import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fault } from '../../../../src/core/model/fault.ts';
import type { Inventory } from '../../../../src/core/model/inventory.ts';
import type { Server } from '../../../../src/core/model/server.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import {
  checkOwner,
  outlivedMarks,
  ownReplicas,
  replicaDirectory,
  resolveTarget,
  type SourceMarks,
  type TargetPlace,
} from '../../../../src/core/plan/catalog/target.ts';
import { nameOf, snapshots } from '../notation.ts';
import { filesystem, inventory, place, snap, used, valueIn } from '../world.ts';

const server = (name: string, defaultMount: string | null = null): Server => ({
  name,
  host: `${name}.example.org`,
  port: 22,
  user: 'root',
  auth: { kind: 'agent' },
  jump: null,
  role: name === 'a' ? 'primary' : 'secondary',
  defaultMount,
});

const home = filesystem(['/'], [used('data'), used('data/db')], { uuid: 'home' });
const source = place('/data', home);
const pool = filesystem(['/srv/pool'], [], { uuid: 'pool' });
const usb = filesystem(['/mnt/my usb', '/mnt/again = /x'], [], { uuid: 'usb' });
const locked = filesystem(['/mnt/locked ro', '/mnt/open'], [], { uuid: 'locked' });

const refused = (to: Server, seen: Inventory, mount: string | null): Fault => {
  const result = resolveTarget(to, seen, mount, source);
  return result.ok ? assert.fail('a fault was expected') : result.fault;
};

for (const [title, to, seen, mount, want] of [
  ['the only filesystem', server('b'), inventory(pool), null, '/srv/pool'],
  ['the mount that was named', server('b'), inventory(pool, usb), '/mnt/my usb', '/mnt/my usb'],
  ['another mount of the same filesystem', server('b'), inventory(pool, usb), '/mnt/again', '/mnt/again'],
  ['the default of the server', server('b', '/srv/pool'), inventory(pool, usb), null, '/srv/pool'],
  [
    'the named one goes before the default',
    server('b', '/srv/pool'),
    inventory(pool, usb),
    '/mnt/again',
    '/mnt/again',
  ],
  ['a second disk of the primary', server('a'), inventory(home, usb), '/mnt/my usb', '/mnt/my usb'],
  [
    'the writable mount of one that is also mounted read-only',
    server('b'),
    inventory(locked),
    '/mnt/open',
    '/mnt/open',
  ],
] as const) {
  test(`target: ${title}`, () => {
    const found = valueIn(resolveTarget(to, seen, mount, source));
    assert.equal(found.mount, want);
    assert.equal(found.server, to.name);
    // A mount of a subvolume leaves its .snapshots to snapper.
    const home = want === '/mnt/again' ? `${want}/.btrfleet` : want;
    assert.equal(found.directory, `${home}/.snapshots/data`);
    assert.ok(found.filesystem.mounts.some((one) => one.path === want));
  });
}

for (const [title, to, seen, mount, code, names] of [
  ['no filesystem', server('b'), inventory(), null, 'not-btrfs', ['b', 'findmnt -t btrfs']],
  [
    'several',
    server('b'),
    inventory(pool, usb),
    null,
    'target-ambiguous',
    ['b:/srv/pool, b:/mnt/my usb', '--default-mount'],
  ],
  [
    'not plugged in',
    server('b'),
    inventory(pool),
    '/mnt/my usb',
    'not-mounted',
    ['/mnt/my usb', '/srv/pool', 'plugged in'],
  ],
  ['a directory below a mount', server('b'), inventory(pool), '/srv/pool/x', 'not-mounted', ['/srv/pool/x']],
  ['the beginning of a mount', server('b'), inventory(pool), '/srv', 'not-mounted', ['/srv']],
  [
    'the default is gone',
    server('b', '/mnt/gone'),
    inventory(pool),
    null,
    'not-mounted',
    ['/mnt/gone', '/srv/pool'],
  ],
  [
    'named, and no filesystem at all',
    server('b'),
    inventory(),
    '/mnt/x',
    'not-mounted',
    ['/mnt/x', 'No btrfs'],
  ],
  [
    'mounted read-only',
    server('b'),
    inventory(locked),
    '/mnt/locked',
    'read-only-filesystem',
    ['/mnt/locked', 'remount,rw'],
  ],
  [
    'the filesystem of the subvolume',
    server('a'),
    inventory(home),
    null,
    'same-filesystem',
    ['a:/', 'lost with the original'],
  ],
  ['… named', server('a'), inventory(home, usb), '/', 'same-filesystem', ['a:/']],
] as const) {
  test(`target refused: ${title}`, () => {
    const { code: got, message, hint, server: about, retry } = refused(to, seen, mount);
    assert.equal(got, code);
    for (const text of names)
      assert.ok(`${message} ${hint}`.includes(text), `${text} in: ${message} ${hint}`);
    assert.equal(about, to.name);
    assert.equal(retry, false);
  });
}

test('an image of the same disk on another server is another copy', () => {
  const clone = filesystem(['/srv'], [], { uuid: 'home' });
  assert.equal(valueIn(resolveTarget(server('b'), inventory(clone), null, source)).mount, '/srv');
});

test('a subvolume mounted by subvol= goes to a directory named after its path', () => {
  const fs = filesystem(['/var/lib/data = /@d'], [used('@d')], { uuid: 'd' });
  const found = resolveTarget(server('b'), inventory(pool), null, place('/var/lib/data', fs));
  assert.equal(valueIn(found).directory, '/srv/pool/.snapshots/var/lib/data');
});

test('a task may keep its replicas in another directory; that too must not lead into another filesystem', () => {
  const into = resolveTarget(server('b'), inventory(pool, usb), '/srv/pool', source, 'archive/of a');
  assert.equal(valueIn(into).directory, '/srv/pool/.snapshots/archive/of a');
  const over = filesystem(['/srv/pool/.snapshots/archive'], [], { uuid: 'over' });
  const led = resolveTarget(server('b'), inventory(pool, over), '/srv/pool', source, 'archive/of a');
  assert.equal(led.ok ? '' : led.fault.code, 'directory-taken');
  assert.ok(resolveTarget(server('b'), inventory(pool, over), '/srv/pool', source).ok);
});

const DIRECTORY = '/srv/pool/.snapshots/data';
const owned = (...marks: string[]): TargetPlace => ({
  server: 'b',
  filesystem: { ...pool, owners: marks.length > 0 ? { [DIRECTORY]: marks } : {} },
  mount: '/srv/pool',
  directory: DIRECTORY,
});

/** Made of a replica of `before`, the newest of which was `until`; '?': nobody knows; '': nothing is inherited. */
const mine = (until = ''): SourceMarks =>
  until === ''
    ? { own: 'mine', inherited: [], until }
    : { own: 'mine', inherited: ['before', 'pool:data'], until: until === '?' ? '' : nameOf(until) };

for (const [title, marks, there, here, want] of [
  ['it is empty', [], '', 'a b', null],
  ['it carries this mark', ['mine'], 'x y', 'a b', null],
  ['several marks, and it shares content', ['theirs', 'mine'], 'a x', 'a b', null],
  [
    'several marks, nothing in common: the one of this may be of what is gone',
    ['theirs', 'mine'],
    'x',
    'a',
    'directory-taken',
  ],
  ['the mark of what this one was made of, and it shares content', ['before'], 'a x', 'a', null],
  ['the mark of what this one was made of, which may be alive', ['before'], 'x', 'a', 'directory-taken'],
  ['… and its own', ['before', 'mine'], 'x', 'a', 'directory-taken'],
  ['it shares content, after a fail-over', ['theirs'], 'a x', 'a b', null],
  ['it shares content with a foreign one here', [], 'a', '~a', null],
  ['no mark, nothing in common', [], 'x y', 'a b', 'directory-taken'],
  ['another mark, nothing in common', ['theirs'], 'x', 'a b', 'directory-taken'],
  ['a mark that only begins the same', ['mine2'], 'x', 'a b', 'directory-taken'],
  ['the source has nothing yet', ['theirs'], 'x', '', 'directory-taken'],
  ['only a left-over', [], 'a?', 'a b', null],
] as const) {
  test(`may a directory be used? ${want === null ? 'yes' : 'no'}: ${title}`, () => {
    const found = checkOwner(
      owned(...marks),
      mine('a'),
      snapshots('secondary', there),
      snapshots('primary', here),
    );
    assert.equal(found?.code ?? null, want);
  });
}

test('a taken directory: the fault says which, and that nothing is mixed', () => {
  const found = checkOwner(owned(), mine(), snapshots('secondary', 'x y'), snapshots('primary', 'a'));
  assert.match(found?.message ?? '', /\/srv\/pool\/\.snapshots\/data on b holds 2 snapshots/);
  assert.match(found?.hint ?? '', /SERVER:\/MOUNT.*--into DIR/);
  assert.equal(found?.server, 'b');
  const one = checkOwner(owned(), mine(), snapshots('secondary', 'x'), snapshots('primary', 'a'));
  assert.match(one?.message ?? '', /holds 1 snapshot of/);
});

test('target: a directory that leads into another filesystem is refused, and that one is named', () => {
  const over = filesystem(['/srv/pool/.snapshots'], [], { uuid: 'over' });
  const why = refused(server('b'), inventory(pool, over), '/srv/pool');
  assert.equal(why.code, 'directory-taken');
  assert.match(why.hint, /b:\/srv\/pool\/\.snapshots/);
  const own = filesystem(['/srv/pool', '/srv/pool/.snapshots = /x'], [], { uuid: 'pool' });
  assert.ok(resolveTarget(server('b'), inventory(own, usb), '/srv/pool', source).ok);
});

/** `'`: made writable; `!`: made there, not received (and known by the same id, as it was sent from there). */
const laid = (there: string): Snapshot[] =>
  snapshots('secondary', there.replaceAll('!', '')).map((one, index) =>
    there.split(' ')[index]?.endsWith('!') ? { ...one, receivedUuid: null, uuid: one.originId } : one,
  );

for (const [title, marks, until, there, here, want] of [
  ['its own: also what the primary has lost since', ['mine'], '', 'a x', 'a', 'cc'],
  ["another one's", ['theirs'], '', 'x y', 'a', 'ff'],
  ['several marks: what the primary knows', ['theirs', 'mine'], '', 'a x', 'a', 'cf'],
  ['several marks, nothing in common', ['theirs', 'mine'], '', 'x', 'a', 'f'],
  ['no mark: what the primary knows', [], '', 'a x', 'a', 'cf'],
  ['what was made writable stays what it is', ['theirs', 'mine'], '', "a x'", 'a', 'cm'],
  ['inherited: what is not newer than what both have had', ['before'], 'c', 'a b c d e', 'a c', 'cccff'],
  ['inherited, beside its own', ['before', 'mine'], 'c', 'a b c d e', 'a c e', 'cccfc'],
  ['inherited, nothing in common', ['before', 'mine'], 'c', 'a b', 'c', 'ff'],
  ['inherited, and it is not known where they parted', ['before', 'mine'], '?', 'a b c', 'c', 'ffc'],
  ['not inherited any more: what the primary knows', ['before', 'mine'], '', 'a b c', 'c', 'ffc'],
  ['what somebody made there is not received', ['mine'], '', 'a x!', 'a', 'cf'],
  ['… but what this filesystem made as the primary', ['mine'], 'b', 'a! b! c d', 'b c d', 'cccc'],
  ['… and not what came after that, the only copy', ['mine'], 'b', 'a! b! c! d! e', 'b e', 'ccddc'],
  ['… with nothing left to tell where they parted', ['mine'], 'b', 'a! c! e', 'e', 'ddc'],
  ['… under a mark that is not its own', ['pool:data'], 'b', 'a! b! c!', 'b', 'ccd'],
] as const) {
  test(`whose are the replicas in a directory? ${title}`, () => {
    const { filesystem: pool } = owned(...marks);
    const own = ownReplicas(pool, DIRECTORY, mine(until), laid(there), snapshots('primary', here));
    const shown = own.map(({ state, diverged }) => (diverged ? 'd' : state[0]));
    assert.equal(shown.join(''), want);
  });
}

for (const [title, marks, there, here, want] of [
  ['all is proven', ['before', 'mine'], 'a b c d', 'a d', ['before']],
  ['only inherited ones', ['before'], 'a', 'a', ['before']],
  ['something is newer than what both have had', ['before'], 'a d', 'a', []],
  ["another one's is there", ['before', 'theirs'], 'a', 'a', []],
  ['its own alone', ['mine'], 'a', 'a', []],
  ['none', [], 'a', 'a', []],
] as const) {
  test(`inherited marks that its own takes the place of: ${title}`, () => {
    const { filesystem: pool } = owned(...marks);
    const source = snapshots('primary', here);
    assert.deepEqual(outlivedMarks(pool, DIRECTORY, mine('c'), laid(there), source), want);
  });
}

for (const [title, owners, there, want] of [
  ['nothing there', {}, [], 'data'],
  ['its own, by the mark', { data: ['home:data'] }, ['data/x'], 'data'],
  ['its own, by content', {}, ['data/mine'], 'data'],
  ["another one's", { data: ['other:data'] }, ['data/x'], 'data@home'],
  [
    "another one's, and its own beside",
    { data: ['other:data'], 'data@home': ['home:data'] },
    ['data/x'],
    'data@home',
  ],
  ["an emptied one of another's is nobody's", { data: ['other:data'] }, [], 'data'],
  ['marked by both: never left for another one', { data: ['other:data', 'home:data'] }, ['data/x'], 'data'],
] as const) {
  test(`directory of replicas: ${title}`, () => {
    const at = (name: string) => `/srv/pool/.snapshots/${name}`;
    const marked = Object.entries(owners).map(([name, marks]) => [at(name), [...marks]] as const);
    const entries = there.map((path) => {
      const [directory, origin = ''] = path.split('/');
      return snap(`.snapshots/${directory}/2026-01-01T00:00:00.000Z`, null, { receivedUuid: origin });
    });
    const fs = filesystem(['/srv/pool'], entries, { uuid: 'pool', owners: Object.fromEntries(marked) });
    const marks = { own: 'home:data', inherited: [], until: '' };
    const about = {
      filesystemUuid: 'home',
      replicaBelow: 'data',
      marks,
      snapshots: laid('a').map((one) => ({ ...one, originId: 'mine' })),
    };
    assert.equal(replicaDirectory(fs, '/srv/pool', about, 'data'), at(want));
  });
}
