import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Period,
  periodLabel,
  periodOf,
  type WallClock,
  wallClockOf,
} from '../../../../src/core/plan/time/periods.ts';

function clockOf(zone: string): WallClock {
  const clock = wallClockOf(zone);
  assert.ok(clock.ok, zone);
  return clock.value;
}

const label = (period: Period, zone: string, time: string): string =>
  periodLabel(period, periodOf(period, clockOf(zone)(Date.parse(time))));

for (const [zone, time, hour, day] of [
  ['UTC', '2026-11-20T08:05:01.123Z', '2026-11-20 08:00+00:00', '2026-11-20'],
  ['Europe/Berlin', '2026-11-20T22:59:59.999Z', '2026-11-20 23:00+01:00', '2026-11-20'],
  ['Europe/Berlin', '2026-11-20T23:00:00.000Z', '2026-11-21 00:00+01:00', '2026-11-21'],
  // Forward at 01:00 UTC: there is no 02:xx.
  ['Europe/Berlin', '2026-03-29T00:59:59.999Z', '2026-03-29 01:00+01:00', '2026-03-29'],
  ['Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29 03:00+02:00', '2026-03-29'],
  ['Europe/Berlin', '2026-03-29T21:59:59.999Z', '2026-03-29 23:00+02:00', '2026-03-29'],
  ['Europe/Berlin', '2026-03-29T22:00:00.000Z', '2026-03-30 00:00+02:00', '2026-03-30'],
  // Back at 01:00 UTC: 02:xx comes twice and is two hours.
  ['Europe/Berlin', '2026-10-25T00:59:59.999Z', '2026-10-25 02:00+02:00', '2026-10-25'],
  ['Europe/Berlin', '2026-10-25T01:00:00.000Z', '2026-10-25 02:00+01:00', '2026-10-25'],
  ['Europe/Berlin', '2026-10-25T22:59:59.999Z', '2026-10-25 23:00+01:00', '2026-10-25'],
  ['Europe/Berlin', '2026-10-25T23:00:00.000Z', '2026-10-26 00:00+01:00', '2026-10-26'],
  ['America/New_York', '2026-03-08T06:59:59.999Z', '2026-03-08 01:00-05:00', '2026-03-08'],
  ['America/New_York', '2026-03-08T07:00:00.000Z', '2026-03-08 03:00-04:00', '2026-03-08'],
  ['America/New_York', '2026-11-01T05:59:59.999Z', '2026-11-01 01:00-04:00', '2026-11-01'],
  ['America/New_York', '2026-11-01T06:00:00.000Z', '2026-11-01 01:00-05:00', '2026-11-01'],
  ['America/New_York', '2026-11-02T04:59:59.999Z', '2026-11-01 23:00-05:00', '2026-11-01'],
  // Half an hour: 02:00 becomes 02:30, and 02:00 becomes 01:30.
  ['Australia/Lord_Howe', '2026-10-03T15:29:59.999Z', '2026-10-04 01:00+10:30', '2026-10-04'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00.000Z', '2026-10-04 02:00+11:00', '2026-10-04'],
  ['Australia/Lord_Howe', '2026-10-03T16:00:00.000Z', '2026-10-04 03:00+11:00', '2026-10-04'],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59.999Z', '2026-04-05 01:00+11:00', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00.000Z', '2026-04-05 01:00+10:30', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-04-04T15:30:00.000Z', '2026-04-05 02:00+10:30', '2026-04-05'],
  // Samoa went over the date line: there was no 30 December 2011.
  ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29 23:00-10:00', '2011-12-29'],
  ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31 00:00+14:00', '2011-12-31'],
  ['Asia/Kathmandu', '2026-11-20T18:14:59.999Z', '2026-11-20 23:00+05:45', '2026-11-20'],
  ['Asia/Kathmandu', '2026-11-20T18:15:00.000Z', '2026-11-21 00:00+05:45', '2026-11-21'],
  // A minute after midnight back to 23:01: both pieces of the evening are of one day.
  ['America/St_Johns', '2010-11-07T02:00:00.000Z', '2010-11-06 23:00-02:30', '2010-11-06'],
  ['America/St_Johns', '2010-11-07T02:30:30.000Z', '2010-11-07 00:00-02:30', '2010-11-07'],
  ['America/St_Johns', '2010-11-07T02:31:00.000Z', '2010-11-06 23:00-03:30', '2010-11-06'],
  // Local mean time, with seconds.
  ['Africa/Monrovia', '1971-12-31T23:50:00.000Z', '1971-12-31 23:00-00:44:30', '1971-12-31'],
  ['UTC', '0000-01-01T00:00:00.000Z', '0000-01-01 00:00+00:00', '0000-01-01'],
  ['UTC', '9999-12-31T23:59:59.999Z', '9999-12-31 23:00+00:00', '9999-12-31'],
] as const) {
  test(`${time} in ${zone} is ${hour}`, () => {
    assert.equal(label('hour', zone, time), hour);
    assert.equal(label('day', zone, time), day);
    assert.equal(label('month', zone, time), day.slice(0, 7));
    assert.equal(label('year', zone, time), day.slice(0, 4));
  });
}

for (const [day, week] of [
  ['2024-12-29', '2024-W52'],
  ['2024-12-30', '2025-W01'],
  ['2025-01-02', '2025-W01'],
  ['2025-01-05', '2025-W01'],
  ['2025-01-06', '2025-W02'],
  ['2025-12-28', '2025-W52'],
  ['2025-12-29', '2026-W01'],
  ['2025-12-30', '2026-W01'],
  ['2026-11-20', '2026-W47'],
  ['2026-12-31', '2026-W53'],
  ['2027-01-03', '2026-W53'],
  ['2027-01-04', '2027-W01'],
  ['2016-01-03', '2015-W53'],
  ['1969-12-29', '1970-W01'],
  ['1969-12-28', '1969-W52'],
  ['0026-01-01', '0026-W01'],
] as const) {
  test(`${day} lies in ${week}`, () => assert.equal(label('week', 'UTC', `${day}T12:00:00.000Z`), week));
}

test('the week begins at midnight on Monday where the policy is, not in UTC', () => {
  assert.equal(label('week', 'Europe/Berlin', '2025-01-05T22:59:59.999Z'), '2025-W01');
  assert.equal(label('week', 'Europe/Berlin', '2025-01-05T23:00:00.000Z'), '2025-W02');
  assert.equal(label('week', 'America/New_York', '2025-01-06T04:59:59.999Z'), '2025-W01');
});

for (const zone of ['', 'Mars/Olympus', 'Europe/Berlin ', 'CEST+2', '../etc/localtime']) {
  test(`"${zone}" is no time zone`, () => {
    const clock = wallClockOf(zone);
    assert.ok(!clock.ok);
    assert.equal(clock.fault.code, 'usage');
    assert.ok(clock.fault.message.includes(zone));
  });
}

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const times = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2040, 0, 1) });

/** What ICU itself shows, field by field. */
function shownBy(zone: string, time: number): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(time);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
}

test('in every zone and in any order the clock shows what ICU shows', () => {
  fc.assert(
    fc.property(zones, fc.array(times, { minLength: 1, maxLength: 20 }), (zone, list) => {
      const clock = clockOf(zone);
      for (const time of list) {
        assert.equal(new Date(clock(time).shown).toISOString().slice(0, 19), shownBy(zone, time));
      }
    }),
    { numRuns: 200 },
  );
});

/** Around switches an error would show; at random hardly any instant lies near one. */
test('around every switch of a year the clock shows what ICU shows', () => {
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
    const clock = clockOf(zone);
    for (let time = Date.UTC(2026, 0, 1); time < Date.UTC(2027, 0, 1); time += 1_800_000) {
      const { offsetSeconds } = clock(time);
      if (clock(time - 1).offsetSeconds === offsetSeconds) continue;
      for (const near of [time - 1000, time, time + 1000]) {
        assert.equal(new Date(clock(near).shown).toISOString().slice(0, 19), shownBy(zone, near));
      }
    }
  }
});

test('every coarser period holds the finer ones whole', () => {
  const nested: readonly (readonly [Period, Period])[] = [
    ['hour', 'day'],
    ['day', 'week'],
    ['day', 'month'],
    ['month', 'year'],
  ];
  const near = fc.integer({ min: 0, max: 7_200_000 });
  fc.assert(
    fc.property(zones, times, near, (zone, time, later) => {
      const clock = clockOf(zone);
      const [a, b] = [clock(time), clock(time + later)];
      for (const [fine, coarse] of nested) {
        if (periodOf(fine, a) === periodOf(fine, b)) assert.equal(periodOf(coarse, a), periodOf(coarse, b));
      }
    }),
  );
});

test('a label tells periods apart as their numbers do', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Period>('hour', 'day', 'week', 'month', 'year'),
      zones,
      times,
      fc.integer({ min: 0, max: 90_000_000 }),
      (period, zone, time, later) => {
        const clock = clockOf(zone);
        const [a, b] = [periodOf(period, clock(time)), periodOf(period, clock(time + later))];
        assert.equal(a === b, periodLabel(period, a) === periodLabel(period, b));
      },
    ),
  );
});
