/** How often a round looks at a server as a whole, counted by the commands that reach it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executeRun } from '../../../src/core/run/execute.ts';
import { type Look, lookAt } from '../../../src/core/run/ground/fleet.ts';
import { THOROUGH } from '../../../src/core/run/ground/prove.ts';
import { onlyReal, TestFleet } from '../fleet/fleet.ts';
import { tamper } from '../fleet/raw-flags.ts';
import { Desk, namesIn, poolDirectory, roundIn, targetsOf } from '../fleet/rounds.ts';

const fleet = await TestFleet.anywhere('looks', { servers: 3 });
const { lab } = fleet;
const looks: string[] = [];
let onLook: (server: string) => void = () => {};
const desk = new Desk(fleet, {
  onCommand: ({ server, line }) => {
    if (!line.includes('btrfleet-inventory')) return;
    looks.push(server);
    onLook(server);
  },
});

/** The looks at each server during `work`: `a 1, b 2`. */
async function looksDuring(work: () => Promise<unknown>): Promise<string> {
  looks.length = 0;
  await work();
  return ['a', 'b', 'c']
    .map((server) => `${server} ${looks.filter((one) => one === server).length}`)
    .join(', ');
}

const MEMBERS = ['one', 'two', 'three', 'four', 'five'].map((name) => `/srv/pool/${name}`);

const grow = (text: string): Promise<unknown> =>
  Promise.all(MEMBERS.map((path) => lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', path, text])));

test('a round of five members to two targets looks at each server before it sends and before it cleans up', async () => {
  for (const path of MEMBERS) await fleet.subvolume(path);
  const members = MEMBERS.flatMap((path) => ['--subvolume', path]);
  await fleet.ok(['task', 'add', 'all', ...members, '--to', 'b,c', '--every', '1h', '--keep-last', '2']);
  for (const moment of ['first', 'second', 'third']) {
    await grow(moment);
    await fleet.ok(['snapshot', 'create', ...MEMBERS, '--group']);
    await desk.scheduled('all');
  }
  await grow('last');
  await fleet.ok(['snapshot', 'create', ...MEMBERS, '--group']);
  const said = await looksDuring(async () => {
    const { report } = await desk.scheduled('all');
    assert.deepEqual(targetsOf(report), ['b ok', 'c ok']);
    assert.deepEqual(
      report.cleanups
        .map(({ server, deleted, failed }) => [server, deleted.length, failed.length])
        .toSorted(),
      ['b', 'b', 'b', 'b', 'b', 'c', 'c', 'c', 'c', 'c'].map((server) => [server, 1, 0]),
    );
  });
  for (const path of MEMBERS) {
    const names = await namesIn(fleet, 'a', poolDirectory(path));
    for (const server of ['b', 'c'])
      assert.deepEqual(await namesIn(fleet, server, poolDirectory(path)), names.slice(-2));
  }
  assert.equal(said, 'a 1, b 2, c 2');
});

test('what somebody deletes by hand after a round has looked is never built on', async () => {
  const [, , , four = '', five = ''] = MEMBERS;
  const [base = ''] = (await namesIn(fleet, 'a', poolDirectory(five))).slice(-1);
  await grow('once more');
  await fleet.ok(['snapshot', 'create', ...MEMBERS, '--group']);
  const deletions: Promise<unknown>[] = [];
  const deleteOn = (server: string, subvolume: string): void => {
    const path = `${poolDirectory(subvolume)}/${base}`;
    deletions.push(lab.must(server, ['btrfs', 'subvolume', 'delete', path]));
  };
  onLook = (server) => {
    onLook = () => {};
    assert.equal(server, 'a');
    // The last two members: the others are sent first.
    deleteOn('b', four);
    deleteOn('a', five);
  };
  const { report } = await desk.scheduled('all');
  assert.equal((await Promise.all(deletions)).length, 2);
  assert.deepEqual(targetsOf(report), ['b ok', 'c ok']);
  for (const path of [four, five]) {
    const [newest = ''] = (await namesIn(fleet, 'a', poolDirectory(path))).slice(-1);
    const at = `${poolDirectory(path)}/${newest}`;
    const original = await fleet.fingerprint('a', at);
    for (const server of ['b', 'c']) assert.equal(await fleet.fingerprint(server, at), original);
  }
  const results = report.replications.flatMap((one) => (one.subvolume === five ? one.results : []));
  assert.ok(results.every((result) => result.base !== base));
});

test('what somebody changes by hand after a round has looked, and makes read-only again, is never built on', {
  skip: onlyReal,
}, async () => {
  const [, , , four = '', five = ''] = MEMBERS;
  const [base = ''] = (await namesIn(fleet, 'a', poolDirectory(five))).slice(-1);
  await grow('at last');
  await fleet.ok(['snapshot', 'create', ...MEMBERS, '--group']);
  // After the first look at each, before anything is locked there.
  const changes = new Map([
    ['b', four],
    ['a', five],
  ]);
  const look: Look = async (server, signal) => {
    const seen = await lookAt(desk.fleet, server, signal, THOROUGH);
    const subvolume = changes.get(server);
    changes.delete(server);
    const path = subvolume === undefined ? '' : `${poolDirectory(subvolume)}/${base}`;
    if (path !== '') await tamper(lab, server, path, 'echo spoilt >spoilt; rm log');
    return seen;
  };
  const report = roundIn(await executeRun({ ...desk.fleet, look }, desk.begin('all')));
  assert.equal(changes.size, 0);
  // What was changed proves nothing any more and is told of; what was made since is sent.
  const unproven = ['b failed identity-unproven', 'c failed identity-unproven'];
  assert.deepEqual(targetsOf(report), unproven);
  for (const path of MEMBERS) {
    const [newest = ''] = (await namesIn(fleet, 'a', poolDirectory(path))).slice(-1);
    const at = `${poolDirectory(path)}/${newest}`;
    const original = await fleet.fingerprint('a', at);
    for (const server of ['b', 'c']) assert.equal(await fleet.fingerprint(server, at), original, path);
  }
  const results = report.replications.flatMap((one) =>
    one.results.map(({ server, base: from, snapshot, status }) => ({
      ...{ server, status, subvolume: one.subvolume, isFromBase: from === base, isNewest: snapshot !== base },
    })),
  );
  for (const { server, subvolume, isFromBase, isNewest, status } of results) {
    const about = `${subvolume} to ${server}`;
    assert.equal(status, isNewest ? 'ok' : 'failed', about);
    const isSpoilt = subvolume === five || (subvolume === four && server === 'b');
    if (isNewest) assert.equal(isFromBase, !isSpoilt, about);
    else assert.ok(isSpoilt, about);
  }
  assert.equal(results.filter(({ isNewest }) => isNewest).length, 2 * MEMBERS.length);
});
