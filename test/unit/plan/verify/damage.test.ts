import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceErrors } from '../../../../src/core/model/storage.ts';
import { isDamage } from '../../../../src/core/plan/verify/damage.ts';

const errors = (more: Partial<DeviceErrors> = {}): DeviceErrors => ({
  ...{ device: '/dev/sdb', writeErrors: 1, readErrors: 2, flushErrors: 0, corruptionErrors: 3 },
  ...{ generationErrors: 0, ...more },
});
const OTHER = errors({ device: '/dev/sdc' });

for (const [title, before, after, want] of [
  ['a checksum was wrong', [errors()], [errors({ corruptionErrors: 4 })], true],
  ['on the other of two disks', [OTHER, errors()], [OTHER, errors({ corruptionErrors: 4 })], true],
  ['nothing was counted', [errors()], [errors()], false],
  ['the disk gave nothing', [errors()], [errors({ readErrors: 9 })], false],
  ['both', [errors()], [errors({ readErrors: 9, corruptionErrors: 4 })], false],
  ['it can be written no more', [errors()], [errors({ writeErrors: 2, corruptionErrors: 4 })], false],
  ['one of two is away', [OTHER, errors()], [errors({ corruptionErrors: 4 })], false],
  ['it is another disk', [OTHER], [errors({ corruptionErrors: 4 })], false],
  ['the counters began anew', [errors()], [errors({ corruptionErrors: 0 })], false],
] as const) {
  test(`what is unreadable is damaged, or the disk answers no more: ${title}`, () =>
    assert.equal(isDamage(before, after), want));
}
