/** A scheduler at work while people set policies and tasks by command, break the file, and call things as they like. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, tells, troubles } from '../fleet/managers-at-work.ts';
import { namesIn } from '../fleet/rounds.ts';

const fleet = await TestFleet.anywhere('schedule-edits', { servers: 2 });
const { lab } = fleet;

const { soon, on } = looksAt(fleet);

describe('all at once', { concurrency: 2 }, () => {
  test('the configuration is changed while it runs, broken and mended: it follows, and is never restarted', async () => {
    const data = await fleet.subvolume('/srv/pool/edited');
    const desk = new Manager(fleet, 'edited', ['a', 'b']);
    const say = (...words: readonly string[]): Promise<unknown> => fleet.ok(['--home', desk.home, ...words]);
    const scheduler = desk.start();
    await tells(scheduler, ({ event }) => event === 'started');
    const made = (): number => desk.ended('snapshot').length;
    await say('policy', 'set', 'snapshot', data, '--every', '1h');
    await soon(() => assert.equal(made(), 1));
    await say('policy', 'set', 'snapshot', data, '--every', '2s');
    await soon(() => assert.ok(made() >= 3));
    await say('task', 'add', 'edited', '--subvolume', data, '--to', 'b', '--every', '2s');
    await soon(() => assert.ok(desk.rounds('edited').length >= 2));
    // Now nobody but the task makes snapshots.
    await say('policy', 'remove', 'snapshot', data);
    await soon(() => {
      const own = desk.ended('snapshot').filter(({ origin }) => origin.item === 'task-snapshot:edited');
      assert.ok(own.length >= 2);
    });
    const good = desk.read();
    desk.write(good.slice(0, -20));
    const broken = await tells(scheduler, ({ event }) => event === 'config-broken');
    const begunAfter = (): string[] =>
      scheduler
        .log()
        .filter(({ event, time }) => event === 'begun' && time > broken.time)
        .map(({ message }) => message);
    // Several looks: each SIGHUP is answered after the one before.
    for (const count of [2, 3, 4]) {
      scheduler.running.child.kill('SIGHUP');
      await soon(() =>
        assert.ok(scheduler.log().filter(({ event }) => event === 'config-broken').length >= count),
      );
    }
    assert.deepEqual(begunAfter(), []);
    desk.write(good);
    await soon(() => assert.ok(begunAfter().some((message) => message.startsWith('task:edited'))));
    await say('task', 'remove', 'edited');
    await tells(scheduler, ({ event, message }) => event === 'config-read' && /nothing to do/.test(message));
    assert.equal(scheduler.running.child.exitCode, null);
    await scheduler.stop();
    // A round that was at work then cannot go on without it.
    const others = troubles(scheduler.log()).filter(
      ({ event, faults }) => event !== 'config-broken' && faults?.[0]?.code !== 'config-invalid',
    );
    assert.deepEqual(others, []);
    assert.equal(scheduler.log().filter(({ event }) => event === 'started').length, 1);
  });

  test('whatever subvolumes are called, they are snapshotted, sent and cleaned up, each its own', async () => {
    const names = [`-rf "all" it's`, '名前 — 🙂 $(reboot)', ' *;`x` \\'];
    const members = names.map((name) => `/srv/pool/odd/${name}`);
    await lab.must('a', ['mkdir', '/srv/pool/odd']);
    for (const path of members) await lab.must('a', ['btrfs', 'subvolume', 'create', '--', path]);
    const desk = new Manager(fleet, 'odd', ['a', 'b']);
    const say = (...words: readonly string[]): Promise<unknown> => fleet.ok(['--home', desk.home, ...words]);
    const [dash = '', wide = ''] = members;
    for (const path of [dash, wide]) {
      await say('policy', 'set', 'snapshot', path, '--every', '3s');
      await say('policy', 'set', 'retention', path, '--every', '3s', '--last', '2', '--yes');
    }
    await say('task', 'add', 'odd', '--subvolume', wide, '--to', 'b', '--every', '3s', '--keep-last', '2');
    const each = members.flatMap((path) => ['--subvolume', path]);
    await say('task', 'add', 'all', ...each, '--to', 'b:/srv/pool', '--every', '1h', '--disabled').catch(
      (error: unknown) => assert.match(String(error), /task-in-use/),
    );
    await say(
      'task',
      'add',
      'both',
      '--subvolume',
      dash,
      '--subvolume',
      members[2] ?? '',
      '--to',
      'b',
      '--every',
      '3s',
    );
    const scheduler = desk.start();
    await soon(() => {
      assert.ok(desk.rounds('odd').length >= 4 && desk.rounds('both').length >= 3);
      assert.ok(desk.deleted('a').length >= 3 && desk.deleted('b').length >= 1);
    });
    await scheduler.stop();
    assert.deepEqual(troubles(scheduler.log()), []);
    for (const path of members) {
      const name = (await on('b', path)).at(-1);
      assert.ok(name && (await on('a', path)).includes(name), path);
      await lab.must('a', ['btrfs', 'subvolume', 'show', path]);
    }
    assert.deepEqual((await namesIn(fleet, 'b', '/srv/pool/.snapshots/odd')).toSorted(), names.toSorted());
  });
});

test('nothing is left anywhere', async () => {
  for (const { name } of lab.servers) await fleet.assertClean(name);
});
