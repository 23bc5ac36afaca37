import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RestoreReport, RestoreRequest } from '../../../../src/core/model/runs/restore.ts';
import { undoableAmong, wholeAmong } from '../../../../src/core/run/restore/undoable.ts';
import {
  openRestores,
  queueSettling,
  unsettledRestores,
} from '../../../../src/core/run/restore/unsettled.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { clockAt, must, stateHome } from '../../state/fixtures/state-home.ts';

const NOW = Date.parse('2026-11-20T08:00:00.000Z');
const HOLDER = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };

const request = (more: Partial<RestoreRequest> = {}) => ({
  ...({ kind: 'restore', subvolume: '/data', server: 'a', filesystem: 'f', inside: 'data' } as const),
  ...{ from: { name: 's', uuid: 'u:s' }, live: 'u:data', at: '2026-11-20T08:00:00.000Z', moveNested: false },
  ...more,
});

const report = (outcome: RestoreReport['outcome'], more: Partial<RestoreReport> = {}) => ({
  ...({ kind: 'restore', subvolume: '/data', server: 'a', from: { name: 's', uuid: 'u:s' } } as const),
  ...{ outcome, uuid: 'u:n', moved: [], left: [], steps: [], places: [], fault: null },
  replaced: { path: '/data.replaced-x', uuid: 'u:data' },
  ...more,
});

const journalOf = (t: TestContext): Journal => {
  const journal = must(openJournal({ home: stateHome(t), clock: clockAt('2026-11-20T08:00:00.000Z') }));
  t.after(() => journal.close());
  return journal;
};

const begun = (journal: Journal, wanted: RestoreRequest & { readonly kind: 'restore' }): number =>
  journal.createRun({ request: wanted, trigger: 'hand', state: 'running', holder: HOLDER }).id;

const open = (journal: Journal): number[] => unsettledRestores(journal).map(({ id }) => id);

test('one whose process died is open until somebody says what came of it', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  assert.deepEqual(open(journal), []);
  journal.interruptDeadRuns(() => false);
  assert.deepEqual(open(journal), [cut]);
  const settling = begun(journal, request({ settles: cut }));
  journal.finishRun(settling, 'failed', report('unknown'));
  assert.deepEqual(open(journal), [cut]);
  journal.finishRun(begun(journal, request({ settles: cut })), 'ok', report('rolled-back'));
  assert.deepEqual(open(journal), []);
});

test('one of which the server did not say what came of it is open as well', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  journal.finishRun(cut, 'failed', report('unknown'));
  journal.finishRun(begun(journal, request()), 'failed', report('rollback-failed'));
  assert.deepEqual(open(journal), [cut]);
});

test('it is handed to the engine once, and again after a rest that grows', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  journal.finishRun(cut, 'failed', report('unknown'));
  const minutes = (after: number) => queueSettling(journal, HOLDER, NOW + after * 60_000);
  assert.deepEqual([minutes(0), minutes(0)], [1, 0], 'it waits already');
  const fails = () => {
    const run = journal.claimRun(HOLDER);
    assert.ok(run?.request.kind === 'restore' && run.request.settles === cut);
    journal.finishRun(run.id, 'failed', report('unknown'));
  };
  fails();
  assert.deepEqual([minutes(0.9), minutes(1)], [0, 1]);
  fails();
  assert.deepEqual([minutes(1.9), minutes(2)], [0, 1]);
  fails();
  assert.deepEqual([minutes(3), minutes(4)], [0, 1]);
});

test('it is tried a number of times; from then on only when its filesystem was seen since, once a day', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  journal.finishRun(cut, 'failed', report('unknown'));
  const days = (after: number) => queueSettling(journal, HOLDER, NOW + after * 86_400_000);
  let tries = 0;
  for (let day = 0; day < 400 && days(day) > 0; day += 1) {
    const run = journal.claimRun(HOLDER);
    assert.ok(run);
    journal.finishRun(run.id, 'failed', report('unknown'));
    tries += 1;
  }
  assert.equal(tries, 15);
  assert.deepEqual(
    openRestores(journal).map(({ run, isLeft, tries: told }) => [run, isLeft, told]),
    [[cut, true, 15]],
  );
  const sample = { filesystem: 'f', sizeBytes: 1, usedBytes: 1, freeBytes: 1 };
  const seen = (server: string, takenAt: string, filesystem = 'f') =>
    journal.addStorageSample({ ...sample, server, takenAt, filesystem });
  seen('b', '2026-11-20T08:00:01.000Z');
  seen('a', '2026-11-20T08:00:01.000Z', 'g');
  seen('a', '2026-11-20T08:00:00.000Z');
  assert.equal(days(400), 0);
  seen('a', '2026-11-20T09:00:01.000Z');
  assert.deepEqual([days(0.9), days(400)], [0, 1]);
});

test('one that somebody gave up is closed, though nobody knows what came of it', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  journal.finishRun(cut, 'failed', report('unknown'));
  journal.finishRun(begun(journal, request({ settles: cut, forgets: true })), 'failed', report('unknown'));
  assert.deepEqual(open(journal), []);
  assert.equal(queueSettling(journal, HOLDER, NOW + 1e9), 0);
});

test('one that was cut off is not forgotten, however old; one that was done is', (t) => {
  const journal = journalOf(t);
  const cut = begun(journal, request());
  journal.finishRun(cut, 'failed', report('unknown'));
  journal.finishRun(begun(journal, request({ inside: 'other' })), 'ok', report('restored'));
  journal.prune({ before: '2030-01-01T00:00:00.000Z' });
  assert.deepEqual(
    journal.listRuns({ kind: 'restore', limit: 9 }).map(({ id }) => id),
    [cut],
  );
});

test('of each subvolume only the newest restore can be taken back', (t) => {
  const journal = journalOf(t);
  const restored = (more: Partial<RestoreRequest> = {}, of: Partial<RestoreReport> = {}): number => {
    const id = begun(journal, request(more));
    journal.finishRun(id, 'ok', report('restored', of));
    return id;
  };
  const old = restored();
  const other = restored({ inside: 'other' });
  const gone = restored({ inside: 'gone' }, { replaced: null });
  const newest = restored({ undo: old });
  const runs = journal.listRuns({ kind: 'restore', limit: 9 });
  assert.deepEqual([...undoableAmong(runs)].toSorted(), [other, newest].toSorted());
  assert.ok(!undoableAmong(runs).has(gone));
});

test('one that a replica was sent back for leaves nothing open itself: its part does, and is told of once', (t) => {
  const journal = journalOf(t);
  const back = { server: 'b', path: '/r/s', uuid: 'u:r', originId: 'u:s', to: '/s/s', base: null };
  const whole = begun(journal, request({ back }));
  const part = (): number =>
    journal.createRun({
      ...{ request: request(), trigger: 'hand', state: 'running', holder: HOLDER },
      origin: { item: null, dueAt: null, parent: whole },
    }).id;
  const first = part();
  journal.finishRun(first, 'failed', report('unknown'));
  journal.finishRun(whole, 'failed', report('unknown'));
  assert.deepEqual(open(journal), [first]);
  journal.noteReceiving({ server: 'a', path: '/s/s', originId: 'u:s', runId: first });
  assert.deepEqual(open(journal), [whole, first], 'it left what is half received');
  journal.forgetReceiving('a', '/s/s');

  const other = begun(journal, request({ back }));
  assert.equal(must(journal.getRun(other)).request.kind, 'restore');
  const all = () => journal.listRuns({ kind: 'restore', limit: 9 });
  journal.finishRun(other, 'ok', report('restored'));
  assert.deepEqual([...undoableAmong(all())], [other]);
  // What settles another one is a part as well, and tells of that one.
  const settling = journal.createRun({
    ...{ request: request({ settles: first }), trigger: 'hand', state: 'running', holder: HOLDER },
    origin: { item: null, dueAt: null, parent: begun(journal, request()) },
  }).id;
  journal.finishRun(settling, 'ok', report('restored'));
  assert.deepEqual(
    wholeAmong(all()).flatMap(({ id, report: told }) => (told === null ? [] : [id])),
    [settling, other, whole],
  );
});
