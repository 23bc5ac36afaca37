import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Schedule } from '../../../../src/core/model/schedule.ts';
import {
  checkSchedule,
  dueAfter,
  dueAtOrBefore,
  dueBetween,
  scheduleText,
} from '../../../../src/core/plan/time/schedule.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const every = (seconds: number): Schedule => ({ kind: 'every', seconds });
const cron = (expression: string, timeZone = 'UTC'): Schedule => ({ kind: 'cron', expression, timeZone });

const iso = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString().slice(0, 19));

/** All times that are named from `from` up to and including `to`, forwards. */
function forwards(schedule: Schedule, from: number, to: number): number[] {
  const times: number[] = [];
  for (let at = dueAfter(schedule, from - 1); at !== null && at <= to; at = dueAfter(schedule, at))
    times.push(at);
  return times;
}

function backwards(schedule: Schedule, from: number, to: number): number[] {
  const times: number[] = [];
  for (let at = dueAtOrBefore(schedule, to); at !== null && at >= from; at = dueAtOrBefore(schedule, at - 1))
    times.unshift(at);
  return times;
}

const onDays = (schedule: Schedule, first: string, days = 1): string[] => {
  const from = Date.parse(`${first}T00:00:00Z`) - 12 * 3_600_000;
  const to = from + (days + 1) * DAY;
  const times = forwards(schedule, from, to);
  assert.deepEqual(backwards(schedule, from, to), times, 'the same both ways');
  return times.map(iso);
};

for (const [schedule, at, before, after] of [
  ['45', '2026-11-20T08:00:44.999', '2026-11-20T08:00:00', '2026-11-20T08:00:45'],
  ['45', '2026-11-20T08:00:45', '2026-11-20T08:00:45', '2026-11-20T08:01:30'],
  ['90', '2026-11-20T08:01:29', '2026-11-20T08:00:00', '2026-11-20T08:01:30'],
  ['3600', '2026-11-20T08:59:59.999', '2026-11-20T08:00:00', '2026-11-20T09:00:00'],
  ['86400', '2026-11-20T23:59:59', '2026-11-20T00:00:00', '2026-11-21T00:00:00'],
  // 7 does not divide a minute: it goes on through it.
  ['7', '1970-01-01T00:01:05', '1970-01-01T00:01:03', '1970-01-01T00:01:10'],
] as const) {
  test(`every ${schedule} s at ${at}`, () => {
    const now = Date.parse(`${at}Z`);
    assert.equal(iso(dueAtOrBefore(every(Number(schedule)), now)), before);
    assert.equal(iso(dueAfter(every(Number(schedule)), now)), after);
  });
}

for (const [title, expression, zone, at, before, after] of [
  ['daily', '0 3 * * *', 'Europe/Berlin', '2026-11-20T12:00', '2026-11-20T02:00:00', '2026-11-21T02:00:00'],
  ['at the very time', '0 3 * * *', 'UTC', '2026-11-20T03:00', '2026-11-20T03:00:00', '2026-11-21T03:00:00'],
  ['quarters', '*/15 * * * *', 'UTC', '2026-11-20T12:59', '2026-11-20T12:45:00', '2026-11-20T13:00:00'],
  [
    'a zone of half hours',
    '0 0 * * *',
    'Asia/Kolkata',
    '2026-11-20T12:00',
    '2026-11-19T18:30:00',
    '2026-11-20T18:30:00',
  ],
  [
    'weekdays by name',
    '30 6 * * mon-fri',
    'UTC',
    '2026-11-21T12:00',
    '2026-11-20T06:30:00',
    '2026-11-23T06:30:00',
  ],
  ['7 is Sunday', '0 0 * * 7', 'UTC', '2026-11-20T12:00', '2026-11-15T00:00:00', '2026-11-22T00:00:00'],
  [
    '5-7 has Sunday in it',
    '0 0 * * 6-7',
    'UTC',
    '2026-11-20T12:00',
    '2026-11-15T00:00:00',
    '2026-11-21T00:00:00',
  ],
  ['either day', '0 0 13 * 5', 'UTC', '2026-11-10T12:00', '2026-11-06T00:00:00', '2026-11-13T00:00:00'],
  [
    'either day, the other',
    '0 0 1 * 5',
    'UTC',
    '2026-11-28T12:00',
    '2026-11-27T00:00:00',
    '2026-12-01T00:00:00',
  ],
  [
    'both, where one has a star',
    '0 0 */2 * 1',
    'UTC',
    '2026-11-10T12:00',
    '2026-11-09T00:00:00',
    '2026-11-23T00:00:00',
  ],
  ['leap day', '0 0 29 2 *', 'UTC', '2026-11-20T12:00', '2024-02-29T00:00:00', '2028-02-29T00:00:00'],
  [
    'leap day, across 2100',
    '0 0 29 2 *',
    'UTC',
    '2097-01-01T12:00',
    '2096-02-29T00:00:00',
    '2104-02-29T00:00:00',
  ],
  [
    'the last of long months',
    '0 0 31 * *',
    'UTC',
    '2026-11-20T12:00',
    '2026-10-31T00:00:00',
    '2026-12-31T00:00:00',
  ],
  [
    'months by name',
    '0 0 1 jan,Jul *',
    'UTC',
    '2026-11-20T12:00',
    '2026-07-01T00:00:00',
    '2027-01-01T00:00:00',
  ],
] as const) {
  test(`cron ${expression} ${zone}: ${title}`, () => {
    const now = Date.parse(`${at}:00Z`);
    assert.equal(iso(dueAtOrBefore(cron(expression, zone), now)), before);
    assert.equal(iso(dueAfter(cron(expression, zone), now)), after);
  });
}

// Berlin 2026: on 29 March 02:00 becomes 03:00 (01:00Z); on 25 October 03:00 becomes 02:00 (01:00Z).
for (const [title, expression, zone, day, want] of [
  [
    '02:30 that is skipped is due at the jump, once',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-29',
    ['2026-03-29T01:00:00'],
  ],
  [
    '02:30 that comes twice is due the first time, once',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-25',
    ['2026-10-25T00:30:00'],
  ],
  ['02:00, the moment of the jump', '0 2 * * *', 'Europe/Berlin', '2026-03-29', ['2026-03-29T01:00:00']],
  [
    '03:00 after the jump is another time than 02:30, and the same instant: once',
    '0,30 2,3 * * *',
    'Europe/Berlin',
    '2026-03-29',
    ['2026-03-29T01:00:00', '2026-03-29T01:30:00'],
  ],
  ['midnight that is skipped', '0 0 * * *', 'America/Sao_Paulo', '2018-11-04', ['2018-11-04T03:00:00']],
  ['midnight that comes twice', '0 0 * * *', 'America/Havana', '2026-11-01', ['2026-11-01T04:00:00']],
  ['a day that was skipped altogether', '0 3 30 * *', 'Pacific/Apia', '2011-12-30', ['2011-12-30T10:00:00']],
  ['a step of half an hour', '15 2 * * *', 'Australia/Lord_Howe', '2026-10-04', ['2026-10-03T15:30:00']],
] as const) {
  test(`${title}: ${expression} ${zone}`, () => {
    const around = onDays(cron(expression, zone), day).filter((at) =>
      want.some((one) => at.startsWith(one.slice(0, 10))),
    );
    assert.deepEqual(around, want);
  });
}

test('every hour goes on through both changes of the clock, hour by hour', () => {
  for (const day of ['2026-03-29', '2026-10-25']) {
    const times = onDays(cron('30 * * * *', 'Europe/Berlin'), day).map((at) => Date.parse(`${at}Z`));
    assert.equal(times.length, 48);
    assert.deepEqual(
      new Set(times.slice(1).map((at, index) => at - (times[index] ?? 0))),
      new Set([3_600_000]),
    );
  }
});

test('once a day is once on every day of ten years, in every zone there is', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Tehran',
  ];
  for (const zone of zones) {
    const from = Date.UTC(2003, 5, 1, 12);
    const times = forwards(cron('30 2 * * *', zone), from, from + 3652 * DAY - 1);
    assert.equal(times.length, 3652, zone);
  }
});

interface Walk {
  readonly from: number;
  readonly to: number;
  /** What the clock on the wall shows at each minute, from two days before `from`, so that what it has shown is known. */
  readonly shown: readonly number[];
}

/** Independent of what is tested: asks for what the clock shows, minute by minute. */
function walk(zone: string, from: number, to: number): Walk {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const minutes = Array.from({ length: (to - from + 2 * DAY) / MINUTE + 1 }, (_, index) => index * MINUTE);
  const shownAt = (at: number): number => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
  return { from, to, shown: minutes.map((minute) => shownAt(from - 2 * DAY + minute)) };
}

function walked(hours: readonly number[], minutes: readonly number[], { from, shown }: Walk): number[] {
  const isNamed = (time: number): boolean => {
    const date = new Date(time);
    return hours.includes(date.getUTCHours()) && minutes.includes(date.getUTCMinutes());
  };
  let latest = shown[0] ?? 0;
  return shown.flatMap((now, index) => {
    let named = hours.length === 24 && isNamed(now);
    if (hours.length < 24)
      for (let time = latest + MINUTE; time <= now; time += MINUTE) named ||= isNamed(time);
    latest = Math.max(latest, now);
    const at = from - 2 * DAY + index * MINUTE;
    return named && at >= from ? at : [];
  });
}

const some = (most: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: 4 });
const hoursOf = fc.oneof(some(23), fc.constant(Array.from({ length: 24 }, (_, hour) => hour)));

test('names what a walk through the minutes finds, around any change of the clock, both ways', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/St_Johns', '2006-10-29'],
    ['America/St_Johns', '2006-04-02'],
    ['America/Sao_Paulo', '2018-11-04'],
    ['America/Santiago', '2026-04-05'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Australia/Lord_Howe', '2026-10-04'],
    ['Pacific/Apia', '2011-12-30'],
    ['America/Havana', '2026-11-01'],
  ].map(([zone = '', day = '']) => {
    const from = Date.parse(`${day}T00:00:00Z`) - DAY;
    return [zone, walk(zone, from, from + 3 * DAY)] as const;
  });
  fc.assert(
    fc.property(fc.nat(changes.length - 1), hoursOf, some(59), (index, hours, minutes) => {
      const [zone, days] = changes[index] ?? assert.fail();
      const { from, to } = days;
      const schedule = cron(
        `${minutes.join(',')} ${hours.length === 24 ? '*' : hours.join(',')} * * *`,
        zone,
      );
      const want = walked(hours, minutes, days).map(iso);
      assert.deepEqual(forwards(schedule, from, to).map(iso), want);
      assert.deepEqual(backwards(schedule, from, to).map(iso), want);
    }),
    { numRuns: 100 },
  );
});

const schedules = fc.oneof(
  fc.integer({ min: 1, max: 31_622_400 }).map(every),
  fc
    .tuple(
      some(59),
      hoursOf,
      fc.constantFrom('*', '1', '29', '*/3'),
      fc.constantFrom('*', '2', '3,10'),
      fc.constantFrom('*', '0', '1-5'),
    )
    .map(([minutes, hours, day, month, weekday]) =>
      cron(`${minutes.join(',')} ${hours.join(',')} ${day} ${month} ${weekday}`, 'America/New_York'),
    ),
);
const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) });

test('before and after fit together at any instant', () => {
  fc.assert(
    fc.property(schedules, instants, (schedule, at) => {
      const before = dueAtOrBefore(schedule, at);
      const after = dueAfter(schedule, at);
      assert.ok(before !== null && after !== null && before <= at && at < after);
      assert.equal(dueAfter(schedule, before), after);
      assert.equal(dueAtOrBefore(schedule, after), after);
      assert.equal(dueAtOrBefore(schedule, after - 1), before);
    }),
  );
});

test('counts what lies between two times, up to a number', () => {
  assert.equal(dueBetween(every(60), 0, 5 * MINUTE, 100), 4);
  assert.equal(dueBetween(every(60), 0, 1, 100), 0);
  assert.equal(dueBetween(every(1), 0, DAY, 1000), 1000);
  assert.equal(dueBetween(cron('0 * * * *'), 0, DAY, 100), 23);
});

for (const [schedule, want] of [
  [every(90), 'every 90s'],
  [every(45), 'every 45s'],
  [every(900), 'every 15m'],
  [every(3600), 'every 1h'],
  [every(86_400), 'every 1d'],
  [every(90_000), 'every 25h'],
  [cron('0 3 * * *', 'Europe/Berlin'), 'cron 0 3 * * * (Europe/Berlin)'],
] as const) {
  test(`reads as ${want}`, () => assert.equal(scheduleText(schedule), want));
}

for (const [schedule, said] of [
  [every(0), 'no interval'],
  [every(1.5), 'no interval'],
  [every(31_622_401), 'no interval'],
  [every(Number.NaN), 'no interval'],
  [cron('@daily'), 'has 1 field, not five'],
  [cron(''), 'has 0 fields, not five'],
  [cron('0 0 3 * * *'), 'has 6 fields, not five'],
  [cron('60 * * * *'), '"60" is no minute'],
  [cron('* 24 * * *'), '"24" is no hour'],
  [cron('* * 0 * *'), '"0" is no day of month'],
  [cron('* * L * *'), '"L" is no day of month'],
  [cron('* * * 13 *'), '"13" is no month'],
  [cron('* * * foo *'), '"foo" is no month'],
  [cron('* * * * 8'), '"8" is no day of week'],
  [cron('* * * * 5#2'), '"5#2" is no day of week'],
  [cron('H * * * *'), '"H" is no minute'],
  [cron('*/0 * * * *'), '"*/0" is no minute'],
  [cron('5-1 * * * *'), '"5-1" is no minute'],
  [cron('1,,2 * * * *'), '"1,,2" is no minute'],
  [cron('0 3 30 2 *'), 'a day that never comes'],
  [cron('0 3 31 2,4 *'), 'a day that never comes'],
  [cron('0 3 * * *', 'Europe/Nowhere'), 'no time zone "Europe/Nowhere"'],
] as const) {
  test(`is refused: ${scheduleText(schedule)}`, () => {
    const checked = checkSchedule(schedule);
    assert.ok(!checked.ok);
    assert.equal(checked.fault.code, 'usage');
    assert.ok(checked.fault.message.includes(said), checked.fault.message);
    assert.equal(dueAfter(schedule, 0), null);
    assert.equal(dueAtOrBefore(schedule, Date.UTC(2026, 0, 1)), null);
  });
}

test('what can be followed comes back in one form', () => {
  assert.deepEqual(checkSchedule(cron(' 0  3 \t* * * ')), { ok: true, value: cron('0 3 * * *') });
  assert.deepEqual(checkSchedule(every(45)), { ok: true, value: every(45) });
  // Either of the two days is enough, so this one comes.
  assert.ok(checkSchedule(cron('0 3 30 2 1')).ok);
});
