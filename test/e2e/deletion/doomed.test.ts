/** What others are deleting is neither sent, nor built on, nor said to be there, nor relied on; and all of it comes to an end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../../../src/core/model/fault.ts';
import { ok } from '../../../src/core/model/result.ts';
import type { CleanupReport } from '../../../src/core/model/runs/cleanup.ts';
import type { DeletedSnapshot } from '../../../src/core/model/runs/deletion.ts';
import { BY_HAND, type ReplicationRequest } from '../../../src/core/model/runs/replication.ts';
import type { Run } from '../../../src/core/model/runs/run.ts';
import { executeRun } from '../../../src/core/run/execute.ts';
import { MOST_LOOKS } from '../../../src/core/run/ground/pins.ts';
import { holdSnapshot } from '../../../src/core/run/snapshots/hold.ts';
import { JournalFailure } from '../../../src/core/state/journal/database.ts';
import type { Journal } from '../../../src/core/state/journal/journal.ts';
import { must } from '../../unit/state/fixtures/state-home.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { Desk, namesIn, poolDirectory } from '../fleet/rounds.ts';

const fleet = await TestFleet.anywhere('doomed', { servers: 2 });
const { lab } = fleet;
const desk = new Desk(fleet);

const remove = (server: string, path: string, name: string): Promise<string> =>
  lab.must(server, ['btrfs', 'subvolume', 'delete', `${poolDirectory(path)}/${name}`]);

const notesOf = (kind: Run['kind']): readonly string[] => desk.newest(kind).job?.notes ?? [];

/** Two snapshots that both have; the newer one is returned last. */
async function twice(path: string): Promise<readonly [string, string]> {
  await fleet.subvolume(path);
  const older = await fleet.snapshot(path);
  const newer = await fleet.snapshot(path);
  await fleet.replicate('auto', path, '--all', '--to', 'b');
  assert.deepEqual(await namesIn(fleet, 'b', poolDirectory(path)), [older, newer]);
  return [older, newer];
}

/** This run in this process, on a journal that does `over` otherwise. */
function carryOut(request: Parameters<Journal['createRun']>[0]['request'], over: Partial<Journal>) {
  const { journal, holder } = desk.fleet;
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const report = executeRun({ ...desk.fleet, journal: { ...journal, ...over } }, run, { journalSeconds: 0 });
  return { run, report };
}

const toB = (subvolume: string): { kind: 'replication' } & ReplicationRequest => ({
  ...{ kind: 'replication', subvolume, targets: [{ server: 'b', mount: null }], ...BY_HAND },
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: { path: 'auto', rateBytesPerSecond: null, compress: false, resumable: false },
});

test('a replica that is being deleted is not said to be there: it is waited for, and sent again', async () => {
  const path = '/srv/pool/present';
  const [older, newer] = await twice(path);
  const deletion = await desk.deletion(path, [[newer, 'b']]);
  const waiting = fleet.replicate('auto', path, '--to', 'b');
  await eventually(() =>
    assert.deepEqual(notesOf('replication'), ['waiting until a snapshot on b is deleted']),
  );
  await remove('b', path, newer);
  deletion.end();
  const { code, results } = await waiting;
  assert.deepEqual(
    [code, results.map(({ status, snapshot, base }) => [status, snapshot, base])],
    [0, [['ok', newer, older]]],
  );
});

test('a deletion by hand whose plan rests on what others delete is planned again, and leaves the last base', async () => {
  const path = '/srv/pool/hand';
  const [older, newer] = await twice(path);
  const deletion = await desk.deletion(path, [[older, 'b']]);
  const deleting = fleet.json<DeletedSnapshot[]>(['snapshot', 'delete', path, newer, '--yes']);
  await eventually(() => assert.deepEqual(notesOf('delete').length, 1));
  await remove('b', path, older);
  deletion.end();
  const { code, value } = await deleting;
  assert.deepEqual(
    [code, value.map(({ status, fault: why }) => [status, why?.code])],
    [3, [['failed', 'last-base']]],
  );
  assert.deepEqual(await namesIn(fleet, 'a', poolDirectory(path)), [older, newer]);
});

test('a deletion by hand that was refused the last base sees that others delete it, and leaves another one', async () => {
  const path = '/srv/pool/refused';
  const [older, newer] = await twice(path);
  const deletion = await desk.deletion(path, [[newer, 'b']]);
  const deleting = fleet.json<DeletedSnapshot[]>(['snapshot', 'delete', path, older, newer, '--yes']);
  await eventually(() => assert.deepEqual(notesOf('delete').length, 1));
  await remove('b', path, newer);
  deletion.end();
  const { value } = await deleting;
  assert.deepEqual(
    value.map(({ status, fault: why }) => [status, why?.code ?? null]),
    [
      ['failed', 'last-base'],
      ['deleted', null],
    ],
  );
  assert.deepEqual(await namesIn(fleet, 'a', poolDirectory(path)), [older]);
});

test('a clean-up whose rules keep what is deleted by hand meanwhile keeps the next one', async () => {
  const path = await fleet.subvolume('/srv/pool/kept');
  const made: string[] = [];
  for (let count = 0; count < 3; count += 1) made.push(await fleet.snapshot(path));
  const [, middle = '', newest = ''] = made;
  const deletion = await desk.deletion(path, [[newest, 'a']]);
  const cleaning = fleet.json<CleanupReport>(['snapshot', 'cleanup', path, '--last', '1', '--yes']);
  await eventually(() => assert.deepEqual(notesOf('cleanup'), ['waiting until a snapshot is deleted']));
  await remove('a', path, newest);
  deletion.end();
  const { code, value } = await cleaning;
  assert.deepEqual([code, value.failed], [0, []]);
  assert.deepEqual(await namesIn(fleet, 'a', poolDirectory(path)), [middle]);
});

const holds = (): readonly string[] => {
  const { config } = must(desk.fleet.config.read());
  return config.holds.map(({ name, note }) => `${name} ${note}`);
};

test('what is being deleted is not held, and all is as it was; when that has failed it can be', async () => {
  const path = await fleet.subvolume('/srv/pool/late');
  const name = await fleet.snapshot(path);
  const hold = ['snapshot', 'hold', path, name, '--note'];
  const deletion = await desk.deletion(path, [[name, 'a']]);
  const late = await fleet.fault(...hold, 'late');
  assert.deepEqual([late.code, late.fault.code, late.fault.retry], [1, 'locked', true]);
  assert.match(late.fault.message, new RegExp(`is being deleted by run ${deletion.id},`));
  assert.deepEqual(holds(), []);
  deletion.end();
  await fleet.ok([...hold, 'first']);
  assert.deepEqual(holds(), [`${name} first`]);
  const again = await desk.deletion(path, [[name, 'a']]);
  assert.equal((await fleet.fault(...hold, 'second')).fault.code, 'locked');
  assert.deepEqual(holds(), [`${name} first`]);
  again.end();
  await fleet.ok(['snapshot', 'release', path, name, '--yes']);
});

test('what was deleted between the look and the hold is not said to be held', async () => {
  const path = await fleet.subvolume('/srv/pool/between');
  const name = await fleet.snapshot(path);
  const { config, hosts } = desk.fleet;
  const deletion = await desk.deletion(path, [[name, 'a']]);
  let isOver = false;
  let isThere = true;
  const over = {
    config: {
      ...config,
      change: (...[edit]: Parameters<typeof config.change>) => {
        const changed = config.change(edit);
        if (!isOver) deletion.end();
        isOver = true;
        return changed;
      },
    },
    // The server takes it away before it is looked at once more.
    hosts: Object.assign(Object.create(hosts), {
      connect: async (...words: Parameters<typeof hosts.connect>) => {
        if (isOver && isThere) {
          isThere = false;
          await remove('a', path, name);
        }
        return hosts.connect(...words);
      },
    }),
  };
  const wanted = { subvolume: path, name, note: null };
  const said = await holdSnapshot({ ...desk.fleet, ...over }, wanted);
  assert.deepEqual([said.ok, said.ok || said.fault.code], [false, 'no-such-snapshot']);
  assert.deepEqual([isThere, holds()], [false, []]);
});

test('where what it chooses is deleted again and again a replication ends, and may be tried again', async () => {
  const path = await fleet.subvolume('/srv/pool/again');
  await fleet.snapshot(path);
  let pins = 0;
  const gone = { kind: 'doom', run: 1, filesystem: 'f', origin: 'o', since: 't', ended: 1 } as const;
  const { report } = carryOut(toB(path), {
    pin: () => {
      pins += 1;
      return ok([gone]);
    },
  });
  const ended = await report;
  assert.ok(ended.kind === 'replication');
  const [why] = ended.results.map((one) => one.fault);
  assert.deepEqual([why?.code, why?.retry, pins], ['stalled', true, MOST_LOOKS]);
});

test('where nothing can be pinned nothing is sent', async () => {
  const [path, other] = [await fleet.subvolume('/srv/pool/one'), await fleet.subvolume('/srv/pool/two')];
  await fleet.ok(['snapshot', 'create', path, other, '--group']);
  const busy = () => {
    throw new JournalFailure(fault('locked', 'busy', 'h'));
  };
  const one = await carryOut(toB(path), { pin: busy }).report;
  assert.deepEqual(
    one.kind === 'replication' && one.results.map(({ status, fault: why }) => [status, why?.message]),
    [['failed', 'busy']],
  );
  const members = ['--subvolume', path, '--subvolume', other];
  await fleet.ok(['task', 'add', 'group', ...members, '--to', 'b', '--every', '1h', '--disabled']);
  const { run, report } = carryOut({ kind: 'task', task: 'group', snapshot: false }, { pin: busy });
  const round = await report;
  assert.deepEqual(
    round.kind === 'task' && round.targets.map(({ status, fault: why }) => [status, why?.message]),
    [['failed', 'busy']],
  );
  assert.deepEqual(desk.parts(run.id), []);

  // Where it can, the round pins its moment for all members, until it is over.
  const { journal } = desk.fleet;
  const taken: (readonly [number, number])[] = [];
  const whole = carryOut(
    { kind: 'task', task: 'group', snapshot: false },
    {
      pin: (by, chosen) => {
        taken.push([by, chosen.pins.length]);
        return journal.pin(by, chosen);
      },
      finishRun: (id, ...words) => {
        const left = journal.pinned().filter((pin) => pin.run === whole.run.id);
        if (id !== whole.run.id) assert.equal(left.length, 2);
        return journal.finishRun(id, ...words);
      },
    },
  );
  await whole.report;
  assert.deepEqual(taken[0], [whole.run.id, 2]);
  assert.deepEqual(desk.parts(whole.run.id), ['replication ok', 'replication ok']);
  assert.deepEqual(journal.pinned(), []);
});

test('nothing is left anywhere', async () => {
  for (const server of ['a', 'b']) await fleet.assertClean(server);
});
