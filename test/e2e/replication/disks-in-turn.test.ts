/** Two disks that take turns at one mount of a target, a week each: what is kept for the one in the drawer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { Desk, namesIn, poolDirectory, runRound, sentIn } from '../fleet/rounds.ts';

const fleet = await TestFleet.up('disks-in-turn', { servers: 2 });
const { lab } = fleet;
const desk = new Desk(fleet);

const USB = '/mnt/usb';
const DISKS = { A: '/mnt/disk-a', B: '/mnt/disk-b' } as const;
type Disk = keyof typeof DISKS;

const uuids: Record<Disk, string> = { A: '', B: '' };
for (const disk of ['A', 'B'] as const) {
  await lab.addFilesystem('b', DISKS[disk], '200M');
  uuids[disk] = (await lab.must('b', ['findmnt', '-no', 'UUID', DISKS[disk]])).trim();
  await lab.umount('b', DISKS[disk]);
}

interface Cleaned {
  readonly kept: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  readonly deleted: readonly { readonly name: string }[];
}

interface Lag {
  readonly restorePoint: string | null;
  readonly awayOn: string | null;
}

const plug = (disk: Disk): Promise<void> => fleet.lab.plugIn('b', DISKS[disk], USB);
const unplug = (): Promise<unknown> => lab.umount('b', USB);

const write = (path: string, text: string): Promise<string> =>
  lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', path, text]);

/** As strict as it can be. */
const cleanUp = (subvolume: string): Promise<Cleaned> =>
  fleet.ok<Cleaned>(['snapshot', 'cleanup', subvolume, '--last', '1', '--yes']);

const names = (subvolume: string): Promise<string[]> => namesIn(fleet, 'a', poolDirectory(subvolume));

async function lagOf(task: string): Promise<Lag> {
  const { lag } = await fleet.ok<{ lag: readonly Lag[] }>(['task', 'show', task]);
  const { restorePoint, awayOn } = lag[0] ?? assert.fail('no target');
  return { restorePoint, awayOn };
}

const data = await fleet.subvolume('/srv/pool/data');
await fleet.ok(['task', 'add', 'usb', '--subvolume', data, '--to', `b:${USB}`, '--every', '1h']);

test('both are away, retention is tight: each comes back and is sent the difference', async () => {
  const sent: string[] = [];
  for (const disk of ['A', 'B'] as const) {
    await plug(disk);
    await write(data, `for ${disk}`);
    const { report } = await runRound(fleet, 'usb');
    sent.push(report.replications[0]?.results.at(-1)?.snapshot ?? '');
    await unplug();
    // Somebody looks, so that no look at the server knows of the disk any more.
    await fleet.ok(['server', 'check', 'b']);
    await fleet.ok(['snapshot', 'list', data, '--server', 'b']);
  }
  for (let more = 0; more < 3; more += 1) {
    await write(data, `more ${more}`);
    await fleet.snapshot(data);
    await fleet.ok(['server', 'check', 'b']);
  }
  assert.deepEqual(await lagOf('usb'), { restorePoint: sent[1], awayOn: uuids.B });
  const { kept } = await cleanUp(data);
  const reasons = new Map(kept.map((one) => [one.name, one.reasons.join('; ')]));
  assert.deepEqual(await names(data), [...sent, [...reasons.keys()].at(-1)]);
  assert.equal(reasons.get(sent[0] ?? ''), `base for b:${USB} (filesystem ${uuids.A}, not seen there now)`);
  assert.equal(reasons.get(sent[1] ?? ''), `base for b:${USB} (filesystem ${uuids.B}, not seen there now)`);

  for (const disk of ['A', 'B'] as const) {
    await plug(disk);
    await write(data, `${disk} is back`);
    const ran = await runRound(fleet, 'usb');
    assert.equal(ran.code, 0, JSON.stringify(ran.report));
    assert.ok(
      sentIn(ran.report, await names(data)).every((one) => !one.includes('∅')),
      disk,
    );
    await cleanUp(data);
    await fleet.assertClean('b', USB);
    await unplug();
  }
});

test('what is deleted on one disk is remembered of the other', async () => {
  await plug('B');
  assert.equal((await runRound(fleet, 'usb')).code, 0);
  const directory = `${USB}/.snapshots/data`;
  const before = desk.fleet.journal.replicasOf(data).filter(({ filesystem }) => filesystem === uuids.A);
  assert.ok(before.length > 0);
  const there = await namesIn(fleet, 'b', directory);
  const both = there.filter((name) => before.some((one) => one.name === name));
  assert.ok(both.length > 0, 'something is on both');
  await fleet.ok(['snapshot', 'delete', data, ...both.slice(0, 1), '--server', 'b', '--yes']);
  const known = desk.fleet.journal.replicasOf(data);
  assert.deepEqual(
    known.filter(({ filesystem }) => filesystem === uuids.A),
    before,
  );
  assert.equal(
    known.some(({ filesystem, name }) => filesystem === uuids.B && name === both[0]),
    false,
  );
  // By hand, without btrfleet: the next look tells.
  const [gone = ''] = there.filter((name) => name !== both[0]);
  await lab.must('b', ['btrfs', 'subvolume', 'delete', `${directory}/${gone}`]);
  await fleet.ok(['server', 'check', 'b']);
  assert.equal(
    desk.fleet.journal
      .replicasOf(data)
      .some(({ filesystem, name }) => filesystem === uuids.B && name === gone),
    false,
  );
  await unplug();
});

test('a disk that is lost is forgotten by a person only, and not while it is there', async () => {
  await plug('B');
  await write(data, 'for B alone');
  assert.equal((await runRound(fleet, 'usb')).code, 0);
  const isBaseFor = ({ kept }: Cleaned, disk: Disk): boolean =>
    kept.some(({ reasons }) => reasons.some((one) => one.includes(`filesystem ${uuids[disk]}`)));
  assert.equal(isBaseFor(await cleanUp(data), 'A'), true);
  const there = await fleet.fault('server', 'forget-disk', 'b', uuids.B, '--yes');
  assert.deepEqual([there.code, there.fault.code], [3, 'refused']);
  const unasked = await fleet.fault('server', 'forget-disk', 'b', uuids.A);
  assert.deepEqual([unasked.code, unasked.fault.code], [3, 'refused']);
  const strange = await fleet.fault('server', 'forget-disk', 'b', 'nonsense', '--yes');
  assert.equal(strange.code, 2);
  assert.match(strange.fault.hint, new RegExp(`${uuids.A} \\(${USB}\\)`));
  const forgotten = await fleet.ok<{ filesystem: string; mounts: string[] }>([
    ...['server', 'forget-disk', 'b', uuids.A, '--yes'],
  ]);
  assert.deepEqual([forgotten.filesystem, forgotten.mounts], [uuids.A, [USB]]);
  assert.equal(isBaseFor(await cleanUp(data), 'A'), false);
  await unplug();
});

test('disks of which no uuid was noted are forgotten all at once, and that is said', async () => {
  const about = {
    server: 'b',
    filesystem: null,
    mount: USB,
    subvolume: data,
    verifiedAt: '2026-01-01T00:00:00Z',
  };
  for (const originId of ['old-1', 'old-2'])
    desk.fleet.journal.noteReplica({ ...about, originId, path: `${USB}/${originId}`, name: originId });
  const asked = await fleet.fault('server', 'forget-disk', 'b', 'unknown');
  assert.match(asked.fault.message, /2 replicas on all disks whose uuid was not noted, which may be several/);
  const told = await fleet.run(['server', 'forget-disk', 'b', 'unknown', '--yes']);
  assert.match(told.stdout, /What was on unknown disks is forgotten on b/);
});
