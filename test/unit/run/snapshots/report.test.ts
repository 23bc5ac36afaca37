import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RanHook, SaidHook, SaidMember } from '../../../../src/core/btrfs/read/snapshots.ts';
import { type SaidDone, snapshotReport } from '../../../../src/core/run/snapshots/report.ts';

const NAME = '2026-11-20T08:05:01.123Z';
const UUID = '8023f870-0e22-d84f-b841-aeacbc5fd8c1';
const shown = (flags = 'readonly'): string =>
  [
    `.snapshots/x/${NAME}`,
    ...[`Name: \t\t\t${NAME}`, `UUID: \t\t\t${UUID}`, 'Parent UUID: \t\t-', 'Received UUID: \t\t-'],
    ...['Creation time: \t\t2026-11-20 08:05:01 +0000', 'Subvolume ID: \t\t256', 'Generation: \t\t7'],
    ...['Gen at creation: \t7', 'Parent ID: \t\t5', 'Top level ID: \t\t5', `Flags: \t\t\t${flags}`],
  ].join('\n\t');

const tried = (more: Partial<Extract<SaidMember, { kind: 'tried' }>> = {}): SaidMember => ({
  kind: 'tried',
  name: NAME,
  code: 0,
  output: '',
  shown: shown(),
  uptimeSeconds: 100,
  takenBack: null,
  ...more,
});
const NONE: SaidMember = { kind: 'none' };

const said = (members: readonly SaidMember[], more: Partial<SaidDone> = {}): SaidDone => ({
  kind: 'done',
  members,
  hooks: [],
  unlocked: false,
  stopped: false,
  taken: false,
  ...more,
});

const hook = {
  subvolume: '/v/0',
  before: { command: 'x', timeoutSeconds: 5, required: true },
  after: { command: 'y', timeoutSeconds: 5 },
};
const hooks = [hook, { ...hook, subvolume: '/v/1' }];
const FAILED: SaidHook = { code: 1, seconds: 0.1, output: 'no' };
const FINE: SaidHook = { code: 0, seconds: 0.1, output: '' };

const ran = (when: 'before' | 'after', end: SaidHook, number = 0): RanHook => ({ when, number, said: end });

const report = (done: SaidDone) =>
  snapshotReport(done, {
    server: { name: 'a', user: 'root', auth: { kind: 'agent' } },
    ordered: done.members.map((_, index) => ({ path: `/v/${index}`, directory: `/.snapshots/v/${index}` })),
    hooks,
  });

for (const [title, done, want] of [
  ['all made', said([tried(), tried({ uptimeSeconds: 100.25 })]), 'made 0 1'],
  [
    'one failed',
    said([tried(), tried({ code: 1, output: 'No space left on device' })]),
    'made 0 failed 1:no-space',
  ],
  ['there already', said([{ kind: 'already', name: NAME }, tried()]), 'made 1 already 0'],
  ['not read-only', said([tried({ shown: shown('-') })]), 'failed 0:verify-failed'],
  ['not there', said([tried({ shown: "ERROR: cannot find real path for '/x'" })]), 'failed 0:verify-failed'],
  [
    'taken back',
    said([tried({ takenBack: true }), tried({ code: 1, output: 'Input/output error' })]),
    'failed 0:command-failed 1:command-failed',
  ],
  [
    'could not be taken back: it is there',
    said([tried({ takenBack: false }), tried({ code: 1, output: 'Input/output error' })]),
    'made 0 failed 0:command-failed 1:command-failed',
  ],
  [
    'stopped',
    said([NONE], { stopped: true, hooks: [ran('before', FINE), ran('after', FINE)] }),
    'failed 0:cancelled',
  ],
  ['no name free', said([NONE, NONE], { taken: true }), 'failed 0:name-taken 1:name-taken'],
  [
    'required hook failed',
    said([NONE, NONE], { hooks: [ran('before', FAILED), ran('after', FINE)] }),
    'failed 0:hook-failed 1:hook-failed',
  ],
  ['not said why', said([NONE]), 'failed 0:command-failed'],
] as const) {
  test(`reported of snapshots: ${title}`, () => {
    const { snapshots, failed, already } = report(done);
    const number = ({ subvolume }: { readonly subvolume: string }): string => subvolume.slice('/v/'.length);
    const words = [
      ...(snapshots.length > 0 ? ['made', ...snapshots.map(number)] : []),
      ...(already.length > 0 ? ['already', ...already.map(number)] : []),
      ...(failed.length > 0 ? ['failed', ...failed.map((one) => `${number(one)}:${one.fault.code}`)] : []),
    ];
    assert.equal(words.join(' '), want);
    assert.equal(snapshots.length + already.length + failed.length >= done.members.length, true);
  });
}

test('spread is measured between the snapshots that stay', () => {
  const at = (uptimeSeconds: number) => tried({ uptimeSeconds });
  assert.equal(report(said([at(7.1), at(7.35), at(7.2)])).spreadSeconds, 0.25);
  assert.equal(report(said([at(7)])).spreadSeconds, 0);
  assert.equal(report(said([at(7), tried({ code: 1, uptimeSeconds: 99 }), at(8)])).spreadSeconds, 1);
});

test('a made snapshot is named by its path, uuid and time', () => {
  assert.deepEqual(report(said([tried()])).snapshots, [
    { subvolume: '/v/0', name: NAME, path: `/.snapshots/v/0/${NAME}`, uuid: UUID, createdAt: NAME },
  ]);
});

test('hooks that were run are told, with what failed; those that were not are not', () => {
  const both = report(said([tried()], { hooks: [ran('before', FAILED), ran('after', FINE)] })).hooks;
  assert.deepEqual(
    both.map(({ when, code, fault }) => [when, code, fault?.code ?? null]),
    [
      ['before', 1, 'hook-failed'],
      ['after', 0, null],
    ],
  );
  assert.deepEqual(report(said([tried()])).hooks, []);
});

test('of several members, it is said whose command stopped them', () => {
  const done = said([NONE, NONE], {
    hooks: [ran('before', FINE), ran('before', FAILED, 1), ran('after', FINE)],
  });
  const { hooks: results, failed } = report(done);
  assert.deepEqual(
    results.map(({ when, subvolume, code }) => [when, subvolume, code]),
    [
      ['before', '/v/0', 0],
      ['before', '/v/1', 1],
      ['after', '/v/0', 0],
    ],
  );
  for (const { fault } of failed)
    assert.match(fault.message, /^The command before the snapshot of \/v\/1 failed on/);
});
