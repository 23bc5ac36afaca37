/** The simulated btrfs gives ids and transactions as the tiny model of the measured rules does, whatever is done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockStore } from '../../../src/play/btrfs/block-store.ts';
import { Pool } from '../../../src/play/btrfs/pool.ts';
import { Receiver } from '../../../src/play/btrfs/receive.ts';
import { sendStream } from '../../../src/play/btrfs/send.ts';
import { seeded } from '../../../src/play/story/random.ts';
import { Btrfs, send, type Volume, World } from './measured-rules.ts';
import { MIB, START } from './one-machine.ts';

const step = fc.record({
  what: fc.constantFrom('snapshot', 'read-only', 'write', 'flag', 'delete', 'balance', 'replicate', 'back'),
  which: fc.nat(7),
  file: fc.nat(2),
});

interface Pair {
  readonly tiny: Btrfs;
  readonly pool: Pool;
}

function newPair(name: string, world: World, seed: number): Pair {
  const settings = { size: 400 * MIB, device: '/dev/vdb', store: new BlockStore(), at: START };
  const pool = new Pool({ ...settings, random: seeded(seed) });
  pool.mkdir('pool', START);
  const tiny = new Btrfs(name, world);
  // Making that directory was a transaction.
  tiny.balance();
  tiny.create('pool/data');
  pool.create('pool/data', START);
  return { tiny, pool };
}

const own = (pool: Pool, { path }: Volume) => pool.place(path).subvolume;

function replicate(from: Pair, to: Pair, volume: Volume): void {
  if (!volume.readOnly) return;
  const name = volume.path.slice('pool/'.length);
  if (to.tiny.at(volume.path)) return;
  const base = from.tiny.volumes.find(
    (one) =>
      one !== volume && one.readOnly && to.tiny.volumes.some((there) => there.receivedUuid === one.uuid),
  );
  for (const one of base ? [volume, base] : [volume]) {
    from.tiny.flush(one);
    from.pool.flush(own(from.pool, one), START);
  }
  to.tiny.receive('pool', { ...send(volume, base ?? null), name });
  const about = { pool: to.pool, container: to.pool.top, parts: ['pool'], now: () => START };
  const receiver = new Receiver({ ...about, reaches: () => true });
  const sending = { snapshot: own(from.pool, volume), base: base ? own(from.pool, base) : null };
  for (const bytes of sendStream({ ...sending, withoutData: false })) receiver.push(bytes);
  receiver.finish();
}

function run(
  { what, which, file }: { what: string; which: number; file: number },
  index: number,
  a: Pair,
  b: Pair,
) {
  const [from, to] = what === 'back' ? [b, a] : [a, b];
  const { tiny, pool } = from;
  const volume = tiny.volumes[which % tiny.volumes.length];
  if (volume === undefined) return;
  const subvolume = own(pool, volume);
  if (what === 'snapshot' || what === 'read-only') {
    const path = `pool/${tiny.name}${index}`;
    tiny.snapshot(volume, path, what === 'read-only');
    pool.snapshot(volume.path, path, { readOnly: what === 'read-only', at: START });
  } else if (what === 'write' && !volume.readOnly) {
    tiny.write(volume, file);
    pool.write(`${volume.path}/${file}`, Buffer.from(String(volume.files[file])), START);
  } else if (what === 'flag') {
    tiny.setFlag(volume, !volume.readOnly);
    pool.setReadOnly(subvolume, volume.readOnly, START);
  } else if (what === 'delete' && tiny.volumes.length > 1) {
    tiny.delete(volume);
    pool.delete(volume.path, START);
  } else if (what === 'balance') {
    tiny.balance();
    pool.balance(START);
  } else if (what === 'replicate' || what === 'back') replicate(from, to, volume);
}

function compare({ tiny, pool }: Pair): void {
  const pathOf = (uuid: string | null): string | undefined =>
    pool.subvolumes.find((one) => one.uuid === uuid)?.path;
  const expected = tiny.volumes.map((one) => ({
    path: one.path,
    parent: tiny.volumes.find(({ uuid }) => uuid === one.parentUuid)?.path,
    gen: [one.createdGeneration, one.generation, one.changed],
    received: one.receivedUuid !== null,
    rtransid: one.receivedUuid === null ? undefined : one.received?.transid,
    readOnly: one.readOnly,
  }));
  const real = pool.subvolumes.map((one) => ({
    path: one.path,
    parent: pathOf(one.parentUuid),
    gen: [one.createdGeneration, one.generation, one.changed],
    received: one.receivedUuid !== null,
    rtransid: one.receivedUuid === null ? undefined : one.received?.rtransid,
    readOnly: one.readOnly,
  }));
  assert.deepEqual(real, expected);
}

test('histories of two servers agree with the tiny model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = new World();
      const [a, b] = [newPair('a', world, 1), newPair('b', world, 2)];
      for (const [index, one] of steps.entries()) {
        run(one, index, a, b);
        compare(a);
        compare(b);
      }
    }),
    { numRuns: 150 },
  );
});
