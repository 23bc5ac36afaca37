import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { itemKey } from '../../src/core/model/automation/automation.ts';
import type { AutomationEvent } from '../../src/core/model/automation/event.ts';
import type { Run } from '../../src/core/model/runs/run.ts';
import { itemsOf, scheduleOf } from '../../src/core/plan/automation/due.ts';
import { dueAfter } from '../../src/core/plan/time/schedule.ts';
import { EMPTY_CONFIG } from '../../src/core/state/config/schema.ts';
import { type Course, World } from '../unit/engine/fixtures/world.ts';
import {
  cron,
  every,
  retentionPolicy,
  snapshotPolicy,
  task,
  UNREACHABLE,
} from '../unit/plan/automation-notation.ts';

const HOUR = 3600;
const WEEK = 7 * 86_400;

const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Takes no notice of one another's intervals: 90 s and 7 h are no part of a day's hours. */
const INTERVALS = [6 * HOUR, 7 * HOUR, 8 * HOUR, 12 * HOUR, 86_400, 100_000] as const;

/** 200 items, as an administrator of many small volumes has them. */
const CONFIG = {
  snapshotPolicies: [
    snapshotPolicy('/often', { schedule: every(5400) }),
    snapshotPolicy('/by-the-clock', { schedule: cron('30 2 * * *', 'Europe/Berlin') }),
    ...numbered(88, (index) =>
      snapshotPolicy(`/s${index}`, { schedule: every(INTERVALS[index % 6] ?? HOUR) }),
    ),
  ],
  verifyPolicies: [],
  retentionPolicies: numbered(40, (index) =>
    retentionPolicy(`/s${index}`, {
      schedule: index % 2 === 0 ? every(86_400) : cron('0 3 * * *', 'Europe/Berlin'),
    }),
  ),
  tasks: numbered(35, (index) =>
    task(`t${index}`, `/t${index}`, `b${index % 5} c${index % 3}`, { schedule: every(12 * HOUR) }),
  ),
  preferences: { ...EMPTY_CONFIG.preferences, historyDays: 1 },
};

/** One in fifty fails for a moment; which, and how long they take, is the same each time. */
function course({ id, kind }: Run): Course {
  const chance = (id * 2_654_435_761) % 1000;
  const seconds = kind === 'task' ? chance / 4 : chance / 200;
  return chance % 50 === 7 ? { seconds, fault: UNREACHABLE } : { seconds };
}

/** Follows every item along its schedule; throws where one leaves it. Keeps nothing but the last time of each. */
class Timetable {
  readonly #schedules = new Map(itemsOf(CONFIG).map((item) => [itemKey(item), scheduleOf(item)]));
  readonly #last = new Map<string, { readonly dueAt: number; readonly attempt: number }>();
  count = 0;
  latest = 0;

  get items(): number {
    return this.#schedules.size;
  }

  note(event: AutomationEvent, now: number, isOwed: boolean): void {
    if (event.type === 'broke' || event.type === 'journal-failed') assert.fail(JSON.stringify(event));
    if (event.type !== 'begun') return;
    const { item, attempt } = event;
    const dueAt = Date.parse(event.dueAt);
    const last = this.#last.get(item);
    // What a round had to leave out has one of its own for the same time.
    if (isOwed && last?.dueAt === dueAt) return;
    const schedule = this.#schedules.get(item) ?? assert.fail(item);
    if (attempt > 1)
      assert.deepEqual(last, { dueAt, attempt: attempt - 1 }, `${item} is tried again in turn`);
    else if (last)
      assert.equal(dueAt, dueAfter(schedule, last.dueAt), `${item} leaves none out and does none twice`);
    assert.equal(event.missed, 0, item);
    if (last && attempt === 1 && item.startsWith('snapshot:'))
      this.latest = Math.max(this.latest, now - dueAt);
    this.#last.set(item, { dueAt, attempt });
    this.count += 1;
  }

  /** Every item has come to its newest time. */
  check(now: number): void {
    for (const [item, schedule] of this.#schedules) {
      const next = dueAfter(schedule, this.#last.get(item)?.dueAt ?? 0) ?? 0;
      assert.ok(next > now - 2 * HOUR * 1000, `${item} has fallen behind`);
    }
  }
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('three weeks with 200 items: every due time once and on the grid, snapshots on time, and no memory kept', async (t) => {
  const world = new World(t, CONFIG, '2026-10-10T07:00:01.000Z');
  world.course = course;
  const timetable = new Timetable();
  assert.equal(timetable.items, 200);
  const scheduler = world.process();
  const isOwed = (id: number): boolean => {
    const run = scheduler.journal.getRun(id);
    return run.ok && run.value.request.kind === 'task' && run.value.request.only !== undefined;
  };
  scheduler.onEvent = (event) =>
    timetable.note(event, world.clock.now(), event.type === 'begun' && isOwed(event.run));
  void scheduler.start({ lookMilliseconds: 600_000 });
  // The clocks in Berlin are set back on 25 October.
  await world.clock.pass(WEEK);
  const before = heapBytes();
  await world.clock.pass(2 * WEEK);
  const grown = heapBytes() - before;
  timetable.check(world.clock.now());
  assert.equal(scheduler.error, null);
  assert.ok(timetable.count > 8000, String(timetable.count));
  assert.ok(timetable.latest < 60_000, `${timetable.latest} ms late`);
  assert.ok(grown < 1_000_000, `${grown} bytes more after two weeks`);
  // What is over is not kept either: of the last day, and the last of each item.
  assert.ok(scheduler.journal.listRuns({ limit: 10_000 }).length < 2000);
  assert.ok(world.clock.waiting < 20);
  t.diagnostic(`${timetable.count} runs, snapshots at most ${timetable.latest} ms late, heap ${grown} bytes`);
});
