/** When what goes by the clock begins: with its first time after it was made, enabled or changed, whoever restarts what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyEnable, policyList } from '../../../../src/cli/policy/actions.ts';
import { policySetRetention, policySetSnapshot } from '../../../../src/cli/policy/set.ts';
import { taskList, taskSwitch } from '../../../../src/cli/task/actions.ts';
import { taskAdd, taskEdit } from '../../../../src/cli/task/set.ts';
import { type Desk, desk } from '../desk.ts';

// It is 12:00 UTC on a Friday.
const NIGHTLY = { cron: '0 3 * * *', timezone: 'UTC' } as const;
const TONIGHT = '2026-11-21T03:00:00.000Z';
const HOUR = 3600;

const set = (at: Desk, options: Parameters<typeof policySetSnapshot>[2]) =>
  at.said((context) => policySetSnapshot(context, '/srv/data', options));

async function next(at: Desk): Promise<string | null> {
  const [row] = await at.json<{ nextRun: string | null }[]>(async (context) => policyList(context));
  return row?.nextRun ?? null;
}

const nextRound = async (at: Desk): Promise<string | null> => {
  const [row] = await at.json<{ nextRun: string | null }[]>(async (context) => taskList(context));
  return row?.nextRun ?? null;
};

const turn = (at: Desk, enabled: boolean) =>
  at.said(async (context) => policyEnable(context, 'snapshot', '/srv/data', enabled));

test('a policy by the clock begins with its first time after it was set, and says which that is', async (t) => {
  const at = desk(t);
  const { out, err } = await set(at, { ...NIGHTLY, before: 'systemctl stop app' });
  assert.match(out, /0 3 \* \* \* UTC +- +in 15 h\n/);
  assert.match(err, /It is due first at 2026-11-21T03:00:00\.000Z\./);
  assert.doesNotMatch(err, /at once/);
  // Nobody was there at 03:00: that one is caught up.
  at.clock.pass(16 * HOUR);
  assert.equal(await next(at), TONIGHT);
});

test('a retention policy and a task by the clock begin likewise; the snapshots of the task as well', async (t) => {
  const at = desk(t);
  await at.said((context) => policySetRetention(context, '/srv/data', { ...NIGHTLY, last: '3', yes: true }));
  assert.equal(await next(at), TONIGHT);
  await at.said((context) =>
    taskAdd(context, 'nightly', { ...NIGHTLY, subvolume: ['/srv/data'], to: ['b'] }),
  );
  assert.equal(await nextRound(at), TONIGHT);
  const counted = at.fleet.journal.itemMemories().map(({ item, dueAt, run }) => [item, dueAt, run]);
  assert.deepEqual(
    counted.toSorted(),
    ['retention:/srv/data', 'task-snapshot:nightly', 'task:nightly'].map((item) => [
      item,
      '2026-11-20T03:00:00.000Z',
      null,
    ]),
  );
});

test('an interval is due at once, as nobody chose its hour', async (t) => {
  const at = desk(t);
  const { err } = await set(at, { every: '6h' });
  assert.match(err, /It is due at once/);
  assert.equal(await next(at), '2026-11-20T12:00:00.000Z');
});

test('enabled again, or given other times, it begins with the next one; what else is changed moves nothing', async (t) => {
  const at = desk(t);
  await set(at, NIGHTLY);
  at.clock.pass(24 * HOUR);
  assert.equal(await next(at), TONIGHT, 'missed');
  await set(at, { ...NIGHTLY, before: 'sync' });
  assert.equal(await next(at), TONIGHT, 'another command is no other time');
  await turn(at, true);
  assert.equal(await next(at), TONIGHT, 'it was enabled already');
  await turn(at, false);
  assert.match((await turn(at, true)).err, /It is due next at 2026-11-22T03:00:00\.000Z\./);
  assert.equal(await next(at), '2026-11-22T03:00:00.000Z');
  assert.match((await set(at, { ...NIGHTLY, cron: '0 11 * * *' })).err, /due next at 2026-11-22T11:00/);
  await set(at, { cron: '0 11 * * *', timezone: 'Europe/Berlin' });
  assert.equal(await next(at), '2026-11-22T10:00:00.000Z');
});

test('a task that was suspended makes up for what it missed, one that was disabled does not', async (t) => {
  const at = desk(t);
  await at.said((context) =>
    taskAdd(context, 'nightly', { ...NIGHTLY, subvolume: ['/srv/data'], to: ['b'] }),
  );
  const switched = (verb: 'suspend' | 'resume' | 'disable' | 'enable') =>
    at.said(async (context) => taskSwitch(context, verb, 'nightly'));
  await switched('suspend');
  at.clock.pass(24 * HOUR);
  await switched('resume');
  assert.equal(await nextRound(at), TONIGHT);
  await at.said((context) => taskEdit(context, 'nightly', { rpo: '2d' }));
  assert.equal(await nextRound(at), TONIGHT);
  await switched('disable');
  await switched('enable');
  assert.equal(await nextRound(at), '2026-11-22T03:00:00.000Z');
});

test('a task comes to make the snapshots itself: not for a time before that', async (t) => {
  const at = desk(t);
  await set(at, { every: '1h' });
  await at.said((context) =>
    taskAdd(context, 'nightly', { ...NIGHTLY, subvolume: ['/srv/data'], to: ['b'] }),
  );
  at.clock.pass(48 * HOUR);
  await turn(at, false);
  const own = at.fleet.journal.itemMemories().find(({ item }) => item === 'task-snapshot:nightly');
  assert.equal(own?.dueAt, '2026-11-22T03:00:00.000Z');
});
