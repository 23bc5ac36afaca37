/** When an item was last well: a round that brought nothing to anybody claims nothing. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { TaskTargetOutcome } from '../../../../src/core/model/runs/task.ts';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import { roundReport } from '../fixtures/reports.ts';
import { must, stateHome } from '../fixtures/state-home.ts';

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };

test('a round that found no disk is no success, and does not hide the one before', (t) => {
  let now = Date.parse('2026-11-20T08:00:00.000Z');
  const journal = must(openJournal({ home: stateHome(t), clock: { now: () => now } }));
  t.after(() => journal.close());
  const round = (task: string, ...statuses: TaskTargetOutcome['status'][]): void => {
    now += 60_000;
    const origin = { item: `task:${task}`, dueAt: null, parent: null };
    const request = { kind: 'task', task, snapshot: false } as const;
    const run = journal.createRun({ request, trigger: 'schedule', state: 'running', holder, origin });
    const targets = statuses.map((status, index) => ({ target: `t${index}`, status, fault: null }));
    must(journal.finishRun(run.id, 'ok', { kind: 'task', ...roundReport(task, { targets }) }));
  };
  round('disk', 'ok');
  round('disk', 'absent');
  round('two', 'absent', 'ok');
  round('never', 'absent');
  assert.deepEqual(journal.lastSuccesses(), [
    { item: 'task:disk', finishedAt: '2026-11-20T08:01:00.000Z' },
    { item: 'task:two', finishedAt: '2026-11-20T08:03:00.000Z' },
  ]);
});
