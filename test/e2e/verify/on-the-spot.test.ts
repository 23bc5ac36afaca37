/** A replica in doubt is compared with its source before all is sent anew, where that is quicker. Another tool compares the contents. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { tamper } from '../fleet/raw-flags.ts';

const fleet = await TestFleet.up('on-the-spot', { servers: 2 });
const { lab } = fleet;
const SLOW = ['--rate', '2M'];

const replicaOf = (subvolume: string, name: string): string =>
  `/srv/pool/.snapshots/${subvolume.replace('/srv/pool/', '')}/${name}`;
const write = (path: string, text: string) =>
  lab.must('a', ['sh', '-c', 'printf %s "$2" >"$1"', 'sh', path, text]);

async function assertSame(subvolume: string, name: string): Promise<void> {
  const path = replicaOf(subvolume, name);
  assert.equal(await fleet.fingerprint('b', path), await fleet.fingerprint('a', path));
}

/** One replica, of which it is not known any more what is in it, and a newer snapshot. */
async function inDoubt(
  path: string,
  spoils: string,
): Promise<{ readonly base: string; readonly newest: string }> {
  const data = await fleet.subvolume(path, 3);
  await write(`${data}/config`, 'right');
  const base = await fleet.snapshot(data);
  await fleet.replicateOne('auto', data, '--to', 'b');
  await tamper(lab, 'b', replicaOf(data, base), spoils);
  await write(`${data}/other`, 'new');
  return { base, newest: await fleet.snapshot(data) };
}

/** Written to, and as it was again, times and all. */
const NOTHING_LEFT = 'touch -r . /tmp/was && echo x >new && rm new && touch -r /tmp/was . && rm /tmp/was';

describe('before all is sent anew', { concurrency: 3 }, () => {
  test('what is the same after all is built on, and the plan says so before', async () => {
    const data = '/srv/pool/same';
    const { base, newest } = await inDoubt(data, NOTHING_LEFT);
    const dry = await fleet.replicateOne('auto', data, '--to', 'b', '--dry-run', ...SLOW);
    assert.deepEqual([dry.status, dry.mode], ['planned', 'full']);
    assert.match(dry.note ?? '', new RegExp(`${base} is compared by content first: reading .* is quicker`));

    const sent = await fleet.run(['replicate', 'auto', data, '--to', 'b', ...SLOW]);
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(sent.stderr, /has the same content as its source, so it is built on/);
    assert.match(sent.stdout, new RegExp(`${newest} on top of ${base}`));
    await assertSame(data, newest);
  });

  test('what differs is no base: all is sent beside it', async () => {
    const data = '/srv/pool/other';
    const { newest } = await inDoubt(
      data,
      'touch -r config /tmp/was2 && printf wrong >config && touch -r /tmp/was2 config',
    );
    const sent = await fleet.run(['replicate', 'auto', data, '--to', 'b', ...SLOW]);
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(sent.stderr, /differs from its source, so it is no base/);
    assert.match(sent.stdout, new RegExp(`${newest} in full`));
    await assertSame(data, newest);
  });

  test('where sending is quicker, or nobody knows, it is sent, and the plan says why', async () => {
    const data = '/srv/pool/fast';
    const { newest } = await inDoubt(data, NOTHING_LEFT.replaceAll('was', 'was3'));
    const dry = await fleet.replicateOne('auto', data, '--to', 'b', '--dry-run');
    assert.match(
      dry.note ?? '',
      /is not compared by content first: how fast the link is has not been seen yet/,
    );
    const sent = await fleet.replicateOne('auto', data, '--to', 'b', '--rate', '2000M');
    assert.deepEqual([sent.status, sent.mode, sent.snapshot], ['ok', 'full', newest]);
    await assertSame(data, newest);
  });
});
