/** What policies, tasks and preferences may look like in the configuration, and where it says that they may not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { ok } from '../../../../src/core/model/result.ts';
import { EMPTY_CONFIG, migrateConfig, parseConfig } from '../../../../src/core/state/config/schema.ts';
import { createConfigStore } from '../../../../src/core/state/config/store.ts';
import { faultOf, must, server, startWorker, stateHome, workerOutput } from '../fixtures/state-home.ts';

const SERVERS = [server('a', { role: 'primary' }), server('b'), server('c')];
const EVERY = { kind: 'every', seconds: 900 } as const;
const CRON = { kind: 'cron', expression: '*/15 * * * *', timeZone: 'Europe/Berlin' } as const;
const LADDER = { kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0, daily: 7 } as const;
const WEEKLY = { kind: 'per-period', timeZone: 'UTC', minAgeSeconds: 3600, per: 'week', keep: 2 } as const;

const task = (more: object = {}) => ({
  ...{ name: 't', subvolumes: ['/data'], targets: [{ server: 'b' }], schedule: EVERY },
  ...more,
});
const snapshots = (more: object = {}) => ({ subvolume: '/data', schedule: EVERY, ...more });
const retention = (more: object = {}) => ({ subvolume: '/data', rules: LADDER, schedule: EVERY, ...more });

const tasks = (...all: readonly object[]) => ({ tasks: all });
const snapshotPolicies = (...all: readonly object[]) => ({ snapshotPolicies: all });
const retentionPolicies = (...all: readonly object[]) => ({ retentionPolicies: all });
const hooks = (more: object) => snapshotPolicies(snapshots({ hooks: more }));

const read = (part: object) => parseConfig({ ...EMPTY_CONFIG, servers: SERVERS, ...part });

for (const [title, part] of [
  ['a task with nothing but what it needs', tasks(task())],
  ['a task by calendar', tasks(task({ schedule: CRON }))],
  ['a group', tasks(task({ subvolumes: ['/data', '/home', '/'] }))],
  [
    'two filesystems of one server',
    tasks(task({ targets: [{ server: 'b' }, { server: 'b', mount: '/mnt/usb' }] })),
  ],
  ['a directory of its own', tasks(task({ into: 'from-a/data' }))],
  ['what a target keeps', tasks(task({ retention: WEEKLY }), task({ name: 'u', retention: LADDER }))],
  ['a task that never gives up, and never tries again', tasks(task({ retries: 0, suspendAfter: 0 }))],
  ['two tasks of one subvolume', tasks(task(), task({ name: 'u', targets: [{ server: 'c' }] }))],
  ['both policies of one subvolume', { ...snapshotPolicies(snapshots()), ...retentionPolicies(retention()) }],
  ['every second', snapshotPolicies(snapshots({ schedule: { kind: 'every', seconds: 1 } }))],
  ['a year', snapshotPolicies(snapshots({ schedule: { kind: 'every', seconds: 31_622_400 } }))],
  [
    'commands around a snapshot',
    hooks({ before: { command: 'true', timeoutSeconds: 3600, required: false } }),
  ],
  ['the least preferences', { preferences: { stallSeconds: 10, historyDays: 1, jitterSeconds: 0 } }],
  [
    'the most preferences',
    { preferences: { concurrentTasks: 32, concurrentPerServer: 32, historyDays: 3650 } },
  ],
] as const) {
  test(`a configuration may have ${title}`, () => {
    const result = read(part);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value.warnings, []);
    assert.deepEqual(
      parseConfig({ ...result.value.config }),
      result,
      'as it was understood it is understood again',
    );
  });
}

const NAME = 'must be 1 to 63 letters, digits, dots, dashes or underscores, and begin with none of . and -';
const LISTED = 'must be a path as the server lists it: without // or . or .. and with no slash at its end';
const SECONDS = 'must be a whole number of seconds from 1 to 31622400';
const FIELDS = 'must be five fields: minute, hour, day of month, month, day of week';
const ZONE = 'must be a time zone such as Europe/Berlin or UTC';
const NOTHING = 'keeps nothing: give at least one number above 0';
const BELOW = 'must be a path below .snapshots, without a leading slash, dots or names that begin with a dot';

for (const [part, want] of [
  [tasks(task({ name: '-t' })), `tasks[0].name: ${NAME}`],
  [tasks(task({ name: undefined })), `tasks[0].name: ${NAME}`],
  [tasks(task(), task()), 'tasks[1].name: a task named t is there already'],
  [tasks(task({ subvolumes: [] })), 'tasks[0].subvolumes[0]: must be an absolute path'],
  [tasks(task({ subvolumes: ['data'] })), 'tasks[0].subvolumes[0]: must be an absolute path'],
  [tasks(task({ subvolumes: ['/a', '/b\n/c'] })), 'tasks[0].subvolumes[1]: must be an absolute path'],
  [tasks(task({ subvolumes: ['/data/'] })), `tasks[0].subvolumes[0]: ${LISTED}`],
  [tasks(task({ subvolumes: ['/srv//data'] })), `tasks[0].subvolumes[0]: ${LISTED}`],
  [tasks(task({ subvolumes: ['/srv/../data'] })), `tasks[0].subvolumes[0]: ${LISTED}`],
  [tasks(task({ subvolumes: ['/half\ud800'] })), `tasks[0].subvolumes[0]: ${LISTED}`],
  [tasks(task({ subvolumes: ['/a', '/a'] })), 'tasks[0].subvolumes: names a subvolume twice'],
  [tasks(task({ targets: [] })), 'tasks[0].targets[0]: must be a target: a server, and a mount or null'],
  [tasks(task({ targets: [{ server: 'b', mount: '/mnt/' }] })), `tasks[0].targets[0].mount: ${LISTED}`],
  [tasks(task({ targets: [{ server: 'b' }, { server: 'b' }] })), 'tasks[0].targets: names a target twice'],
  [tasks(task({ targets: [{ server: 'x' }] })), 'tasks[0].targets: there is no server named x'],
  [tasks(task({ schedule: { kind: 'daily' } })), 'tasks[0].schedule.kind: must have a kind: every or cron'],
  [tasks(task({ schedule: { kind: 'every', seconds: 0 } })), `tasks[0].schedule.seconds: ${SECONDS}`],
  [tasks(task({ schedule: { kind: 'every', seconds: 1.5 } })), `tasks[0].schedule.seconds: ${SECONDS}`],
  [
    tasks(task({ schedule: { kind: 'every', seconds: 31_622_401 } })),
    `tasks[0].schedule.seconds: ${SECONDS}`,
  ],
  [tasks(task({ schedule: { kind: 'every', seconds: '60' } })), `tasks[0].schedule.seconds: ${SECONDS}`],
  [tasks(task({ schedule: { ...CRON, expression: '@daily' } })), `tasks[0].schedule.expression: ${FIELDS}`],
  [
    tasks(task({ schedule: { ...CRON, expression: '0 * * * * *' } })),
    `tasks[0].schedule.expression: ${FIELDS}`,
  ],
  [tasks(task({ schedule: { ...CRON, timeZone: 'Mars/Olympus' } })), `tasks[0].schedule.timeZone: ${ZONE}`],
  [tasks(task({ mode: 'both' })), 'tasks[0].mode: Invalid option: expected one of "async"|"sync"'],
  [tasks(task({ rpoSeconds: 0 })), 'tasks[0].rpoSeconds: Too small: expected number to be >=1'],
  [
    tasks(task({ options: { rateBytesPerSecond: 0 } })),
    'tasks[0].options.rateBytesPerSecond: Too small: expected number to be >=1',
  ],
  [tasks(task({ retention: { ...LADDER, daily: 0 } })), `tasks[0].retention: ${NOTHING}`],
  [tasks(task({ into: '../data' })), `tasks[0].into: ${BELOW}`],
  [tasks(task({ into: '/data' })), `tasks[0].into: ${BELOW}`],
  [tasks(task({ into: '.btrfleet/owner' })), `tasks[0].into: ${BELOW}`],
  [tasks(task({ into: 'a//b' })), `tasks[0].into: ${BELOW}`],
  [tasks(task({ into: '' })), `tasks[0].into: ${BELOW}`],
  [
    tasks(task({ into: 'x', subvolumes: ['/a', '/b'] })),
    'tasks[0].into: a group keeps each member in its usual directory',
  ],
  [tasks(task({ retries: -1 })), 'tasks[0].retries: Too small: expected number to be >=0'],
  [tasks(task({ suspendAfter: -1 })), 'tasks[0].suspendAfter: Too small: expected number to be >=0'],
  [
    snapshotPolicies(snapshots(), snapshots()),
    'snapshotPolicies[1].subvolume: /data has such a policy already',
  ],
  [snapshotPolicies(snapshots({ subvolume: '/data/' })), `snapshotPolicies[0].subvolume: ${LISTED}`],
  [
    hooks({ before: { command: '  ', timeoutSeconds: 5, required: true } }),
    'snapshotPolicies[0].hooks.before.command: must be a command',
  ],
  [
    hooks({ after: { command: 'a\0b', timeoutSeconds: 5 } }),
    'snapshotPolicies[0].hooks.after.command: must have no NUL',
  ],
  [
    hooks({ after: { command: 'sync', timeoutSeconds: 3601 } }),
    'snapshotPolicies[0].hooks.after.timeoutSeconds: Too big: expected number to be <=3600',
  ],
  [
    retentionPolicies(retention(), retention()),
    'retentionPolicies[1].subvolume: /data has such a policy already',
  ],
  [retentionPolicies(retention({ rules: { ...WEEKLY, keep: 0 } })), `retentionPolicies[0].rules: ${NOTHING}`],
  [
    retentionPolicies(retention({ rules: { ...LADDER, daily: 0, minAgeSeconds: 60 } })),
    `retentionPolicies[0].rules: ${NOTHING}`,
  ],
  [
    retentionPolicies(retention({ rules: { ...LADDER, minAgeSeconds: -1 } })),
    'retentionPolicies[0].rules.minAgeSeconds: Too small: expected number to be >=0',
  ],
  [
    retentionPolicies(retention({ rules: { ...LADDER, timeZone: '' } })),
    `retentionPolicies[0].rules.timeZone: ${ZONE}`,
  ],
  [{ preferences: { historyDays: 0 } }, 'preferences.historyDays: Too small: expected number to be >=1'],
  [
    { preferences: { jitterSeconds: 3601 } },
    'preferences.jitterSeconds: Too big: expected number to be <=3600',
  ],
  [
    { preferences: { concurrentTasks: 0 } },
    'preferences.concurrentTasks: Too small: expected number to be >=1',
  ],
  [
    { preferences: { concurrentPerServer: 33 } },
    'preferences.concurrentPerServer: Too big: expected number to be <=32',
  ],
] as const) {
  test(`a configuration is refused: ${want}`, () => {
    const result = read(part);
    assert.deepEqual(
      result.ok ? [] : result.fault.map(({ path, reason }) => `${path}: ${reason}`),
      [want],
      JSON.stringify(part),
    );
  });
}

test('all that is wrong is told at once', () => {
  const result = read(tasks(task({ name: '', retries: -1 }), task({ into: '/' })));
  assert.deepEqual(result.ok ? [] : result.fault.map(({ path }) => path), [
    'tasks[0].name',
    'tasks[0].retries',
    'tasks[1].into',
  ]);
});

test('what is left out is as people expect it', () => {
  const result = read({
    ...tasks(task({ retention: LADDER })),
    ...snapshotPolicies(snapshots()),
    ...retentionPolicies(retention()),
    preferences: {},
  });
  assert.ok(result.ok);
  const { config } = result.value;
  const all = { ...LADDER, last: 0, hourly: 0, weekly: 0, monthly: 0, yearly: 0 };
  assert.deepEqual(config.tasks, [
    {
      ...{ name: 't', subvolumes: ['/data'], targets: [{ server: 'b', mount: null }], schedule: EVERY },
      ...{ mode: 'async', rpoSeconds: null, into: null, suspended: false, enabled: true },
      options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
      retention: all,
      retries: 3,
      suspendAfter: 10,
    },
  ]);
  assert.deepEqual(config.snapshotPolicies, [
    { subvolume: '/data', schedule: EVERY, hooks: { before: null, after: null }, enabled: true },
  ]);
  assert.deepEqual(config.retentionPolicies, [
    { subvolume: '/data', rules: all, schedule: EVERY, enabled: true },
  ]);
  assert.deepEqual(config.preferences, {
    ...{ stallSeconds: 900, historyDays: 365, jitterSeconds: 0 },
    ...{ concurrentTasks: 4, concurrentPerServer: 2 },
  });
});

test('a configuration from before there was automation is read as ever', () => {
  const before = { version: 1, servers: SERVERS, holds: [], preferences: { stallSeconds: 60 } };
  const raw = migrateConfig(before);
  assert.ok(raw.ok);
  const result = parseConfig(raw.value);
  assert.ok(result.ok);
  assert.deepEqual(result.value.warnings, []);
  assert.deepEqual(result.value.config, {
    ...EMPTY_CONFIG,
    servers: SERVERS,
    preferences: { ...EMPTY_CONFIG.preferences, stallSeconds: 60 },
  });
});

test('keys it does not know stay in policies, tasks and targets, whatever else is changed there', (t) => {
  const home = stateHome(t);
  const before = {
    ...EMPTY_CONFIG,
    servers: SERVERS,
    tasks: [
      task({ name: 'gone', colour: 'red' }),
      task({
        colour: 'blue',
        targets: [
          { server: 'b' },
          { server: 'b', mount: '/usb', label: 'the red disk' },
          { server: 'c', via: 1 },
        ],
        schedule: { ...EVERY, jitter: 5 },
        retention: { ...LADDER, hunch: true },
      }),
    ],
    snapshotPolicies: [snapshots({ note: 'n', hooks: { during: 'x' } })],
    retentionPolicies: [retention({ rules: { ...LADDER, decades: 1 } })],
  };
  writeFileSync(home.config, JSON.stringify(before));
  const store = createConfigStore(home);
  assert.deepEqual(
    must(store.read()).warnings.map((text) => text.split(' ')[0]),
    [
      'snapshotPolicies[0].note',
      'snapshotPolicies[0].hooks.during',
      'retentionPolicies[0].rules.decades',
      'tasks[0].colour',
      'tasks[1].targets[1].label',
      'tasks[1].targets[2].via',
      'tasks[1].schedule.jitter',
      'tasks[1].colour',
      'tasks[1].retention.hunch',
    ],
  );
  must(
    store.change((config) =>
      ok({
        ...config,
        snapshotPolicies: config.snapshotPolicies.map((policy) => ({ ...policy, enabled: false })),
        tasks: config.tasks
          .filter(({ name }) => name === 't')
          .map((one) => {
            const [first, usb, other] = one.targets;
            assert.ok(usb && other);
            const { server: on } = first;
            return { ...one, suspended: true, targets: [{ server: on, mount: '/new' }, other, usb] as const };
          }),
      }),
    ),
  );
  const after = JSON.parse(readFileSync(home.config, 'utf8'));
  assert.equal(after.tasks.length, 1);
  const [{ colour, suspended, targets, schedule, retention: rules }] = after.tasks;
  assert.deepEqual([colour, suspended, schedule], ['blue', true, { ...EVERY, jitter: 5 }]);
  assert.deepEqual(targets, [
    { server: 'b', mount: '/new' },
    { server: 'c', mount: null, via: 1 },
    { server: 'b', mount: '/usb', label: 'the red disk' },
  ]);
  assert.equal(rules.hunch, true);
  const [policy] = after.snapshotPolicies;
  assert.deepEqual([policy.note, policy.hooks.during, policy.enabled], ['n', 'x', false]);
  assert.equal(after.retentionPolicies[0].rules.decades, 1);
});

test('a server that a task sends to cannot be taken out of the configuration alone', (t) => {
  const home = stateHome(t);
  writeFileSync(home.config, JSON.stringify({ ...EMPTY_CONFIG, servers: SERVERS, ...tasks(task()) }));
  const before = readFileSync(home.config, 'utf8');
  const result = createConfigStore(home).change((config) =>
    ok({ ...config, servers: config.servers.filter(({ name }) => name !== 'b') }),
  );
  assert.match(faultOf(result).message, /tasks\[0\]\.targets: there is no server named b/);
  assert.equal(readFileSync(home.config, 'utf8'), before);
});

test('3 processes add 30 tasks each, and none is lost', async (t) => {
  const home = stateHome(t);
  writeFileSync(home.config, JSON.stringify({ ...EMPTY_CONFIG, servers: SERVERS }));
  const workers = ['x', 'y', 'z'].map((prefix) => startWorker('addTasks', home, prefix, '30'));
  const said = workers.map(workerOutput);
  await Promise.all(workers.map((worker) => once(worker.stdout ?? worker, 'data')));
  for (const worker of workers) worker.stdin?.end('go');
  await Promise.all(said);
  const { tasks: all } = must(createConfigStore(home).read()).config;
  const names = ['x', 'y', 'z'].flatMap((prefix) => Array.from({ length: 30 }, (_, index) => prefix + index));
  assert.deepEqual(all.map(({ name }) => name).toSorted(), names.toSorted());
});
