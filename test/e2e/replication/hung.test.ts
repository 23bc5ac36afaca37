/** A target whose disk hangs: whoever waits for it, the others do not, and it is said. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { paced, patience } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, policyOf, taskOf } from '../fleet/managers-at-work.ts';
import { resultsOf, told } from '../fleet/transfers.ts';

const fleet = await TestFleet.up('hung', { servers: 8 });
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

describe('a disk that hangs', { concurrency: 5 }, () => {
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

  test('between two steps of one send: the other target has the next one soon', async () => {
    const data = await fleet.subvolume('/srv/pool/steps', 8);
    const one = await fleet.snapshot(data);
    await lab.must('a', ['dd', 'if=/dev/urandom', `of=${data}/more`, 'bs=1M', 'count=1', 'status=none']);
    const two = await fleet.snapshot(data);
    const running = fleet.start([
      ...['replicate', 'auto', data, '--to', 'c,f', '--all', '--rate', '2M', '--json'],
    ]);
    const begun = performance.now();
    const isThere = async (server: string, name: string, flag: readonly string[]) => {
      const list = await lab.must(server, ['btrfs', 'subvolume', 'list', ...flag, '/srv/pool']);
      assert.ok(list.includes(`steps/${name}`), list);
    };
    await soon(() => isThere('f', one, []));
    await freeze('f');
    await soon(() => isThere('c', one, ['-r']));
    const first = performance.now();
    await soon(() => isThere('c', two, ['-r']));
    const waited = performance.now() - first;
    // As long as the first step took, and what the second one takes.
    assert.ok(waited < Math.max(patience(10), 2 * (first - begun)), `it waited ${waited} ms`);
    await thaw('f');
    // Whether f had been given up by then is a matter of seconds.
    const results = resultsOf(await running.ended).filter(({ server }) => server === 'c');
    assert.deepEqual(told(results), [
      ['c', 'ok', null],
      ['c', 'ok', null],
    ]);
  });

  test('a group of more members than wait for it at once: the other target has the moment of all of them', async () => {
    const members = ['1', '2', '3', '4', '5', '6'].map((number) => `/srv/pool/member-${number}`);
    for (const member of members) await fleet.subvolume(member, 1);
    const seconds = paced(4);
    const desk = new Manager(fleet, 'members', ['a', 'c', 'g'], {
      snapshotPolicies: members.map((member) => policyOf(member, seconds)),
      tasks: [taskOf('members', members, ['c', 'g'], seconds)],
      preferences: { stallSeconds: 3600 },
    });
    const scheduler = desk.start();
    await soon(() => assert.ok(desk.rounds('members').some(({ targets }) => targets.join() === 'c ok,g ok')));
    await freeze('g');
    const since = new Date().toISOString();
    const begun = performance.now();
    await soon(async () => {
      const list = await lab.must('c', ['btrfs', 'subvolume', 'list', '-r', '/srv/pool']);
      const newer = [...list.matchAll(/member-(\d)\/(\S+)/g)].filter(([, , name]) => (name ?? '') > since);
      assert.equal(new Set(newer.map(([, member]) => member)).size, members.length, list);
    });
    const waited = performance.now() - begun;
    // A target that was too slow is given 30 s to end.
    assert.ok(waited < patience(10) + seconds * 1000, `it took ${waited} ms`);
    await thaw('g');
    await soon(() => assert.equal(desk.rounds('members').at(-1)?.targets.join(), 'c ok,g ok'));
    await scheduler.stop();
  });

  test('members that the other target refuses at once: it has the next one long before', async () => {
    const members = ['1', '2', '3'].map((number) => `/srv/pool/refused-${number}`);
    for (const member of members) await fleet.subvolume(member, 1);
    // What is on the way to them there is followed by nobody.
    const planted =
      'cd /srv/pool && mkdir -p .snapshots && ln -s /tmp .snapshots/refused-1 && ln -s /tmp .snapshots/refused-2';
    await lab.must('c', ['sh', '-ec', planted]);
    const desk = new Manager(fleet, 'refused', ['a', 'c', 'h'], {
      snapshotPolicies: members.map((member) => policyOf(member, paced(600))),
      tasks: [taskOf('refused', members, ['c', 'h'], paced(600))],
      preferences: { stallSeconds: 3600 },
    });
    await freeze('h');
    const scheduler = desk.start();
    const begun = performance.now();
    await soon(async () => {
      const list = await lab.must('c', ['btrfs', 'subvolume', 'list', '-R', '-r', '/srv/pool']);
      assert.match(list, /refused-3\//);
    });
    assert.ok(performance.now() - begun < PROMPT);
    await thaw('h');
    await soon(() => assert.match(desk.rounds('refused').at(-1)?.targets.join() ?? '', /^c failed,h ok$/));
    await scheduler.stop();
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
