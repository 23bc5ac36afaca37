/**
 * A random walk: edits, snapshots, replications, deletions, restores from here and from the replica, and undos. After each
 * step the tree is what the model says, as find, stat, getfattr and sha256sum tell. BTRFLEET_WALK_SECONDS makes it
 * longer, BTRFLEET_WALK_SEED another one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../src/play/story/random.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { restoring } from '../fleet/restores.ts';

const SECONDS = Number(process.env['BTRFLEET_WALK_SECONDS'] ?? 12);
const SEED = Number(process.env['BTRFLEET_WALK_SEED'] ?? 271_828);

const fleet = await TestFleet.up('restore-walk', { servers: 2 });
const { on, restore, undo } = restoring(fleet);
const data = '/srv/pool/data';

const chance = seeded(SEED);
/** From 0 to below `limit`. */
const random = (limit: number): number => Math.floor(chance() * limit);
const one = <T>(some: Iterable<T>): T | undefined => {
  const all = [...some];
  return all[random(all.length)];
};

const tree = (path = data): Promise<string> => fleet.fingerprint('a', path);

/** What each snapshot holds, and where it is. */
const snapshots = new Map<string, { readonly holds: string; here: boolean; there: boolean }>();
/** What each restore that can be taken back put aside. */
const restores = new Map<number, string>();
let now = '';
/** Of the last restore: only that one can be taken back. */
let last: number | null = null;
const done: string[] = [];

const EDITS = [
  'date +%N >"f$1"',
  'rm -rf "f$1" "d$1"',
  'mkdir -p "d$1" && date +%N >"d$1/x" && ln -f "d$1/x" "d$1/y"',
  'ln -sfn "f$1" "l$1"',
  'touch "f$1" && chmod 6$10 "f$1" && chown 7:8 "f$1"',
  'touch "f$1" && setfattr -n user.k -v "$(date +%N)" "f$1"',
  'truncate -s 1$1000 data.bin && touch -d @17000000$1.123456789 data.bin',
  'mv -f data.bin "f$1"',
];

const STEPS: Readonly<Record<string, () => Promise<void>>> = {
  edit: async () => {
    const script = EDITS.map((_, index) => index).map(() => EDITS[random(EDITS.length)] ?? '');
    const number = random(4);
    await on(
      `cd ${data}; set -- ${number}; ${script
        .slice(0, 3)
        .map((edit) => `{ ${edit}; } 2>/dev/null || :`)
        .join('; ')}`,
    );
    now = await tree();
  },
  snapshot: async () => {
    snapshots.set(await fleet.snapshot(data), { holds: now, here: true, there: false });
  },
  replicate: async () => {
    const newest = [...snapshots].filter(([, { here }]) => here).at(-1);
    if (!newest) return;
    const result = await fleet.replicateOne('auto', data, '--to', 'b');
    assert.equal(result.snapshot, newest[0]);
    newest[1].there = true;
    const replica = `/srv/pool/.snapshots/data/${newest[0]}`;
    assert.equal(await fleet.fingerprint('b', replica), newest[1].holds);
  },
  forget: async () => {
    const chosen = one([...snapshots].filter(([, { here, there }]) => here && there));
    if (!chosen) return;
    await fleet.ok(['snapshot', 'delete', data, chosen[0], '--yes']);
    chosen[1].here = false;
  },
  'restore from here': async () => {
    const chosen = one([...snapshots].filter(([, { here }]) => here));
    if (chosen) await restored(chosen[0], chosen[1].holds);
  },
  'restore from there': async () => {
    const chosen = one([...snapshots].filter(([, { there }]) => there));
    if (!chosen) return;
    await restored(chosen[0], chosen[1].holds, '--from', 'b');
    chosen[1].here = true;
  },
  undo: async () => {
    if (last === null) return;
    const aside = restores.get(last) ?? '';
    const before = now;
    const end = await undo(last);
    assert.equal(end.outcome, 'restored');
    note(end.undo, aside, before);
  },
  'lose it': async () => {
    if (![...snapshots.values()].some(({ here }) => here)) return;
    await on(`btrfs subvolume delete ${data}`);
    const chosen = one([...snapshots].filter(([, { here, there }]) => here || there));
    if (!chosen) return;
    const from = chosen[1].here ? [] : ['--from', 'b'];
    await restored(chosen[0], chosen[1].holds, ...from);
    chosen[1].here = true;
  },
};

async function restored(name: string, holds: string, ...more: readonly string[]): Promise<void> {
  const before = now;
  const end = await restore(data, name, ...more);
  assert.equal(end.outcome, 'restored');
  if (end.replacedPath !== null) assert.equal(await tree(end.replacedPath), before, 'what was put aside');
  note(end.undo, holds, before);
}

function note(run: number | null, holds: string, aside: string): void {
  now = holds;
  last = run;
  if (run !== null) restores.set(run, aside);
}

test(`after each step the tree is what it should be (seed ${SEED})`, async () => {
  await fleet.subvolume(data, 1);
  now = await tree();
  const until = Date.now() + SECONDS * 1000;
  const names = Object.keys(STEPS);
  // Each once at least, in an order of chance.
  const first = names.toSorted(() => chance() - 0.5);
  while (Date.now() < until || first.length > 0) {
    const name = first.shift() ?? one(names) ?? '';
    done.push(name);
    await STEPS[name]?.();
    assert.equal(await tree(), now, `seed ${SEED}: ${done.join(', ')}`);
  }
  for (const [name, { holds, here }] of snapshots)
    if (here) assert.equal(await tree(`/srv/pool/.snapshots/data/${name}`), holds, name);
});
