/** What a task is to be, as options say it; and that a change touches nothing that is not named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { taskChanges, taskFrom } from '../../../../src/cli/task/choice.ts';
import type { TaskOptions } from '../../../../src/cli/task/options.ts';
import type { Task } from '../../../../src/core/model/automation/task.ts';
import { must } from '../../state/fixtures/state-home.ts';

const LEAST: TaskOptions = { subvolume: ['/data'], to: ['b'], every: '1h' };
const ZONE = 'Europe/Paris';

const TASK: Task = must(
  taskFrom(
    'nightly',
    {
      ...{ subvolume: ['/data'], to: ['b,c:/mnt/usb'], cron: '30 2 * * *', timezone: 'Europe/Berlin' },
      ...{ rpo: '2d', rate: '10M', keepLast: '3', keepDaily: '7', keepMinAge: '1h', into: 'own' },
    },
    ZONE,
  ),
);

test('what is not named has its default', () => {
  assert.deepEqual(taskFrom('nightly', LEAST, ZONE), {
    ok: true,
    value: {
      name: 'nightly',
      subvolumes: ['/data'],
      targets: [{ server: 'b', mount: null }],
      schedule: { kind: 'every', seconds: 3600 },
      mode: 'async',
      rpoSeconds: null,
      options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
      retention: null,
      into: null,
      retries: 3,
      suspendAfter: 10,
      suspended: false,
      enabled: true,
    },
  });
});

const PARIS = { timeZone: ZONE, minAgeSeconds: 0 };
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

for (const [title, options, want] of [
  ['several subvolumes', { subvolume: ['/a,b', '/c'] }, { subvolumes: ['/a,b', '/c'] }],
  [
    'targets of both forms',
    { to: ['b,c:/mnt/usb/', 'd'] },
    {
      targets: [
        { server: 'b', mount: null },
        { server: 'c', mount: '/mnt/usb' },
        { server: 'd', mount: null },
      ],
    },
  ],
  [
    'one mount for all that name none',
    { to: ['b', 'c:/mnt'], targetRoot: '/srv/pool/' },
    {
      targets: [
        { server: 'b', mount: '/srv/pool' },
        { server: 'c', mount: '/mnt' },
      ],
    },
  ],
  ['a short interval', { every: '45s' }, { schedule: { kind: 'every', seconds: 45 } }],
  ['sync', { mode: 'sync' }, { mode: 'sync' }],
  ['an RPO', { rpo: '30m' }, { rpoSeconds: 1800 }],
  ['disabled', { disabled: true }, { enabled: false }],
  ['how often', { retries: '0', suspendAfter: '0' }, { retries: 0, suspendAfter: 0 }],
  ['a directory', { into: 'x/y' }, { into: 'x/y' }],
  [
    'a transfer',
    { path: 'relay', rate: '512K', compress: true, resumable: true },
    { options: { path: 'relay', rateBytesPerSecond: 524_288, compress: true, resumable: true } },
  ],
  [
    'a ladder',
    { keepLast: '2', keepYearly: '1', keepMinAge: '2d' },
    { retention: { kind: 'ladder', ...NONE, last: 2, yearly: 1, timeZone: ZONE, minAgeSeconds: 172_800 } },
  ],
  [
    'a period, in a zone',
    { keepPer: 'week', keepCount: '2', timezone: 'UTC' },
    { retention: { kind: 'per-period', per: 'week', keep: 2, timeZone: 'UTC', minAgeSeconds: 0 } },
  ],
] as const satisfies readonly (readonly [string, TaskOptions, Partial<Task>])[]) {
  test(`a new task with ${title}`, () => {
    const base = must(taskFrom('nightly', LEAST, ZONE));
    assert.deepEqual(must(taskFrom('nightly', { ...LEAST, ...options }, ZONE)), { ...base, ...want });
  });
}

for (const [options, want] of [
  [{ subvolume: undefined }, '--subvolume is missing: nothing says what to send.'],
  [{ to: undefined }, '--to is missing: nothing says where to send it.'],
  [{ to: [''] }, 'No target is named.'],
  [{ to: ['b', 'b'] }, 'The target b is named twice.'],
  [{ to: ['b:mnt'] }, '"b:mnt" is not a target.'],
  [{ targetRoot: 'pool' }, '--target-root pool is no absolute path.'],
  [{ every: undefined }, 'Nothing says when.'],
  [{ cron: '0 3 * * *' }, '--every and --cron both say when.'],
  [{ timezone: 'UTC' }, '--timezone belongs to --cron and to the --keep options, and there are none.'],
  [{ mode: 'both' }, '--mode both is not known.'],
  [{ rpo: 'soon' }, '--rpo soon is no time.'],
  [{ rpo: '0' }, '--rpo 0 is no time.'],
  [{ path: 'pigeon' }, '--path pigeon is not known.'],
  [{ rate: 'fast' }, '--rate fast is not a number of bytes.'],
  [{ retries: '101' }, '--retries 101 is no number of times.'],
  [{ retries: '-1' }, '--retries -1 is no number of times.'],
  [{ suspendAfter: '1.5' }, '--suspend-after 1.5 is no number of times.'],
  [{ keepCount: '1' }, '--keep-count says how many, and not of what.'],
  [{ keepPer: 'day' }, '--keep-per needs to know how many to keep of each.'],
  [{ keepPer: 'day', keepCount: '1', keepLast: '1' }, '--keep-per and --keep-last are two kinds of rules.'],
  [{ keepDaily: 'x' }, '--keep-daily x is not a whole number of snapshots.'],
  [{ keepLast: '0' }, 'This policy would keep nothing.'],
  [{ keepMinAge: '1h' }, 'Nothing says what to keep.'],
  [{ keepLast: '1', keepAll: true }, '--keep-all keeps everything, so there is nothing to choose.'],
] as const) {
  test(`a new task with ${JSON.stringify(options)} is refused`, () => {
    const read = taskFrom('nightly', { ...LEAST, ...options } as TaskOptions, ZONE);
    assert.equal(read.ok ? 'a task' : read.fault.message, want);
    // The options have these names here and no others.
    assert.doesNotMatch(read.ok ? '' : read.fault.hint, /--(?:per|last|daily|min-age|keep)(?![\w-])/);
  });
}

const changed = (options: TaskOptions) => must(taskChanges(options, ZONE, TASK));

for (const [title, options, want] of [
  ['nothing', {}, {}],
  [
    'another time',
    { cron: '0 4 * * *' },
    { schedule: { kind: 'cron', expression: '0 4 * * *', timeZone: 'Europe/Berlin' } },
  ],
  ['an interval', { every: '30m' }, { schedule: { kind: 'every', seconds: 1800 } }],
  [
    'a mount for what names none',
    { targetRoot: '/srv' },
    {
      targets: [
        { server: 'b', mount: '/srv' },
        { server: 'c', mount: '/mnt/usb' },
      ],
    },
  ],
  ['no RPO', { rpo: false }, { rpoSeconds: null }],
  ['no limit', { rate: false }, { options: { ...TASK.options, rateBytesPerSecond: null } }],
  ['compression', { compress: true }, { options: { ...TASK.options, compress: true } }],
  ['the usual directory', { into: false }, { into: null }],
  ['everything kept', { keepAll: true }, { retention: null }],
  ['one number', { keepDaily: '14' }, { retention: { ...TASK.retention, daily: 14 } }],
  ['an age', { keepMinAge: '0' }, { retention: { ...TASK.retention, minAgeSeconds: 0 } }],
  [
    'the other kind of rules',
    { keepPer: 'day', keepCount: '2' },
    {
      retention: { kind: 'per-period', per: 'day', keep: 2, timeZone: 'Europe/Berlin', minAgeSeconds: 3600 },
    },
  ],
  [
    'a zone, of the time and of the rules',
    { timezone: 'UTC' },
    {
      schedule: { kind: 'cron', expression: '30 2 * * *', timeZone: 'UTC' },
      retention: { ...TASK.retention, timeZone: 'UTC' },
    },
  ],
] as const) {
  test(`an edit to ${title} changes that and nothing else`, () => {
    assert.deepEqual(changed(options as TaskOptions), want);
  });
}

test('rules for a task that kept everything go by the zone of this machine', () => {
  const before: Task = { ...TASK, retention: null };
  const read = must(taskChanges({ keepLast: '1' }, ZONE, before));
  assert.deepEqual(read.retention, { kind: 'ladder', ...NONE, ...PARIS, last: 1 });
});

test('a zone alone for a task that has none is refused', () => {
  const before: Task = { ...TASK, retention: null, schedule: { kind: 'every', seconds: 60 } };
  const read = taskChanges({ timezone: 'UTC' }, ZONE, before);
  assert.equal(read.ok ? '' : read.fault.code, 'usage');
});

const words = fc.option(fc.string({ maxLength: 12 }), { nil: undefined });
const anyOptions = fc.record(
  Object.fromEntries(
    [
      'every',
      'cron',
      'timezone',
      'targetRoot',
      'mode',
      'rpo',
      'path',
      'rate',
      'into',
      'retries',
      'suspendAfter',
    ]
      .concat(['keepPer', 'keepCount', 'keepLast', 'keepDaily', 'keepMinAge'])
      .map((name) => [name, words]),
  ),
);

test('whatever is typed, it is read or refused, and never thrown', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      const read = taskChanges(options as TaskOptions, ZONE, TASK);
      if (!read.ok) assert.match(read.fault.code, /^(?:usage|refused)$/);
    }),
  );
});
