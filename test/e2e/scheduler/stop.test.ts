/** The end of a scheduler in the middle of a transfer: nothing half done stays, and the next one goes on from there. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { patience } from '../../patience.ts';
import { eventually, type Running, TestFleet } from '../fleet/fleet.ts';
import { journalRuns, repairs, stateOf } from '../fleet/transfers.ts';

const fleet = await TestFleet.anywhere('schedule-stop', { servers: 3 });

function scheduler(): Running {
  const running = fleet.start(['--schedule']);
  after(() => running.child.kill('SIGKILL'));
  return running;
}

/** Waits until a transfer of the scheduler has brought something to both targets. */
const underWay = (running: Running): Promise<void> =>
  eventually(() => {
    const jobs = journalRuns(stateOf(fleet)).flatMap(({ state, job }) =>
      state === 'running' && job ? job : [],
    );
    const sending = jobs.flatMap(({ targets }) =>
      targets.filter(({ progress }) => progress.phase === 'sending' && progress.sentBytes > 1_000_000),
    );
    assert.equal(new Set(sending.map(({ target }) => target)).size, 2, running.stderr());
  }, 30);

for (const [title, signal, code] of [
  ['SIGTERM in mid-transfer: exit 0 within 30 s, and no partial is left', 'SIGTERM', 0],
  ['kill -9 in mid-transfer: the next scheduler says so, and goes on at once', 'SIGKILL', null],
] as const) {
  test(title, async () => {
    const task = `by-${signal.toLowerCase()}`;
    const data = await fleet.subvolume(`/srv/pool/${task}`, 60);
    const settings = ['--every', '365d', '--rpo', '7d', '--to', 'b,c', '--rate', '2M'];
    await fleet.ok(['task', 'add', task, '--subvolume', data, ...settings]);
    const first = scheduler();
    await underWay(first);
    const asked = performance.now();
    first.child.kill(signal);
    const ended = await first.ended;
    assert.equal(ended.code, code, ended.stderr);
    assert.ok(performance.now() - asked < patience(30));
    if (code === 0) for (const server of ['a', 'b', 'c']) await fleet.assertClean(server);

    await fleet.ok(['task', 'edit', task, '--rate', '200M']);
    const second = scheduler();
    await eventually(() =>
      assert.match(second.stderr(), new RegExp(`task:${task} {2}.* sent to b, c, .* s$`, 'm')),
    );
    if (code === null) assert.match(second.stderr(), /run:\d+ {2}was interrupted/);
    await eventually(() => {
      for (const server of ['b', 'c'])
        assert.match(second.stderr(), new RegExp(`task:${task} {2}${server} keeps its RPO of 7 d`));
    });
    second.child.kill('SIGTERM');
    assert.equal((await second.ended).code, 0);
    const [snapshot, ...others] = await fleet.ok<{ name: string }[]>(['snapshot', 'list', data]);
    assert.deepEqual(others, []);
    await repairs(fleet, data, snapshot?.name ?? '', ['b', 'c']);
    await fleet.ok(['task', 'remove', task]);
  });
}
