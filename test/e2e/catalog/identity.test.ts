/**
 * Identity that is proven, on real btrfs: ids that lie, and what is done about each. Another tool compares the contents.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealthRow } from '../../../src/cli/status/rows.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { setFlag, tamper } from '../fleet/raw-flags.ts';

const fleet = await TestFleet.up('identity', { servers: 2 });
const { lab } = fleet;

const healthOf = (subvolume: string): Promise<{ value: HealthRow }> =>
  fleet.json<HealthRow>(['health', subvolume]);
const snapshotPath = (subvolume: string, name: string): string =>
  `/srv/pool/.snapshots/${subvolume.replace('/srv/pool/', '')}/${name}`;
const write = (path: string, text: string) =>
  lab.must('a', ['sh', '-c', 'printf %s "$2" >"$1"', 'sh', path, text]);

async function assertSame(subvolume: string, name: string): Promise<void> {
  const path = snapshotPath(subvolume, name);
  assert.equal(await fleet.fingerprint('b', path), await fleet.fingerprint('a', path));
}

describe('ids that lie', { concurrency: 4 }, () => {
  test('a subvolume in use with a received uuid is recognised, and mended by the commands that are shown', async () => {
    const made = await fleet.subvolume('/srv/pool/made', 1);
    const live = '/srv/pool/in/made';
    await lab.must('a', [
      'sh',
      '-c',
      'mkdir /srv/pool/in /srv/pool/sent && btrfs subvolume snapshot -r "$1" /srv/pool/sent/made && btrfs send -q /srv/pool/sent/made | btrfs receive -q /srv/pool/in',
      'sh',
      made,
    ]);
    await setFlag(lab, 'a', live, 'writable');
    const first = await fleet.snapshot(live);
    const refused = await fleet.replicateOne('auto', live, '--to', 'b');
    assert.equal(refused.fault?.code, 'live-received-uuid');
    await write(`${live}/file`, 'new');
    const second = await fleet.snapshot(live);
    for (const dry of [['--dry-run'], []]) {
      const result = await fleet.replicateOne('auto', live, '--to', 'b', ...dry);
      assert.equal(result.status, 'failed');
      assert.equal(result.fault?.code, 'live-received-uuid');
    }
    const { value: ill } = await healthOf(live);
    assert.notEqual(ill.overall, 'ok');
    assert.match(JSON.stringify(ill.reasons), /carries a received uuid/);
    const doctor = await fleet.run(['doctor', '--server', 'a']);
    assert.match(doctor.stdout, /carries a received uuid/);

    const commands = /"([^"]*btrfs property set[^"]*)"/.exec(refused.fault.hint)?.[1] ?? '';
    await lab.must('a', ['sh', '-c', commands]);
    const third = await fleet.snapshot(live);
    const sent = await fleet.replicateOne('auto', live, '--to', 'b');
    assert.deepEqual([sent.status, sent.mode, sent.proof], ['ok', 'full', 'identity']);
    await assertSame(live, third);
    for (const name of [first, second]) {
      const old = await fleet.replicateOne('auto', live, '--snapshot', name, '--to', 'b');
      assert.equal(old.fault?.code, 'identity-unproven', 'what bears the inherited id is never sent');
    }
    await write(`${live}/file`, 'newer');
    const fourth = await fleet.snapshot(live);
    const next = await fleet.replicateOne('auto', live, '--to', 'b');
    assert.deepEqual([next.status, next.mode, next.base], ['ok', 'incremental', third]);
    await assertSame(live, fourth);
  });

  test('a base that was made writable and changed on the primary is no base any more, and the replica is right', async () => {
    const data = await fleet.subvolume('/srv/pool/toggled', 1);
    await write(`${data}/config`, 'password=right');
    const first = await fleet.snapshot(data);
    await fleet.replicateOne('auto', data, '--to', 'b');
    const second = await fleet.snapshot(data);
    await fleet.replicateOne('auto', data, '--to', 'b');
    await tamper(lab, 'a', snapshotPath(data, second), 'printf password=wrong >config');
    await write(`${data}/other`, 'x');
    const third = await fleet.snapshot(data);
    const dry = await fleet.replicateOne('auto', data, '--to', 'b', '--dry-run');
    const sent = await fleet.replicateOne('auto', data, '--to', 'b');
    for (const { mode, base, note } of [dry, sent]) {
      assert.deepEqual([mode, base], ['incremental', first]);
      assert.match(note ?? '', new RegExp(`${second} is not used as the base .* made writable`));
    }
    await assertSame(data, third);
    const again = await fleet.replicateOne('auto', data, '--snapshot', second, '--to', 'b');
    assert.equal(again.fault?.code, 'identity-unproven');
    const byHand = await fleet.replicateOne('incremental', data, third, '--base', second, '--to', 'b');
    assert.notEqual(byHand.status, 'ok');
  });

  test('a replica that was changed behind its name is no base and not healthy, also for a manager that never saw it', async () => {
    const data = await fleet.subvolume('/srv/pool/changed', 1);
    await write(`${data}/config`, 'right');
    const first = await fleet.snapshot(data);
    await fleet.replicateOne('auto', data, '--to', 'b');
    const second = await fleet.snapshot(data);
    await fleet.replicateOne('auto', data, '--to', 'b');
    assert.equal((await healthOf(data)).value.overall, 'ok');
    await tamper(lab, 'b', snapshotPath(data, second), 'printf wrong >config && touch -d 2001-01-01 config');
    await fleet.ok(['server', 'check', 'b']);
    const { value: ill } = await healthOf(data);
    assert.notEqual(ill.overall, 'ok');
    assert.match(JSON.stringify(ill.reasons), /made writable/);
    await write(`${data}/other`, 'x');
    const third = await fleet.snapshot(data);
    const sent = await fleet.replicateOne('auto', data, '--to', 'b');
    assert.deepEqual([sent.mode, sent.base], ['incremental', first]);
    await assertSame(data, third);
  });

  test('what is done every day stays incremental: clones, balances, deleted snapshots, files that were open', async () => {
    const data = await fleet.subvolume('/srv/pool/ordinary', 1);
    const names: string[] = [];
    const modes: string[] = [];
    const day = async (): Promise<void> => {
      await write(`${data}/day`, String(names.length));
      names.push(await fleet.snapshot(data));
      const { mode, status } = await fleet.replicateOne('auto', data, '--to', 'b');
      modes.push(`${status} ${mode}`);
    };
    await day();
    await lab.must('b', ['sync']);
    await day();
    for (const server of ['a', 'b']) {
      const script = `btrfs subvolume snapshot "$1" "$2" && btrfs subvolume delete "$2" && btrfs subvolume snapshot -r "$1" "$2" && sync`;
      const newest = snapshotPath(data, names[1] ?? '');
      await lab.must(server, ['sh', '-c', script, 'sh', newest, `/srv/pool/clone-${server}`]);
    }
    await day();
    for (const server of ['a', 'b']) {
      await lab.must(server, ['btrfs', 'balance', 'start', '-m', '/srv/pool']);
    }
    await day();
    await lab.must('b', ['btrfs', 'subvolume', 'delete', snapshotPath(data, names[2] ?? '')]);
    await lab.must('a', ['btrfs', 'subvolume', 'delete', snapshotPath(data, names[0] ?? '')]);
    const script =
      'exec 7>"$1/tmp"; echo x >&7; rm "$1/tmp"; btrfs subvolume snapshot -r "$1" "$2"; ls "$2"; sync';
    await lab.must('a', ['sh', '-c', script, 'sh', data, '/srv/pool/with-orphan']);
    await day();
    assert.deepEqual(modes, ['ok full', ...Array(4).fill('ok incremental')]);
    await assertSame(data, names[4] ?? '');
    const { overall, reasons } = (await healthOf(data)).value;
    // The one that was deleted by hand on b is told.
    assert.equal(overall, 'degraded');
    assert.match(reasons.map(({ message }) => message).join('\n'), /^An older replica of .* is gone from b/m);
  });
});

// By itself, as a second disk of b makes "b" ambiguous for the others.
test('a twin of the base that no mount reaches is foreseen: another base is taken, and it is said why', async () => {
  const data = await fleet.subvolume('/srv/pool/twin', 1);
  await lab.addFilesystem('b', '/mnt/disk', '300M');
  await lab.must('b', ['btrfs', 'subvolume', 'create', '/mnt/disk/backup']);
  await lab.mountSubvolume('b', '/mnt/disk', 'backup', '/mnt/backup');
  await lab.umount('b', '/mnt/disk');
  const to = ['--to', 'b:/mnt/backup'];
  const names: string[] = [];
  for (const mode of ['full', 'incremental']) {
    await write(`${data}/file`, mode);
    names.push(await fleet.snapshot(data));
    const sent = await fleet.replicateOne('auto', data, ...to);
    assert.deepEqual([sent.status, sent.mode], ['ok', mode], JSON.stringify(sent.fault));
  }
  const [first = '', second = ''] = names;
  const replicaOf = async (name: string): Promise<string> => {
    const rows = await fleet.ok<{ name: string; path: string }[]>([
      'snapshot',
      'list',
      data,
      '--server',
      'b',
    ]);
    return rows.find((row) => row.name === name && row.path.startsWith('/mnt/backup/'))?.path ?? '';
  };
  const outside = `source=$(findmnt -no SOURCE /mnt/backup); mkdir /mnt/top && mount -o subvolid=5 "\${source%%[*}" /mnt/top
    btrfs subvolume snapshot -r "$1" /mnt/top/twin && umount /mnt/top`;
  await lab.must('b', ['sh', '-ec', outside, 'sh', await replicaOf(second)]);
  await write(`${data}/file`, 'third');
  const third = await fleet.snapshot(data);
  const dry = await fleet.replicateOne('auto', data, ...to, '--dry-run');
  const sent = await fleet.replicateOne('auto', data, ...to);
  for (const { mode, base, note } of [dry, sent]) {
    assert.deepEqual([mode, base], ['incremental', first]);
    assert.match(note ?? '', /twin, which no mount reaches, has the same received uuid/);
  }
  assert.equal(sent.status, 'ok', JSON.stringify(sent.fault));
  const replica = await replicaOf(third);
  assert.equal(
    await fleet.fingerprint('b', replica),
    await fleet.fingerprint('a', snapshotPath(data, third)),
  );
});
