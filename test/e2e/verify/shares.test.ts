/** A share of the content is compared each time: another one, and what is new. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { replicaPath, Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify-shares', { servers: 2 });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

test('of a share what was written since the last comparison comes in any case', async () => {
  const data = await fleet.subvolume('/srv/pool/share');
  await on('a', `cd ${data} && for i in $(seq 20); do echo $i >$i; done`);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  assert.equal((await verifier.verifyOne(data, '--level', 'content', '--to', 'b')).compared.files, 21);
  await on('a', `cd ${data} && echo new >new && echo more >>7`);
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await verifier.spoil(
    'b',
    replicaPath(data, name),
    'T=$(stat -c %y new) && printf NEW | dd of=new conv=notrunc status=none && touch -d "$T" new',
  );
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content', '--share', '1/10000');
  assert.deepEqual(found.differences, [{ path: 'new', what: ['content'] }]);
  assert.ok(found.compared.files >= 2 && found.compared.files < 20, JSON.stringify(found.compared));
  assert.equal(found.newCompared, true);
});

test('a share is another one each time, whatever the day, and starts anew for what was sent in full', async () => {
  const data = await fleet.subvolume('/srv/pool/turns');
  await on('a', `cd ${data} && for i in $(seq 29); do echo $i >$i; done && ln 29 other`);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const turn = () => verifier.verifyOne(data, '--level', 'content', '--to', 'b', '--share', '1/3');
  const turns = [await turn(), await turn(), await turn()];
  assert.deepEqual(
    turns.map(({ newCompared }) => newCompared),
    [false, true, true],
  );
  const files = turns.map(({ compared }) => compared.files);
  assert.equal(
    files.reduce((sum, one) => sum + one, 0),
    30,
    'each file once',
  );
  assert.equal((await turn()).compared.files, files[0]);
  // Written by its second name.
  await on('a', `cd ${data} && echo more >>other`);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const many = await verifier.verifyOne(data, '--level', 'content', '--to', 'b', '--share', '1/10000');
  assert.ok(many.compared.files === 1 || many.compared.files === 2, JSON.stringify(many.compared));
  assert.equal(many.newCompared, true);
  const name = await fleet.snapshot(data);
  await fleet.replicate('full', data, name, '--to', 'b');
  const anew = await turn();
  assert.deepEqual([anew.compared.files, anew.newCompared], [files[0], false]);
});

test('what is new is known where the snapshot that was compared is gone, and not claimed where that cannot be', async () => {
  const data = await fleet.subvolume('/srv/pool/bases');
  const write = (script: string): Promise<string> => on('a', `cd ${data} && ${script}`);
  await write('for i in $(seq 20); do echo $i >$i; done');
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const compared = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  assert.equal((await verifier.verifyOne(data, '--level', 'content', '--to', 'b')).compared.files, 21);
  await write('echo new >new');
  const next = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  // As retention does: the very one is gone on the primary, one before it is there.
  await fleet.ok(['snapshot', 'delete', data, compared, '--yes']);
  await verifier.spoil(
    'b',
    replicaPath(data, next),
    'T=$(stat -c %y new) && printf NEW | dd of=new conv=notrunc status=none && touch -d "$T" new',
  );
  const share = ['--to', 'b', '--level', 'content', '--share', '1/10000'];
  const found = await verifier.verifyOne(data, ...share);
  assert.deepEqual(found.differences, [{ path: 'new', what: ['content'] }]);
  assert.equal(found.newCompared, true);

  await fleet.ok(['snapshot', 'delete', data, next, '--server', 'b', '--yes']);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  await verifier.verifyOne(data, '--level', 'content', '--to', 'b');
  // All is sent anew, and the first of that is gone: nothing tells it from what was there.
  const full = await fleet.snapshot(data);
  await fleet.replicate('full', data, full, '--to', 'b');
  const last = await fleet.snapshot(data);
  await fleet.replicate('incremental', data, last, '--base', full, '--to', 'b');
  await fleet.ok(['snapshot', 'delete', data, full, '--server', 'b', '--yes']);
  assert.equal((await verifier.verifyOne(data, ...share)).newCompared, false);
});

test('a share without a file proves no content', async () => {
  const data = await fleet.subvolume('/srv/pool/empty');
  await on('a', `cd ${data} && rm data.bin && touch empty`);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const { status, level, compared } = await verifier.verifyOne(
    data,
    '--to',
    'b',
    '--level',
    'content',
    '--share',
    '1/2',
  );
  assert.deepEqual([status, level, compared.files], ['same', 'metadata', 0]);
});
