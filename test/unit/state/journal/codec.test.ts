/** Whatever this version writes into the journal it reads back as it was, and what it cannot read it says so of. */

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FAULT_CODES, type Fault } from '../../../../src/core/model/fault.ts';
import { GROUP_PERIODS, type RetentionRules } from '../../../../src/core/model/retention.ts';
import type { CleanupReport } from '../../../../src/core/model/runs/cleanup.ts';
import { EXTRACT_OUTCOMES, OVERWRITES } from '../../../../src/core/model/runs/extract.ts';
import type { ReplicationReport, ReplicationRequest } from '../../../../src/core/model/runs/replication.ts';
import { RESTORE_OUTCOMES } from '../../../../src/core/model/runs/restore.ts';
import type { RunReport, RunRequest } from '../../../../src/core/model/runs/run.ts';
import type { SnapshotReport } from '../../../../src/core/model/runs/snapshot.ts';
import {
  PROOF_LEVELS,
  TARGET_STATUSES,
  type TargetResult,
} from '../../../../src/core/model/runs/target-result.ts';
import type { TaskReport } from '../../../../src/core/model/runs/task.ts';
import { DIFFERENCE_KINDS, VERIFY_STATUSES } from '../../../../src/core/model/runs/verify.ts';
import { readFault, readReport, readRequest } from '../../../../src/core/state/journal/codec.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { codePoint } from '../../../code-points.ts';
import { roundReport } from '../fixtures/reports.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

/** A plain object, as JSON gives it back. */
const record = <T>(shape: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(shape, { noNullPrototype: true });

const text = fc.string({ unit: codePoint, maxLength: 12 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 3 });
const count = fc.nat();
/** JSON knows no other numbers, and no −0. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const seconds = fc.double({ min: 0, max: 1e9, noNaN: true });
const flag = fc.boolean();

const fault: fc.Arbitrary<Fault> = record({
  code: fc.constantFrom(...FAULT_CODES),
  message: text,
  hint: text,
  server: maybe(text),
  retry: flag,
});

const any = { timeZone: text, minAgeSeconds: number };

const rules: fc.Arbitrary<RetentionRules> = fc.oneof(
  record({
    ...{ kind: fc.constant('per-period' as const), ...any },
    ...{ per: fc.constantFrom(...GROUP_PERIODS), keep: count },
  }),
  record({
    ...{ kind: fc.constant('ladder' as const), ...any, last: count },
    ...{ hourly: count, daily: count, weekly: count, monthly: count, yearly: count },
  }),
);

const chosen = some(record({ name: text, uuid: text }));
const hook = { command: text, timeoutSeconds: count };

const wanted: fc.Arbitrary<ReplicationRequest['wanted']> = fc.oneof(
  record({ mode: fc.constant('full' as const), snapshot: text }),
  record({ mode: fc.constant('incremental' as const), snapshot: text, base: text }),
  record({ mode: fc.constant('auto' as const), snapshot: maybe(text), all: flag }),
  record({
    ...{ mode: fc.constant('catch-up' as const), snapshot: maybe(text) },
    ...{ keep: maybe(rules), group: maybe(some(text)) },
  }),
);

const seedPlace = record({ server: maybe(text), directory: text });

/** A row here for each kind there is: the types hold that. */
const requests: { readonly [K in RunRequest['kind']]: fc.Arbitrary<Extract<RunRequest, { kind: K }>> } = {
  snapshot: record({
    ...{ kind: fc.constant('snapshot' as const), subvolumes: some(text), group: flag },
    hooks: some(
      record({
        subvolume: text,
        before: maybe(record({ ...hook, required: flag })),
        after: maybe(record(hook)),
      }),
    ),
    ...{ dueAt: maybe(text), sync: flag },
  }),
  task: fc.oneof(
    record({ kind: fc.constant('task' as const), task: text, snapshot: flag }),
    record({
      ...{ kind: fc.constant('task' as const), task: text, snapshot: flag },
      ...{ only: some(text), without: some(text) },
    }),
  ),
  restore: fc
    .tuple(
      record({
        ...{ kind: fc.constant('restore' as const), subvolume: text, server: text },
        ...{ filesystem: text, inside: text },
        ...{ from: record({ name: text, uuid: text }), live: maybe(text), at: text, moveNested: flag },
      }),
      fc.constantFrom(...[{}, { undo: 1 }, { settles: 2 }, { undo: 1, settles: 2 }], {
        back: { server: 'b', path: '/r/s', uuid: 'r', originId: 'u', to: '/s', base: null },
      }),
    )
    .map(([request, more]) => ({ ...request, ...more })),
  verify: record({
    ...{ kind: fc.constant('verify' as const), subvolume: text, level: fc.constantFrom(...PROOF_LEVELS) },
    ...{ share: maybe(fc.nat()), budgetSeconds: maybe(fc.nat()) },
    pairs: some(
      record({
        ...{ server: text, mount: maybe(text), filesystem: text },
        ...{ snapshot: text, uuid: text, source: text },
      }),
    ),
    unchosen: some(record({ server: text, mount: maybe(text), fault })),
  }),
  extract: fc
    .tuple(
      record({
        ...{ kind: fc.constant('extract' as const), subvolume: text, source: text, fromPath: text },
        ...{
          from: record({ name: text, uuid: text }),
          paths: some(text),
          to: maybe(text),
          server: maybe(text),
        },
        live: maybe(record({ filesystem: text, inside: text, uuid: maybe(text) })),
        ...{ at: text, overwrite: fc.constantFrom(...OVERWRITES), removes: flag },
        ...{ include: some(text), exclude: some(text) },
      }),
      fc.constantFrom(
        {},
        { undo: 1 },
        { undo: 1, force: true },
        { shown: { removed: 2, replaced: 3 } },
        { settles: 3 },
      ),
    )
    .map(([request, more]) => ({ ...request, ...more })),
  delete: record({
    ...{ kind: fc.constant('delete' as const), subvolume: text, server: maybe(text), snapshots: chosen },
    allowLastBase: flag,
  }),
  cleanup: record({
    ...{
      kind: fc.constant('cleanup' as const),
      subvolume: text,
      server: maybe(text),
      mount: maybe(text),
      into: maybe(text),
    },
    ...{ rules, only: maybe(chosen) },
  }),
  replication: record({
    ...{ kind: fc.constant('replication' as const), subvolume: text, wanted, into: maybe(text) },
    targets: some(record({ server: text, mount: maybe(text) })),
    options: record({
      path: fc.constantFrom('auto', 'direct', 'relay'),
      ...{ rateBytesPerSecond: maybe(number), compress: flag, resumable: flag },
    }),
    absent: fc.constantFrom('fail', 'wait'),
  }),
  seed: fc.oneof(
    record({
      ...{ kind: fc.constant('seed' as const), verb: fc.constant('export' as const), subvolume: text },
      ...{ snapshot: text, base: maybe(text), place: seedPlace, splitBytes: count },
      ...{ compress: maybe(fc.constant('zstd' as const)), recipient: maybe(text) },
    }),
    record({
      ...{ kind: fc.constant('seed' as const), verb: fc.constant('import' as const), subvolume: text },
      ...{ place: seedPlace, target: record({ server: text, mount: maybe(text) }), identity: maybe(text) },
    }),
  ),
};

const result: fc.Arbitrary<TargetResult> = record({
  ...{ server: text, mount: maybe(text), status: fc.constantFrom(...TARGET_STATUSES) },
  mode: fc.constantFrom('full', 'incremental'),
  ...{ snapshot: maybe(text), base: maybe(text), path: fc.constantFrom('direct', 'relay') },
  ...{ sentBytes: count, estimatedBytes: maybe(count), elapsedSeconds: seconds, verified: flag },
  fault: maybe(fault),
});

const replication: fc.Arbitrary<ReplicationReport> = record({ subvolume: text, results: some(result) });

const cleanup: fc.Arbitrary<CleanupReport> = record({
  ...{ subvolume: text, server: text },
  kept: some(record({ name: text, reasons: some(text) })),
  deleted: some(record({ name: text })),
  failed: some(record({ name: text, fault })),
});

/** Snapshots hold rounds and rounds hold snapshots: in fact one in the other, here a few more. */
const snapshotOf = (rounds: fc.Arbitrary<readonly TaskReport[]>): fc.Arbitrary<SnapshotReport> =>
  record({
    snapshots: some(record({ subvolume: text, name: text, path: text, uuid: text, createdAt: text })),
    spreadSeconds: number,
    failed: some(record({ subvolume: text, fault })),
    already: some(record({ subvolume: text, name: text })),
    hooks: some(
      record({
        ...{ when: fc.constantFrom('before', 'after'), code: maybe(fc.integer()), seconds: number },
        ...{ subvolume: maybe(text), output: text, fault: maybe(fault) },
      }),
    ),
    tasks: rounds,
  });

const roundOf = (snapshot: fc.Arbitrary<SnapshotReport | null>): fc.Arbitrary<TaskReport> =>
  record({
    ...{ task: text, initializing: flag, snapshot },
    targets: some(
      record({
        target: text,
        status: fc.constantFrom('ok', 'failed', 'absent', 'cancelled', 'suspended'),
        fault: maybe(fault),
      }),
    ),
    ...{ replications: some(replication), cleanups: some(cleanup), faults: some(fault) },
  });

const round = roundOf(maybe(snapshotOf(fc.constant([]))));
const snapshot = snapshotOf(some(round));

const placed = record({ path: text, uuid: maybe(text) });

const kind = <K extends RunReport['kind']>(name: K) => ({ kind: name }) as const;

const reports: { readonly [K in RunReport['kind']]: fc.Arbitrary<Extract<RunReport, { kind: K }>> } = {
  snapshot: snapshot.map((report) => ({ ...kind('snapshot'), ...report })),
  task: roundOf(maybe(snapshot)).map((report) => ({ ...kind('task'), ...report })),
  replication: replication.map((report) => ({ ...kind('replication'), ...report })),
  cleanup: cleanup.map((report) => ({ ...kind('cleanup'), ...report })),
  delete: record({
    ...{ kind: fc.constant('delete' as const), subvolume: text, server: text },
    results: some(
      record({
        ...{ name: text, path: text, status: fc.constantFrom('deleted', 'failed'), fault: maybe(fault) },
      }),
    ),
  }),
  restore: record({
    ...{ kind: fc.constant('restore' as const), subvolume: text, server: text },
    ...{ from: record({ name: text, uuid: text }), outcome: fc.constantFrom(...RESTORE_OUTCOMES) },
    ...{ uuid: maybe(text), replaced: maybe(placed), moved: some(text) },
    left: some(record({ path: text, why: text })),
    steps: some(record({ what: text, command: maybe(text) })),
    ...{ places: some(placed), fault: maybe(fault) },
  }),
  verify: record({
    ...{ kind: fc.constant('verify' as const), subvolume: text, level: fc.constantFrom(...PROOF_LEVELS) },
    share: maybe(fc.nat()),
    results: some(
      record({
        ...{ server: text, mount: maybe(text), snapshot: maybe(text), path: maybe(text), uuid: maybe(text) },
        ...{ status: fc.constantFrom(...VERIFY_STATUSES), level: maybe(fc.constantFrom(...PROOF_LEVELS)) },
        ...{
          at: text,
          differenceCount: fc.nat(),
          newCompared: fc.option(fc.boolean()),
          maybeFromMemory: fc.boolean(),
          barred: flag,
          fault: maybe(fault),
        },
        compared: record({
          ...{ entries: fc.nat(), files: fc.nat(), bytes: fc.nat(), filesOf: fc.nat(), bytesOf: fc.nat() },
        }),
        differences: some(record({ path: text, what: some(fc.constantFrom(...DIFFERENCE_KINDS)) })),
      }),
    ),
  }),
  seed: record({
    ...{ kind: fc.constant('seed' as const), verb: fc.constantFrom('export', 'import'), subvolume: text },
    ...{ server: text, place: seedPlace, snapshot: text, base: maybe(text), parts: count, bytes: count },
    ...{ compress: maybe(fc.constant('zstd' as const)), encrypt: maybe(fc.constant('age' as const)) },
    ...{ keptParts: count, elapsedSeconds: seconds, replica: maybe(result) },
  }),
  extract: record({
    ...{ kind: fc.constant('extract' as const), subvolume: text, server: maybe(text), to: maybe(text) },
    ...{ source: text, from: record({ name: text, uuid: text }) },
    outcome: fc.constantFrom(...EXTRACT_OUTCOMES),
    counts: record({
      ...{ created: fc.nat(), replaced: fc.nat(), removed: fc.nat() },
      ...{ attributes: fc.nat(), left: fc.nat(), skipped: fc.nat() },
    }),
    ...{ bytes: fc.nat(), wireBytes: fc.nat(), before: maybe(placed) },
    ...{
      missed: some(record({ path: text, pathBytes: maybe(text), why: text })),
      missedCount: fc.nat(),
      fault: maybe(fault),
    },
  }),
  fault: record({ kind: fc.constant('fault' as const), fault }),
};

for (const [name, arbitrary] of Object.entries(requests)) {
  test(`every request is read as it was written: ${name}`, () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<RunRequest>, (request) => {
        assert.deepEqual(readRequest(JSON.stringify(request)), request);
      }),
    );
  });
}

for (const [name, arbitrary] of Object.entries(reports)) {
  test(`every report is read as it was written: ${name}`, () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<RunReport>, (report) => {
        assert.deepEqual(readReport(JSON.stringify(report)), report);
      }),
    );
  });
}

test('every request and report comes through the journal itself as it was', (t) => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
  const whole = record({
    request: fc.oneof(...Object.values<fc.Arbitrary<RunRequest>>(requests)),
    report: fc.oneof(...Object.values<fc.Arbitrary<RunReport>>(reports)),
  });
  fc.assert(
    fc.property(whole, ({ request, report }) => {
      const { id } = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
      must(journal.finishRun(id, 'ok', report));
      const run = must(journal.getRun(id));
      assert.deepEqual([run.kind, run.request, run.report], [request.kind, request, report]);
      if (report.kind === 'replication')
        assert.deepEqual(
          journal.resultsOf(id).map(({ status }) => status),
          report.results.map(({ status }) => status),
        );
    }),
    { numRuns: 200 },
  );
});

const TASK_REPORT = { kind: 'task', ...roundReport('t') };

for (const [title, broken] of [
  ['without its targets', { ...TASK_REPORT, targets: undefined }],
  ['with a status of its own', { ...TASK_REPORT, targets: [{ target: 'b', status: 'half', fault: null }] }],
  ['with a replication that is none', { ...TASK_REPORT, replications: [{ subvolume: '/data' }] }],
  ['with a snapshot that is none', { ...TASK_REPORT, snapshot: { snapshots: 'many' } }],
  ['of a kind of its own', { ...TASK_REPORT, kind: 'errand' }],
] as const) {
  test(`a report of a task ${title} says that it cannot be read, and nothing else of it is believed`, () => {
    const report = readReport(JSON.stringify(broken));
    assert.ok(report?.kind === 'fault');
    assert.deepEqual([report.fault.code, report.fault.retry], ['refused', false]);
    assert.match(report.fault.message, /another version/);
  });
}

test('any text at all is a report, a fault in its place, or none', () => {
  const json = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '[', 'null', '{"kind":"task"}'));
  fc.assert(
    fc.property(json, (value) => {
      assert.ok(readReport(value));
      readRequest(value);
      readFault(value);
    }),
  );
  assert.equal(readReport(null), null);
});

test('a report of a task that holds rounds within rounds without end is a fault, not a crash', () => {
  const depth = 20_000;
  const open = '{"kind":"task","snapshot":{"tasks":[';
  const text = `${open.repeat(depth)}${']}}'.repeat(depth)}`;
  assert.equal(readReport(text)?.kind, 'fault');
});

test('a fault with a code of a newer version keeps what it says', () => {
  const newer = { code: 'moon-phase', message: 'm', hint: 'h', server: null, retry: true };
  assert.deepEqual(readFault(JSON.stringify(newer)), { ...newer, code: 'command-failed' });
});
