/** Which bases are believed to be as a handed look showed them, by what the servers tell of them under the lock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../../../src/core/hosts/port/host.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { ReplicationPlan } from '../../../../src/core/model/runs/replication.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { areBasesAsSeen } from '../../../../src/core/run/replication/bases-as-seen.ts';
import { filesystem, place, snap, used } from '../../plan/world.ts';

const ID = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
const [BASE, REPLICA, TWIN, OTHER] = [ID(1), ID(2), ID(3), ID(4)];

/** What a server tells of one: its uuid, the transaction of its last change, and whether it is read-only. */
type Told = readonly [uuid: string, changed: number, flags?: 'readonly' | '-'];

const show = ([uuid, , flags = 'readonly']: Told): string[] => [
  'path',
  '\tName: \t\t\tsome',
  `\tUUID: \t\t\t${uuid}`,
  '\tParent UUID: \t\t-',
  '\tReceived UUID: \t\t-',
  '\tCreation time: \t\t2026-11-29 11:22:04 +0000',
  '\tSubvolume ID: \t\t259',
  '\tGeneration: \t\t10',
  '\tGen at creation: \t10',
  '\tParent ID: \t\t5',
  '\tTop level ID: \t\t5',
  `\tFlags: \t\t\t${flags}`,
  '\tSnapshot(s):',
];

/** The beginning of a send stream with this `ctransid`, in hexadecimal. */
function header([, changed]: Told): string {
  const bytes = Buffer.alloc(39);
  bytes.write('btrfs-stream\0');
  bytes.writeUInt32LE(1, 13);
  bytes.writeUInt32LE(12, 17);
  bytes.writeUInt16LE(1, 21);
  bytes.writeUInt16LE(2, 27);
  bytes.writeUInt16LE(8, 29);
  bytes.writeBigUInt64LE(BigInt(changed), 31);
  return bytes.toString('hex').replace(/(..)/g, ' $1');
}

const section = (title: string, lines: readonly string[]): string =>
  [`N ${title}`, ...lines, '', 'N end 0', ''].join('\n');

/** Null: it does not answer. */
function hostOf(told: readonly Told[] | null) {
  let asked = 0;
  const run = async () => {
    asked += 1;
    if (told === null) return failed(fault('unreachable', 'off', 'Switch it on.'));
    const stdout = told
      .map((one, index) => section(`show ${index}`, show(one)) + section(`header ${index}`, [header(one)]))
      .join('');
    return ok({ code: 0, stdout, stderr: '' });
  };
  const host = { server: { name: 'x' }, facts: { sudo: [] }, run } as unknown as Host;
  return { host, asked: () => asked };
}

const HOME = filesystem(['/pool'], [used('data'), snap('.snapshots/data/one', 'data', { uuid: BASE })]);
const received = (path: string, uuid: string) => snap(path, null, { uuid, receivedUuid: BASE });
const away = (isTwin: boolean) =>
  filesystem(
    ['/pool'],
    [
      received('.snapshots/data/one', REPLICA),
      ...(isTwin ? [received('elsewhere', TWIN)] : []),
      snap('other', null, { uuid: OTHER, receivedUuid: ID(9) }),
    ],
  );

const snapshotOf = (id: string) => ({ originId: id, uuid: id, receivedUuid: null }) as Snapshot;
const [base, two, three] = [BASE, 'two', 'three'].map(snapshotOf) as [Snapshot, Snapshot, Snapshot];
const sending = (from: Snapshot | null): ReplicationPlan => ({
  kind: 'send',
  steps: [
    { snapshot: two, base: from },
    { snapshot: three, base: two },
  ],
  refused: [],
  present: [],
});

interface Case {
  readonly source?: readonly Told[] | null;
  readonly target?: readonly Told[] | null;
  readonly isTwin?: boolean;
  /** Which looks were handed on. */
  readonly handed?: 'both' | 'source' | 'target' | 'none';
  readonly plan?: ReplicationPlan;
  /** How often the source and the target were asked. */
  readonly asked?: readonly [number, number];
}

for (const [title, c, want] of [
  ['both are as they were listed', {}, true],
  ['changed on the target since', { target: [[REPLICA, 11]] }, false],
  ['changed on the source since', { source: [[BASE, 11]] }, false],
  ['writable on the target', { target: [[REPLICA, 9, '-']] }, false],
  ['another one lies there on the target', { target: [[OTHER, 9]] }, false],
  ['the target does not answer', { target: null }, false],
  ['the source does not answer', { source: null }, false],
  ['the target tells nothing of it', { target: [] }, false],
  [
    'a second one that bears its id, outside of the directory, changed',
    {
      isTwin: true,
      target: [
        [REPLICA, 9],
        [TWIN, 11],
      ],
    },
    false,
  ],
  [
    'the target was looked at for this part',
    { handed: 'source', target: [[REPLICA, 11]], asked: [1, 0] },
    true,
  ],
  ['the source was looked at for this part', { handed: 'target', source: [[BASE, 11]], asked: [0, 1] }, true],
  ['both were looked at for this part', { handed: 'none', source: null, target: null, asked: [0, 0] }, true],
  ['it is sent in full', { plan: sending(null), source: null, target: null, asked: [0, 0] }, true],
] as [string, Case, boolean][]) {
  test(`is a base as it was seen? ${title}`, async () => {
    const { handed = 'both', isTwin = false, plan = sending(base), asked = [1, 1] } = c;
    const source = hostOf(c.source === undefined ? [[BASE, 10]] : c.source);
    const target = hostOf(c.target === undefined ? [[REPLICA, 10]] : c.target);
    const said = await areBasesAsSeen(
      plan,
      {
        host: source.host,
        isHanded: handed === 'both' || handed === 'source',
        place: place('/pool/data', HOME),
      },
      {
        host: target.host,
        isHanded: handed === 'both' || handed === 'target',
        place: { filesystem: away(isTwin) },
      },
      { fleet: { nonce: () => 'N' }, signal: new AbortController().signal } as never,
    );
    assert.equal(said, want);
    assert.deepEqual([source.asked(), target.asked()], asked);
  });
}
