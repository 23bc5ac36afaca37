/** When something is due, as options say it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleFrom, zoneWithoutCron } from '../../../../src/cli/choices/when.ts';
import type { WhenOptions } from '../../../../src/cli/choices/when-options.ts';
import { scheduleText } from '../../../../src/core/plan/time/schedule.ts';

function read(options: WhenOptions): string {
  const schedule = scheduleFrom(options, 'Europe/Paris');
  return schedule.ok ? scheduleText(schedule.value) : `${schedule.fault.code}: ${schedule.fault.message}`;
}

for (const [options, want] of [
  [{ every: '15m' }, 'every 15m'],
  [{ every: '90' }, 'every 90s'],
  [{ every: '1' }, 'every 1s'],
  [{ every: '1w' }, 'every 7d'],
  [{ every: '0' }, 'usage: "every 0 s" is no interval.'],
  [{ every: '2y' }, 'usage: --every 2y is no interval.'],
  [{ every: '1.5h' }, 'usage: --every 1.5h is no interval.'],
  [{ every: '-5m' }, 'usage: --every -5m is no interval.'],
  [{ every: '' }, 'usage: --every  is no interval.'],
  [{ every: '400d' }, 'usage: "every 34560000 s" is no interval.'],
  [{}, 'usage: Nothing says when.'],
  [{ every: '1h', cron: '0 3 * * *' }, 'usage: --every and --cron both say when.'],
  [{ cron: '0 3 * * *' }, 'cron 0 3 * * * (Europe/Paris)'],
  [{ cron: '  0   3 * *  * ', timezone: 'UTC' }, 'cron 0 3 * * * (UTC)'],
  // A zone that changes its clock, and a time that is skipped there once a year.
  [{ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, 'cron 30 2 * * * (Europe/Berlin)'],
  [{ cron: '*/10 8-18 * * mon-fri' }, 'cron */10 8-18 * * mon-fri (Europe/Paris)'],
  [{ cron: '0 3 * *' }, 'usage: The cron expression "0 3 * *" has 4 fields, not five.'],
  [{ cron: '60 3 * * *' }, 'usage: The cron expression "60 3 * * *" is not valid: "60" is no minute.'],
  [{ cron: '0 3 0 * *' }, 'usage: The cron expression "0 3 0 * *" is not valid: "0" is no day of month.'],
  [{ cron: '0 3 * 13 *' }, 'usage: The cron expression "0 3 * 13 *" is not valid: "13" is no month.'],
  [
    { cron: '0 3 * * mno' },
    'usage: The cron expression "0 3 * * mno" is not valid: "mno" is no day of week.',
  ],
  [{ cron: '0 3 30 2 *' }, 'usage: The cron expression "0 3 30 2 *" names a day that never comes.'],
  [{ cron: '@daily' }, 'usage: The cron expression "@daily" has 1 field, not five.'],
  [{ cron: '0 3 * * *', timezone: 'Europe/Berlni' }, 'usage: There is no time zone "Europe/Berlni".'],
  [{ cron: '0 3 * * *', timezone: '' }, 'usage: There is no time zone "".'],
] as const) {
  test(`${JSON.stringify(options)}: ${want}`, () => assert.equal(read(options), want));
}

test('a time zone without an expression is told of, not ignored', () => {
  assert.equal(zoneWithoutCron({ every: '1d', timezone: 'UTC' })?.code, 'usage');
  assert.equal(zoneWithoutCron({ cron: '0 3 * * *', timezone: 'UTC' }), null);
  assert.equal(zoneWithoutCron({ every: '1d' }), null);
});
