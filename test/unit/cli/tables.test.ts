/** The tables of the program fit into 80 columns with names and paths of a usual length. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf as runTable } from '../../../src/cli/run/actions.ts';
import { tableOf as checkTable } from '../../../src/cli/server/looks.ts';
import { tableOf as snapshotTable } from '../../../src/cli/snapshot/actions.ts';
import { textOf } from '../../../src/cli/status/doctor-action.ts';
import { fault } from '../../../src/core/model/fault.ts';
import { NO_ORIGIN, type Run } from '../../../src/core/model/runs/run.ts';
import type { ServerCheck } from '../../../src/core/model/server-check.ts';
import { serverAt } from '../hosts/sshd-fixture.ts';
import { inventoryOf } from '../state/fixtures/inventory.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const NAME = '2026-11-18T08:05:01.123Z';
const SUBVOLUME = '/srv/pool/data';

const run: Run = {
  id: 12_345,
  origin: NO_ORIGIN,
  kind: 'replication',
  trigger: 'schedule',
  request: { kind: 'delete', subvolume: SUBVOLUME, server: null, snapshots: [] },
  state: 'finished',
  outcome: 'interrupted',
  createdAt: NAME,
  startedAt: NAME,
  finishedAt: '2026-11-18T11:15:01.123Z',
  cancelRequested: false,
  job: null,
  report: null,
};

const snapshot = {
  name: NAME,
  path: `/srv/pool/.snapshots/data/${NAME}`,
  uuid: 'u',
  receivedUuid: null,
  doubt: null,
  originId: 'u',
  createdAt: NAME,
  state: 'complete',
  held: true,
  note: null,
  referencedBytes: null,
  exclusiveBytes: null,
  source: null,
  measuredAt: null,
  mountedAt: [],
} as const;

const sized = {
  ...snapshot,
  referencedBytes: 1_600_000_000,
  exclusiveBytes: 52_428_800,
  source: 'du',
  measuredAt: '2026-11-20T09:48:00.000Z',
} as const;

const [filesystem] = inventoryOf('secondary', 1).filesystems;
assert.ok(filesystem);
const roomy = { ...filesystem, space: { sizeBytes: 1, usedBytes: 1, freeBytes: 1_600_000_000 } };
const check: ServerCheck = {
  server: serverAt('secondary', 22, ''),
  status: 'online',
  facts: {
    privilege: 'sudo',
    sudo: [],
    kernel: '6.1.0',
    btrfsProgs: '6.6.3',
    sendStreamVersion: 2,
    sudoers: [],
    latencySeconds: 0.1234,
    fault: null,
  },
  inventory: {
    ...inventoryOf('secondary', 1),
    filesystems: [roomy, { ...roomy, mount: '/mnt/usb' }],
  },
  fault: fault('listing-failed', 'It could not be listed.', 'Look.'),
};

const long = `b may not run with sudo ${'and more '.repeat(20)}`;
const doctor = textOf([
  { name: 'node', status: 'ok', message: 'v24.1.0 x64', hint: '' },
  { name: 'secondary: privilege', status: 'failed', message: long, hint: 'Do this.\nAnd that.' },
  {
    name: 'secondary: btrfs-progs',
    status: 'could-not-check',
    message: 'because of "secondary: privilege"',
    hint: '',
  },
]);

for (const [title, text] of [
  ['run list', runTable([run], NOW)],
  ['snapshot list', snapshotTable([snapshot], NOW)],
  ['snapshot list with sizes', snapshotTable([sized], NOW)],
  ['server check', checkTable([check])],
  ['doctor', doctor.split('\n\n')[0] ?? ''],
] as const) {
  test(`the table of ${title} fits into 80 columns`, () => {
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
  });
}

test('a path that is long stands last in the list of runs', () => {
  assert.match(runTable([run], NOW), /SUBVOLUME\n.* \/srv\/pool\/data$/);
});

test('a note stands behind everything else in the list of snapshots', () => {
  const text = snapshotTable([snapshot, { ...snapshot, note: 'before the upgrade' }], NOW);
  assert.match(
    text,
    /DIRECTORY +NOTE\n.*data\n.*held {2}\/srv\/pool\/\.snapshots\/data {2}before the upgrade$/,
  );
});

test('sizes that are known are in the list of snapshots, with their source and age; the others are not known', () => {
  const text = snapshotTable([snapshot, { ...sized, name: '2026-11-19T08:05:01.123Z' }], NOW);
  assert.match(text, /HELD {2}REFERENCED {2}EXCLUSIVE\n.* held +- +-\n.* held {4}1\.49 GiB {3}50\.0 MiB\n/);
  assert.match(
    text,
    /\nIn \/srv\/pool\/\.snapshots\/data\. Sizes by walking over all files, up to 12 min old\.$/,
  );
  const elsewhere = { ...sized, path: `/mnt/usb/${NAME}`, source: 'qgroups' } as const;
  const both = snapshotTable([sized, elsewhere], NOW);
  assert.match(both, /EXCLUSIVE {2}DIRECTORY\n/);
  assert.match(both, /\nSizes by walking over all files and from quota groups, up to 12 min old\.$/);
});

test('each filesystem of a server stands on a line of its own', () => {
  const [, first, second] = checkTable([check]).split('\n');
  assert.match(first ?? '', /^secondary {2}not usable .* \/srv\/pool \(1\.49 GiB free\)$/);
  assert.match(second ?? '', /^ +\/mnt\/usb \(1\.49 GiB free\)$/);
});

test('what doctor found wrong is told whole below the table, with what to do', () => {
  assert.ok(doctor.endsWith(`\n\nsecondary: privilege: ${long}\n  Do this.\n  And that.`));
});
