/** Commands after which clean-up may delete more than before: they say what that is, and do nothing without a yes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionContext } from '../../../../src/cli/frame/action.ts';
import type { LostRow } from '../../../../src/cli/frame/confirm-loss.ts';
import { policyEnable } from '../../../../src/cli/policy/actions.ts';
import { policySetRetention } from '../../../../src/cli/policy/set.ts';
import { serverForgetDisk, serverPromote, serverRemove } from '../../../../src/cli/server/changes.ts';
import { snapshotRelease } from '../../../../src/cli/snapshot/actions.ts';
import { taskRemove, taskSwitch } from '../../../../src/cli/task/actions.ts';
import { taskEdit } from '../../../../src/cli/task/set.ts';
import { type Fault, fault } from '../../../../src/core/model/fault.ts';
import type { ExitCode } from '../../../../src/process/output.ts';
import { retention, task } from '../../../ui/world/automation-seeds.ts';
import { NOW, type Seed } from '../../../ui/world/fleet-world.ts';
import { at, inventory, made, originOf, received } from '../../../ui/world/inventories.ts';
import { server } from '../../state/fixtures/state-home.ts';
import { desk } from '../desk.ts';

const HOURS = Array.from({ length: 20 }, (_, index) => index + 1);
const LAST = { kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0, last: 3 } as const;
const RULES = { ...LAST, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const DATA = '/srv/data';

const ALPHA = inventory('alpha', [
  { mount: '/srv', subvolumes: ['data'], snapshots: { data: made('data', HOURS) } },
]);
const withReplicas = (name: string, hours: readonly number[]) =>
  inventory(name, [{ mount: '/pool', snapshots: { data: received('data', hours) } }]);

/** Twenty snapshots on alpha, of which the rules keep three; beta has the second, gamma the newest. */
const SEED: Seed = {
  servers: [server('alpha', { role: 'primary' }), server('beta'), server('gamma')],
  inventories: [ALPHA, withReplicas('beta', [2]), withReplicas('gamma', [20])],
  retentionPolicies: [retention(DATA, { rules: RULES })],
  tasks: [task('nightly', { targets: [{ server: 'gamma', mount: null }] })],
  faults: Object.fromEntries(
    ['alpha', 'beta', 'gamma'].map((name) => [name, fault('unreachable', `${name} is off.`, '')]),
  ),
};

/** Beta was never seen. */
const UNSEEN: Seed = { ...SEED, inventories: [ALPHA, withReplicas('gamma', [20])] };
const HOLD = { originId: originOf('data', at(1)), subvolume: DATA, name: at(1), note: null, heldAt: NOW };
const HELD: Seed = { ...SEED, holds: [HOLD] };
const usb = task('usb', { targets: [{ server: 'gamma', mount: '/mnt/usb' }] });
const AWAY: Seed = {
  ...SEED,
  tasks: [usb],
  inventories: [ALPHA, withReplicas('beta', [19]), withReplicas('gamma', [20])],
};

type Command = (context: ActionContext, yes: boolean) => Promise<ExitCode>;

const forget: Command = (context, yes) => serverRemove(context, 'beta', { yes });
const promote: Command = (context, yes) => serverPromote(context, 'beta', { yes });
const release: Command = (context, yes) => snapshotRelease(context, `${DATA}/`, at(1), { yes });
const removeUsb: Command = (context, yes) => taskRemove(context, 'usb', { yes });
const disableUsb: Command = (context, yes) => taskSwitch(context, 'disable', 'usb', yes);
const editUsb: Command = (context, yes) =>
  taskEdit(context, 'usb', { to: ['gamma'], ...(yes ? { yes } : {}) });
const enable: Command = (context, yes) => policyEnable(context, 'retention', DATA, true, yes);
const set: Command = (context, yes) => policySetRetention(context, DATA, { every: '1h', last: '2', yes });

const OFF: Seed = { ...SEED, retentionPolicies: [retention(DATA, { rules: RULES, enabled: false })] };

for (const [title, seed, command, lost, said] of [
  ['server remove', UNSEEN, forget, 17, /17 snapshots of \/srv\/data on alpha were kept only for beta, as/],
  [
    'server remove, of a base',
    SEED,
    forget,
    1,
    /1 snapshot of \/srv\/data on alpha was kept only for beta\./,
  ],
  ['snapshot release', HELD, release, 1, /1 snapshot of \/srv\/data on alpha was held\./],
  ['task remove', AWAY, removeUsb, 17, /17 snapshots .* kept only for gamma:\/mnt\/usb \(never seen\), as/],
  ['task disable', AWAY, disableUsb, 17, /17 snapshots/],
  ['task edit without a target', AWAY, editUsb, 17, /17 snapshots/],
  [
    'policy enable',
    OFF,
    enable,
    16,
    /16 snapshots of \/srv\/data on alpha were deleted by no rules so far\./,
  ],
  ['policy set retention', SEED, set, 1, /1 snapshot of \/srv\/data on alpha was kept by the rules so far\./],
] as const) {
  test(`${title}: which snapshots lose their protection is said, and it needs a yes`, async (t) => {
    const at = desk(t, seed);
    const before = JSON.stringify(at.config());
    const refused = await at.said((context) => command(context, false));
    assert.equal(refused.code, 3);
    assert.match(refused.err, said);
    assert.match(refused.err, /Clean-up may delete (it|them) from now on: 2026-11-01T/);
    assert.equal(JSON.stringify(at.config()), before);
    const { fault: why, losing } = await at.json<{ fault: Fault; losing: LostRow }>((context) =>
      command(context, false),
    );
    assert.deepEqual([why.code, losing.snapshots.length, losing.unknown], ['refused', lost, []]);
    const done = await at.said((context) => command(context, true));
    assert.equal(done.code, 0);
    assert.match(done.err, said);
    assert.notEqual(JSON.stringify(at.config()), before);
  });
}

test('of many the first three are named, and all are in the document', async (t) => {
  const it = desk(t, UNSEEN);
  const { err } = await it.said((context) => forget(context, true));
  assert.match(err, new RegExp(`from now on: ${at(1)}, ${at(2)}, ${at(3)} and 14 more\\.`));
  const other = desk(t, UNSEEN);
  const row = await other.json<{ losing: LostRow }>((context) => forget(context, true));
  assert.deepEqual(
    row.losing.snapshots.map(({ name }) => name),
    HOURS.slice(0, 17).map(at),
  );
  assert.match(row.losing.snapshots[0]?.reasons.join() ?? '', /may be the base for beta/);
});

test('a disk that is forgotten says what was kept for it', async (t) => {
  const it = desk(t, SEED);
  it.fleet.journal.noteReplica({
    ...{ originId: originOf('data', at(5)), subvolume: DATA, server: 'beta', filesystem: 'lost' },
    ...{ mount: '/mnt/usb', path: '/mnt/usb/x', name: at(5), verifiedAt: NOW },
  });
  const { code, err } = await it.said((context) => serverForgetDisk(context, 'beta', 'lost', { yes: false }));
  assert.equal(code, 3);
  assert.match(err, new RegExp(`1 snapshot .* was kept only for beta.* from now on: ${at(5)}\\.`));
});

test('where nothing is lost nothing is asked, but for what is asked in any case', async (t) => {
  const it = desk(t, HELD);
  assert.equal((await it.said((context) => taskSwitch(context, 'disable', 'nightly'))).code, 0);
  assert.equal((await it.said((context) => taskRemove(context, 'nightly', {}))).code, 0);
  const other = { ...SEED, inventories: [ALPHA, withReplicas('beta', [20]), withReplicas('gamma', [20])] };
  const { code, err } = await desk(t, other).said((context) => forget(context, false));
  assert.equal(code, 3);
  assert.match(err, /No snapshot loses its protection by this\./);
  assert.doesNotMatch(err, /[Nn]othing .*is touched/);
});

for (const [title, inventories, known] of [
  ['never seen', [withReplicas('gamma', [20])], /alpha was never looked at/],
  [
    'seen long ago',
    [inventory('alpha', [{ mount: '/srv', subvolumes: ['data'] }], at(1))],
    /alpha was last looked at 467h ago/,
  ],
] as const) {
  test(`a primary that was ${title}: that it is not known is said, and needs a yes`, async (t) => {
    const it = desk(t, { ...HELD, inventories });
    for (const command of [forget, release]) {
      const { code, err } = await it.said((context) => command(context, false));
      assert.equal(code, 3);
      assert.match(err, /What clean-up of \/srv\/data on alpha may delete from now on is not known: /);
      assert.match(err, known);
    }
    assert.equal((await it.said((context) => promote(context, false))).code, 3);
    assert.equal((await it.said((context) => release(context, true))).code, 0);
  });
}
