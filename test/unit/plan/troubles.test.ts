/** What is trouble, and that each change of it is told once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm, Trouble } from '../../../src/core/model/alarm.ts';
import type { ItemMemory } from '../../../src/core/model/automation.ts';
import { type Fault, fault } from '../../../src/core/model/fault.ts';
import type { TargetLag, TaskTargetMemory } from '../../../src/core/model/task.ts';
import { alarmChanges, type TroubleQuestion, troublesOf } from '../../../src/core/plan/troubles.ts';

const AT = '2026-11-21T10:00:00.000Z';
const NOTHING: TroubleQuestion = { items: [], targets: [], storage: [], config: null };

const unreachable = fault('unreachable', 'b does not answer.', 'Look at b.', { server: 'b' });
const full = fault('no-space', 'b is full.', 'Make room.', { server: 'b' });

const item = (
  key: string,
  outcome: 'ok' | 'failed' | 'interrupted' | 'cancelled',
  why: Fault | null,
  attempt = 1,
): ItemMemory => ({
  item: key,
  dueAt: AT,
  attempt,
  run: {
    id: 7,
    state: 'finished',
    outcome,
    finishedAt: AT,
    cancelRequested: false,
    fault: why,
    retry: why?.retry ?? false,
  },
});

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
    lagSeconds: 0,
    wouldLoseSeconds: 0,
    rpo,
    incomplete: null,
    seenAt: AT,
    memory: remembered,
  },
});

const keys = (question: Partial<TroubleQuestion>): string[] =>
  troublesOf({ ...NOTHING, ...question }).map(({ key, level }) => `${level} ${key}`);

for (const [title, question, expected] of [
  ['nothing at all', {}, []],
  ['a snapshot that was made', { items: [item('snapshot:/data', 'ok', null)] }, []],
  ['a snapshot that somebody cancelled', { items: [item('snapshot:/data', 'cancelled', null)] }, []],
  [
    'a first temporary failure is tried again',
    { items: [item('snapshot:/data', 'failed', unreachable)] },
    [],
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
  ['a target left alone', { targets: [lag('kept', memory(10, unreachable, AT))] }, ['bad target:nightly b']],
  ['an RPO that is breached', { targets: [lag('breached')] }, ['bad rpo:nightly b']],
  ['an RPO that cannot be checked is not fine', { targets: [lag('unknown')] }, ['warning rpo:nightly b']],
  ['a configuration that cannot be read', { config: full }, ['bad configuration']],
] as const) {
  test(`trouble: ${title}`, () => assert.deepEqual(keys(question), expected));
}

const trouble = (key: string, level: Trouble['level'] = 'bad'): Trouble => ({
  key,
  level,
  title: key,
  message: '',
  hint: '',
});

/** Plays one look after the other; every one that is told reaches somebody, unless `reached` says no. */
function play(
  looks: readonly (readonly Trouble[])[],
  reached: (look: number) => boolean = () => true,
): string[][] {
  const known = new Map<string, Alarm>();
  return looks.map((troubles, index) => {
    const { alarms, notifications } = alarmChanges(known, troubles, AT);
    for (const [key, alarm] of alarms) alarm === null ? known.delete(key) : known.set(key, alarm);
    for (const { key, event } of reached(index) ? notifications : []) {
      const alarm = known.get(key);
      if (event === 'recovery') known.delete(key);
      else if (alarm) known.set(key, { ...alarm, toldAt: AT });
    }
    return notifications.map(({ event, key }) => `${event} ${key}`);
  });
}

test('each change is told once, not every look', () => {
  const a = trouble('a');
  assert.deepEqual(play([[], [a], [a], [a, trouble('b')], [trouble('b')], [], []]), [
    [],
    ['trouble a'],
    [],
    ['trouble b'],
    ['recovery a'],
    ['recovery b'],
    [],
  ]);
});

test('a warning that becomes bad is told again', () => {
  assert.deepEqual(play([[trouble('a', 'warning')], [trouble('a', 'bad')], [trouble('a', 'bad')]]), [
    ['trouble a'],
    ['trouble a'],
    [],
  ]);
});

test('what nobody could be told is tried again until somebody is', () => {
  const a = trouble('a');
  assert.deepEqual(
    play([[a], [a], [a]], (look) => look > 0),
    [['trouble a'], ['trouble a'], []],
  );
});

test('a recovery that nobody could be told is tried again', () => {
  const a = trouble('a');
  assert.deepEqual(
    play([[a], [], [], []], (look) => look !== 1),
    [['trouble a'], ['recovery a'], ['recovery a'], []],
  );
});

test('trouble that nobody was ever told of is over without a word', () => {
  assert.deepEqual(
    play([[trouble('a')], [], []], () => false),
    [['trouble a'], [], []],
  );
});

test('trouble that comes back is told anew', () => {
  const a = trouble('a');
  assert.deepEqual(play([[a], [], [a]]), [['trouble a'], ['recovery a'], ['trouble a']]);
});
