/**
 * A random walk: edits, snapshots, replications, all of it or one name brought back from here or from the replica, and
 * undos. After each step the tree is what the model says, as a tool that is not btrfleet tells. BTRFLEET_WALK_SECONDS
 * makes it longer, BTRFLEET_WALK_SEED another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../src/play/story/random.ts';
import { extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { manifest } from '../fleet/manifest.ts';

const SECONDS = Number(process.env['BTRFLEET_WALK_SECONDS'] ?? 12);
const SEED = Number(process.env['BTRFLEET_WALK_SEED'] ?? 271_828);

const fleet = await TestFleet.up('extract-walk', { servers: 2 });
const { lab } = fleet;
const { on, extract, undo } = extracting(fleet);
const data = '/srv/pool/data';

const chance = seeded(SEED);
/** From 0 to below `limit`. */
const random = (limit: number): number => Math.floor(chance() * limit);
const one = <T>(some: readonly T[]): T | undefined => some[random(some.length)];

const tree = (path = data, without: readonly string[] = []): Promise<string> =>
  manifest(fleet.real, 'a', path, without);
/** Of a directory itself only what is in it: what is done to a name in it changes its time. */
const inside = async (path: string, without: readonly string[] = []): Promise<string> =>
  (await tree(path, without)).split('\n').slice(1).join('\n');

interface Held {
  readonly holds: string;
  /** Its replica is on b. */
  there: boolean;
}

const snapshots = new Map<string, Held>();
const done: string[] = [];
let now = '';
/** The last one, and what was there before; null: nothing can be taken back. */
let last: { readonly run: number; readonly before: string } | null = null;

const NAMES = ['f0', 'f1', 'd0', 'd1', 'l0', 'data.bin'];

/** Names of any bytes, kinds that change places, links of one file, rights, attributes, times. */
const EDIT = `
import os, random, shutil, sys
random.seed(int(sys.argv[1]))
os.chdir(sys.argv[2])
def gone(path):
    if os.path.islink(path) or os.path.isfile(path): os.unlink(path)
    elif os.path.isdir(path): shutil.rmtree(path)
def put(path):
    gone(path)
    with open(path, 'wb') as file: file.write(os.urandom(random.randrange(9000)))
def directory(path):
    gone(path); os.mkdir(path)
    odd = os.path.join(os.fsencode(path), random.choice([b'x\\xff', b'-n', b'new\\nline', b'back\\\\012']))
    put(odd); os.link(odd, odd + b'2'); os.mkdir(os.path.join(path, 'deep')); put(os.path.join(path, 'deep', 'leaf'))
def link(path):
    gone(path); os.symlink(random.choice(['f0', '/nowhere', '../data.bin']), path)
for _ in range(3):
    path = random.choice(sys.argv[3:])
    random.choice([put, directory, link, gone])(path)
    for up, _, files in os.walk('.'):
        for name in files:
            whole = os.path.join(up, name)
            if random.random() > 0.2 or os.path.islink(whole): continue
            os.chmod(whole, random.choice([0o600, 0o644, 0o4711])); os.chown(whole, random.randrange(9), 8)
            os.setxattr(whole, 'user.k', os.urandom(4)); os.utime(whole, ns=(1, random.randrange(10**18)))
`;

const STEPS: Readonly<Record<string, () => Promise<void>>> = {
  edit: async () => {
    await lab.must('a', ['python3', '-c', EDIT, String(random(1_000_000)), data, ...NAMES]);
    now = await tree();
    last = null;
  },
  snapshot: async () => {
    snapshots.set(await fleet.snapshot(data), { holds: now, there: false });
  },
  replicate: async () => {
    const [newest] = [...snapshots].toReversed();
    if (!newest) return;
    await fleet.replicateOne('auto', data, '--to', 'b');
    newest[1].there = true;
  },
  'bring all from here': async () => bringAll('a', one([...snapshots])),
  'bring all from there': async () => bringAll('b', one([...snapshots].filter(([, { there }]) => there))),
  'bring a name': async () => {
    const chosen = one([...snapshots]);
    const name = one(NAMES) ?? '';
    const root = `/srv/pool/.snapshots/data/${chosen?.[0]}`;
    if (!chosen || (await on(`test -e ${root}/${name} -o -L ${root}/${name} && echo 1 || :`)) === '') return;
    const [before, beside] = [now, await inside(data, [name])];
    const { outcome, undo: run, before: kept } = await extract(data, chosen[0], [name], '--delete');
    assert.equal(outcome, 'restored');
    assert.equal(await tree(`${data}/${name}`), await tree(`${root}/${name}`));
    assert.equal(await inside(data, [name]), beside, 'what is beside it');
    await settle(run, before, kept !== null);
  },
  undo: async () => {
    if (last === null) return;
    const [{ run, before }, there] = [last, now];
    const end = await undo(run);
    assert.equal(end.outcome, 'restored', JSON.stringify(end));
    const [, ...rows] = before.split('\n');
    assert.equal(await inside(data), rows.join('\n'));
    await settle(end.undo, there, end.before !== null);
  },
};

async function bringAll(from: string, chosen: [string, Held] | undefined): Promise<void> {
  if (!chosen) return;
  const before = now;
  const end = await extract(data, chosen[0], ['.'], '--delete', '--from', from);
  assert.equal(end.outcome, 'restored', JSON.stringify(end));
  assert.equal(await tree(), chosen[1].holds);
  await settle(end.undo, before, end.before !== null);
}

async function settle(run: number | null, before: string, isKept: boolean): Promise<void> {
  now = await tree();
  last = run !== null && isKept ? { run, before } : last;
  assert.equal(await on(`find ${data} -maxdepth 1 -name '.btrfleet*'`), '');
}

test(`a walk of ${SECONDS} s from ${SEED}`, async () => {
  await fleet.subvolume(data);
  now = await tree();
  const end = Date.now() + SECONDS * 1000;
  const kinds = [...Object.keys(STEPS), 'edit', 'edit', 'snapshot', 'undo'];
  // What the others need first, then each once at least.
  const first = ['edit', 'snapshot', 'replicate', 'edit', ...Object.keys(STEPS)];
  while (Date.now() < end || first.length > 0) {
    const step = first.shift() ?? one(kinds) ?? '';
    done.push(step);
    await STEPS[step]?.().catch((error: unknown) => {
      throw new Error(`after ${done.join(', ')}`, { cause: error });
    });
  }
});
