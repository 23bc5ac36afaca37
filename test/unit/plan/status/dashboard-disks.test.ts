/** What the Dashboard says of disks that could not be checked: never that they are well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import type { DashboardFilesystem, DashboardServer } from '../../../../src/core/model/status/dashboard.ts';
import { uncheckedFindings } from '../../../../src/core/plan/status/dashboard-disks.ts';
import type { StoragePart } from '../../../../src/core/plan/storage/gaps.ts';
import { findingWords } from '../../../../src/text/words/finding.ts';
import { mendOf } from '../../../../src/text/words/mend.ts';

type Gap = DashboardFilesystem['unchecked'][number];

const gap = (part: StoragePart, message = `${part} of b.`, hint = 'See why.'): Gap => ({
  part,
  fault: fault('listing-failed', message, hint, { server: 'b' }),
});

const disk = (mount: string, ...unchecked: Gap[]): DashboardFilesystem => ({
  ...{ mount, uuid: mount, sizeBytes: 100, usedBytes: 10, freeBytes: 90 },
  ...{ growthBytesPerDay: null, fullInDays: null, checkedAt: null, warnings: [] },
  unchecked,
});

const DOWN = fault('unreachable', 'b cannot be reached.', 'See.');

const server = (
  name: string,
  filesystems: readonly DashboardFilesystem[],
  more: { readonly fault?: Fault; readonly isStale?: boolean } = {},
): DashboardServer => ({
  ...{ server: name, role: 'secondary', status: 'online', latencySeconds: 0.01, seenAt: null, ageSeconds: 0 },
  ...{ isStale: false, fault: null, filesystems, ...more },
});

const slow = gap('look', 'The look at the storage of b (/pool, /usb) did not end within 20 s.');

for (const [title, servers, want] of [
  ['all was checked', [server('b', [disk('/pool')])], []],
  [
    'nobody ever looked: one note for all disks',
    [server('a', [disk('/pool', gap('never'))]), server('b', [disk('/pool', gap('never'))])],
    ['note: Devices and metadata of 2 disks were not looked at yet.'],
  ],
  [
    'the look hung: one reason for all disks of the server',
    [server('b', [disk('/pool', slow), disk('/usb', slow)])],
    [`unknown b:/usb: ${slow.fault.message}`],
  ],
  [
    'what one step mends is one reason',
    [server('b', [disk('/pool', gap('devices'), gap('scrub'), gap('metadata', 'Odd.', 'Report it.'))])],
    ['unknown b:/pool: devices of b. scrub of b.', 'unknown b:/pool: Odd.'],
  ],
  [
    'the server cannot be looked at: that is told already',
    [server('b', [disk('/pool', slow)], { fault: DOWN })],
    [],
  ],
  [
    'it was not looked at lately: that is told already',
    [server('b', [disk('/pool', slow)], { isStale: true })],
    [],
  ],
] as const) {
  test(title, () => {
    const reasons = uncheckedFindings(servers);
    assert.deepEqual(
      reasons.map((one) => {
        const { where } = one.subject;
        return `${where === null ? one.level : `${one.level} ${where}`}: ${findingWords(one).message}`;
      }),
      want,
    );
    for (const one of reasons)
      assert.deepEqual([findingWords(one).hint !== '', mendOf(one).page], [true, 'monitoring']);
  });
}
