/** A target whose disk hangs: whoever waits for it, the others do not, and it is said. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { paced, patience } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, policyOf, taskOf } from '../fleet/managers-at-work.ts';
import { resultsOf, told } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('hung', { servers: 4 });
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
});
