/** Who changes files at the very moment they are brought back loses nothing, and cannot hold it up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Extracted, extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { stopping } from '../fleet/stops.ts';

const fleet = await TestFleet.up('extract-meanwhile', { servers: 1 });
const { lab } = fleet;
const { on, extract } = extracting(fleet);
const { trap, at } = stopping(fleet, on);

/** In the place of a program, until what is returned is called. */
async function replaced(program: string, text: string): Promise<() => Promise<unknown>> {
  const real = (await on(`command -v ${program}`)).trim();
  await on(`cp -L ${real} /tmp/${program}.real`);
  const write = 'printf %s "$1" >"$2" && chmod 755 "$2"';
  await lab.must('a', ['sh', '-ec', write, 'sh', text, `/tmp/${program}.other`]);
  await on(`mount --bind /tmp/${program}.other ${real}`);
  return () => on(`umount ${real}`);
}

/** As of coreutils 9.5: two names change places at once. */
const EXCHANGING = `#!/usr/bin/python3
import ctypes, os, sys
words = sys.argv[1:]
if '--help' in words:
    print('--exchange', flush=True)
if '--exchange' not in words:
    os.execv('/tmp/mv.real', ['mv'] + words)
to, names = words[words.index('-t') + 1], words[words.index('--') + 1:]
late = os.path.join(to, 'f2')
if os.path.exists(late) and not os.path.exists('/tmp/mv.late'):
    open('/tmp/mv.late', 'w').close()
    open(late + '.new', 'w').write('late')
    os.rename(late + '.new', late)
libc = ctypes.CDLL(None, use_errno=True)
bad = 0
for name in names:
    if libc.renameat2(-100, os.fsencode(name), -100, os.fsencode(os.path.join(to, name)), 2):
        bad = 1
        print('mv: ' + os.strerror(ctypes.get_errno()), file=sys.stderr)
sys.exit(bad)
`;

test('what is put in the place of a file just before it is replaced is kept, where mv can exchange', async () => {
  const data = await fleet.subvolume('/srv/pool/exchanged');
  await on(`mkdir ${data}/d && cd ${data}/d && for f in f1 f2 f3; do echo was >$f; done && ln -s was link`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && for f in f1 f2 f3; do echo is >$f; done && ln -sfn is link && chattr +i f3`);
  const back = await replaced('mv', EXCHANGING);
  const done = await fleet.json<Extracted>(['snapshot', 'extract', data, name, 'd', '--yes']).finally(back);
  assert.equal(
    await on(`cd ${data}/d && cat f1 f2 f3 && readlink link && chattr -i f3`),
    'was\nwas\nis\nwas\n',
  );
  assert.deepEqual([done.code, done.value.outcome, done.value.missedCount], [1, 'partly', 2]);
  const [kept, held] = done.value.missed;
  assert.equal(await on(`cd ${kept?.path} && find . -type f -exec cat {} +`), 'late');
  assert.equal(held?.path, `${data}/d/f3`);
});

test('one file that cannot be replaced does not hold up the others', async () => {
  const data = await fleet.subvolume('/srv/pool/held-up');
  await on(`mkdir ${data}/d && cd ${data}/d && for f in $(seq 30); do echo was >$f; done`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && for f in $(seq 30); do echo is >$f; done && chattr +i 7`);
  const done = await fleet.json<Extracted>(['snapshot', 'extract', data, name, 'd', '--yes']);
  assert.equal(
    await on(`cd ${data}/d && chattr -i 7 && cat $(seq 30) | sort | uniq -c | tr -s ' '`),
    ' 1 is\n 29 was\n',
  );
  assert.deepEqual([done.code, done.value.outcome, done.value.missedCount], [1, 'partly', 1]);
  assert.deepEqual(
    done.value.missed.map(({ path, why }) => [path, /not permitted/.test(why)]),
    [[`${data}/d/7`, true]],
  );
});

test('what is written into a directory that goes, after it was compared, is not lost', async () => {
  await trap('comm', '-23');
  const data = await fleet.subvolume('/srv/pool/job');
  await on(`mkdir ${data}/d && echo was >${data}/d/f`);
  const name = await fleet.snapshot(data);
  await on(`mkdir -p ${data}/d/job/deep && echo new >${data}/d/job/deep/new`);
  const ended = await at('comm 1', [data, name, 'd', '--delete'], () =>
    on(`cd ${data}/.btrfleet-extract-*/trash/*/job && echo late >late && echo late >deep/late`),
  );
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual([ended.code, report.outcome, report.missedCount], [1, 'partly', 1], ended.stdout);
  assert.equal(await on(`ls ${data}/d`), 'f\n');
  const left = await on(`cd ${data}/.btrfleet-kept-* && find . -type f | sort`);
  assert.deepEqual(
    left
      .trim()
      .split('\n')
      .map((path) => path.replace(/.*\/job\//, '')),
    ['deep/late', 'late'],
  );
});

test('what is changed while the question stands is left and named', async () => {
  await trap('find', '-xdev');
  const data = await fleet.subvolume('/srv/pool/asked');
  await on(`mkdir ${data}/d && cd ${data}/d && echo was >base && echo was >other`);
  const name = await fleet.snapshot(data);
  await on(`cd ${data}/d && echo junk >junk && echo is >base && echo is >other`);
  // The list that is shown is made by two of them, and made again before anything is done.
  const ended = await at('find 3', [data, name, 'd', '--delete'], () =>
    on(`cd ${data}/d && rm junk && echo thesis >thesis && echo edited >base`),
  );
  const report = JSON.parse(ended.stdout) as Extracted;
  assert.deepEqual([ended.code, report.outcome], [1, 'partly'], ended.stdout);
  assert.equal(await on(`cd ${data}/d && cat base other thesis`), 'edited\nwas\nthesis\n');
  assert.deepEqual(
    report.missed.map(({ path, why }) => [path, /changed after this was shown/.test(why)]),
    [
      [`${data}/d/base`, true],
      [`${data}/d/thesis`, true],
    ],
  );
});

test('a pipe in the place of what is staged is not waited for', async () => {
  const data = await fleet.subvolume('/srv/pool/piped');
  const name = await fleet.snapshot(data);
  await on(`echo is >${data}/data.bin`);
  const back = await replaced(
    'ls',
    `#!/bin/sh
/tmp/ls.real "$@"
code=$?
case "$*" in *./.btrfleet-extract-*)
  for last; do :; done
  mv -T -- "$last" ./moved && mkfifo "$last"
esac
exit $code
`,
  );
  const { code, fault } = await fleet
    .fault('snapshot', 'extract', data, name, 'data.bin', '--yes')
    .finally(back);
  assert.equal(code, 1, JSON.stringify(fault));
  assert.equal(await on(`cat ${data}/data.bin`), 'is\n');
  await on(`rm -rf ${data}/moved; find ${data} -maxdepth 1 -type p -delete`);
  assert.equal((await extract(data, name, ['data.bin'])).outcome, 'restored');
});
