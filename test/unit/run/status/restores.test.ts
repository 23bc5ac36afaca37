/** A restore that was cut off is told by health and the Dashboard until something says what came of it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fault } from '../../../../src/core/model/fault.ts';
import type { RestoreRequest } from '../../../../src/core/model/runs/restore.ts';
import { overallOf } from '../../../../src/core/model/status/health.ts';
import type { Fleet } from '../../../../src/core/run/ground/fleet.ts';
import { knownDashboard } from '../../../../src/core/run/status/dashboard.ts';
import { fleetHealth, healthOf } from '../../../../src/core/run/status/health.ts';
import { dashboardWords, findingWords } from '../../../../src/text/words/finding.ts';
import { mendOf } from '../../../../src/text/words/mend.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { HOLDER, type KnownFleet, knownFleet, primary, secondary, time } from '../fixtures/known-fleet.ts';

const signal = new AbortController().signal;
const asked = { fresh: false, signal };

interface Told extends KnownFleet {
  readonly fleet: Fleet;
  begun(more?: Partial<RestoreRequest>): number;
}

function told(t: TestContext): Told {
  const known = knownFleet(t);
  const { journal } = known;
  journal.saveInventory(primary('11:59:00', '11:40:00'));
  for (const name of ['b', 'c']) journal.saveInventory(secondary(name, '11:59:00', '11:40:00'));
  const request = {
    ...({ kind: 'restore', subvolume: '/data', server: 'a', filesystem: 'root', inside: 'data' } as const),
    ...{ from: { name: 's', uuid: 'u:s' }, live: 'u', at: time('11:59:30'), moveNested: false },
  };
  return {
    ...known,
    fleet: { ...known, isAlive: () => true } as unknown as Fleet,
    begun: (more = {}) =>
      journal.createRun({
        request: { ...request, ...more },
        trigger: 'hand',
        state: 'running',
        holder: HOLDER,
      }).id,
  };
}

const dashboardOf = async (fleet: Fleet) =>
  must(await knownDashboard(fleet, { looks: new Map(), staleSeconds: 300, signal })).reasons;

test('health of its subvolume tells it, and so does the Dashboard, once', async (t) => {
  const { fleet, journal, begun } = told(t);
  const run = begun();
  const health = async () => must(await healthOf(fleet, { subvolume: '/data', snapshot: null }, asked));
  assert.equal((await health()).overall, 'ok', 'it is at work');
  journal.interruptDeadRuns(() => false);
  const { overall, reasons } = await health();
  assert.equal(overall, 'degraded');
  const [first] = reasons;
  assert.ok(first?.code === 'restore-open');
  assert.match(findingWords(first).message, new RegExp(`^Restore ${run} of /data on a was cut off`));
  assert.match(findingWords(first).hint, /btrfleet restore list/);
  const shown = (await dashboardOf(fleet)).filter(({ code }) => code === 'restore-open');
  assert.equal(shown.length, 1);
  assert.ok(shown[0]);
  assert.match(dashboardWords(shown[0]).message, /^Restore \d+ of \/data on a/);
  assert.deepEqual(mendOf(shown[0]), { page: 'history', tab: null, object: String(run) });
  const settling = begun({ settles: run });
  const end = {
    subvolume: '/data',
    server: 'a',
    from: { name: 's', uuid: 'u:s' },
    uuid: null,
    replaced: null,
  };
  journal.finishRun(settling, 'failed', {
    ...{ kind: 'restore', ...end, moved: [], left: [], steps: [], places: [], fault: null },
    outcome: 'rolled-back',
  });
  assert.equal((await health()).overall, 'ok');
});

test('of a subvolume that health says nothing about it is told of the fleet', async (t) => {
  const { fleet, journal, begun } = told(t);
  begun({ subvolume: '/gone/with/its/disk', filesystem: 'lost', inside: 'disk' });
  begun({ server: 'b' });
  journal.interruptDeadRuns(() => false);
  const { reasons, overall, subvolumes } = must(await fleetHealth(fleet, asked));
  assert.deepEqual(
    reasons.map(({ code, subject }) => `${code} ${subject.subvolume} ${subject.where}`),
    ['restore-open /gone/with/its/disk a', 'restore-open /data b'],
  );
  assert.equal(overall, 'degraded');
  assert.equal(overallOf(subvolumes.map((one) => one.overall)), 'ok');
  assert.equal((await dashboardOf(fleet)).filter(({ code }) => code === 'restore-open').length, 2);
  const gone = await healthOf(fleet, { subvolume: '/gone/with/its/disk', snapshot: null }, asked);
  assert.ok(must(gone).reasons.some(({ code }) => code === 'restore-open'));
});

test('one that is not tried any more says what was found last, and how it is ended by hand', async (t) => {
  const { fleet, journal, begun } = told(t);
  const run = begun();
  journal.interruptDeadRuns(() => false);
  const away = fault('not-mounted', 'The filesystem of /data is not there.', '');
  for (let tries = 0; tries < 15; tries += 1)
    journal.finishRun(begun({ settles: run }), 'failed', { kind: 'fault', fault: away });
  const { reasons } = must(await healthOf(fleet, { subvolume: '/data', snapshot: null }, asked));
  const found = reasons.find(({ code }) => code === 'restore-open');
  assert.ok(found);
  const { message, hint } = findingWords(found);
  assert.match(
    message,
    /Tried 15 times: The filesystem of \/data is not there\. .*when its filesystem is seen/,
  );
  assert.match(hint, new RegExp(`btrfleet restore forget ${run}`));
});

test('files that were being brought back when it was cut off are told, until what was staged is away', async (t) => {
  const { fleet, journal } = told(t);
  const request = {
    ...({ kind: 'extract', subvolume: '/data', source: 'b', server: 'a', to: null, paths: ['x'] } as const),
    ...{ from: { name: 's', uuid: 'u:s' }, fromPath: '/srv/.snapshots/data/s', at: time('11:59:30') },
    ...({ overwrite: 'always', removes: false, include: [], exclude: [] } as const),
    live: { filesystem: 'root', inside: 'data', uuid: 'u' },
  };
  const asFrom = { trigger: 'hand', state: 'running', holder: HOLDER } as const;
  const { id } = journal.createRun({ request, ...asFrom });
  const reasons = async () =>
    must(await healthOf(fleet, { subvolume: '/data', snapshot: null }, asked)).reasons;
  assert.deepEqual(await reasons(), [], 'it is at work');
  journal.interruptDeadRuns(() => false);
  const [first] = await reasons();
  assert.ok(first?.code === 'restore-open');
  assert.equal(first.facts.brings, 'files');
  assert.match(findingWords(first).message, new RegExp(`^Run ${id}, which brought back files of /data on a`));
  assert.match(findingWords(first).hint, new RegExp(`btrfleet restore undo ${id}`));

  const settling = journal.createRun({ request: { ...request, settles: id }, ...asFrom }).id;
  journal.finishRun(settling, 'ok', {
    ...{ kind: 'extract', subvolume: '/data', server: 'a', to: null, source: 'b', from: request.from },
    ...{ outcome: 'restored', settles: id, bytes: 0, wireBytes: 0, before: null, missed: [] },
    counts: { created: 0, replaced: 0, removed: 0, attributes: 0, left: 0, skipped: 0 },
    ...{ missedCount: 0, fault: null },
  });
  assert.deepEqual(await reasons(), []);
});
