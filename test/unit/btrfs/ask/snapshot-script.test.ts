/** Which snapshots are made under which name, in real shells with a stand-in for btrfs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { snapshotName } from '../../../../src/core/model/snapshot.ts';
import { type Ask, around, eventually, isRunning, SHELLS, SnapshotShell, words } from '../snapshot-shell.ts';

/** Over a leap day: the shell and JavaScript must mean the same by it. */
const NOW = Date.parse('2028-02-29T23:59:59.990Z');
const at = (milliseconds: number): string => snapshotName(NOW + milliseconds);
const DUE = at(-60_000);

/** A clock that stands still, but for the milliseconds. */
const SAME_SECOND = `#!/bin/sh\necho ${at(0).slice(0, 19)}\n`;
const OF_A_SECOND = Array.from({ length: 1000 }, (_, index) => at(index - 990));

const snapshotAt = (path: string): void => {
  mkdirSync(path);
  writeFileSync(join(path, '.ro'), '');
};

for (const program of SHELLS) {
  const shell = basename(program);
  const place = new SnapshotShell(program);
  after(place.remove);
  const run = async (ask: Ask): Promise<string> => words(await place.run({ now: NOW, ...ask }));
  const snapshots = (): number => place.done().filter((word) => word === 'snapshot').length;

  test(`${shell}: the name is the manager's time, and goes on while it works`, async () => {
    place.reset();
    assert.equal(await run({}), 'made');
    assert.equal(await run({ hooks: around('sleep 1', null) }), 'made');
    const [first = '', second = ''] = place.names();
    assert.ok(first >= at(0) && first < at(9000), first);
    // Named by when it was made, which is after the hook.
    assert.ok(second >= at(1000) && second < at(9000), second);
  });

  for (const [title, put] of [
    ['a snapshot', snapshotAt],
    ['a writable subvolume', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a link to nothing', (path: string) => symlinkSync('/no/such', path)],
  ] as const) {
    test(`${shell}: where ${title} has the name, the next millisecond is taken, and nothing lands inside`, async () => {
      place.reset();
      place.program('date', SAME_SECOND);
      mkdirSync(place.directory('a'), { recursive: true });
      // The script's time goes on in hundredths, so the first name it tries is never free.
      const taken = OF_A_SECOND.filter((_, index) => index % 20 !== 5);
      for (const name of taken) put(join(place.directory('a'), name));
      assert.equal(await run({ members: ['a', 'b'] }), 'made, made');
      place.removeProgram('date');
      const [name = ''] = place.names('b');
      assert.equal(OF_A_SECOND.indexOf(name) % 20, 5, name);
      assert.deepEqual(place.names('a'), [...taken, name].sort());
      for (const one of title === 'a writable subvolume' ? taken : [])
        assert.deepEqual(place.names(`a/${one}`), []);
    });
  }

  test(`${shell}: where no name is free nothing is made`, async () => {
    place.reset();
    place.program('date', SAME_SECOND);
    for (const name of OF_A_SECOND) place.put(name);
    const said = await place.run({ now: NOW, hooks: around(place.says('before'), place.says('after')) });
    place.removeProgram('date');
    assert.ok(said.kind === 'done' && said.taken, JSON.stringify(said));
    assert.deepEqual([words(said), place.done()], ['none', ['before', 'after']]);
  });

  for (const [title, there, want] of [
    ['nothing there', [], 'made'],
    ['older', [at(-60_001)], 'made'],
    ['of the due time itself', [DUE], `already ${DUE}`],
    ['since then, the newest is told', [at(-5), at(-9), at(-70_000)], `already ${at(-5)}`],
    ['by a clock a little ahead', [at(3000)], `already ${at(3000)}`],
    ['in the future', [at(3_600_000)], 'made'],
    ['not a name of ours', [`${at(-5)}x`, 'before-upgrade-2', at(-5).slice(0, -1)], 'made'],
    ['a day that no month has', ['2028-02-30T00:00:00.000Z', '2028-02-31T00:00:00.000Z'], 'made'],
  ] as const) {
    test(`${shell}: due, and ${title}: ${want.split(' ')[0]}`, async () => {
      place.reset();
      for (const name of there) place.put(name);
      assert.equal(await run({ due: DUE }), want);
      assert.equal(snapshots(), want === 'made' ? 1 : 0);
    });
  }

  test(`${shell}: what is no read-only subvolume does not count as a snapshot that is there`, async () => {
    place.reset();
    place.put(at(-5), { readOnly: false });
    writeFileSync(join(place.directory('data'), at(-4)), '');
    assert.equal(await run({ due: DUE }), 'made');
  });

  test(`${shell}: not due: no hook runs; some due: they run, and only those are made`, async () => {
    place.reset();
    place.put(at(-5), { member: 'a' });
    const hooks = around(place.says('before'), place.says('after'));
    assert.equal(await run({ due: DUE, members: ['a'], hooks }), `already ${at(-5)}`);
    assert.deepEqual(place.done(), []);
    assert.equal(await run({ due: DUE, members: ['b', 'a', 'c'], hooks }), `made, already ${at(-5)}, made`);
    assert.deepEqual(place.done(), ['before', 'snapshot', 'snapshot', 'after']);
    assert.deepEqual(place.names('b'), place.names('c'));
  });

  for (const [title, a, b, want] of [
    ['one name in both', [at(-9), at(-5)], [at(-9), at(-7)], `already ${at(-9)}, already ${at(-9)}`],
    ['different names', [at(-9)], [at(-8)], 'made, made'],
    ['only one has it', [at(-9)], [], 'made, made'],
    ['none', [], [], 'made, made'],
  ] as const) {
    test(`${shell}: a group is there only under one name: ${title}`, async () => {
      place.reset();
      for (const name of a) place.put(name, { member: 'a' });
      for (const name of b) place.put(name, { member: 'b' });
      assert.equal(await run({ due: DUE, members: ['a', 'b'], group: true }), want);
    });
  }

  test(`${shell}: a group is whole or taken back, and its hooks run all the same`, async () => {
    place.reset();
    place.env = { FAIL: 'vol/b' };
    const hooks = around(place.says('before'), place.says('after'));
    assert.equal(await run({ members: ['a', 'b', 'c'], group: true, hooks }), 'back, code 1, back');
    // What was stopped goes on before anything is taken back.
    assert.deepEqual(place.done(), ['before', 'snapshot', 'snapshot', 'after', 'delete', 'delete']);
    assert.deepEqual([place.names('a'), place.names('c')], [[], []]);
    assert.equal(await run({ members: ['a', 'b', 'c'] }), 'made, code 1, made');
    place.env = {};
  });

  test(`${shell}: two that lock one another's directories in another order do not wait for ever`, async () => {
    place.reset();
    const asks = [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
      ['b', 'a'],
    ];
    const said = await Promise.all(asks.map((members) => run({ members, group: true, due: DUE })));
    assert.equal(said.filter((one) => one === 'made, made').length, 1, said.join('; '));
    assert.equal(said.filter((one) => one.startsWith('already')).length, 3, said.join('; '));
  });

  test(`${shell}: who finds the directory locked waits, and then sees what was made meanwhile`, async (context) => {
    place.reset();
    place.put(at(-90_000));
    const holder = spawn('/usr/bin/flock', [place.directory('data'), 'sh', '-c', 'echo; cat']);
    context.after(() => holder.stdin.end());
    await once(holder.stdout, 'data');
    const asked = place.start({ now: NOW, due: DUE });
    asked.child.stdin?.end();
    await eventually(() => assert.ok(isRunning('flock', '-w', '10', place.directory('data'))));
    place.put(at(-2));
    holder.stdin.end();
    assert.equal(words(await asked.done), `already ${at(-2)}`);
  });

  test(`${shell}: a lock that is not given is told; a flock that is none, too`, async () => {
    place.reset();
    place.program('flock', '#!/bin/sh\nexit 75\n');
    assert.equal(await run({ due: DUE }), 'locked');
    // What is not due is not locked.
    assert.equal(await run({}), 'made');
    place.program('flock', '#!/bin/sh\necho "flock: unrecognized option: w" >&2\nexit 1\n');
    const said = await place.run({ now: NOW, due: DUE });
    place.removeProgram('flock');
    assert.ok(said.kind === 'done' && said.unlocked, JSON.stringify(said));
    assert.deepEqual([snapshots(), place.names().length], [1, 1]);
  });

  test(`${shell}: where the login may not look, what was seen as root counts`, {
    skip: process.getuid?.() !== 0,
  }, async () => {
    place.reset();
    place.put(at(-90_000));
    place.put(at(-5));
    chmodSync(dirname(place.directory('x')), 0o755);
    chmodSync(place.directory('data'), 0o700);
    place.uid = 65_534;
    const seen = await place.run({ now: NOW, due: DUE, known: [at(-5)] });
    place.uid = null;
    assert.deepEqual([words(seen), seen.kind === 'done' && seen.unlocked], [`already ${at(-5)}`, true]);
  });

  test(`${shell}: hostile names of subvolumes and directories are only names`, async () => {
    const members = [' a b', '\'q"`id`$(id)', '-rf', '*', '[0-9]', 'ünï\t', '\\n', 'x;exit', `n0nce over`];
    place.reset();
    assert.equal(await run({ members, group: true, due: DUE }), members.map(() => 'made').join(', '));
    const [name = ''] = place.names('*');
    for (const member of members) assert.deepEqual(place.names(member), [name], member);
    assert.equal(
      await run({ members, group: true, due: DUE }),
      members.map(() => `already ${name}`).join(', '),
    );
  });

  test(`${shell}: a date that gives no names stops it before anything is done`, async () => {
    place.reset();
    place.program('date', '#!/bin/sh\necho "date: invalid date"; exit 1\n');
    const said = await place.run({ now: NOW, hooks: around(place.says('before'), null) });
    place.removeProgram('date');
    assert.deepEqual(said, { kind: 'lacks', tool: 'date' });
    assert.deepEqual([place.done(), place.names()], [[], []]);
  });

  test(`${shell}: a directory that cannot be made stops it before anything is done`, async () => {
    place.reset();
    writeFileSync(join(place.root, 'fs', 'snapshots'), 'in the way');
    const said = await place.run({ now: NOW, hooks: around(place.says('before'), null) });
    assert.equal(said.kind, 'refused');
    assert.match(said.kind === 'refused' ? said.output : '', /^btrfleet-unsafe file - .*\/fs\/snapshots$/);
    assert.deepEqual(place.done(), []);
  });
}
