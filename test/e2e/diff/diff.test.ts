/** What is different between two snapshots, and between one and now; compared with what find and sha256sum see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Diff, FileDiff } from '../../../src/core/model/change.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';

const fleet = await TestFleet.up('diff', { servers: 2 });
const on = (script: string): Promise<string> => fleet.lab.must('a', ['sh', '-ec', script]);

const diff = (...words: readonly string[]): Promise<Diff> => fleet.ok<Diff>(['snapshot', 'diff', ...words]);

const told = ({ changes }: Pick<Diff, 'changes'>): string[] =>
  changes.map(({ kind, path, from }) => `${kind} ${path}${from === null ? '' : `<${from}`}`);

/** Of one kind, by path. */
const of = (changes: readonly Change[], kind: Change['kind']): Map<string, Change> =>
  new Map(changes.filter((one) => one.kind === kind).map((one) => [one.path, one]));

test('each kind of change, by what it is', async () => {
  const data = await fleet.subvolume('/srv/pool/kinds');
  await on(`cd ${data} && mkdir -p d/deep old && echo one >d/deep/f && echo x >d/gone && echo y >moved && \
    echo same >mode && ln mode second && seq 1000 >saved && mkdir tree && echo z >tree/z`);
  const one = await fleet.snapshot(data);
  await on(`cd ${data} && mv d e && echo two >>e/deep/f && rm e/gone && mv moved old/moved && chmod 600 mode && \
    seq 2000 >new && mv new saved && ln -s nowhere link && mkfifo fifo && rm -r tree && rm second && \
    chown 7:8 e/deep`);
  const two = await fleet.snapshot(data);
  const found = await diff(data, one, two);
  assert.deepEqual(told(found).toSorted(), [
    'added fifo',
    'added link',
    'attributes e/deep<d/deep',
    'attributes mode',
    'content e/deep/f<d/deep/f',
    'content saved',
    'removed d/gone',
    'removed second',
    'removed tree',
    'removed tree/z',
    'renamed e<d',
    'renamed old/moved<moved',
  ]);
  assert.equal(of(found.changes, 'content').get('saved')?.bytes, 8893);
  const [sum] = found.directories;
  assert.deepEqual([sum?.path, sum?.removed, sum?.content], ['', 4, 2]);
  assert.deepEqual(told(await diff(data, one, two, 'e/deep')), [
    'attributes e/deep<d/deep',
    'content e/deep/f<d/deep/f',
  ]);
  assert.deepEqual(told(await diff(data, one, two, `${data}/tree/`)), ['removed tree', 'removed tree/z']);
  // The other way round all of it is undone.
  assert.ok(told(await diff(data, two, one)).includes('renamed d<e'));
  const text = await fleet.run(['snapshot', 'diff', data, one, two]);
  assert.match(text.stdout, /^renamed {15}moved -> old\/moved$/m);
});

interface Seen {
  readonly path: string;
  readonly type: string;
  readonly about: string;
  readonly content: string;
}

/** By inode: btrfs gives a number only once. */
async function seen(path: string): Promise<Map<string, Seen[]>> {
  const lines = await on(`cd ${path} && find . -mindepth 1 -printf '%i|%y|%m %U %G|%P\\n'`);
  const sums = await on(`cd ${path} && find . -type f -exec sha256sum {} +`);
  const hashes = new Map(sums.split('\n').map((line) => [line.slice(68), line.slice(0, 64)]));
  const all = new Map<string, Seen[]>();
  for (const line of lines.split('\n').filter(Boolean)) {
    const [inode = '', type = '', about = '', name = ''] = line.split('|');
    const entry = { path: name, type, about, content: hashes.get(name) ?? '' };
    all.set(inode, [...(all.get(inode) ?? []), entry]);
  }
  return all;
}

const EDITS = [
  'echo $RANDOM$RANDOM >>"$F"',
  'rm -f "$F"',
  'mv -T "$F" "$D/n$I" 2>/dev/null || :',
  'chmod 6$((I % 8))0 "$F"',
  'echo new$I >"$D/f$I"',
  'mkdir -p "$D/d$I"',
  'ln "$F" "$D/l$I" 2>/dev/null || :',
  'mv -T "$D" "$E/m$I" 2>/dev/null || :',
  'rm -rf "$D"; mkdir -p "$D"',
  'cp "$F" "$D/.new" 2>/dev/null && echo $I >>"$D/.new" && mv -T "$D/.new" "$F" 2>/dev/null || :',
  'truncate -s $((I * 100)) "$F" 2>/dev/null || :',
];

test('a walk of random edits: nothing that find and sha256sum see is missing, and nothing is made up', async () => {
  const data = await fleet.subvolume('/srv/pool/walk');
  await on(
    `cd ${data} && for i in $(seq 6); do mkdir -p a$i/b a$i/c; for j in $(seq 8); do echo $j >a$i/b/$j; done; done`,
  );
  const names = [await fleet.snapshot(data)];
  for (let round = 1; round <= 4; round++) {
    const script = Array.from({ length: 60 }, (_, step) => {
      const index = round * 100 + step;
      return `I=${index} F=$(find . -type f | shuf -n1) D=$(find . -mindepth 1 -type d | shuf -n1) E=$(find . -mindepth 1 -type d | shuf -n1)
if [ -n "$F" ] && [ -n "$D" ]; then
${EDITS[(step * 7 + round) % EDITS.length]}
fi`;
    });
    await fleet.lab.must('a', ['bash', '-c', `cd ${data}\n${script.join('\n')}\n:`]);
    names.push(await fleet.snapshot(data));
  }
  const at = (name: string): string => `/srv/pool/.snapshots/walk/${name}`;
  for (const [index, name] of names.slice(1).entries()) {
    for (const old of [names[index] ?? '', names[0] ?? '']) await compare(data, old, name, at);
  }
});

async function compare(data: string, old: string, name: string, at: (name: string) => string): Promise<void> {
  const { changes } = await diff(data, old, name);
  const [before, after] = [await seen(at(old)), await seen(at(name))];
  const paths = (all: Map<string, Seen[]>): Map<string, Seen & { readonly inode: string }> =>
    new Map([...all].flatMap(([inode, some]) => some.map((one) => [one.path, { ...one, inode }])));
  const [was, is] = [paths(before), paths(after)];
  const kinds = (path: string): string[] =>
    changes.filter((one) => one.path === path).map(({ kind }) => kind);
  const where = `${old} ${name}`;
  for (const [path, one] of is) {
    const here = kinds(path);
    if (!before.has(one.inode)) {
      assert.ok(here.includes('added') || here.includes('content'), `new: ${path} (${where}) ${here}`);
      continue;
    }
    const [then] = before.get(one.inode) ?? [];
    // One of its names tells it, whichever.
    const told = (after.get(one.inode) ?? []).flatMap((link) => kinds(link.path));
    if (then && then.content !== one.content)
      assert.ok(told.includes('content'), `written: ${path} (${where})`);
    if (then && then.about !== one.about)
      assert.ok(told.includes('attributes'), `attributes: ${path} (${where})`);
  }
  for (const [path, one] of was)
    if (!after.has(one.inode))
      assert.ok(
        kinds(path).includes('removed') || is.has(path) || changes.some(({ from }) => from === path),
        path,
      );
  for (const { kind, path, from } of changes) {
    if (kind === 'removed') assert.ok(was.has(path), `removed ${path} (${where})`);
    else assert.ok(path === '' || is.has(path), `${kind} ${path} (${where})`);
    if (kind === 'renamed') assert.ok(from !== null && was.has(from), `renamed ${path} (${where})`);
    if (kind === 'added') assert.notEqual(was.get(path)?.inode, is.get(path)?.inode, `added ${path}`);
  }
}

const passing = (): Promise<string> => on(`ls -d /srv/pool/.snapshots/*/diff-* 2>/dev/null || :`);

test('against what is there now; the snapshot that takes is gone afterwards', async () => {
  const data = await fleet.subvolume('/srv/pool/live');
  const one = await fleet.snapshot(data);
  await on(`echo later >${data}/later`);
  assert.deepEqual(told(await diff(data, one)), ['added later']);
  assert.equal(await passing(), '');
  const rows = await fleet.ok<unknown[]>(['snapshot', 'list', data]);
  assert.equal(rows.length, 1);
  await on(`rm ${data}/later`);
  assert.deepEqual(told(await diff(data, one, 'live')), []);
});

test('it is gone as well when btrfleet is killed, and one that a loss of power left behind goes with the next', async () => {
  const data = await fleet.subvolume('/srv/pool/killed');
  const one = await fleet.snapshot(data);
  await on(`cd ${data} && seq 30000 | split -l1 -a4 - f`);
  const running = fleet.start(['snapshot', 'diff', data, one, 'live', '--json']);
  await eventually(async () => assert.notEqual(await passing(), ''), 20, 20);
  running.child.kill('SIGKILL');
  await running.ended;
  await eventually(async () => assert.equal(await passing(), ''));
  const left = '/srv/pool/.snapshots/killed/diff-2026-01-01T00:00:00.000Z';
  await on(`btrfs subvolume snapshot -r ${data} ${left}`);
  const found = await diff(data, one);
  assert.equal(found.changes.length, 30_000);
  assert.equal(await passing(), '');
});

test('replicas are compared where they are', async () => {
  const data = await fleet.subvolume('/srv/pool/far');
  const one = await fleet.snapshot(data);
  await on(`echo more >${data}/more`);
  const two = await fleet.snapshot(data);
  await fleet.replicate('auto', data, '--to', 'b', '--all');
  const here = await diff(data, one, two);
  const there = await diff(data, one, two, '--server', 'b');
  assert.deepEqual([there.server, told(there)], ['b', told(here)]);
  const live = await fleet.fault('snapshot', 'diff', data, one, 'live', '--server', 'b');
  assert.deepEqual([live.code, live.fault.code], [2, 'usage']);
});

test('names of any bytes', async () => {
  const data = await fleet.subvolume('/srv/pool/names');
  const one = await fleet.snapshot(data);
  const names = ['-rf', 'a b', "it's", '$(id)', 'new\nline', 'back\\slash', 'ünï'];
  for (const name of names) await fleet.lab.must('a', ['touch', '--', `${data}/${name}`]);
  await fleet.lab.must('a', ['bash', '-c', `touch ${data}/$'bad\\xff'`]);
  const two = await fleet.snapshot(data);
  const { changes } = await diff(data, one, two);
  assert.deepEqual(changes.map(({ path }) => path).toSorted(), [...names, 'bad\ufffd'].toSorted());
  assert.equal(changes.find(({ path }) => path.startsWith('bad'))?.pathBytes, '626164ff');
});

test('the lines of one file; of what is no text its size and hash', async () => {
  const data = await fleet.subvolume('/srv/pool/text');
  await on(`cd ${data} && seq 9 >lines && head -c 1000 /dev/zero >zeros && ln -s lines link && mkdir dir && \
    mkfifo pipe && mknod device c 1 5`);
  const one = await fleet.snapshot(data);
  await on(`cd ${data} && sed -i s/5/five/ lines && echo x >>zeros && echo n >fresh`);
  const two = await fleet.snapshot(data);
  const file = (path: string, ...more: string[]): Promise<FileDiff> =>
    fleet.ok<FileDiff>(['snapshot', 'diff', data, one, two, path, '--text', ...more]);
  const lines = await file('lines');
  const at = (name: string): string => `/srv/pool/.snapshots/text/${name}`;
  const real = await on(`diff -u ${at(one)}/lines ${at(two)}/lines | tail -n +3`);
  assert.equal(lines.text?.split('\n').slice(2).join('\n').trimEnd(), real.trimEnd());
  assert.equal(lines.same, false);
  const zeros = await file('zeros');
  assert.deepEqual([zeros.text, zeros.oldFile?.sizeBytes, zeros.newFile?.sizeBytes], [null, 1000, 1002]);
  assert.equal(`${zeros.newFile?.sha256}  ${at(two)}/zeros\n`, await on(`sha256sum ${at(two)}/zeros`));
  assert.equal((await file('data.bin')).same, true);
  const fresh = await file('fresh');
  assert.deepEqual([fresh.oldFile, fresh.same, fresh.newFile?.sizeBytes], [null, null, 2]);
  // A pipe that nobody writes to would be waited for, and a device would be opened.
  for (const path of ['pipe', 'device', 'dir']) {
    const { oldFile, same, text } = await file(path);
    assert.deepEqual([oldFile?.sha256, same, text], [null, null, null], path);
  }
  for (const [path, code] of [
    ['link', 'unsafe-path'],
    ['nothing/there', 'usage'],
    ['../names', 'usage'],
  ] as const) {
    const { fault } = await fleet.fault('snapshot', 'diff', data, one, two, path, '--text');
    assert.equal(fault.code, code, path);
  }
});
