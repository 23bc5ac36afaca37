/** What was written to while it was compared is neither the same nor different. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subvolume } from '../../../../src/core/model/inventory.ts';
import type { Proof } from '../../../../src/core/model/proof.ts';
import type { Side } from '../../../../src/core/run/verify/side.ts';
import { movedFault, takeStand } from '../../../../src/core/run/verify/stand-still.ts';
import { hostTelling, type Told } from '../fixtures/told-host.ts';

const [SOURCE, REPLICA, OTHER] = ['1', '2', '3'].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const signal = new AbortController().signal;
const nonce = (): string => 'N';

/** Listed with the gen 10. */
function side(uuid: string, told: Told | null, doubt?: Subvolume['doubt']): Side {
  const { host } = hostTelling(told && [told]);
  const entry = { uuid, absolutePath: '/s', generation: 10, ...(doubt && { doubt }) } as Subvolume;
  return { host, filesystem: 'f', listing: [], entry, path: '/s', moves: 0 };
}

const proven = (changed: number): Proof => ({
  uuid: REPLICA,
  generation: 10,
  changed,
  doubt: null,
  tried: 0,
});
const journalWith = (...proofs: Proof[]) => ({
  proofs: () => new Map(proofs.map((one) => [one.uuid, one])),
});

for (const [title, replica, doubt, proofs, want] of [
  ['as it was listed', [REPLICA, 9], undefined, [], null],
  ['written to since it was listed', [REPLICA, 11], undefined, [], 'replica-modified'],
  ['it reached the disk after it was listed', [REPLICA, 11], undefined, [proven(11)], null],
  ['it is known, and was written to since', [REPLICA, 11], undefined, [proven(9)], 'replica-modified'],
  ['in doubt, whatever was done to it', [REPLICA, 11], 'changed', [], null],
  ['another one took its place', [OTHER, 9], undefined, [], 'listing-failed'],
  ['made writable', [REPLICA, 9, '-'], undefined, [], 'listing-failed'],
  ['it does not tell', null, undefined, [], 'listing-failed'],
] as const) {
  test(`what is compared is what was looked at: ${title}`, async () => {
    const journal = journalWith(...proofs) as never;
    const sides = [side(SOURCE, [SOURCE, 9]), side(REPLICA, replica, doubt)];
    const taken = await takeStand({ journal, nonce }, sides, signal);
    assert.equal(taken.ok ? null : taken.fault.code, want);
  });
}

for (const [title, source, replica, want] of [
  ['nobody wrote', [SOURCE, 9], [REPLICA, 8], null],
  ['somebody wrote to the replica', [SOURCE, 9], [REPLICA, 9], 'replica-modified'],
  ['somebody wrote to the source', [SOURCE, 10], [REPLICA, 8], 'replica-modified'],
  ['another one took the place of the replica', [SOURCE, 9], [OTHER, 8], 'listing-failed'],
  ['it is gone, or does not tell', [SOURCE, 9], null, 'listing-failed'],
] as const) {
  test(`what was compared is what is there in the end: ${title}`, async () => {
    const journal = journalWith() as never;
    const began = [side(SOURCE, [SOURCE, 9]), side(REPLICA, [REPLICA, 8])];
    const before = await takeStand({ journal, nonce }, began, signal);
    assert.ok(before.ok);
    const sides = [side(SOURCE, source), side(REPLICA, replica)];
    assert.equal((await movedFault({ nonce }, sides, before.value, signal))?.code ?? null, want);
  });
}
