/** What the journal remembers of trouble: how often each item failed in a row, and who was told what. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import type { ItemRecord } from '../../../../src/core/model/automation/automation.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { NO_ORIGIN } from '../../../../src/core/model/runs/run.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import type { RunOutcome } from '../../../../src/core/model/runs/spec.ts';
import type { Alarm } from '../../../../src/core/model/status/alarm.ts';
import { type Journal, openJournal } from '../../../../src/core/state/journal/journal.ts';
import { MIGRATIONS } from '../../../../src/core/state/journal/schema.ts';
import { NOTHING_MADE } from '../fixtures/reports.ts';
import { clockAt, must, stateHome } from '../fixtures/state-home.ts';

const holder = { pid: 1, startTime: 1, host: 'here', bootId: 'boot' };
const AT = '2026-11-21T10:00:00.000Z';
const GONE = fault('unreachable', 'a cannot be reached.', 'Look at its network.');
const ITEM = 'snapshot:/data';

const opened = (t: TestContext) => {
  const home = stateHome(t);
  const clock = clockAt(AT);
  const journal = must(openJournal({ home, clock }));
  t.after(() => journal.close());
  return { journal };
};

const request = snapshotByHand(['/data'], false);

/** Begins it for that due time; null leaves it at work. */
function tryOnce(journal: Journal, dueAt: string, attempt: number, outcome: RunOutcome | null): number {
  const memory = journal.itemMemories().find(({ item }) => item === ITEM) ?? null;
  const run = journal.beginDueRun({ item: ITEM, dueAt, attempt, after: memory, request, holder });
  assert.ok(run);
  if (outcome !== null) end(journal, run.id, outcome);
  return run.id;
}

function end(journal: Journal, id: number, outcome: RunOutcome): void {
  const failed = outcome === 'failed' ? [{ subvolume: '/data', fault: GONE }] : [];
  must(journal.finishRun(id, outcome, { ...NOTHING_MADE, failed }));
}

const recordOf = (journal: Journal): Omit<ItemRecord, 'item'> | undefined => {
  const [record] = journal.itemRecords();
  return record && { failures: record.failures, last: record.last };
};

const minute = (number: number): string => `2026-11-21T10:${String(number).padStart(2, '0')}:00.000Z`;

test('failures in a row are counted over due times, and what is at work hides none of them', (t) => {
  const { journal } = opened(t);
  tryOnce(journal, minute(0), 1, 'failed');
  const second = tryOnce(journal, minute(3), 1, 'failed');
  assert.equal(recordOf(journal)?.failures, 2);
  const third = tryOnce(journal, minute(6), 1, null);
  assert.deepEqual(recordOf(journal), {
    failures: 2,
    last: { id: second, outcome: 'failed', finishedAt: AT, fault: GONE },
  });
  end(journal, third, 'cancelled');
  assert.equal(recordOf(journal)?.last?.id, second);
  const fourth = tryOnce(journal, minute(9), 1, 'interrupted');
  assert.deepEqual(
    [recordOf(journal)?.failures, recordOf(journal)?.last?.id, recordOf(journal)?.last?.outcome],
    [3, fourth, 'interrupted'],
  );
  const fifth = tryOnce(journal, minute(12), 1, 'ok');
  assert.deepEqual(recordOf(journal), {
    failures: 0,
    last: { id: fifth, outcome: 'ok', finishedAt: AT, fault: null },
  });
});

test('one that went well by hand counts, one that failed by hand does not', (t) => {
  const { journal } = opened(t);
  const byHand = (outcome: RunOutcome): number => {
    const origin = { ...NO_ORIGIN, item: ITEM };
    const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder, origin });
    end(journal, run.id, outcome);
    return run.id;
  };
  tryOnce(journal, minute(0), 1, 'failed');
  byHand('failed');
  assert.equal(recordOf(journal)?.failures, 1);
  const good = byHand('ok');
  assert.deepEqual([recordOf(journal)?.failures, recordOf(journal)?.last?.id], [0, good]);
  tryOnce(journal, minute(3), 1, 'failed');
  assert.equal(recordOf(journal)?.failures, 1);
});

test('what counts anew is not taken for well', (t) => {
  const { journal } = opened(t);
  tryOnce(journal, minute(0), 1, 'failed');
  journal.startItem(ITEM, minute(5));
  assert.deepEqual(recordOf(journal), { failures: 0, last: null });
});

const ALARM: Alarm = {
  state: 'bad',
  title: 't',
  message: 'm',
  hint: 'h',
  since: AT,
  told: { mail: { level: 'bad', at: AT }, command: { level: 'warning', at: AT } },
};

test('an alarm is kept with all that each way told of it, until it is forgotten', (t) => {
  const { journal } = opened(t);
  journal.saveAlarm('a', ALARM);
  assert.deepEqual(journal.alarms(), new Map([['a', ALARM]]));
  journal.forgetTold('mail');
  const { mail: _, ...told } = ALARM.told;
  assert.deepEqual(journal.alarms(), new Map([['a', { ...ALARM, told }]]));
  journal.saveAlarm('a', null);
  assert.equal(journal.alarms().size, 0);
});

test('what people were told before the ways were noted is told to nobody again', (t) => {
  const home = stateHome(t);
  const clock = clockAt(AT);
  must(openJournal({ home, clock })).close();
  const file = new DatabaseSync(home.journal);
  const step = MIGRATIONS.findIndex((text) => text.includes('ALTER TABLE alarms'));
  file.exec(`DROP TABLE alarms; DROP TABLE items; ${tableOf('alarms')} ${tableOf('items')}`);
  file.exec(`INSERT INTO alarms VALUES ('told', 'warning', 't', '${AT}', '${AT}')`);
  file.exec(`INSERT INTO alarms VALUES ('untold', 'bad', 't', '${AT}', NULL)`);
  file.exec(`INSERT INTO alarms VALUES ('over', 'over', 't', '${AT}', NULL)`);
  file.exec(MIGRATIONS[step] ?? '');
  file.close();
  const again = must(openJournal({ home, clock }));
  t.after(() => again.close());
  const told = (level: 'warning' | 'bad') => ({
    command: { level, at: AT },
    webhook: { level, at: AT },
    mail: { level, at: AT },
  });
  assert.deepEqual(
    [...again.alarms()].map(([key, alarm]) => [key, alarm.told]),
    [
      ['over', told('bad')],
      ['told', told('warning')],
      ['untold', {}],
    ],
  );
});

/** As an earlier step made it. */
const tableOf = (name: string): string =>
  MIGRATIONS.join('\n').match(new RegExp(`CREATE TABLE ${name} \\([^;]*;`))?.[0] ?? '';

test('the filesystems that were ever seen are known with the last time, also those that are away', (t) => {
  const { journal } = opened(t);
  const sample = (server: string, filesystem: string, takenAt: string) =>
    journal.addStorageSample({ server, filesystem, takenAt, sizeBytes: 3, usedBytes: 2, freeBytes: 1 });
  for (const hour of ['08', '11', '09']) sample('b', 'u', `2026-11-20T${hour}:00:00.000Z`);
  sample('a', 'v', '2026-10-01T00:00:00.000Z');
  sample('b', 't', '2026-11-19T00:00:00.000Z');
  assert.deepEqual(journal.lastSamples(), [
    { server: 'a', filesystem: 'v', takenAt: '2026-10-01T00:00:00.000Z' },
    { server: 'b', filesystem: 't', takenAt: '2026-11-19T00:00:00.000Z' },
    { server: 'b', filesystem: 'u', takenAt: '2026-11-20T11:00:00.000Z' },
  ]);
});
