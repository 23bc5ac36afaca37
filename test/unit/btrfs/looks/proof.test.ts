import assert from 'node:assert/strict';
import test from 'node:test';
import { changedTransid, parseProof } from '../../../../src/core/btrfs/looks/proof.ts';
import { createChangeReader } from '../../../../src/core/btrfs/read/newest-change.ts';

/** The beginning of `btrfs send --no-data` of a replica, as btrfs-progs 6.2 wrote it. */
const HEADER =
  '62747266732d73747265616d00010000002600000001004855646b0f000200733101001000e3014059678fe644a0be9a235ccb00a2020008000c00000000000000';
const spaced = HEADER.replace(/(..)/g, ' $1');

const SHOW = [
  'rec/s1',
  '\tName: \t\t\ts1',
  '\tUUID: \t\t\tcf0bc368-cfed-c648-bcf4-82570e058b81',
  '\tParent UUID: \t\t-',
  '\tReceived UUID: \t\te3014059-678f-e644-a0be-9a235ccb00a2',
  '\tCreation time: \t\t2026-11-29 11:22:04 +0000',
  '\tSubvolume ID: \t\t259',
  '\tGeneration: \t\t10',
  '\tGen at creation: \t10',
  '\tParent ID: \t\t5',
  '\tTop level ID: \t\t5',
  '\tFlags: \t\t\treadonly',
  '\tSend transid: \t\t7',
  '\tSend time: \t\t2026-11-29 11:22:04 +0000',
  '\tReceive transid: \t10',
  '\tReceive time: \t\t2026-11-29 11:22:06 +0000',
  '\tSnapshot(s):',
];

const section = (title: string, lines: readonly string[], code = 0): string =>
  [`N ${title}`, ...lines, '', `N end ${code}`, ''].join('\n');

test('the first command of a send stream tells ctransid', () => {
  assert.equal(changedTransid(spaced), 12);
  assert.equal(changedTransid(spaced.slice(0, 60)), null);
  assert.equal(changedTransid(''), null);
  assert.equal(changedTransid('62 74 72'), null);
});

test('what is not told is null in its place', () => {
  const output = [
    section('show 0', SHOW),
    section('header 0', [spaced]),
    section('show 1', SHOW),
    section('header 1', [], 1),
    section('show 2', [], 1),
  ].join('');
  assert.deepEqual(parseProof('N', 3, output), [
    {
      uuid: 'cf0bc368-cfed-c648-bcf4-82570e058b81',
      generation: 10,
      changed: 12,
      received: { transid: 10, atSeconds: Date.parse('2026-11-29T11:22:06Z') / 1000 },
    },
    null,
    null,
  ]);
});

const command = (type: number, attributes: Buffer): Buffer => {
  const head = Buffer.alloc(10);
  head.writeUInt32LE(attributes.length, 0);
  head.writeUInt16LE(type, 4);
  return Buffer.concat([head, attributes]);
};
const utimes = (seconds: number): Buffer => {
  const attribute = Buffer.alloc(16);
  attribute.writeUInt16LE(9, 0);
  attribute.writeUInt16LE(12, 2);
  attribute.writeBigUInt64LE(BigInt(seconds), 4);
  return command(20, attribute);
};

test('the newest ctime of a stream, cut anywhere; of one that is not whole, none', () => {
  const head = Buffer.concat([Buffer.from('btrfs-stream\0'), Buffer.from([1, 0, 0, 0])]);
  const whole = Buffer.concat([head, utimes(100), utimes(300), utimes(200), command(21, Buffer.alloc(0))]);
  for (let size = 1; size <= whole.length; size += 1) {
    const reader = createChangeReader();
    for (let at = 0; at < whole.length; at += size) reader.push(whole.subarray(at, at + size));
    assert.equal(reader.result(), 300);
  }
  const cut = createChangeReader();
  cut.push(whole.subarray(0, -3));
  assert.equal(cut.result(), null);
});
