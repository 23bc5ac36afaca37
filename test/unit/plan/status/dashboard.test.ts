/** What the Dashboard says over all, and why: what was found out in a line, the verdict and its reasons in others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ItemMemory, itemKey } from '../../../../src/core/model/automation/automation.ts';
import { isoTime } from '../../../../src/core/model/clock.ts';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import { failed, ok } from '../../../../src/core/model/result.ts';
import type { Run } from '../../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import type { Dashboard } from '../../../../src/core/model/status/dashboard.ts';
import { LEVELS } from '../../../../src/core/model/status/finding.ts';
import { itemsOf, type Plans } from '../../../../src/core/plan/automation/due.ts';
import { newJob } from '../../../../src/core/plan/replication/advance.ts';
import { judgeDashboard } from '../../../../src/core/plan/status/dashboard.ts';
import type { DashboardQuestion } from '../../../../src/core/plan/status/dashboard-question.ts';
import type { KnownFilesystem, SeenServer } from '../../../../src/core/plan/status/dashboard-servers.ts';
import type { StorageWarning } from '../../../../src/core/plan/storage/warnings.ts';
import { dueAtOrBefore } from '../../../../src/core/plan/time/schedule.ts';
import { dashboardWords } from '../../../../src/text/words/finding.ts';
import { mendOf } from '../../../../src/text/words/mend.ts';
import { every, retentionPolicy, snapshotPolicy, task, UNREACHABLE } from '../automation-notation.ts';
import { healthIn, NOW, server, TAKEN, type World } from '../health-notation.ts';

const DAY = 86_400;
const DAILY = { schedule: every(DAY) };
const seen = (name: string, more: Partial<SeenServer> = {}): SeenServer => ({
  server: server(name),
  status: 'online',
  latencySeconds: 0.004,
  seenAt: TAKEN,
  fault: null,
  ...more,
});

const PLANS: Plans = {
  snapshotPolicies: [snapshotPolicy('/data', DAILY)],
  retentionPolicies: [],
  verifyPolicies: [],
  tasks: [task('nightly', '/data', 'b', DAILY)],
};

/** `j` is of the day it is, begun and sent. */
const FINE: World = { a: 'i j', others: { b: 'i j' }, tasks: [['nightly b']], policySeconds: DAY };

/** All of it was begun for the newest due time and went well. */
function memoriesOf(plans: Plans, more: Partial<ItemMemory> = {}): Map<string, ItemMemory> {
  return new Map(
    itemsOf(plans).map((item) => {
      const { schedule } = 'task' in item ? item.task : item.policy;
      const dueAt = isoTime(dueAtOrBefore(schedule, NOW) ?? 0);
      const run = {
        ...({ id: 7, state: 'finished', outcome: 'ok', finishedAt: dueAt } as const),
        ...{ cancelRequested: false, fault: null, retry: false },
      };
      return [itemKey(item), { item: itemKey(item), dueAt, attempt: 1, run, ...more }];
    }),
  );
}

function question(more: Partial<DashboardQuestion> = {}): DashboardQuestion {
  const plans = more.plans ?? PLANS;
  return {
    now: NOW,
    plans,
    jitterSeconds: 0,
    servers: [seen('a'), seen('b')],
    staleSeconds: 150,
    filesystems: [],
    healths: ok([healthIn(FINE)]),
    unattended: [],
    restores: [],
    lags: new Map(),
    memories: memoriesOf(plans),
    scheduler: { host: 'here', pid: 1 },
    active: [],
    failed: { runs: [], recovered: new Set() },
    ...more,
  };
}

/** `degraded b → automation tasks nightly` */
const told = ({ reasons }: Dashboard): string[] =>
  reasons.map((one) => {
    const { page, tab, object } = mendOf(one);
    const words = [one.level, one.subject.where, '→', page, tab, object];
    return words.filter((word) => word !== null).join(' ');
  });

const disk = (warnings: readonly Pick<StorageWarning, 'kind' | 'level'>[]): KnownFilesystem => ({
  server: 'b',
  filesystem: { mount: '/pool', uuid: 'u', space: { sizeBytes: 100, usedBytes: 90, freeBytes: 10 } },
  storageSeenAt: TAKEN,
  trend: null,
  warnings: warnings.map((one) => ({ ...one, message: `/pool on b: ${one.kind}`, hint: 'Add room.' })),
  unchecked: [],
});

const NO_ROOM = fault('no-space', 'a is full.', 'Delete something.');

const failing = (why: Fault, attempt = 1): Map<string, ItemMemory> => {
  const all = memoriesOf(PLANS);
  const before = all.get('snapshot:/data');
  assert.ok(before?.run);
  const run = { ...before.run, outcome: 'failed', fault: why, retry: why.retry } as const;
  return all.set('snapshot:/data', { ...before, attempt, run });
};

const noPrimary = fault('no-primary', 'No server is the primary yet.', 'Promote one.');
const away = { status: 'offline', fault: UNREACHABLE, latencySeconds: null } as const;
const down: World = { ...FINE, faults: { b: UNREACHABLE } };
const NO_TASKS: Plans = { ...PLANS, tasks: [] };
const untasked: World = { a: 'i j', others: { b: 'i j' }, policySeconds: DAY };
const old = isoTime(NOW - 151_000);

for (const [title, changes, overall, reasons] of [
  ['all is well', {}, 'ok', []],
  ['there are no servers', { servers: [], healths: failed(noPrimary) }, 'unknown', ['unknown → servers']],
  [
    'no server is the primary',
    { servers: [seen('b')], healths: failed(noPrimary) },
    'unknown',
    ['unknown → servers'],
  ],
  [
    'nothing is replicated by a task',
    { plans: NO_TASKS, healths: ok([healthIn(untasked)]) },
    'unknown',
    ['unknown → automation tasks'],
  ],
  [
    'a disabled task replicates nothing',
    { plans: { ...PLANS, tasks: [task('nightly', '/data', 'b', { enabled: false })] } },
    'unknown',
    ['unknown → automation tasks'],
  ],
  ['nothing is looked after', { healths: ok([]) }, 'unknown', ['unknown → automation snapshots']],
  ['nobody looks after a subvolume', { unattended: ['/www'] }, 'ok', ['note a → automation snapshots']],
  [
    'a target is down: one reason, however much is there',
    { servers: [seen('a'), seen('b', away)], healths: ok([healthIn(down), healthIn(down)]) },
    'unknown',
    ['unknown b → servers b'],
  ],
  [
    'a server was never seen',
    { servers: [seen('a'), seen('b', { status: 'unknown', seenAt: null })] },
    'unknown',
    ['unknown b → servers b'],
  ],
  [
    'a look is too old, though its server was up',
    { servers: [seen('a'), seen('b', { seenAt: old })] },
    'unknown',
    ['unknown b → servers b'],
  ],
  [
    'the primary was never seen: told once, with the primary',
    { servers: [seen('a', { ...away, seenAt: null }), seen('b')], healths: failed(UNREACHABLE) },
    'unknown',
    ['unknown a → servers a'],
  ],
  [
    'down, and worse is known: the worst counts',
    {
      servers: [seen('a'), seen('b'), seen('c', away)],
      healths: ok([healthIn({ ...FINE, others: { b: 'a' }, a: 'a b' })]),
    },
    'degraded',
    [
      'degraded a → automation snapshots /data',
      'degraded b:/pool → automation tasks nightly',
      'unknown c → servers c',
    ],
  ],
  [
    'there is no whole replica anywhere',
    { healths: ok([healthIn({ ...FINE, others: { b: '' } })]) },
    'failed',
    ['failed → replication /data', 'degraded b:/pool → automation tasks nightly'],
  ],
  [
    'nor a task: told once, not for every server that has none',
    { plans: NO_TASKS, healths: ok([healthIn({ ...untasked, others: { b: '', c: '' } })]) },
    'failed',
    ['failed → replication /data', 'unknown → automation tasks'],
  ],
  [
    'the last snapshot failed',
    { memories: failing(NO_ROOM) },
    'degraded',
    ['degraded → automation snapshots /data'],
  ],
  ['a failure that may pass is tried again first', { memories: failing(UNREACHABLE) }, 'ok', []],
  [
    'it did not pass',
    { memories: failing(UNREACHABLE, 3) },
    'degraded',
    ['degraded → automation snapshots /data'],
  ],
  ['no scheduler, and nothing overdue', { scheduler: null }, 'ok', ['note → automation']],
  [
    'no scheduler, and nothing was ever begun',
    { scheduler: null, memories: new Map() },
    'degraded',
    ['degraded → automation'],
  ],
  [
    'no scheduler, and a due time was missed',
    { scheduler: null, memories: memoriesOf(PLANS, { dueAt: '2026-01-08T00:00:00.000Z' }) },
    'degraded',
    ['degraded → automation'],
  ],
  [
    'a disk is about to fail',
    { filesystems: [disk([{ kind: 'metadata', level: 'degraded' }])] },
    'degraded',
    ['degraded b:/pool → monitoring b:/pool'],
  ],
  [
    'a disk is getting full: worth telling',
    { filesystems: [disk([{ kind: 'space', level: 'note' }])] },
    'ok',
    ['note b:/pool → monitoring b:/pool'],
  ],
] as const satisfies readonly (readonly [
  string,
  Partial<DashboardQuestion>,
  Dashboard['overall'],
  readonly string[],
])[]) {
  test(title, () => {
    const board = judgeDashboard(question(changes));
    assert.deepEqual([board.overall, told(board)], [overall, reasons]);
    for (const { message, hint } of board.reasons.map(dashboardWords))
      assert.ok(message !== '' && hint !== '');
  });
}

const servers = fc.tuple(
  fc.constantFrom('online', 'offline', 'untrusted', 'unauthorized', 'unknown'),
  fc.option(fc.integer({ min: 0, max: 1000 })),
  fc.boolean(),
);

test('it is never ok unless every server was seen just now, something is looked after, and a task replicates it', () => {
  const any = fc.record({
    a: servers,
    b: servers,
    others: fc.constantFrom('i j', 'i', ''),
    hasTask: fc.boolean(),
    isEmpty: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ a, b, others, hasTask, isEmpty }) => {
      const one = (name: string, [status, age, isFaulty]: typeof a): SeenServer =>
        seen(name, {
          status,
          seenAt: age === null ? null : isoTime(NOW - age * 1000),
          fault: isFaulty ? UNREACHABLE : null,
        });
      const { overall, reasons } = judgeDashboard(
        question({
          servers: [one('a', a), one('b', b)],
          plans: hasTask ? PLANS : NO_TASKS,
          healths: ok(isEmpty ? [] : [healthIn({ ...FINE, others: { b: others } })]),
        }),
      );
      const isSure = [a, b].every(([, age, isFaulty]) => age !== null && age <= 150 && !isFaulty);
      if (overall === 'ok') assert.ok(isSure && hasTask && !isEmpty && others !== '');
      const serious = reasons.flatMap(({ level }) => (level === 'note' ? [] : [LEVELS.indexOf(level)]));
      assert.equal(overall, serious.length === 0 ? 'ok' : LEVELS[Math.min(...serious)]);
      assert.deepEqual(
        serious,
        serious.toSorted((x, y) => x - y),
      );
    }),
  );
});

test('what is known of a subvolume: its snapshots against their schedule, each replica against its promise', () => {
  const plans = { ...PLANS, tasks: [task('nightly', '/data', 'b', { ...DAILY, rpoSeconds: 3600 })] };
  const health = healthIn({ ...FINE, tasks: [['nightly b', { rpoSeconds: 3600 }]] });
  const [one] = judgeDashboard(question({ plans, healths: ok([health]) })).subvolumes;
  assert.ok(one);
  assert.deepEqual(
    [one.snapshots, one.newest, one.newestAgeSeconds, one.schedules, one.dueAt, one.overdue],
    [2, '2026-01-10T00:00:00.000Z', DAY / 2, ['every 1d'], '2026-01-10T00:00:00.000Z', false],
  );
  const [replica] = one.replicas;
  assert.deepEqual(
    [
      replica?.server,
      replica?.status,
      replica?.lagSeconds,
      replica?.wouldLoseSeconds,
      replica?.rpo,
      replica?.rpoSeconds,
    ],
    ['b', 'complete', 0, DAY / 2, 'breached', 3600],
  );
});

for (const [title, world, overdue] of [
  ['one due time missed', { ...FINE, a: 'h i', others: { b: 'h i' } }, false],
  ['two due times missed', { ...FINE, a: 'g h', others: { b: 'g h' } }, true],
  ['none at all', { ...FINE, a: '', others: { b: '' } }, true],
  ['the primary cannot be looked at', { ...FINE, a: 'g h', faults: { a: UNREACHABLE } }, null],
] as const) {
  test(`overdue: ${title}`, () => {
    const [one] = judgeDashboard(question({ healths: ok([healthIn(world)]) })).subvolumes;
    assert.equal(one?.overdue, overdue);
  });
}

const run = (id: number, more: Partial<Run> = {}): Run => ({
  ...{ id, kind: 'snapshot', trigger: 'schedule', request: snapshotByHand(['/data']) },
  origin: { item: 'snapshot:/data', dueAt: null, parent: null },
  ...{ state: 'finished', outcome: 'failed', cancelRequested: false, job: null },
  ...{ createdAt: TAKEN, startedAt: TAKEN, finishedAt: TAKEN, report: { kind: 'fault', fault: NO_ROOM } },
  ...more,
});

test('what failed is told once, newest first, with how often, and apart when it went well since', () => {
  const byHand = { origin: { item: null, dueAt: null, parent: null } };
  const runs = [run(9), run(8, { ...byHand, outcome: 'interrupted', report: null }), run(7), run(6)];
  const { failures, overall } = judgeDashboard(question({ failed: { runs, recovered: new Set([9]) } }));
  assert.deepEqual(
    failures.map((one) => [one.run, one.count, one.isRecovered, one.message]),
    [
      [9, 3, true, 'a is full.'],
      [8, 1, false, 'Its process died.'],
    ],
  );
  assert.equal(overall, 'ok');
});

test('a run that goes on has the progress of its parts', () => {
  const parent = run(3, {
    kind: 'task',
    request: { kind: 'task', task: 'nightly', snapshot: false },
    state: 'running',
  });
  const sending = {
    ...({ phase: 'sending', step: { snapshot: 'x', base: null, index: 1, count: 1 } } as const),
    ...{ sentBytes: 50, payloadBytes: 40, totalBytes: 160 },
    ...{ startedAt: isoTime(NOW - 10_000), updatedAt: isoTime(NOW) },
  };
  const part = run(4, {
    state: 'running',
    origin: { item: 'task:nightly', dueAt: null, parent: 3 },
    job: { ...newJob([]), targets: [{ target: 'b', progress: sending, results: [] }] },
  });
  const { running } = judgeDashboard(question({ active: [part, parent] }));
  assert.deepEqual(
    running.map(({ run: id, subject, targets }) => [id, subject, targets]),
    [
      [
        3,
        'nightly',
        [
          {
            ...{ target: 'b', phase: 'sending', sentBytes: 50, totalBytes: 160 },
            ...{ fraction: 0.25, bytesPerSecond: 5, secondsLeft: 30 },
          },
        ],
      ],
    ],
  );
});

test('the next five that are due, the soonest first', () => {
  const plans = {
    ...PLANS,
    retentionPolicies: [1, 2, 3, 4, 5].map((hours) =>
      retentionPolicy(`/r${hours}`, { schedule: every(hours * 3600) }),
    ),
  };
  const { next } = judgeDashboard(question({ plans, memories: memoriesOf(plans) }));
  assert.deepEqual(
    next.map(({ item, why }) => `${item} ${why}`),
    ['/r1', '/r5', '/r2', '/r3', '/r4'].map((path) => `retention:${path} schedule`),
  );
  assert.deepEqual(
    next.map(({ at }) => at),
    next.map(({ at }) => at).toSorted(),
  );
});
