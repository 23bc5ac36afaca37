/** Send streams of the simulated btrfs: what they say, what they become, and how they end when they are cut. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { changedTransid } from '../../../src/core/btrfs/looks/proof.ts';
import { createChangeReader } from '../../../src/core/btrfs/read/newest-change.ts';
import { createStreamReader } from '../../../src/core/btrfs/read/send-stream.ts';
import { BlockStore } from '../../../src/play/btrfs/block-store.ts';
import { crc32c, joinCrc } from '../../../src/play/btrfs/crc32c.ts';
import { Pool } from '../../../src/play/btrfs/pool.ts';
import { Receiver } from '../../../src/play/btrfs/receive.ts';
import { sendStream } from '../../../src/play/btrfs/send.ts';
import type { Subvolume } from '../../../src/play/btrfs/subvolume.ts';
import { bytesOf, type Node } from '../../../src/play/btrfs/tree.ts';
import { seeded } from '../../../src/play/story/random.ts';
import { MIB, START } from './one-machine.ts';

const store = new BlockStore();
const newPool = (seed: number, size = 400 * MIB): Pool =>
  new Pool({ size, device: '/dev/vdb', store, random: seeded(seed), at: START });

const receiverOf = (pool: Pool): Receiver =>
  new Receiver({ pool, container: pool.top, parts: [], now: () => START, reaches: () => true });

function receive(pool: Pool, stream: Uint8Array, piece = 7777): Subvolume {
  const receiver = receiverOf(pool);
  for (let at = 0; at < stream.length; at += piece) receiver.push(stream.subarray(at, at + piece));
  return receiver.finish();
}

const streamOf = (snapshot: Subvolume, base: Subvolume | null = null, withoutData = false): Buffer =>
  Buffer.concat([...sendStream({ snapshot, base, withoutData })]);

/** All that a receive restores. */
function written(node: Node): unknown {
  if (node.kind === 'subvolume') return null;
  const { mode, uid, gid, mtime } = node;
  const about = { mode, uid, gid };
  if (node.kind === 'symlink') return { ...about, target: node.target };
  if (node.kind === 'file') return { ...about, mtime, bytes: Buffer.from(bytesOf(node)).toString('latin1') };
  const entries = [...node.entries].map(([name, one]) => [name, written(one)] as const);
  return { ...about, mtime, entries: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

test('checksums of parts join to that of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      assert.equal(joinCrc(crc32c(a), crc32c(b), b.length), crc32c(Buffer.concat([a, b])));
    }),
  );
});

for (const name of ['full-v1', 'increment-v1']) {
  test(`a stream that a real btrfs sent is read: ${name}`, () => {
    const read = (file: string) =>
      readFileSync(new URL(`../../fixtures/btrfs/${file}.stream`, import.meta.url));
    const pool = newPool(1);
    const made = receive(pool, read('full-v1'), 1);
    assert.ok(made.readOnly && made.receivedUuid !== null);
    if (name === 'full-v1') return;
    const next = receive(pool, read(name), 100_000);
    assert.equal(next.parentUuid, made.uuid);
  });
}

const NAMES = ['a', 'b', 'c', 'd'];
const name = fc.constantFrom(...NAMES);
const change = fc.oneof(
  fc.record({ kind: fc.constant('mkdir'), path: fc.array(name, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('drop'), path: fc.array(name, { minLength: 1, maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('write'),
    path: fc.array(name, { minLength: 1, maxLength: 3 }),
    at: fc.nat(120_000),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  }),
  fc.record({
    kind: fc.constant('truncate'),
    path: fc.array(name, { minLength: 1, maxLength: 2 }),
    at: fc.nat(120_000),
  }),
  fc.record({ kind: fc.constant('rename'), path: fc.array(name, { minLength: 1, maxLength: 2 }), to: name }),
  fc.record({ kind: fc.constant('chmod'), path: fc.array(name, { minLength: 1, maxLength: 2 }) }),
);
type Change = { kind: string; path: string[]; at?: number; bytes?: Uint8Array; to?: string };

function apply(
  pool: Pool,
  { kind, path, at = 0, bytes = new Uint8Array(), to = '' }: Change,
  time: number,
): void {
  const { subvolume } = pool.place('data');
  const act = (): void =>
    pool.change(subvolume, time, (tree) => {
      if (kind === 'mkdir') tree.mkdir(path, time);
      else if (kind === 'drop') tree.drop(path, time);
      else if (kind === 'truncate') tree.truncate(path, at, time);
      else if (kind === 'rename') tree.rename(path, [to], time);
      else if (kind === 'chmod') tree.describe(path, { mode: 0o700 }, time);
      else {
        if (tree.at(path) === undefined) tree.create(path, time);
        tree.write(path, at, bytes, time);
      }
    });
  try {
    act();
  } catch (error) {
    assert.equal((error as Error).constructor.name, 'Errno');
  }
}

test('whatever is done to a subvolume, streams in full and by increments bring it over', () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), (rounds) => {
      const [source, target] = [newPool(1), newPool(2)];
      source.create('data', START);
      let base: Subvolume | null = null;
      for (const [round, changes] of rounds.entries()) {
        for (const [index, one] of changes.entries())
          apply(source, one as Change, START + round * 1000 + index);
        const snapshot = source.snapshot('data', `s${round}`, { readOnly: true, at: START });
        const made = receive(target, streamOf(snapshot, base));
        assert.deepEqual(written(made.root), written(snapshot.root));
        assert.deepEqual([made.receivedUuid, made.received?.stransid], [snapshot.uuid, snapshot.changed]);
        assert.equal(made.parentUuid, base && (target.byOrigin(base.uuid)?.uuid ?? null));
        base = snapshot;
      }
    }),
    { numRuns: 60 },
  );
});

test('a stream tells its transaction, its newest change and how much is in it', () => {
  const pool = newPool(3);
  pool.create('data', START);
  pool.write('data/f', store.synthetic(4, 100_000), START + 7000);
  const snapshot = pool.snapshot('data', 's', { readOnly: true, at: START + 9000 });
  const [stream, estimate] = [streamOf(snapshot), streamOf(snapshot, null, true)];
  assert.equal(
    changedTransid(stream.subarray(0, 512).toString('hex').replace(/../g, '$& ')),
    snapshot.changed,
  );
  for (const bytes of [stream, estimate]) {
    const reader = createStreamReader();
    reader.push(bytes);
    const { payloadBytes, ended, broken } = reader.result();
    assert.deepEqual([payloadBytes, ended, broken], [100_000, true, null]);
  }
  const changes = createChangeReader();
  changes.push(estimate);
  assert.equal(changes.result(), (START + 7000) / 1000);
  assert.ok(estimate.length < 1000);
});

test('what is cut or damaged stays writable and has no received uuid', () => {
  const source = newPool(4);
  source.create('data', START);
  source.write('data/f', store.synthetic(5, 200_000), START);
  const stream = streamOf(source.snapshot('data', 's', { readOnly: true, at: START }));
  for (const [title, bytes, said] of [
    ['cut', stream.subarray(0, 1000), /^short read from stream: expected \d+ read \d+$/],
    ['nothing', stream.subarray(0, 0), /^empty stream is not considered valid$/],
    ['damaged', Buffer.from(stream).fill(1, 5000, 5001), /^crc32 mismatch in command$/],
  ] as const) {
    const pool = newPool(5);
    assert.throws(() => receive(pool, bytes), { message: said }, title);
    const left = pool.subvolumes.map(({ readOnly, receivedUuid }) => [readOnly, receivedUuid]);
    assert.deepEqual(left, title === 'nothing' ? [] : [[false, null]], title);
  }
  const full = newPool(6);
  full.ledger.fill(100_000);
  assert.throws(() => receive(full, stream), { message: 'write to f failed: No space left on device' });
});

test('content is held once, on however many filesystems it lies', () => {
  const [source, target] = [newPool(8), newPool(9)];
  source.create('data', START);
  source.write('data/f', store.synthetic(6, 300_000), START);
  receive(target, streamOf(source.snapshot('data', 's', { readOnly: true, at: START })));
  const blocks = (pool: Pool) => {
    const { node } = pool.place('s/f');
    return node?.kind === 'file' ? [...node.extents].map((extent) => extent?.block) : [];
  };
  assert.equal(blocks(target).length, 7);
  for (const [index, block] of blocks(target).entries()) assert.ok(block === blocks(source)[index]);
});
