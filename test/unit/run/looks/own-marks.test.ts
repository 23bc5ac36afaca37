/** Which marks a subvolume has, by what it was made of and what was received since. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Subvolume } from '../../../../src/core/model/inventory.ts';
import { ownMarks } from '../../../../src/core/run/looks/own-marks.ts';
import { nameOf } from '../../plan/notation.ts';
import { type Entry, filesystem, place, snap, used } from '../../plan/world.ts';

const UUID = 'db291693-b194-4f2e-8d6e-280ed963042f';
const BEFORE = '0ac5bf4a-6bd5-4f8c-b3f6-52e3a9a0f5a1:data';
const OWN = `${UUID}:data`;
const OLD = `${`${UUID}:${'x'.repeat(200)}`.slice(0, 180)}~237`;

const received = (letter: string, createdGeneration: number): Entry =>
  snap(`.snapshots/data/${nameOf(letter)}`, null, { receivedUuid: `id-${letter}`, createdGeneration });
const made = (letter: string): Entry =>
  snap(`.snapshots/data/${nameOf(letter)}`, 'data', { createdGeneration: 99 });

interface Case {
  readonly there?: readonly Entry[];
  readonly marks?: readonly string[];
  readonly data?: Partial<Subvolume>;
}

const copied = { parentUuid: 'some replica', createdGeneration: 50 };

for (const [title, { there = [], marks = [BEFORE], data = copied }, inherited, until] of [
  ['made of a replica', { there: [received('a', 10), received('b', 20), made('c')] }, [BEFORE], nameOf('b')],
  ['made of nothing', { there: [received('a', 10)], data: { parentUuid: null } }, [], ''],
  ['nobody ever sent here', { there: [made('a')], marks: [] }, [], ''],
  ['its own directory was sent to by itself', { there: [received('a', 10)], marks: [OWN] }, [], ''],
  ['none of the replicas is left to tell where they parted', { there: [made('m')] }, [BEFORE], ''],
  ['its source goes on sending', { there: [received('a', 10), received('b', 51)] }, [], ''],
  ['a mark that several may share', { there: [received('a', 10)], marks: [OLD] }, [], ''],
] satisfies readonly (readonly [string, Case, readonly string[], string])[]) {
  test(`what does a subvolume inherit? ${title}`, () => {
    const home = filesystem(['/pool'], [used('data', data), ...there], {
      uuid: UUID,
      owners: { '/pool/.snapshots/data': marks },
    });
    assert.deepEqual(ownMarks(place('/pool/data', home)), { own: OWN, inherited, until });
  });
}

test('one that is not there any more inherits nothing', () => {
  const home = filesystem(['/pool'], [received('a', 10)], {
    uuid: UUID,
    owners: { '/pool/.snapshots/data': [BEFORE] },
  });
  const gone = { path: '/pool/data', filesystem: home, directory: '/pool/.snapshots/data', subvolume: null };
  assert.deepEqual(ownMarks(gone), { own: OWN, inherited: [], until: '' });
});
