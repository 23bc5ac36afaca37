/** Replicas are compared with their source; what was done to one behind the back of everybody is found, by file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFleet } from '../fleet/fleet.ts';
import { DEFAULT_ACL, tamper } from '../fleet/raw-flags.ts';
import { replicaPath, Verifier } from '../fleet/verified.ts';

const fleet = await TestFleet.up('verify', { servers: 3 });
const { lab } = fleet;
const verifier = new Verifier(fleet);
const on = (server: string, script: string): Promise<string> => lab.must(server, ['bash', '-ec', script]);

interface HealthDocument {
  readonly reasons: readonly { readonly level: string; readonly message: string }[];
  readonly replicas: readonly { readonly proven: readonly { readonly level: string }[] }[];
}

/** All that btrfs can hold, and what happens to it between snapshots. */
async function history(path: string): Promise<string[]> {
  const data = await fleet.subvolume(path);
  await on(
    'a',
    `cd ${data} && mkdir -p a/b/c empty && for i in $(seq 50); do echo $i >a/b/$i; done
    ln -s ../nowhere a/link && ln a/b/1 a/hard && mkfifo fifo && mknod dev c 1 3 && chown 7:8 a/b/2 && chmod 4750 a/b/3
    truncate -s 1M holes && echo end >>holes && cp --reflink=always data.bin clone && touch -d @1700000000.123456789 a/b/4
    touch $'new\\nline' $'bad\\xff' -- -rf 'back\\slash' && echo x >$'new\\nline' && echo y >$'bad\\xff' && echo z >'back\\slash'`,
  );
  const names = [await fleet.snapshot(data)];
  for (let round = 0; round < 3; round++) {
    await on(
      'a',
      `cd ${data} && mv a/b a/b${round} && mkdir a/b && mv a/b${round}/* a/b/ && rmdir a/b${round}
      echo more$RANDOM >>a/b/$((RANDOM % 50 + 1)) && rm -f a/b/$((RANDOM % 40 + 11)) && cp a/b/7 a/.new && mv a/.new a/b/7 || :
      chmod 60${round} a/b/8 && touch a/b/9 && truncate -s 70000${round} holes && mkdir -p new${round}/x && rmdir empty && mkdir empty`,
    );
    names.push(await fleet.snapshot(data));
  }
  // Nothing in the top directory: what is received comes there first all the same.
  await on('a', `cd ${data} && echo deep >a/b/deep && mkdir a/b/below && rm a/b/c -r`);
  names.push(await fleet.snapshot(data));
  return names;
}

test('what was replicated is the same by every level, also after increments over and over', async () => {
  const data = '/srv/pool/same';
  await history(data);
  await fleet.replicate('auto', data, '--to', 'b,c', '--all');
  for (const level of ['identity', 'metadata', 'content']) {
    const { code, results } = await verifier.verify(data, '--level', level);
    assert.deepEqual(
      results.map((one) => [one.server, one.status, one.level, one.fault, one.differences]),
      ['b', 'c'].map((server) => [server, 'same', level, null, []]),
    );
    assert.equal(code, 0);
  }
  const { compared } = await verifier.verifyOne(data, '--to', 'b', '--level', 'content');
  const path = replicaPath(data, (await verifier.verifyOne(data, '--to', 'b')).snapshot ?? '');
  assert.equal(compared.entries, Number(await on('b', `find ${path} -printf x | wc -c`)));
  assert.equal(
    compared.files,
    Number(await on('b', `find ${path} -type f -size +0 -printf '%i\\n' | sort -u | wc -l`)),
  );
  assert.equal(compared.files, compared.filesOf);
  const { replicas } = await fleet.ok<HealthDocument>(['health', data]);
  for (const { proven } of replicas)
    assert.deepEqual(
      proven.map(({ level }) => level),
      ['content', 'metadata', 'identity'],
    );
  const { metrics } = await fleet.ok<{ metrics: string }>(['metrics']);
  assert.match(
    metrics,
    /btrfleet_replica_differences\{subvolume="\/srv\/pool\/same",server="b".*level="content"\} 0/,
  );
});

test('a difference is named by file; nothing is built on it any more, and the next one is sent on another base', async () => {
  const data = '/srv/pool/differs';
  const names = await history(data);
  await fleet.replicate('auto', data, '--to', 'b,c', '--all');
  const newest = names.at(-1) ?? '';
  await verifier.spoil(
    'b',
    replicaPath(data, newest),
    'chmod 777 a/b/8 && chown 1:1 empty && rm fifo && echo new >extra && echo longer >>holes',
  );
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'identity')).status, 'same');

  const found = await verifier.verifyOne(data, '--to', 'b');
  assert.deepEqual(
    [found.status, found.level, found.fault, found.snapshot],
    ['different', null, null, newest],
  );
  assert.equal(found.barred, true);
  const told = new Map(found.differences.map(({ path, what }) => [path, what]));
  assert.deepEqual(told.get('a/b/8'), ['mode']);
  assert.deepEqual(told.get('empty'), ['owner']);
  assert.deepEqual(told.get('fifo'), ['missing']);
  assert.deepEqual(told.get('extra'), ['extra']);
  assert.deepEqual(told.get('holes'), ['size', 'mtime']);
  assert.equal(found.differenceCount, 5);
  // At once, also without a look.
  const { value: health } = await fleet.json<HealthDocument>(['health', data, '--known']);
  const said = health.reasons.map(({ level, message }) => `${level}: ${message}`).join('\n');
  assert.match(
    said,
    new RegExp(`degraded: .*${newest} on b:.*was compared with its source and is not the same`),
  );
  // The other one is as it was, and is told as that.
  const { results } = await verifier.verify(data);
  assert.deepEqual(
    results.map(({ server, status, fault }) => [server, status, fault?.code ?? null]),
    [
      ['b', 'unchecked', 'identity-unproven'],
      ['c', 'same', null],
    ],
  );

  await fleet.snapshot(data);
  const sent = await fleet.replicate('auto', data, '--to', 'b,c');
  assert.deepEqual(
    sent.results.map(({ server, status, mode }) => [server, status, mode]),
    [
      // Beside it: what is older on that disk shares its data.
      ['b', 'ok', 'full'],
      ['c', 'ok', 'incremental'],
    ],
  );
  assert.deepEqual(
    sent.results.map(({ base }) => base),
    [null, newest],
  );
  assert.ok((await on('b', `ls ${replicaPath(data, '')}`)).includes(newest), 'it is kept');
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'incremental');
});

test('what was received on top of one that differs is not built on either', async () => {
  const data = '/srv/pool/descends';
  const [one = '', two = ''] = (await history(data)).slice(0, 2);
  await fleet.replicate('full', data, one, '--to', 'b');
  await verifier.spoil('b', replicaPath(data, one), 'echo wrong >a/b/2');
  await fleet.replicate('incremental', data, two, '--base', one, '--to', 'b');
  const first = await verifier.verifyOne(data, '--to', 'b', '--snapshot', one);
  assert.deepEqual([first.status, first.differences.map(({ path }) => path)], ['different', ['a/b/2']]);
  const second = await verifier.verifyOne(data, '--to', 'b');
  assert.deepEqual(
    [second.snapshot, second.status, second.fault?.code],
    [two, 'unchecked', 'identity-unproven'],
  );
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'full');
});

test('one that differs is deleted by hand alone, and what is older is a base as before', async () => {
  const data = '/srv/pool/kept';
  const names = await history(data);
  await fleet.replicate('auto', data, '--to', 'b', '--all');
  const newest = names.at(-1) ?? '';
  await verifier.spoil('b', replicaPath(data, newest), 'echo wrong >a/b/9');
  assert.equal((await verifier.verifyOne(data, '--to', 'b')).status, 'different');
  // A look at a server that says the same as before tells it as well, also to whoever remembers no proof.
  verifier.forgetProofs();
  const { value } = await fleet.json<HealthDocument>(['health', data]);
  assert.match(JSON.stringify(value.reasons), /was compared with its source and is not the same/);
  interface Cleanup {
    readonly kept: readonly { readonly name: string }[];
  }
  const rules = ['--last', '1', '--server', 'b', '--yes'];
  const { kept } = await fleet.ok<Cleanup>(['snapshot', 'cleanup', data, ...rules]);
  assert.ok(
    kept.some(({ name }) => name === newest),
    'it does not take the place of a good one',
  );
  assert.ok(kept.length > 1);
  await fleet.ok(['snapshot', 'delete', data, newest, '--server', 'b', '--yes']);
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'incremental');
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'incremental');
});

test('content that has kept its size and its times is found by its content alone', async () => {
  const data = '/srv/pool/content';
  await fleet.subvolume(data);
  await on('a', `cd ${data} && mkdir d && for i in $(seq 40); do echo number $i >d/$i; done`);
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  const path = replicaPath(data, name);
  await verifier.spoil(
    'b',
    path,
    'T=$(stat -c %y d/7) && printf NUMBER | dd of=d/7 conv=notrunc status=none && touch -d "$T" d/7',
  );
  assert.equal((await verifier.verifyOne(data, '--to', 'b')).status, 'same');
  const found = await verifier.verifyOne(data, '--to', 'b', '--level', 'content', '--share', '1/1');
  assert.deepEqual(found.differences, [{ path: 'd/7', what: ['content'] }]);
  assert.deepEqual([found.status, found.level, found.compared.files], ['different', null, 41]);
  const text = await fleet.run(['run', 'list', '--kind', 'verify']);
  assert.match(text.stdout, /verify/);
});

test('what is in doubt is proven by all of its content, and built on again', async () => {
  const data = '/srv/pool/doubt';
  const names = await history(data);
  const newest = names.at(-1) ?? '';
  await fleet.replicate('auto', data, '--to', 'b');
  await tamper(
    lab,
    'b',
    replicaPath(data, newest),
    'T=$(stat -c %y data.bin) && touch data.bin && touch -d "$T" data.bin',
  );
  const before = await verifier.verifyOne(data, '--to', 'b');
  assert.deepEqual([before.status, before.fault?.code], ['unchecked', 'identity-unproven']);
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'content')).status, 'same');
  assert.equal((await verifier.verifyOne(data, '--to', 'b', '--level', 'identity')).status, 'same');
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'incremental');
});

test('access lists that receiving gives are told, and the replica is built on as before', async () => {
  const data = await fleet.subvolume('/srv/pool/lists');
  await on('a', `echo old >${data}/old`);
  await lab.must('a', ['perl', '-e', DEFAULT_ACL, data]);
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b');
  for (const level of ['metadata', 'content']) {
    const found = await verifier.verifyOne(data, '--to', 'b', '--level', level);
    const reached = level === 'content' ? level : null;
    assert.deepEqual([found.status, found.level, found.barred], ['attributes', reached, false]);
    assert.deepEqual(found.differences.map(({ path, what }) => [path, what]).toSorted(), [
      ['data.bin', ['acl']],
      ['old', ['acl']],
    ]);
    assert.equal(found.compared.files, level === 'content' ? 2 : 0);
  }
  await fleet.snapshot(data);
  assert.equal((await fleet.replicateOne('auto', data, '--to', 'b')).mode, 'incremental');
});

test('what could not be checked is neither the same nor different, and holds up nobody', async () => {
  const data = await fleet.subvolume('/srv/pool/away');
  const name = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b,c');
  await lab.kill('c');
  const { code, results } = await verifier.verify(data);
  assert.deepEqual(
    results.map(({ server, status, level, fault }) => [server, status, level, fault?.code ?? null]),
    [
      ['b', 'same', 'metadata', null],
      ['c', 'unchecked', null, 'unreachable'],
    ],
  );
  assert.equal(code, 1);
  await lab.start('c');
  const none = await verifier.verifyOne(data, '--to', 'b', '--snapshot', '2020-01-01T00:00:00.000Z');
  assert.deepEqual([none.status, none.fault?.code], ['unchecked', 'no-such-snapshot']);
  await fleet.enrolSlow('slow', 'b', { delayMs: 100 });
  const over = await verifier.verifyOne(data, '--to', 'slow', '--level', 'content', '--budget', '1s');
  assert.deepEqual([over.fault?.code, over.differences], ['stalled', []]);
  // The looks count as well: where they took all of it, nothing was chosen.
  assert.ok(over.snapshot === name || (over.snapshot === null && over.status === 'unchecked'));
  // How far it comes in a second is the machine's; what it did not come to is never said to be proven.
  const { status, level, compared } = over;
  if (status === 'unchecked') assert.deepEqual([level, compared.files], [null, 0]);
  else assert.deepEqual([status, level, compared.files < compared.filesOf], ['unfinished', 'metadata', true]);
  for (const words of [
    ['--level', 'everything'],
    ['--share', '1/30'],
    ['--level', 'content', '--share', '30'],
    ['--budget', 'soon'],
  ]) {
    const wrong = await fleet.fault('verify', data, ...words);
    assert.deepEqual([wrong.code, wrong.fault.code], [2, 'usage'], words.join(' '));
  }
});

test('each directory of replicas is compared, and no snapshot with itself', async () => {
  const data = await fleet.subvolume('/srv/pool/both');
  await fleet.snapshot(data);
  const add = (name: string, ...more: string[]) =>
    fleet.ok(['task', 'add', name, '--subvolume', data, '--to', 'b', '--every', '1d', ...more]);
  await add('usual');
  await add('apart', '--into', 'archive/both');
  for (const task of ['usual', 'apart']) await fleet.ok(['task', 'run', task]);
  const { results } = await verifier.verify(data);
  assert.deepEqual(
    results.map(({ path, status }) => [path?.split('/').slice(4, -1).join('/'), status]).toSorted(),
    [
      ['archive/both', 'same'],
      ['both', 'same'],
    ],
  );
  const refused = await fleet.fault('verify', data, '--to', 'a');
  assert.deepEqual([refused.code, refused.fault.code], [2, 'usage']);
  const own = await verifier.verifyOne(data, '--to', 'a:/srv/pool');
  assert.deepEqual([own.status, own.fault?.code], ['unchecked', 'same-filesystem']);
});

test('the budget holds for the looks as well', async () => {
  const data = await fleet.subvolume('/srv/pool/late');
  await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b,c');
  // It takes a connection, and says nothing.
  await fleet.enrolSlow('silent', 'c', { delayMs: 20_000 });
  const began = performance.now();
  const { results } = await verifier.verify(data, '--to', 'silent,b', '--budget', '3s');
  assert.ok(performance.now() - began < 12_000, `${performance.now() - began} ms`);
  const silent = results.find(({ server }) => server === 'silent');
  assert.deepEqual([silent?.status, silent?.fault?.code], ['unchecked', 'stalled']);
});
