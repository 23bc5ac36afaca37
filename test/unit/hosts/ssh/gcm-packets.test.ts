/** Our AES-GCM against ssh2's own way without its addon, and what a forged packet comes to. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import theirs from 'ssh2/lib/protocol/crypto.js';
import { GcmCipher, GcmDecipher } from '../../../../src/core/hosts/ssh/gcm-packets.ts';
import { type Ssh2Crypto, withoutAddon } from '../../../../src/core/hosts/ssh/plain-crypto.ts';

type Cipher = Pick<GcmCipher, 'allocPacket' | 'encrypt' | 'outSeqno' | 'free'>;
type Decipher = Pick<GcmDecipher, 'decrypt' | 'inSeqno'>;
type Take = (payload: Buffer) => undefined | false;

const PAYLOADS = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 6 });
const CUTS = fc.array(fc.nat(3000), { maxLength: 5 });
const SIZES = { 'aes-128-gcm': 16, 'aes-256-gcm': 32 } as const;
type Algorithm = keyof typeof SIZES;
const ALGORITHMS = fc.constantFrom<Algorithm>('aes-128-gcm', 'aes-256-gcm');

interface Ends {
  readonly cipher: (secrets: Secrets, write: (bytes: Uint8Array) => void) => Cipher;
  readonly decipher: (secrets: Secrets, take: Take) => Decipher;
}
type Secrets = { algorithm: Algorithm; key: Buffer; iv: Buffer; seqno: number };

const ours: Ends = {
  cipher: (secrets, write) => new GcmCipher(secrets, write),
  decipher: (secrets, take) => new GcmDecipher(secrets, take),
};
const ssh2s: Ends = {
  cipher: ({ algorithm, key, iv, seqno }, onWrite) =>
    theirs.createCipher({
      outbound: {
        cipherInfo: { sslName: algorithm, keyLen: key.length, ivLen: 12 },
        cipherKey: key,
        cipherIV: Buffer.from(iv),
        seqno,
        onWrite,
        forceNative: true,
      },
    }) as Cipher,
  decipher: ({ algorithm, key, iv, seqno }, onPayload) =>
    theirs.createDecipher({
      inbound: {
        decipherInfo: { sslName: algorithm, keyLen: key.length, ivLen: 12 },
        decipherKey: key,
        decipherIV: Buffer.from(iv),
        seqno,
        onPayload,
        forceNative: true,
      },
    }) as Decipher,
};

const secretsOf = (algorithm: Algorithm, carry = false): Secrets => {
  const iv = randomBytes(12);
  // The counter is about to overflow: into its next byte, and past its last.
  if (carry) iv.fill(0xff, 4);
  return { algorithm, key: randomBytes(SIZES[algorithm]), iv, seqno: 0xffffffff };
};

/** What the payloads are on the wire. */
function sealed({ cipher }: Ends, secrets: Secrets, payloads: readonly Uint8Array[]): Buffer {
  const wire: Buffer[] = [];
  const sender = cipher(secrets, (bytes) => wire.push(Buffer.from(bytes)));
  for (const payload of payloads) {
    const packet = sender.allocPacket(payload.length);
    packet.set(payload, 5);
    sender.encrypt(packet);
  }
  assert.equal(sender.outSeqno, payloads.length - 1, 'the number of packets goes round at 2³²');
  return Buffer.concat(wire);
}

/** What is read when the wire brings it in pieces. */
function opened({ decipher }: Ends, secrets: Secrets, wire: Buffer, cuts: readonly number[]): Buffer[] {
  const read: Buffer[] = [];
  const reader = decipher(secrets, (payload) => {
    read.push(Buffer.from(payload));
  });
  const ends = [...cuts.map((cut) => Math.min(cut, wire.length)), wire.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    const piece = Buffer.from(wire.subarray(from, to));
    if (piece.length > 0) reader.decrypt(piece, 0, piece.length);
    from = to;
  }
  assert.equal(reader.inSeqno, read.length - 1);
  return read;
}

for (const [title, from, to] of [
  ['what we send, ssh2 reads', ours, ssh2s],
  ['what ssh2 sends, we read', ssh2s, ours],
] as const) {
  test(`${title}, however it is cut`, () => {
    fc.assert(
      fc.property(ALGORITHMS, fc.boolean(), PAYLOADS, CUTS, (algorithm, carry, payloads, cuts) => {
        const secrets = secretsOf(algorithm, carry);
        const read = opened(to, secrets, sealed(from, secrets, payloads), cuts);
        assert.deepEqual(read, payloads.map(Buffer.from));
      }),
      { numRuns: 60 },
    );
  });
}

test('a packet of the largest size goes through, and two that are filled in at once', () => {
  const secrets = secretsOf('aes-128-gcm');
  const wire: Buffer[] = [];
  const sender = new GcmCipher(secrets, (bytes) => wire.push(Buffer.from(bytes)));
  const packets = [32_768, 32_768].map((size) => sender.allocPacket(size));
  for (const [index, packet] of packets.entries()) packet.fill(index + 1, 5, 5 + 32_768);
  for (const packet of packets) sender.encrypt(packet);
  const read = opened(ours, secrets, Buffer.concat(wire), []);
  assert.deepEqual(
    read.map((payload) => [payload.length, payload[0], payload.at(-1)]),
    [
      [32_768, 1, 1],
      [32_768, 2, 2],
    ],
  );
});

test('a changed bit anywhere but in the length fails, and nothing of the packet is handed on', () => {
  const secrets = secretsOf('aes-128-gcm');
  const wire = sealed(ours, secrets, [Buffer.from('a payload')]);
  for (let at = 4; at < wire.length; at += 1) {
    const forged = Buffer.from(wire);
    forged[at] = (forged[at] ?? 0) ^ 1;
    let handed = 0;
    const reader = new GcmDecipher(secrets, () => {
      handed += 1;
      return undefined;
    });
    assert.throws(() => reader.decrypt(forged, 0, forged.length));
    assert.equal(handed, 0);
  }
});

for (const [title, length] of [
  ['nothing', 0],
  ['no whole block', 24],
  ['more than a packet may have', 35_008],
] as const) {
  test(`a length of ${title} is refused before its bytes are waited for`, () => {
    const reader = new GcmDecipher(secretsOf('aes-128-gcm'), () => undefined);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    assert.throws(() => reader.decrypt(header, 0, 4), /Bad packet length/);
  });
}

test('it stops behind the packet after which it is told to, for another cipher to go on', () => {
  const secrets = secretsOf('aes-256-gcm');
  const first = sealed(ours, secrets, [Buffer.from('new keys')]);
  const rest = Buffer.from('of the next cipher');
  const wire = Buffer.concat([Buffer.from('before'), first, rest]);
  const reader = new GcmDecipher(secrets, () => false);
  assert.equal(reader.decrypt(wire, 6, wire.length), 6 + first.length);
});

test('after free() nothing is sent', () => {
  let sent = 0;
  const sender = new GcmCipher(secretsOf('aes-128-gcm'), () => {
    sent += 1;
  });
  const packet = sender.allocPacket(10);
  sender.free();
  sender.encrypt(packet);
  assert.equal(sent, 0);
});

test('ssh2 is never given its addon, whatever the cipher', () => {
  const asked: unknown[] = [];
  const addon: Ssh2Crypto = {
    createCipher: ({ outbound }) => asked.push(outbound.forceNative),
    createDecipher: ({ inbound }) => asked.push(inbound.forceNative),
  };
  withoutAddon(addon);
  const { key, iv } = secretsOf('aes-128-gcm');
  for (const sslName of ['aes-128-gcm', 'chacha20', 'aes-256-ctr']) {
    const info = { sslName, keyLen: 16, ivLen: 12 };
    addon.createCipher({
      outbound: { cipherInfo: info, cipherKey: key, cipherIV: iv, seqno: 0, onWrite: () => {} },
    });
    addon.createDecipher({
      inbound: { decipherInfo: info, decipherKey: key, decipherIV: iv, seqno: 0, onPayload: () => undefined },
    });
  }
  assert.deepEqual(asked, [true, true, true, true], 'for the two others; AES-GCM is ours');
});
