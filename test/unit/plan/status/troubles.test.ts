/** What is trouble, and what shows that it is over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ItemRecord } from '../../../../src/core/model/automation/automation.ts';
import type { TargetLag, TaskTargetMemory } from '../../../../src/core/model/automation/task.ts';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import { ok } from '../../../../src/core/model/result.ts';
import { URGENCY } from '../../../../src/core/model/status/finding.ts';
import type { FilesystemStorage, ScrubState } from '../../../../src/core/model/storage.ts';
import {
  isWatched,
  outlookOf,
  type StorageFinding,
  type TroubleQuestion,
} from '../../../../src/core/plan/status/troubles.ts';
import { troubleWords } from '../../../../src/text/words/trouble.ts';

const AT = '2026-11-21T10:00:00.000Z';
const NOTHING: TroubleQuestion = {
  items: [],
  targets: [],
  storage: [],
  away: [{ server: 'b', uuid: 'u' }],
  restores: [],
  config: null,
};

const unreachable = fault('unreachable', 'b does not answer.', 'Look at b.', { server: 'b' });
const full = fault('no-space', 'b is full.', 'Make room.', { server: 'b' });

const item = (
  key: string,
  outcome: 'ok' | 'failed' | 'interrupted',
  why: Fault | null,
  failures = outcome === 'ok' ? 0 : 1,
): ItemRecord => ({ item: key, failures, last: { id: 7, outcome, finishedAt: AT, fault: why } });

const memory = (
  failures: number,
  why: Fault | null,
  suspendedAt: string | null = null,
): TaskTargetMemory => ({
  task: 'nightly',
  target: 'b',
  failures,
  fault: why,
  suspendedAt,
  absentSince: null,
  triedAt: AT,
});

const lag = (
  rpo: TargetLag['rpo'],
  remembered: TaskTargetMemory | null = null,
): TroubleQuestion['targets'][number] => ({
  task: 'nightly',
  rpoSeconds: 3600,
  lag: {
    target: 'b',
    server: 'b',
    mount: null,
    restorePoint: AT,
    awayOn: null,
    lagSeconds: 0,
    wouldLoseSeconds: 0,
    rpo,
    incomplete: null,
    seenAt: AT,
    memory: remembered,
  },
});

const keys = (question: Partial<TroubleQuestion>): string[] =>
  [...outlookOf({ ...NOTHING, ...question }).troubles].map(([key, { level }]) => `${URGENCY[level]} ${key}`);

for (const [title, question, expected] of [
  ['nothing at all', {}, []],
  ['a snapshot that was made', { items: [item('snapshot:/data', 'ok', null)] }, []],
  ['nothing is known of an item yet', { items: [{ item: 'snapshot:/data', failures: 0, last: null }] }, []],
  [
    'a first temporary failure is tried again',
    { items: [item('snapshot:/data', 'failed', unreachable)] },
    [],
  ],
  [
    'a first one counts for whoever does not wait for the second',
    { items: [item('snapshot:/data', 'failed', unreachable)], tries: 1 },
    ['bad item:snapshot:/data'],
  ],
  [
    'the third one is told',
    { items: [item('snapshot:/data', 'failed', unreachable, 3)] },
    ['bad item:snapshot:/data'],
  ],
  [
    'a lasting failure at once',
    { items: [item('snapshot:/data', 'failed', full)] },
    ['bad item:snapshot:/data'],
  ],
  [
    'a round fails for its target',
    { items: [item('task:nightly', 'failed', full)], targets: [lag('kept', memory(1, full))] },
    ['bad target:nightly b'],
  ],
  [
    'a round fails and no target did',
    { items: [item('task:nightly', 'failed', full)], targets: [lag('kept')] },
    ['bad item:task:nightly'],
  ],
  ['a target unreachable once', { targets: [lag('kept', memory(1, unreachable))] }, []],
  [
    'a target unreachable three times',
    { targets: [lag('kept', memory(3, unreachable))] },
    ['bad target:nightly b'],
  ],
  [
    'a target unreachable in the third try of one night',
    {
      items: [item('task:nightly', 'failed', unreachable, 3)],
      targets: [lag('kept', memory(1, unreachable))],
    },
    ['bad target:nightly b'],
  ],
  [
    'a target left alone is told as that, whatever was told before',
    { targets: [lag('kept', memory(10, unreachable, AT))] },
    ['bad left-alone:nightly b'],
  ],
  ['an RPO that is breached', { targets: [lag('breached')] }, ['bad rpo:nightly b']],
  ['an RPO that cannot be checked is not fine', { targets: [lag('unknown')] }, ['warning rpo:nightly b']],
  ['a configuration that cannot be read', { config: full }, ['bad configuration']],
] as const) {
  test(`trouble: ${title}`, () => assert.deepEqual(keys(question), expected));
}

const verdictOf = (key: string, question: Partial<TroubleQuestion>): string =>
  outlookOf({ ...NOTHING, ...question }).verdict(key).kind;

const ITEM = 'item:snapshot:/data';

for (const [title, key, question, expected] of [
  ['an item whose last run ended well', ITEM, { items: [item('snapshot:/data', 'ok', null)] }, 'well'],
  [
    'an item that failed, but not often enough to be told',
    ITEM,
    { items: [item('snapshot:/data', 'failed', unreachable)] },
    'unknown',
  ],
  [
    'an item nothing is known of',
    ITEM,
    { items: [{ item: 'snapshot:/data', failures: 0, last: null }] },
    'unknown',
  ],
  ['an item that is no more', ITEM, {}, 'unwatched'],
  ['a target that works', 'target:nightly b', { targets: [lag('none', memory(0, null))] }, 'well'],
  ['a target after task resume', 'target:nightly b', { targets: [lag('none', memory(0, full))] }, 'unknown'],
  ['a target never tried', 'target:nightly b', { targets: [lag('none')] }, 'unknown'],
  [
    'a target whose disk is away',
    'target:nightly b',
    { targets: [lag('none', { ...memory(2, full), absentSince: AT })] },
    'unknown',
  ],
  ['a target of a disabled task', 'target:nightly b', {}, 'unwatched'],
  [
    'a target that is sent to again',
    'left-alone:nightly b',
    { targets: [lag('none', memory(0, full))] },
    'well',
  ],
  ['an RPO that is kept', 'rpo:nightly b', { targets: [lag('kept')] }, 'well'],
  ['an RPO that was removed', 'rpo:nightly b', { targets: [lag('none')] }, 'unwatched'],
  ['a configuration that can be read', 'configuration', {}, 'well'],
  ['all else while it cannot be', ITEM, { config: full }, 'unknown'],
] as const) {
  test(`verdict: ${title}`, () => assert.equal(verdictOf(key, question), expected));
}

test('what is well says by what that is known', () => {
  const outlook = outlookOf({ ...NOTHING, items: [item('snapshot:/data', 'ok', null)] });
  assert.deepEqual(outlook.verdict(ITEM), {
    kind: 'well',
    message: `snapshot:/data: run 7 ended well at ${AT}.`,
  });
});

test('what somebody switched off is not watched', () => {
  assert.equal(isWatched({ enabled: true, suspended: false }), true);
  assert.equal(isWatched({ enabled: false, suspended: false }), false);
  assert.equal(isWatched({ enabled: true, suspended: true }), false);
});

const SCRUB: ScrubState = {
  status: 'finished',
  startedAt: AT,
  durationSeconds: 1,
  errors: 0,
  uncorrectableErrors: 0,
};
const broken = { ok: false, fault: full } as const;
const LOOKED: FilesystemStorage = {
  uuid: 'u',
  mount: '/pool',
  usage: broken,
  devices: ok([]),
  scrub: ok(SCRUB),
  qgroups: ok(null),
};
const disk = (
  storage: FilesystemStorage | null,
  warnings: StorageFinding['warnings'] = [],
): StorageFinding => ({
  ...{ server: 'b', uuid: 'u', mount: '/pool', sizeBytes: 100, freeBytes: 50 },
  ...{ storage, trend: null, warnings },
});

for (const [title, kind, storage, expected] of [
  ['devices that were looked at', 'device-errors', [disk(LOOKED)], 'well'],
  ['devices that could not be read', 'device-errors', [disk({ ...LOOKED, devices: broken })], 'unknown'],
  ['devices that were never looked at', 'device-errors', [disk(null)], 'unknown'],
  ['metadata that could not be read', 'metadata', [disk(LOOKED)], 'unknown'],
  ['room that was told', 'space', [disk(null)], 'well'],
  ['room that was not told', 'space', [{ ...disk(LOOKED), freeBytes: null }], 'unknown'],
  ['no trend', 'trend', [disk(LOOKED)], 'unknown'],
  ['a scrub that found nothing', 'scrub', [disk(LOOKED)], 'well'],
  [
    'a scrub that has not seen all',
    'scrub',
    [disk({ ...LOOKED, scrub: ok({ ...SCRUB, status: 'running' }) })],
    'unknown',
  ],
  ['a disk that is away', 'device-errors', [], 'unknown'],
] as const) {
  test(`verdict of storage: ${title}`, () =>
    assert.equal(verdictOf(`storage:b u ${kind}`, { storage }), expected));
}

test('a disk that was forgotten, or whose server left the fleet, is no longer watched', () => {
  assert.equal(verdictOf('storage:b u space', { away: [] }), 'unwatched');
});

test('two broken devices are one trouble, that names server, mount and what it is', () => {
  const warning = (message: string) =>
    ({ kind: 'device-errors', level: 'degraded', message, hint: 'h' }) as const;
  const { troubles } = outlookOf({
    ...NOTHING,
    storage: [disk(LOOKED, [warning('x broke.'), warning('y broke.')])],
  });
  const found = [...troubles].map(([key, trouble]) => ({ key, ...troubleWords(trouble) }));
  assert.deepEqual(found, [
    {
      key: 'storage:b u device-errors',
      level: 'bad',
      title: 'Storage of b: /pool: device errors',
      message: 'x broke. y broke.',
      hint: 'h',
    },
  ]);
});

test('a restore that was cut off is trouble once a try did not bring it to its end, and until one does', () => {
  const open = {
    run: 12,
    subvolume: '/data',
    server: 'b',
    fault: unreachable,
    brings: 'subvolume' as const,
    isLeft: false,
  };
  assert.equal(outlookOf({ ...NOTHING, restores: [{ ...open, tries: 0 }] }).troubles.size, 0);
  const [trouble] = outlookOf({ ...NOTHING, restores: [{ ...open, tries: 1 }] }).troubles;
  assert.equal(trouble?.[0], 'restore:12');
  const { title, level, message } = troubleWords(trouble[1]);
  assert.deepEqual([title, level], ['Restore 12 on b was cut off', 'bad']);
  assert.match(message, /\/data on b was cut off: .* Tried once: b does not answer\./);
  assert.equal(verdictOf('restore:12', {}), 'well');
});
