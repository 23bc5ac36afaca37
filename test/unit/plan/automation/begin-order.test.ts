import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, itemKey } from '../../../../src/core/model/automation/automation.ts';
import type { Task } from '../../../../src/core/model/automation/task.ts';
import {
  chooseBegins,
  type ItemStep,
  type WaitsFor,
} from '../../../../src/core/plan/automation/begin-order.ts';
import { at, every, retentionItem, snapshotItem, task, verifyItem } from '../automation-notation.ts';

const round = (name: string, subvolumes: string, targets: string): Item => ({
  kind: 'task',
  task: task(name, subvolumes, targets),
});

const ITEMS: Readonly<Record<string, Item>> = {
  'snap-a': snapshotItem('/a'),
  'snap-b': snapshotItem('/b'),
  'snap-c': snapshotItem('/c'),
  'group-snap': { kind: 'task-snapshot', task: task('group', '/a /b', 'x') },
  group: round('group', '/a /b', 'x'),
  'a-x': round('a-x', '/a', 'x'),
  'a-y': round('a-y', '/a', 'y'),
  'a-xy': round('a-xy', '/a', 'x y'),
  'b-x': round('b-x', '/b', 'x'),
  'c-y': round('c-y', '/c', 'y'),
  'd-disks': round('d-disks', '/d', 'x:/one x:/two'),
  'clean-a': retentionItem('/a'),
  'clean-b': retentionItem('/b'),
  'clean-c': retentionItem('/c'),
  'check-a': verifyItem('/a'),
  'check-b': verifyItem('/b'),
  'daily-d': retentionItem('/d', { schedule: every(86_400) }),
};

const taskOf = (name: string): Task => {
  const item = ITEMS[name];
  return item?.kind === 'task' ? item.task : assert.fail(`${name} is no round`);
};

/**
 * `snap-a@08:00` is due since then and was never begun, `snap-a@08:00#2` is due for the second time,
 * `snap-a@08:00-07:00` was last begun for 07:00, `snap-a!` runs for 08:00, `snap-a!08:20` for then, `snap-a` waits.
 * `a-xy@08:00-07:00~y` makes up for y alone, which was last begun for 07:00.
 */
function stepOf(words: string): ItemStep {
  const {
    name = '',
    due,
    attempt = '1',
    last,
    only,
    runs,
    since = '08:00',
  } = /^(?<name>[a-z-]+)(?:@(?<due>[\d:]+)(?:#(?<attempt>\d))?(?:-(?<last>[\d:]+))?(?:~(?<only>\w))?|(?<runs>!)(?<since>[\d:]+)?)?$/.exec(
    words,
  )?.groups ?? {};
  const item = ITEMS[name] ?? assert.fail(words);
  const targets = item.kind === 'task' ? item.task.targets : [];
  const iso = (time: string): string => new Date(at(time)).toISOString();
  if (runs) return { item, targets, step: { kind: 'running', dueAt: iso(since) } };
  if (!due) return { item, targets, step: { kind: 'wait', until: iso('09:00'), why: 'schedule' } };
  const step = { kind: 'due', dueAt: iso(due), attempt: Number(attempt), missed: 0 } as const;
  const owed = only ? { targets: targets.filter(({ server }) => server === only), isOwed: true } : null;
  const { isOwed, ...rest } = owed ?? { targets, isOwed: false };
  return { item, ...rest, step: { ...step, last: last ? iso(last) : null, isOwed } };
}

function whyText(why: WaitsFor): string {
  switch (why.kind) {
    case 'place':
    case 'same-task':
      return why.kind;
    case 'server':
      return why.server;
    case 'snapshot':
      return why.item;
    case 'round':
      return why.task;
  }
}

const nameOf = (item: Item): string =>
  Object.keys(ITEMS).find((name) => ITEMS[name] !== undefined && itemKey(ITEMS[name]) === itemKey(item)) ??
  '?';

/** `clean-a@08:10` */
function waiting(words: string): readonly [string, number] {
  const [name = '', since = ''] = words.split('@');
  return [itemKey(ITEMS[name] ?? assert.fail(name)), at(since)];
}

/** What begins, in order, `a-xy-y` without y; in parentheses what waits and for what. */
function chosen(
  words: string,
  more: { readonly hand?: string; readonly behind?: string; readonly since?: string; limits?: object } = {},
): string {
  const steps = words.split(' ').map(stepOf);
  const running = steps.flatMap(({ item, step }) =>
    step.kind === 'running' && item.kind === 'task' ? [item.task] : [],
  );
  // `a-xy:y`: it is at work on y alone.
  const [behind = '', on] = more.behind?.split(':') ?? [];
  const rounds = [...running, ...(more.hand?.split(' ').map(taskOf) ?? [])].map((one) =>
    one.name === behind
      ? { ...one, targets: one.targets.filter(({ server }) => server === on), isBehind: true }
      : { ...one, isBehind: false },
  );
  const { begin, wait } = chooseBegins({
    steps,
    rounds,
    limits: {
      snapshots: 8,
      cleanups: 2,
      verifications: 1,
      concurrentTasks: 4,
      concurrentPerServer: 2,
      ...more.limits,
    },
    now: at('08:30'),
    waitingSince: new Map(more.since?.split(' ').map(waiting)),
  });
  const waits = wait.map(({ item, for: why }) => `(${nameOf(item)}: ${whyText(why)})`);
  const begins = begin.map(({ item, without }) =>
    [nameOf(item), ...without.map(({ server }) => server)].join('-'),
  );
  return [...begins, ...waits].join(' ');
}

for (const [title, words, want, more] of [
  ['nothing is due', 'snap-a a-x! clean-a', ''],
  ['one comparison at once', 'check-a@08:01 check-b@08:00', 'check-b (check-a: place)'],
  [
    'a comparison runs: nothing waits for it',
    'check-a! snap-a@08:00 clean-a@08:00',
    'snap-a (clean-a: snapshot:/a)',
  ],
  [
    'a comparison is due: no clean-up waits for it',
    'check-a! check-b@08:00 clean-a@08:00 clean-b@08:00',
    'clean-a clean-b (check-b: place)',
  ],
  ['a round goes beside a comparison', 'check-a! a-x@08:00', 'a-x'],
  ['the oldest first', 'snap-b@08:02 snap-a@08:01 snap-c@08:00', 'snap-c snap-a snap-b'],
  ['of the same age, by name', 'snap-b@08:00 snap-a@08:00', 'snap-a snap-b'],
  ['a snapshot while its rounds run', 'snap-a@08:00 a-x! a-y!', 'snap-a'],
  [
    'a snapshot when no round has a place',
    'snap-a@08:00 a-x! c-y@08:00',
    'snap-a (c-y: place)',
    { limits: { concurrentTasks: 1 } },
  ],
  [
    'snapshots have places of their own',
    'snap-a! snap-b@08:00 snap-c@08:00',
    'snap-b (snap-c: place)',
    { limits: { snapshots: 2 } },
  ],
  [
    'a round waits for the snapshot that is due',
    'snap-a@08:00 a-x@08:00 c-y@08:00',
    'snap-a c-y (a-x: snapshot:/a)',
  ],
  ['a round waits for the snapshot that is being made', 'snap-a! a-x@08:00', '(a-x: snapshot:/a)'],
  ['a round goes on without a snapshot that failed', 'snap-a@08:00#2 a-x@08:00', 'snap-a a-x'],
  ['a round does not wait for a snapshot that is due later', 'snap-a a-x@08:00', 'a-x'],
  [
    'a group waits for its own snapshot',
    'group-snap@08:00 group@08:00',
    'group-snap (group: task-snapshot:group)',
  ],
  ['a group waits for the policies of its members', 'snap-b! group-snap group@08:00', '(group: snapshot:/b)'],
  ['a round does not wait for the snapshot of another group', 'group-snap! a-x@08:00', 'a-x'],
  [
    'as many rounds as may run',
    'a-x! c-y@08:00 b-x@08:01',
    'c-y (b-x: place)',
    { limits: { concurrentTasks: 2 } },
  ],
  [
    'as many rounds to one server as may',
    'a-x! b-x@08:00 c-y@08:01',
    'c-y (b-x: x)',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'a round for the targets that are free begins beside the one that is still at work on the others',
    'a-xy@09:00',
    'a-xy',
    { hand: 'a-xy', behind: 'a-xy:y', limits: { concurrentPerServer: 1, concurrentTasks: 1 } },
  ],
  [
    'no other waits for the place of a round that is behind, but for the server it is at',
    'a-xy! b-x@08:00 c-y@08:01',
    'b-x (c-y: y)',
    { behind: 'a-xy:y', limits: { concurrentPerServer: 1, concurrentTasks: 2 } },
  ],
  [
    'a clean-up does not wait for a round that is behind',
    'a-xy! clean-a@08:00',
    'clean-a',
    { behind: 'a-xy:y' },
  ],
  [
    'who begins now counts too',
    'a-x@08:00 b-x@08:01 c-y@08:02',
    'a-x c-y (b-x: x)',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'a round leaves out the server that is full, and sends to the others',
    'a-y! a-xy@08:00',
    'a-xy-y',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'what was left out waits until its server has a place',
    'a-y! a-xy@08:00~y',
    '(a-xy: y)',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'what was left out is made up for, beside the round that left it out',
    'a-xy@08:00~y',
    'a-xy',
    { hand: 'a-xy', behind: 'a-xy:x', limits: { concurrentPerServer: 1 } },
  ],
  [
    'it has its turn before those that were served since',
    'c-y@08:10-08:00 a-xy@08:20-07:00~y',
    'a-xy (c-y: y)',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'a clean-up does not wait for what is owed',
    'a-y! a-xy@08:00~y clean-c@08:00',
    'clean-c (a-xy: y)',
    { limits: { concurrentPerServer: 1 } },
  ],
  [
    'a round to two servers takes a place on both',
    'a-xy! b-x@08:00 c-y@08:00',
    '(b-x: x) (c-y: y)',
    { limits: { concurrentPerServer: 1 } },
  ],
  ['two disks of one server are one place', 'd-disks! b-x@08:00', 'b-x'],
  [
    'a round by hand takes a place',
    'b-x@08:00',
    '(b-x: x)',
    { hand: 'a-x', limits: { concurrentPerServer: 1 } },
  ],
  ['the same task by hand', 'a-x@08:00', '(a-x: same-task)', { hand: 'a-x' }],
  ['a clean-up after the round that is due', 'a-x@08:00 clean-a@08:00', 'a-x (clean-a: a-x)'],
  ['a clean-up after the round that runs', 'a-x! clean-a@08:00', '(clean-a: a-x)'],
  ['a clean-up after a round by hand', 'clean-a@08:00', '(clean-a: a-x)', { hand: 'a-x' }],
  ['a clean-up after the round of a group', 'group! clean-b@08:00', '(clean-b: group)'],
  ['a clean-up after the snapshot', 'snap-a@08:00 clean-a@08:00', 'snap-a (clean-a: snapshot:/a)'],
  ['a clean-up of another subvolume', 'a-x! clean-b@08:00', 'clean-b'],
  ['a clean-up does not wait for what is due later', 'snap-a a-x clean-a@08:00', 'clean-a'],
  ['a clean-up that is due again does not wait', 'a-x! clean-a@08:00', 'clean-a', { since: 'clean-a@07:10' }],
  ['a daily clean-up waits', 'd-disks! daily-d@00:00', '(daily-d: d-disks)', { since: 'daily-d@07:31' }],
  [
    'a daily one waits for no longer than an hour',
    'd-disks! daily-d@00:00',
    'daily-d',
    { since: 'daily-d@07:30' },
  ],
  [
    'a clean-up that is not due again yet waits',
    'a-x! clean-a@08:00',
    '(clean-a: a-x)',
    { since: 'clean-a@08:10' },
  ],
  [
    'a round that has begun to wait lets no later snapshot pass',
    'snap-a!08:15 a-x@08:00',
    'a-x',
    { since: 'a-x@08:10' },
  ],
  ['nor one that is due now', 'snap-a@08:20 a-x@08:00', 'snap-a a-x', { since: 'a-x@08:10' }],
  [
    'it does wait for one that was due before',
    'snap-a!08:05 a-x@08:00',
    '(a-x: snapshot:/a)',
    { since: 'a-x@08:10' },
  ],
  [
    'what was begun the longest time ago first',
    'snap-a@08:00-07:50 snap-b@08:00-07:40 snap-c@08:00',
    'snap-c snap-b snap-a',
  ],
  ['two clean-ups at once', 'clean-a@08:00 clean-b@08:00 clean-c@08:00', 'clean-a clean-b (clean-c: place)'],
  [
    'a clean-up that waits takes no place',
    'a-x! clean-a@08:00 clean-b@08:01 clean-c@08:02',
    'clean-b clean-c (clean-a: a-x)',
  ],
  [
    'more run than may, as somebody lowered the limit',
    'a-x! c-y! b-x@08:00',
    '(b-x: place)',
    { limits: { concurrentTasks: 1 } },
  ],
] as const) {
  test(`${title}: ${words}`, () => assert.equal(chosen(words, more), want));
}
