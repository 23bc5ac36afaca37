import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { createStreamReader, type StreamResult } from '../../../../src/core/btrfs/read/send-stream.ts';

const stream = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../fixtures/btrfs/${name}.stream`, import.meta.url));

function read(bytes: Uint8Array, cuts: readonly number[] = []): StreamResult {
  const reader = createStreamReader();
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.push(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  reader.push(bytes.subarray(from));
  return reader.result();
}

// The commands as `btrfs receive --dump` prints them, and the end. A clone, a hole, inline and compressed extents.
for (const [name, version, commands] of [
  ['full-v1', 1, 37],
  ['full-v2', 2, 37],
  ['increment-v1', 1, 13],
  ['increment-v2', 2, 13],
] as const) {
  test(`${name}: the payload of the stream is that of the estimate`, () => {
    const real = read(stream(name));
    const estimate = read(stream(`${name}.no-data`));
    assert.equal(real.payloadBytes, estimate.payloadBytes);
    assert.ok(real.payloadBytes > 0);
    assert.deepEqual(
      { ...real, payloadBytes: 0 },
      { payloadBytes: 0, commands, version, ended: true, broken: null },
    );
    assert.equal(estimate.ended, true);
  });
}

test('any chunking gives the same result', () => {
  for (const name of ['full-v1', 'full-v2', 'increment-v2.no-data']) {
    const bytes = stream(name);
    const whole = read(bytes);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 200 }), (cuts) => {
        assert.deepEqual(read(bytes, cuts), whole);
      }),
    );
    assert.deepEqual(
      read(
        bytes,
        Array.from(bytes, (_, index) => index),
      ),
      whole,
    );
  }
});

test('a stream that is cut has not ended, wherever it is cut', () => {
  const bytes = stream('full-v2');
  for (let length = 0; length < bytes.length; length += 97) {
    const result = read(bytes.subarray(0, length));
    assert.equal(result.ended, false);
    assert.equal(result.broken, null);
  }
});

test('what is no send stream is broken, and so is what goes on after the end', () => {
  assert.match(read(new TextEncoder().encode('ERROR: cannot do that')).broken ?? '', /does not begin/);
  const whole = stream('increment-v1');
  assert.match(read(new Uint8Array([...whole, 1])).broken ?? '', /after its end/);
});

test('no bytes make the reader throw or hang', () => {
  const head = stream('full-v2').subarray(0, 17);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
      const result = read(new Uint8Array([...head, ...tail]));
      assert.ok(result.payloadBytes >= 0);
    }),
  );
});
