import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSnapshots, snapshotFailures } from '../../../../src/cli/snapshot/report.ts';
import { fault } from '../../../../src/core/model/fault.ts';
import { NO_SNAPSHOTS, roundReport } from '../../state/fixtures/reports.ts';

const NAME = '2026-11-20T08:05:01.123Z';
const made = (subvolume: string) => ({
  subvolume,
  name: NAME,
  path: `/.snapshots${subvolume}/${NAME}`,
  uuid: 'u',
  createdAt: NAME,
});
const down = fault('unreachable', 'c did not answer.', 'Is it on?', { server: 'c' });

const round = roundReport('mirror', {
  targets: [
    { target: 'b', status: 'ok', fault: null },
    { target: 'c:/mnt/usb', status: 'failed', fault: down },
  ],
});

for (const [title, report, group, want] of [
  ['one', { snapshots: [made('/a')] }, false, `made /.snapshots/a/${NAME}`],
  [
    'a group',
    { snapshots: [made('/a'), made('/b')], spreadSeconds: 0.02 },
    true,
    `made /.snapshots/a/${NAME}\nmade /.snapshots/b/${NAME}\nall within 0.02 s`,
  ],
  ['there already', { already: [{ subvolume: '/a', name: NAME }] }, false, `/a has ${NAME} already`],
  [
    'hooks',
    {
      hooks: [
        { when: 'before', subvolume: '/a', code: 0, seconds: 1.5, output: 'x', fault: null },
        { when: 'after', subvolume: '/a', code: 1, seconds: 2, output: '', fault: down },
      ],
    },
    false,
    'command before: OK, 1.5 s\ncommand after: FAILED, 2.0 s',
  ],
  [
    'hooks of two members',
    {
      hooks: [
        { when: 'before', subvolume: '/a', code: 0, seconds: 1, output: '', fault: null },
        { when: 'before', subvolume: '/b', code: 0, seconds: 2, output: '', fault: null },
      ],
    },
    true,
    'command of /a before: OK, 1.0 s\ncommand of /b before: OK, 2.0 s',
  ],
  [
    'the round of a task in sync mode',
    { tasks: [round] },
    false,
    'Task mirror:\n  b  OK\n  c:/mnt/usb  FAILED\n      c did not answer.\n      Is it on?',
  ],
] as const) {
  test(`snapshots as people read them: ${title}`, () => {
    assert.equal(formatSnapshots({ ...NO_SNAPSHOTS, ...report }, group), want);
  });
}

test('one failure that kept several from being made is told once', () => {
  const hook = fault('hook-failed', 'The command before the snapshot failed.', 'Mend it.');
  const failures = snapshotFailures({
    ...NO_SNAPSHOTS,
    failed: [
      { subvolume: '/a', fault: hook },
      { subvolume: '/b', fault: hook },
      { subvolume: '/c', fault: down },
    ],
    hooks: [{ when: 'before', subvolume: '/a', code: 1, seconds: 0, output: '', fault: hook }],
  });
  assert.deepEqual(failures, [hook, down]);
});
