import assert from 'node:assert/strict';
import test from 'node:test';
import type { Result } from '../../../../src/core/model/result.ts';
import type { Verification } from '../../../../src/core/model/runs/verification.ts';
import type { ScrubState, StorageLook } from '../../../../src/core/model/storage.ts';
import { scrubKey, scrubsIn } from '../../../../src/core/plan/status/proven.ts';
import { healthIn, NOW } from '../health-notation.ts';

const DAY = 86_400_000;
const compared = (days: number, more: Partial<Verification> = {}): Verification => ({
  ...{
    server: 'b',
    filesystem: 'b /pool',
    subvolume: '/data',
    level: 'metadata',
    snapshot: 's',
    source: 'u',
    replica: 'b-b',
    attributes: 0,
  },
  ...{ at: new Date(NOW - days * DAY).toISOString(), share: null, compared: 9, differences: 0 },
  ...more,
});

for (const [title, verifications, proven, told] of [
  ['never compared: nothing is told', [], '', ''],
  ['lately', [compared(3)], 'metadata 3', ''],
  [
    'the highest level first, each with its age',
    [compared(3), compared(9, { level: 'content', share: 30 }), compared(1, { level: 'identity' })],
    'content 9, metadata 3, identity 1',
    '',
  ],
  [
    'of another server, or another disk',
    [compared(3, { server: 'c' }), compared(3, { filesystem: 'x' })],
    '',
    '',
  ],
  ['what found a difference proves nothing', [compared(3, { differences: 1 })], '', 'note metadata'],
  ['attributes alone are no difference', [compared(3, { attributes: 1 })], 'metadata 3', ''],
  [
    'of one that is gone, and what is there was sent in full since',
    [compared(3, { replica: 'gone' })],
    '',
    'note metadata',
  ],
  ['not for 40 days: as far as it was then', [compared(41)], 'metadata 41', 'note metadata'],
  ['40 days are no more than that', [compared(40)], 'metadata 40', ''],
  [
    'an id is seen at each look, and a comparison of it is none of content',
    [compared(41, { level: 'content' }), compared(1, { level: 'identity' })],
    'content 41, identity 1',
    'note content',
  ],
  [
    'a lower level says nothing of what was compared by a higher one',
    [compared(41, { level: 'content' }), compared(2)],
    'content 41, metadata 2',
    'note content',
  ],
] as const) {
  test(`how far it is proven: ${title}`, () => {
    const { overall, replicas, reasons } = healthIn({ a: 'a b', others: { b: 'a b' }, verifications });
    const [b] = replicas;
    assert.equal(overall, 'ok');
    assert.equal(
      b?.proven.map(({ level, ageSeconds }) => `${level} ${(ageSeconds ?? 0) / 86_400}`).join(', '),
      proven,
    );
    const found = reasons.filter(({ code }) => code === 'not-proven');
    assert.equal(
      found.map(({ level, facts }) => `${level} ${'level' in facts ? facts.level : ''}`).join(),
      told,
    );
  });
}

for (const [title, promised, verifications, told] of [
  ['kept', 'content', [compared(3, { level: 'content', share: 30 })], ''],
  ['a higher level keeps it too', 'metadata', [compared(3, { level: 'content' }), compared(50)], ''],
  [
    'a lower level does not',
    'content',
    [compared(41, { level: 'content' }), compared(2)],
    'degraded content',
  ],
  ['only lower ones, lately', 'content', [compared(2)], ''],
  ['only lower ones, long ago', 'content', [compared(41)], 'degraded metadata'],
  ['not for 40 days', 'metadata', [compared(41)], 'degraded metadata'],
  ['sent in full since, lately', 'metadata', [compared(3, { replica: 'gone' })], 'note metadata'],
  ['sent in full since, long ago', 'metadata', [compared(41, { replica: 'gone' })], 'degraded metadata'],
] as const) {
  test(`what a policy promises is trouble where it is not kept: ${title}`, () => {
    const { overall, reasons } = healthIn({ a: 'a b', others: { b: 'a b' }, verifications, promised });
    const found = reasons.filter(({ code }) => code === 'not-proven');
    const words = found.map(({ level, facts }) => `${level} ${'level' in facts ? facts.level : ''}`).join();
    assert.equal(words, told);
    assert.equal(overall, told.startsWith('degraded') ? 'degraded' : 'ok');
  });
}

test('how long ago a scrub read all of it is that of the very filesystem, and one that was ended is none', () => {
  const state = (more: Partial<ScrubState>): Result<ScrubState> => ({
    ok: true,
    value: {
      status: 'finished',
      startedAt: null,
      durationSeconds: 60,
      errors: 0,
      uncorrectableErrors: 0,
      ...more,
    },
  });
  const startedAt = '2026-11-01T10:00:00.000Z';
  const on = (uuid: string, scrub: Result<ScrubState>) =>
    ({ uuid, mount: '/m', scrub }) as unknown as StorageLook['filesystems'][number];
  const scrubs = scrubsIn([
    {
      server: 'b',
      takenAt: startedAt,
      filesystems: [
        on('whole', state({ startedAt })),
        on('ended', state({ startedAt, status: 'aborted' })),
        on('never', state({ status: 'never' })),
      ],
    },
  ]);
  assert.deepEqual([...scrubs], [[scrubKey('b', 'whole'), '2026-11-01T10:01:00.000Z']]);
});
