/**
 * Automation as it runs for months, in little: real schedulers at intervals of seconds, while targets go away, a second
 * manager does the same, the configuration is changed, clocks are wrong, and processes are killed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { paced } from '../../patience.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, newest, policyOf, taskOf, tells, troubles } from '../fleet/managers-at-work.ts';
import { poolDirectory } from '../fleet/rounds.ts';

const fleet = await TestFleet.up('proof', { servers: 4 });
const { lab } = fleet;

const { soon, on, assertOnce } = looksAt(fleet);

describe('all at once', { concurrency: 3 }, () => {
  test('a target is down for five rounds: the other is on time, the base stays, and it catches up from there', async () => {
    const data = await fleet.subvolume('/srv/pool/down');
    const desk = new Manager(fleet, 'down', ['a', 'b', 'd'], {
      snapshotPolicies: [policyOf(data, paced(3))],
      retentionPolicies: [policyOf(data, paced(3), { rules: newest(2) })],
      tasks: [taskOf('down', [data], ['b', 'd'], paced(3), { retention: newest(2), suspendAfter: 0 })],
    });
    const scheduler = desk.start();
    await soon(() =>
      assert.ok(desk.rounds('down').filter(({ targets }) => targets[1] === 'd ok').length > 1),
    );
    await lab.kill('d');
    const failed = () => desk.rounds('down').filter(({ targets }) => targets[1] === 'd failed');
    await soon(() => assert.ok(failed().length >= 5));
    await lab.start('d');
    const [first, ...others] = failed();
    assert.ok(first);
    await soon(() => assert.equal(desk.rounds('down').at(-1)?.targets[1], 'd ok'));
    await scheduler.stop();

    const to = (server: string) => desk.sent().filter((one) => one.server === server);
    const before = desk.rounds('down').filter(({ run }) => run.id < first.run.id).length;
    const away = desk.rounds('down').slice(before, before + 1 + others.length);
    // Counted in due times, so that it is the same on a slow machine: most are served, and never do two go by without it.
    const due = away.map(({ run }) => Date.parse(run.origin.dueAt ?? ''));
    const gaps = due.slice(1).map((time, index) => (time - (due[index] ?? 0)) / (paced(3) * 1000));
    assert.ok(
      gaps.every((gap) => gap >= 1 && gap <= 2) && gaps.filter((gap) => gap < 2).length * 2 >= gaps.length,
      gaps.join(', '),
    );
    for (const { targets } of away) assert.equal(targets[0], 'b ok');
    const points = away.map(({ run }) =>
      run.report?.kind === 'task'
        ? (run.report.replications[0]?.results.findLast(({ server }) => server === 'b')?.snapshot ?? '')
        : '',
    );
    assert.deepEqual(
      points,
      [...new Set(points)].toSorted(),
      'the restore point of b advances with each round',
    );
    const [whole, ...more] = to('d');
    assert.equal(whole?.mode, 'full');
    assert.deepEqual(
      more.filter(({ mode, base }) => mode !== 'incremental' || base === null),
      [],
    );
    const back = more.find(({ snapshot }) => (snapshot ?? '') > (points[0] ?? ''));
    assert.ok(back?.base, JSON.stringify(more));
    assert.ok(back.base < (points[0] ?? ''), 'it was sent from what it had before it went away');
    assert.ok(desk.deleted('a').length > 0 && desk.deleted('b').length > 0);
    assert.equal((await on('d', data)).at(-1), to('d').at(-1)?.snapshot);
    for (const server of ['b', 'd']) await assertOnce(server, data);
  });

  test('two managers with the same policies and tasks: one snapshot for each due time, and nothing is sent twice', async () => {
    const data = await fleet.subvolume('/srv/pool/shared');
    const config = {
      snapshotPolicies: [policyOf(data, paced(2))],
      retentionPolicies: [policyOf(data, paced(2), { rules: newest(3) })],
      tasks: [taskOf('shared', [data], ['b', 'c'], paced(2), { retention: newest(3) })],
    };
    const desks = ['one', 'two'].map((name) => new Manager(fleet, name, ['a', 'b', 'c'], config));
    const schedulers = desks.map((desk) => desk.start());
    await soon(() => {
      for (const desk of desks) {
        assert.ok(desk.ended('snapshot').length >= 6);
        assert.ok(desk.rounds('shared').length >= 6);
      }
    });
    for (const { stop } of schedulers) await stop();

    const made = new Map<string, string[]>();
    for (const { origin, report, outcome } of desks.flatMap((desk) => desk.ended('snapshot'))) {
      assert.ok(report?.kind === 'snapshot' && origin.dueAt !== null, JSON.stringify(report));
      assert.equal(outcome, 'ok');
      assert.equal(report.snapshots.length + report.already.length, 1);
      const names = made.get(origin.dueAt) ?? [];
      made.set(origin.dueAt, [...names, ...report.snapshots.map(({ name }) => name)]);
    }
    for (const [dueAt, names] of made) assert.ok(names.length <= 1, `due at ${dueAt}: ${names.join(', ')}`);
    const sent = desks.flatMap((desk) => desk.sent()).map(({ server, snapshot }) => `${server} ${snapshot}`);
    assert.deepEqual(sent.toSorted(), [...new Set(sent)].toSorted());
    for (const server of ['b', 'c']) await assertOnce(server, data);
    assert.ok((await on('b', data)).at(-1));
    for (const { log } of schedulers) assert.deepEqual(troubles(log()), []);
    assert.ok(desks.flatMap((desk) => desk.deleted('a')).length > 0);
  });

  test('retention touches its own snapshots alone: not those of neighbours, of people, nor what was made writable', async () => {
    const data = await fleet.subvolume('/srv/pool/data');
    const near = [await fleet.subvolume('/srv/pool/data2'), await fleet.subvolume('/srv/pool/database')];
    const old = '2020-01-01T00:00:00.000Z';
    const directory = poolDirectory(data);
    const clone = (from: string, to: string, ...options: readonly string[]): Promise<string> =>
      lab.must('a', ['btrfs', 'subvolume', 'snapshot', ...options, from, to]);
    for (const one of [data, ...near]) await lab.must('a', ['mkdir', '-p', poolDirectory(one)]);
    for (const one of near) await clone(one, `${poolDirectory(one)}/${old}`, '-r');
    await clone(data, `${directory}/before-upgrade-2`, '-r');
    await clone(data, `${directory}/${old}`);
    await clone(data, `${directory}/2020-01-02T00:00:00.000Z`, '-r');
    // On the target, too: what people have put beside the replicas.
    await lab.must('b', ['mkdir', '-p', directory, ...near.map(poolDirectory)]);
    const theirs = [`${directory}/before-upgrade-2`, ...near.map((one) => `${poolDirectory(one)}/${old}`)];
    for (const path of theirs) await lab.must('b', ['btrfs', 'subvolume', 'create', path]);

    const desk = new Manager(fleet, 'narrow', ['a', 'b'], {
      snapshotPolicies: [policyOf(data, paced(2))],
      retentionPolicies: [policyOf(data, paced(2), { rules: newest(1) })],
      tasks: [taskOf('narrow', [data], ['b'], paced(2), { retention: newest(1) })],
    });
    const scheduler = desk.start();
    await soon(() => assert.ok(desk.deleted('a').length >= 4 && desk.deleted('b').length >= 3));
    await scheduler.stop();
    assert.deepEqual(troubles(scheduler.log()), []);
    assert.ok(desk.deleted('a').includes('2020-01-02T00:00:00.000Z'));
    const left = await on('a', data);
    assert.deepEqual(
      left.filter((name) => name < '2021' || name === 'before-upgrade-2'),
      [old, 'before-upgrade-2'],
    );
    for (const server of ['a', 'b'])
      for (const one of near) assert.deepEqual(await on(server, one), [old], `${one} on ${server}`);
    assert.ok((await on('b', data)).includes('before-upgrade-2'));
    await lab.must('a', ['btrfs', 'subvolume', 'delete', `${directory}/${old}`]);
    for (const path of theirs) await lab.must('b', ['btrfs', 'subvolume', 'delete', path]);
  });

  test('a group of three is whole on both targets after each round, also when a newer moment comes meanwhile', async () => {
    const members: string[] = [];
    for (const name of ['g1', 'g2', 'g3']) members.push(await fleet.subvolume(`/srv/pool/${name}`, 2));
    // Two are sent at once, and the third begins when there is a newer moment already.
    const task = taskOf('group', members, ['b', 'c'], paced(2), {
      retention: newest(2),
      options: { rateBytesPerSecond: 1_000_000 },
    });
    const desk = new Manager(fleet, 'group', ['a', 'b', 'c'], { tasks: [task] });
    const scheduler = desk.start();
    await soon(() => assert.ok(desk.rounds('group').length >= 4));
    // A round that is at work when the scheduler is ended is cut short: the last one ends first, and none comes after it.
    desk.configure({ tasks: [{ ...task, enabled: false }] });
    await tells(scheduler, ({ event }) => event === 'config-read');
    await soon(() => assert.deepEqual(desk.journal.listRuns({ state: 'running', limit: 1 }), []));
    await scheduler.stop();
    assert.deepEqual(troubles(scheduler.log()), []);
    for (const { run, targets } of desk.rounds('group')) {
      assert.deepEqual(targets, ['b ok', 'c ok']);
      assert.ok(run.report?.kind === 'task');
      const last = run.report.replications.flatMap(({ results }) =>
        ['b', 'c'].map((server) => results.findLast((one) => one.server === server)?.snapshot),
      );
      assert.deepEqual([last.length, new Set(last).size], [6, 1], `run ${run.id}: ${last.join(', ')}`);
    }
    for (const server of ['b', 'c']) {
      const [one, two, three]: string[][] = await Promise.all(members.map((path) => on(server, path)));
      assert.equal(one?.length, 2);
      assert.deepEqual([two, three], [one, one], server);
    }
  });

  test('a task in sync mode follows each snapshot at once, whatever its own schedule', async () => {
    const data = await fleet.subvolume('/srv/pool/mirrored');
    const desk = new Manager(fleet, 'mirror', ['a', 'b', 'c'], {
      snapshotPolicies: [policyOf(data, paced(4))],
      tasks: [taskOf('mirror', [data], ['b', 'c'], 86_400, { mode: 'sync' })],
    });
    const scheduler = desk.start();
    await soon(() => assert.ok(desk.rounds('mirror').length >= 4));
    await scheduler.stop();
    assert.deepEqual(troubles(scheduler.log()), []);
    const due = desk.rounds('mirror').map(({ run }) => run.origin.dueAt);
    assert.equal(new Set(due).size, due.length);
    const made = desk.ended('snapshot');
    for (const { run, targets } of desk.rounds('mirror').slice(1)) {
      assert.deepEqual(targets, ['b ok', 'c ok']);
      const at = made.findIndex(({ origin }) => origin.dueAt === run.origin.dueAt);
      const [snapshot, next] = made.slice(at);
      const begun = run.startedAt ?? '';
      assert.ok(
        begun >= (snapshot?.finishedAt ?? '~'),
        `run ${run.id} was begun before its snapshot was there`,
      );
      assert.ok(begun < (next?.finishedAt ?? '~'), `run ${run.id} was begun after the next snapshot`);
    }
  });

  test('what lies ahead because a clock was set back holds nothing up: not in the journal, not on the primary', async () => {
    const data = await fleet.subvolume('/srv/pool/back');
    const desk = new Manager(fleet, 'back', ['a', 'b'], {
      snapshotPolicies: [policyOf(data, 3600)],
      retentionPolicies: [policyOf(data, paced(3), { rules: newest(2) })],
      tasks: [taskOf('back', [data], ['b'], 3600)],
    });
    const first = desk.start();
    await soon(() => assert.equal(desk.rounds('back').length, 1));
    await first.stop();
    const before = await on('a', data);
    const journal = new DatabaseSync(join(desk.home, 'journal.db'), { timeout: 5000 });
    const day = `strftime('%Y-%m-%dT%H:%M:%S.000Z', julianday(due_at) + 1)`;
    journal.exec(`UPDATE items SET due_at = ${day};
      UPDATE runs SET finished_at = strftime('%Y-%m-%dT%H:%M:%S.000Z', julianday(finished_at) + 1)`);
    journal.close();
    const ahead = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 23)}Z`;
    const future = `${poolDirectory(data)}/${ahead}`;
    await lab.must('a', ['btrfs', 'subvolume', 'snapshot', '-r', data, future]);
    const second = desk.start();
    await soon(() => assert.equal(desk.rounds('back').length, 2));
    desk.configure({
      snapshotPolicies: [policyOf(data, paced(2))],
      retentionPolicies: [policyOf(data, paced(2), { rules: newest(2) })],
      tasks: [taskOf('back', [data], ['b'], paced(2))],
    });
    const made = () =>
      desk
        .ended('snapshot')
        .flatMap(({ report }) =>
          report?.kind === 'snapshot' ? report.snapshots.map(({ name }) => name) : [],
        );
    /** Made before the last round that has ended began: that round, or one before it, had to send them. */
    const inTime = () => {
      const lastRound = desk.rounds('back').at(-1)?.run.startedAt ?? '';
      return made().filter((name) => name < lastRound);
    };
    const sent = await soon(() => {
      assert.ok(desk.rounds('back').length >= 5);
      assert.ok(made().length >= 4, `snapshots go on: ${made().join(', ')}`);
      const names = inTime();
      assert.ok(names.length >= 3);
      return names;
    });
    await second.stop();
    assert.deepEqual(troubles(second.log()), []);
    const there = await on('b', data);
    for (const name of sent) assert.ok(there.includes(name), `${name} is not on b`);
    const left = await on('a', data);
    assert.ok(left.includes(ahead), 'what is dated in the future stays');
    assert.ok(!left.includes(before[0] ?? ''));
    assert.ok(desk.sent().filter(({ mode }) => mode === 'full').length === 1);
  });

  test('killed again and again, whatever it was at: marked interrupted, done again, nothing twice and nothing half', async () => {
    const data = await fleet.subvolume('/srv/pool/killed', 6);
    const config = (rate: number | null) => ({
      snapshotPolicies: [policyOf(data, paced(2))],
      retentionPolicies: [policyOf(data, paced(2), { rules: newest(3) })],
      tasks: [
        taskOf('killed', [data], ['b', 'c'], paced(2), {
          retention: newest(3),
          options: { rateBytesPerSecond: rate },
        }),
      ],
    });
    const desk = new Manager(fleet, 'killed', ['a', 'b', 'c'], config(2_000_000));
    const at = (kind: 'snapshot' | 'replication' | 'cleanup') => () =>
      assert.ok(desk.journal.listRuns({ kind, state: 'running', limit: 1 }).length > 0, `no ${kind} runs`);
    const sending = (): void => {
      const [run] = desk.journal.listRuns({ kind: 'replication', state: 'running', limit: 1 });
      const progress = run?.job?.targets.map((target) => target.progress) ?? [];
      assert.ok(progress.some((one) => one.phase === 'sending' && one.sentBytes > 500_000));
    };
    for (const moment of [sending, at('snapshot'), at('replication'), sending, at('cleanup')]) {
      const scheduler = desk.start();
      await tells(scheduler, ({ event }) => event === 'started');
      await lab.must('a', ['dd', 'if=/dev/urandom', `of=${data}/new.bin`, 'bs=1M', 'count=3', 'status=none']);
      // A snapshot is made in less time than lies between two looks at other states.
      await eventually(moment, 60, 20);
      scheduler.running.child.kill('SIGKILL');
      await scheduler.running.ended;
      desk.configure(config(moment === sending ? 200_000_000 : 2_000_000));
    }
    desk.configure(config(null));
    const before = desk.journal.listRuns({ limit: 1 })[0]?.id ?? 0;
    const last = desk.start();
    await soon(() => {
      const rounds = desk.rounds('killed').filter(({ run }) => run.id > before && run.outcome === 'ok');
      assert.ok(rounds.length >= 2);
    });
    await last.stop();
    assert.deepEqual(
      desk.journal.listRuns({ state: 'running', limit: 9 }).map(({ id }) => id),
      [],
    );
    assert.ok(desk.journal.listRuns({ failed: true, limit: 99 }).length >= 5);
    // Clean-ups may meet a round here, and leave it the snapshot it uses.
    for (const run of desk.journal.listRuns({ failed: true, limit: 99 }))
      if (run.kind !== 'cleanup') assert.equal(run.outcome, 'interrupted', JSON.stringify(run.report));
    const sent = desk.sent().map(({ server, snapshot }) => `${server} ${snapshot}`);
    assert.deepEqual(sent.toSorted(), [...new Set(sent)].toSorted());
    for (const server of ['b', 'c']) {
      await assertOnce(server, data);
      const name = (await on(server, data)).at(-1);
      const replica = `${poolDirectory(data)}/${name}`;
      assert.equal(await fleet.fingerprint(server, replica), await fleet.fingerprint('a', replica));
    }
  });
});

test('nothing is left anywhere', async () => {
  for (const { name } of lab.servers) await fleet.assertClean(name);
});
