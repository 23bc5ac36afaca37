/** A target whose disk hangs: whoever waits for it, the others do not, and it is said. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { paced, patience } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, policyOf, taskOf } from '../fleet/managers-at-work.ts';
import { resultsOf, told } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('hung', { servers: 5 });
const { lab } = fleet;
const { soon } = looksAt(fleet);

/** As a disk does that answers no write any more; reads go on. */
async function freeze(server: string): Promise<void> {
  await lab.must(server, ['fsfreeze', '--freeze', '/srv/pool']);
  frozen.add(server);
}

async function thaw(server: string): Promise<void> {
  if (frozen.delete(server)) await lab.must(server, ['fsfreeze', '--unfreeze', '/srv/pool']);
}

const frozen = new Set<string>();
// A lab with a filesystem that is frozen cannot be taken down.
after(async () => {
  for (const server of [...frozen]) await thaw(server);
});

/** Far less than what the one that hangs is given. */
const PROMPT = patience(20);

describe('a disk that hangs', { concurrency: 3 }, () => {
  test('before the lock: the other target has its replica long before, and it is said which one hangs', async () => {
    const data = await fleet.subvolume('/srv/pool/before', 8);
    await fleet.snapshot(data);
    await freeze('b');
    const running = fleet.start(['replicate', 'auto', data, '--to', 'b,c', '--json']);
    const begun = performance.now();
    const there = await soon(async () => {
      const list = await lab.must('c', ['btrfs', 'subvolume', 'list', '-R', '-r', '/srv/pool']);
      assert.match(list, /before\//);
      return performance.now() - begun;
    });
    assert.ok(there < PROMPT, `it took ${there} ms`);
    const ended = await running.ended;
    await thaw('b');
    assert.deepEqual(told(resultsOf(ended)), [
      ['b', 'failed', 'stalled'],
      ['c', 'ok', null],
    ]);
    const [hung] = resultsOf(ended);
    assert.match(hung?.fault?.message ?? '', /b/);
    assert.equal(ended.code, 1);
    const again = await fleet.replicate('auto', data, '--to', 'b,c');
    assert.equal(again.code, 0, JSON.stringify(again.results));
  });

  test('in the midst of a transfer: the task serves its other target on time, and the hung one when it is back', async () => {
    const data = await fleet.subvolume('/srv/pool/midst', 30);
    const seconds = paced(3);
    const desk = new Manager(fleet, 'midst', ['a', 'c', 'd'], {
      snapshotPolicies: [policyOf(data, seconds)],
      tasks: [taskOf('midst', [data], ['c', 'd'], seconds, { suspendAfter: 0 })],
      preferences: { stallSeconds: 3600 },
    });
    const scheduler = desk.start();
    await soon(() => assert.ok(desk.rounds('midst').some(({ targets }) => targets.join() === 'c ok,d ok')));
    await freeze('d');
    const before = desk.journal.listRuns({ limit: 1 })[0]?.id ?? 0;
    /** Rounds that brought c what d did not get. */
    const ahead = () =>
      desk
        .rounds('midst')
        .filter(({ run, targets }) => run.id > before && targets[0] === 'c ok' && targets[1] !== 'd ok');
    await soon(() =>
      assert.ok(ahead().length >= 3, JSON.stringify(desk.rounds('midst').map(({ targets }) => targets))),
    );
    await thaw('d');
    await soon(() => assert.equal(desk.rounds('midst').at(-1)?.targets.join(), 'c ok,d ok'));
    await scheduler.stop();
    const sent = desk.sent().map(({ server, snapshot }) => `${server} ${snapshot}`);
    assert.deepEqual(sent.toSorted(), [...new Set(sent)].toSorted(), 'nothing is sent twice');
  });

  test('as many rounds as may wait for it: another task serves its other target on time, and that one once there is a place', async () => {
    const seconds = paced(3);
    const [first, second, wide] = await Promise.all(
      ['first', 'second', 'wide'].map((name) => fleet.subvolume(`/srv/pool/${name}`, 8)),
    );
    assert.ok(first && second && wide);
    const full = {
      snapshotPolicies: [first, second].map((data) => policyOf(data, seconds)),
      tasks: [taskOf('first', [first], ['e'], seconds), taskOf('second', [second], ['e'], seconds)],
      preferences: { stallSeconds: 3600, concurrentPerServer: 2 },
    };
    const desk = new Manager(fleet, 'full', ['a', 'c', 'e'], full);
    const scheduler = desk.start();
    const served = (task: string) => desk.rounds(task).some(({ targets }) => targets.join() === 'e ok');
    await soon(() => assert.ok(served('first') && served('second')));
    await freeze('e');
    const isStuck = () => {
      const since = Date.now() - 2 * seconds * 1000;
      const running = desk.journal.listRuns({ kind: 'task', state: 'running', limit: 10 });
      return running.filter(({ startedAt }) => Date.parse(startedAt ?? '') < since).length === 2;
    };
    await soon(() => assert.ok(isStuck()));
    desk.configure({
      ...full,
      snapshotPolicies: [...full.snapshotPolicies, policyOf(wide, seconds)],
      tasks: [...full.tasks, taskOf('wide', [wide], ['c', 'e'], seconds)],
    });
    const told = () => desk.rounds('wide').map(({ targets }) => targets.join());
    const without = () => told().filter((targets) => targets === 'c ok,e busy').length;
    await soon(() => assert.ok(without() >= 3, JSON.stringify(told())));
    const sent = desk.sent().filter(({ server }) => server === 'c').length;
    assert.ok(sent >= 3, `${sent} were sent to c`);
    assert.equal(without(), told().length, 'nothing begins for it while it has no place');
    await thaw('e');
    await soon(() => assert.ok(['e ok', 'c ok,e ok'].includes(told().at(-1) ?? ''), JSON.stringify(told())));
    await scheduler.stop();
  });
});
