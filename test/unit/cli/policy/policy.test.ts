/** Policies by command, on a fleet that is made up: what is set, what is said of it, and what stays untouched. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  policyEnable,
  policyList,
  policyRemove,
  policyRunRetention,
  policyRunSnapshot,
} from '../../../../src/cli/policy/actions.ts';
import { policyTable } from '../../../../src/cli/policy/row.ts';
import {
  policySetRetention,
  policySetSnapshot,
  type SetRetentionOptions,
  type SetSnapshotOptions,
} from '../../../../src/cli/policy/set.ts';
import type { Fault } from '../../../../src/core/model/fault.ts';
import { NO_HOOKS } from '../../../../src/core/model/policy.ts';
import type { RetentionRules } from '../../../../src/core/model/retention.ts';
import { snapshotByHand } from '../../../../src/core/model/runs/snapshot.ts';
import { setPolicy } from '../../../../src/core/run/settings/policies.ts';
import { faultOf, must } from '../../state/fixtures/state-home.ts';
import { type Desk, desk } from '../desk.ts';

const set = (at: Desk, path: string, options: SetSnapshotOptions = { every: '15m' }) =>
  at.said((context) => policySetSnapshot(context, path, options));
const retain = (at: Desk, path: string, options: SetRetentionOptions = { every: '1d', last: '2' }) =>
  at.said((context) => policySetRetention(context, path, options));

test('a policy is set under the canonical path, and what it was checked against is told', async (t) => {
  const at = desk(t);
  const { code, out, err } = await set(at, '/srv/data/');
  assert.equal(code, 0);
  assert.deepEqual(at.config().snapshotPolicies, [
    { subvolume: '/srv/data', schedule: { kind: 'every', seconds: 900 }, hooks: NO_HOOKS, enabled: true },
  ]);
  assert.match(out, /^SUBVOLUME.*\n\/srv\/data +snapshot +every 15m +- +due\n$/);
  assert.match(err, /a cannot be reached\. What a was last seen with, at 2026-03-01T00:00:00.000Z, is what/);
  assert.match(err, /No scheduler is at work here/);
});

test('a subvolume the primary was seen without is refused, and nothing is set', async (t) => {
  const at = desk(t);
  const { code, err } = await set(at, '/srv/nope');
  assert.equal(code, 1);
  assert.match(err, /There is no subvolume \/srv\/nope on a\..*as of 2026-03-01.*\(no-such-subvolume\)/s);
  assert.deepEqual(at.config().snapshotPolicies, []);
});

test('of a primary that nobody has ever seen nothing is known, which is said', async (t) => {
  const at = desk(t, { inventories: [] });
  const { code, err } = await set(at, '/srv/any/');
  assert.equal(code, 0);
  assert.match(err, /could not be checked whether \/srv\/any\/ is there/);
  assert.deepEqual(
    at.config().snapshotPolicies.map(({ subvolume }) => subvolume),
    ['/srv/any'],
  );
});

for (const [title, path, code] of [
  ['a relative path', 'srv/data', 2],
  ['a snapshot', '/srv/.snapshots/data/2026-11-20T11:00:00.000Z', 1],
  ['a line break', '/srv/da\nta', 1],
] as const) {
  test(`${title} is no subvolume to set a policy for`, async (t) => {
    const at = desk(t);
    assert.equal((await set(at, path)).code, code);
    assert.deepEqual(at.config().snapshotPolicies, []);
  });
}

test('a hostile name draws nothing', async (t) => {
  const at = desk(t);
  const { code, out, err } = await set(at, '/srv/od\u001b[31md');
  assert.equal(code, 0);
  assert.equal((out + err).includes('\u001b'), false);
  assert.match(out, /\/srv\/od\\u\{1b\}\[31md/);
});

test('commands around it are kept with their limits', async (t) => {
  const at = desk(t);
  await set(at, '/srv/data', {
    ...{ every: '15m', before: 'systemctl stop app', beforeTimeout: '2m', beforeRequired: true },
    ...{ after: "echo 'x'", disabled: true },
  });
  const [policy] = at.config().snapshotPolicies;
  assert.equal(policy?.enabled, false);
  assert.deepEqual(policy?.hooks, {
    before: { command: 'systemctl stop app', timeoutSeconds: 120, required: true },
    after: { command: "echo 'x'", timeoutSeconds: 60 },
  });
});

for (const [options, message] of [
  [{ every: '15m', beforeTimeout: '5' }, /--before-timeout is about a command that is not named/],
  [{ every: '15m', beforeRequired: true }, /--before-required is about a command that is not named/],
  [{ every: '15m', after: 'x', afterTimeout: 'soon' }, /--after-timeout soon is no time/],
  [{ every: '15m', after: 'x', afterTimeout: '2h' }, /7200 seconds is no time limit/],
  [{ every: '15m', before: ' ' }, /The command before the snapshot is empty/],
  [{ every: '15m', before: 'a\0b' }, /The command before the snapshot is empty/],
  [{ every: '15m', timezone: 'UTC' }, /--timezone belongs to --cron/],
  [{}, /Nothing says when/],
] as const) {
  test(`${JSON.stringify(options)} is wrong usage, and nothing is set`, async (t) => {
    const at = desk(t);
    const { code, err } = await set(at, '/srv/data', options);
    assert.equal(code, 2);
    assert.match(err, message);
    assert.deepEqual(at.config().snapshotPolicies, []);
  });
}

test('setting it again replaces all of it, and says what is another now', async (t) => {
  const at = desk(t);
  await set(at, '/srv/data', { every: '15m', before: 'sync' });
  await at.said(async (context) => policyEnable(context, 'snapshot', '/srv/data', false));
  const { err } = await set(at, '/srv/data', { every: '1h' });
  assert.match(err, /when: every 15m → every 1h/);
  assert.match(err, /enabled: no → yes/);
  assert.match(
    err,
    /command before: sync \(at most 60 s\) → none|command before: sync \(at most 1 min\) → none/,
  );
  assert.equal(at.config().snapshotPolicies.length, 1);
  assert.match((await set(at, '/srv/data', { every: '1h' })).err, /It was so already/);
});

test('a policy that is set where there was none is due as a new one', async (t) => {
  const at = desk(t);
  const { journal, holder } = at.fleet;
  const dueAt = '2026-11-20T12:00:00.000Z';
  const begin = () =>
    journal.beginDueRun({
      ...{ item: 'snapshot:/srv/data', dueAt, attempt: 1, after: null, holder },
      request: snapshotByHand(['/srv/data']),
    });
  await set(at, '/srv/data');
  assert.ok(begin());
  await set(at, '/srv/data', { every: '1h' });
  assert.equal(begin(), null, 'replacing it forgets nothing');
  await at.said(async (context) => policyRemove(context, 'snapshot', '/srv/data'));
  await set(at, '/srv/data');
  assert.ok(begin());
});

test('retention: what it would do now is told; not known is not fine', async (t) => {
  const at = desk(t);
  const { code, out, err } = await retain(at, '/srv/data', {
    ...{ cron: '0 4 * * *', last: '3', daily: '7', minAge: '1h', timezone: 'Europe/Berlin' },
    yes: true,
  });
  assert.equal(code, 0);
  assert.match(
    out,
    /retention +0 4 \* \* \* Europe\/Berlin +- +in 15 h\n {4}keeps last 3, daily 7, younger than 1h \(Europe\/Berlin\)/,
  );
  assert.match(err, /What it would delete now could not be worked out: a cannot be reached/);
  const row = await at.json<Record<string, unknown>>((context) =>
    policySetRetention(context, '/srv/data', { every: '1d', last: '2', yes: true }),
  );
  assert.deepEqual(row['now'], null);
});

test('retention: rules that keep nothing are refused, and a dry run sets nothing', async (t) => {
  const at = desk(t);
  assert.equal((await retain(at, '/srv/data', { every: '1d', last: '0' })).code, 3);
  assert.equal((await retain(at, '/srv/data', { every: '1d' })).code, 2);
  assert.equal((await retain(at, '/srv/data', { every: '1d', last: '2', dryRun: true })).code, 1);
  assert.deepEqual(at.config().retentionPolicies, []);
});

test('the rows have the keys of the contract', async (t) => {
  const at = desk(t);
  await set(at, '/srv/db');
  await retain(at, '/srv/data', { every: '1d', last: '2', yes: true });
  const rows = await at.json<Record<string, unknown>[]>(async (context) => policyList(context));
  assert.deepEqual(
    rows.map((row) => [row['subvolume'], row['kind'], row['enabled'], row['lastRun'], row['nextRun']]),
    [
      ['/srv/data', 'retention', true, null, '2026-11-20T00:00:00.000Z'],
      ['/srv/db', 'snapshot', true, null, '2026-11-20T12:00:00.000Z'],
    ],
  );
  assert.deepEqual(rows[1]?.['schedule'], { kind: 'every', seconds: 900, text: 'every 15m' });
  const rules = rows[0]?.['rules'] as { last: number } | undefined;
  assert.equal(rules?.last, 2);
});

test('enabling and disabling is said once, and told when it was so already', async (t) => {
  const at = desk(t);
  await set(at, '/srv/data');
  const turn = (enabled: boolean) =>
    at.said(async (context) => policyEnable(context, 'snapshot', '/srv/data/', enabled));
  assert.match((await turn(true)).out, /was enabled already/);
  assert.match((await turn(false)).out, /is disabled/);
  assert.match((await turn(false)).out, /was disabled already/);
  const [row] = await at.json<{ nextRun: string | null; enabled: boolean }[]>(async (context) =>
    policyList(context),
  );
  assert.deepEqual([row?.enabled, row?.nextRun], [false, null]);
});

test('what is not there is named, with what is', async (t) => {
  const at = desk(t);
  const gone = () =>
    at.json<{ fault: Fault }>(async (context) => policyRemove(context, 'retention', '/srv/data'));
  assert.match((await gone()).fault.hint, /There is none at all yet/);
  await set(at, '/srv/data');
  const { fault } = await gone();
  assert.equal(fault.code, 'no-such-policy');
  assert.match(fault.hint, /There are: snapshot \/srv\/data\./);
  for (const run of [policyRunSnapshot, policyRunRetention]) {
    const said = await at.said((context) => run(context, '/srv/db', {}));
    assert.deepEqual([said.code, /no-such-policy/.test(said.err)], [1, true]);
  }
});

test('removing one leaves the others, and what this version does not know', async (t) => {
  const at = desk(t);
  await set(at, '/srv/data');
  await set(at, '/srv/db');
  const raw = JSON.parse(readFileSync(at.home.config, 'utf8'));
  raw.snapshotPolicies[1].colour = 'blue';
  raw.later = { of: 'a newer version' };
  writeFileSync(at.home.config, JSON.stringify(raw));
  const { out } = await at.said(async (context) => policyRemove(context, 'snapshot', '/srv/data'));
  assert.match(out, /is removed; its snapshots stay as they are/);
  await set(at, '/srv/db', { every: '2h' });
  const left = JSON.parse(readFileSync(at.home.config, 'utf8'));
  assert.deepEqual(
    left.snapshotPolicies.map(({ subvolume, colour }: Record<string, string>) => [subvolume, colour]),
    [['/srv/db', 'blue']],
  );
  assert.deepEqual(left.later, { of: 'a newer version' });
});

test('a run by hand is the last run of its policy', async (t) => {
  const at = desk(t);
  await set(at, '/srv/data');
  const { code } = await at.said((context) => policyRunSnapshot(context, '/srv/data'));
  assert.equal(code, 1);
  const [row] = await at.json<{ lastRun: { outcome: string } }[]>(async (context) => policyList(context));
  assert.equal(row?.lastRun.outcome, 'failed');
  const [run] = at.fleet.journal.listRuns({ limit: 1 });
  assert.deepEqual(run?.origin, { item: 'snapshot:/srv/data', dueAt: null, parent: null });
});

test('core refuses a schedule that is none, whoever asks', (t) => {
  const { fleet } = desk(t);
  const policy = { subvolume: '/srv/data', hooks: NO_HOOKS, enabled: true } as const;
  const wrong = setPolicy(fleet, {
    kind: 'snapshot',
    policy: { ...policy, schedule: { kind: 'every', seconds: 1.5 } },
  });
  assert.equal(faultOf(wrong).code, 'usage');
  must(
    setPolicy(fleet, { kind: 'snapshot', policy: { ...policy, schedule: { kind: 'every', seconds: 1 } } }),
  );
});

test('the table of policies fits into 80 columns', () => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  const schedule = { kind: 'cron', expression: '0 3 * * *', timeZone: 'Europe/Berlin' } as const;
  const shared = { subvolume: '/srv/pool/data', schedule, enabled: true } as const;
  const lastRun = {
    id: 1,
    state: 'finished',
    outcome: 'failed',
    finishedAt: '2026-11-20T11:01:00.000Z',
  } as const;
  const next = { kind: 'wait', until: '2026-11-21T11:30:00.000Z', why: 'schedule' } as const;
  const rules: RetentionRules = {
    kind: 'ladder',
    ...{ timeZone: 'Europe/Berlin', minAgeSeconds: 3600 },
    ...{ last: 3, hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 3 },
  };
  const text = policyTable(
    [
      { item: { kind: 'snapshot', policy: { ...shared, hooks: NO_HOOKS } }, lastRun, next },
      { item: { kind: 'retention', policy: { ...shared, rules } }, lastRun, next },
    ],
    now,
  );
  const lines = text.split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && !line.startsWith('    keeps')),
    [],
  );
  assert.equal(lines.length, 4);
});
