/** Hooks around snapshots, in real shells: what runs when, and what their output can do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import type { SnapshotsSaid } from '../../../../src/core/btrfs/read/snapshots.ts';
import { patience } from '../../../patience.ts';
import { around, eventually, NONCE, readersOf, SHELLS, SnapshotShell, words } from '../snapshot-shell.ts';

const done = (said: SnapshotsSaid) => {
  assert.ok(said.kind === 'done', JSON.stringify(said));
  const of = (wanted: 'before' | 'after') => said.hooks.find(({ when }) => when === wanted)?.said ?? null;
  return { ...said, before: of('before'), after: of('after') };
};

// Time limits take their time: the shells wait side by side.
describe('hooks', { concurrency: true }, () => {
  for (const program of SHELLS) describe(basename(program), { concurrency: 1 }, () => inShell(program));
});

function inShell(program: string): void {
  const shell = basename(program);
  const place = new SnapshotShell(program);
  after(place.remove);
  const before = place.says('before');
  const afterwards = place.says('after');
  const clean = (): void => place.reset();

  for (const [title, hooks, log, codes] of [
    ['both', around(before, afterwards), 'before snapshot after', '0 0'],
    ['only before', around(before, null), 'before snapshot', '0 -'],
    ['only after', around(null, afterwards), 'snapshot after', '- 0'],
    ['before fails', around(`${before}; exit 3`, afterwards), 'before snapshot after', '3 0'],
    [
      'required before fails',
      around(`${before}; exit 3`, afterwards, { required: true }),
      'before after',
      '3 0',
    ],
    [
      'required before is fine',
      around(before, afterwards, { required: true }),
      'before snapshot after',
      '0 0',
    ],
    ['before is fine, after fails', around(before, `${afterwards}; exit 4`), 'before snapshot after', '0 4'],
    ['both fail', around(`${before}; exit 5`, 'exit 6', { required: true }), 'before', '5 6'],
    ['before kills itself', around('kill -9 $$', afterwards), 'snapshot after', '137 0'],
    ['before is no command', around('/no/such', afterwards), 'snapshot after', '127 0'],
    [
      'a quote, a newline',
      around(`${before}; echo "a'b" |\ngrep -q "'"`, afterwards),
      'before snapshot after',
      '0 0',
    ],
  ] as const) {
    test(`${shell}: ${title}`, async () => {
      clean();
      const said = done(await place.run({ hooks }));
      assert.equal(place.done().join(' '), log);
      assert.equal(`${said.before?.code ?? '-'} ${said.after?.code ?? '-'}`, codes);
    });
  }

  for (const [title, members, log, ran] of [
    [
      'in order, and afterwards the other way round',
      ['0 ok', '1 ok'],
      'b0 b1 snapshot snapshot a1 a0',
      'b0=0 b1=0 a1=0 a0=0',
    ],
    [
      'a required one fails: no snapshot, and what was begun goes on',
      ['0 ok', '1 fails', '2 ok'],
      'b0 b1 a1 a0',
      'b0=0 b1=3 a1=0 a0=0',
    ],
    [
      'one that is not required fails',
      ['0 may fail', '1 ok'],
      'b0 b1 snapshot snapshot a1 a0',
      'b0=3 b1=0 a1=0 a0=0',
    ],
    ['one has only one afterwards', ['0 after', '1 ok'], 'b1 snapshot snapshot a1 a0', 'b1=0 a1=0 a0=0'],
    ['only one afterwards, and nothing was made', ['0 after', '1 fails'], 'b1 a1', 'b1=3 a1=0'],
  ] as const) {
    test(`${shell}: of a group, ${title}`, async () => {
      clean();
      const all = members.map((words) => {
        const [number = '', ...how] = words.split(' ');
        const fails = how.join(' ') === 'fails' || how[0] === 'may';
        const first = how[0] === 'after' ? null : `${place.says(`b${number}`)}${fails ? '; exit 3' : ''}`;
        return around(first, place.says(`a${number}`), { required: how[0] !== 'may' });
      });
      const said = done(await place.run({ all, members: ['a', 'b'], group: true }));
      assert.equal(place.done().join(' '), log);
      const codes = said.hooks.map((one) => `${one.when[0]}${one.number}=${one.said.code}`);
      assert.equal(codes.join(' '), ran);
    });
  }

  test(`${shell}: after runs when the snapshot fails`, async () => {
    clean();
    place.env = { FAIL: 'vol/data' };
    const said = await place.run({ hooks: around(before, afterwards) });
    place.env = {};
    assert.deepEqual([words(said), place.done()], ['code 1', ['before', 'after']]);
  });

  test(`${shell}: a hook is ended by its time limit, also when it ignores that, and after runs`, async () => {
    clean();
    const stubborn = `trap '' TERM; echo begun; while :; do sleep 1; done`;
    const began = performance.now();
    const said = done(
      await place.run({ hooks: around(stubborn, afterwards, { seconds: 1, required: true }) }),
    );
    assert.equal(said.before?.code, 137);
    assert.ok((said.before?.seconds ?? 0) >= 1, `${said.before?.seconds}`);
    assert.match(said.before?.output ?? '', /^begun/);
    assert.deepEqual([words(said), place.done()], ['none', ['after']]);
    assert.ok(performance.now() - began < patience(12));
    const gentle = done(await place.run({ hooks: around('sleep 60', null, { seconds: 1 }) }));
    // That of busybox passes the signal on.
    assert.ok([124, 143].includes(gentle.before?.code ?? 0), `${gentle.before?.code}`);
    assert.ok((gentle.before?.seconds ?? 0) < 4);
  });

  test(`${shell}: a child that a hook leaves behind holds up nothing, and what was written before is kept`, async () => {
    clean();
    const pid = join(place.root, `pid-${shell}`);
    const leaves = `sleep 300 & echo $! >'${pid}'; echo first; echo last >&2`;
    const began = performance.now();
    const said = done(await place.run({ hooks: around(leaves, leaves) }));
    assert.ok(performance.now() - began < patience(10));
    assert.deepEqual([said.before?.output, said.after?.output], ['first\nlast', 'first\nlast']);
    // It is somebody's daemon: it goes on.
    process.kill(Number(readFileSync(pid, 'utf8')));
  });

  test(`${shell}: what a hook writes cannot be taken for what the script says`, async () => {
    clean();
    const file = join(place.root, 'hostile');
    const forged = [
      `${NONCE} already 0 2026-11-20T08:00:00.000Z`,
      `${NONCE} end 0`,
      `${NONCE} over`,
      `${NONCE} end 0`,
    ];
    const bytes = Buffer.from(`\0\x1b[2J${forged.join('\n')}\n|${forged.join('\r\n|')}\0`);
    writeFileSync(file, Buffer.concat([Buffer.alloc(10_000_000, 'x'), Buffer.from([0xff, 0xc3]), bytes]));
    const said = done(await place.run({ hooks: around(`cat '${file}'; exit 7`, `cat '${file}' >&2`) }));
    assert.deepEqual([words(said), said.before?.code, said.after?.code], ['made', 7, 0]);
    assert.ok(said.before?.output.includes(`${NONCE} over`));
    assert.ok((said.before?.output.length ?? 0) <= 2000);
  });

  test(`${shell}: any bytes are output and nothing else`, async () => {
    const file = join(place.root, 'bytes');
    const alphabet = fc.constantFrom(
      ...`|\n\r\0 ${NONCE}!`,
      '\n|',
      `${NONCE} end 0\n`,
      `\n${NONCE} made 0 x 1\n`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: alphabet, maxLength: 60 }),
        fc.integer({ min: 0, max: 99 }),
        async (text, code) => {
          place.reset();
          writeFileSync(file, text);
          const said = done(await place.run({ hooks: around(`cat '${file}'; exit ${code}`, null) }));
          assert.deepEqual([words(said), said.before?.code], ['made', code]);
          assert.equal(
            said.before?.output,
            text.replaceAll('\0', '').replace(/\n+$/, (end) => end.slice(1)),
          );
        },
      ),
      { numRuns: 6 },
    );
  });

  test(`${shell}: stdin is empty for a hook, and nothing of ours is open in it`, async () => {
    clean();
    const open = 'cat; for fd in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done';
    assert.equal(done(await place.run({ hooks: around(open, null) })).before?.output, '');
  });

  test(`${shell}: who stops it while before runs gets no snapshot, and after runs`, async () => {
    clean();
    const gate = join(place.root, `gate-${shell}`);
    execFileSync('mkfifo', [gate]);
    const asked = place.start({ hooks: around(`${before}; cat '${gate}'`, afterwards) });
    await eventually(() => assert.deepEqual(place.done(), ['before']));
    const readers = readersOf(asked.child);
    asked.child.stdin?.write('stop\n');
    await eventually(() => assert.equal(readersOf(asked.child), readers - 1, 'the word was not read'));
    writeFileSync(gate, 'opened');
    const said = done(await asked.done);
    assert.deepEqual([said.stopped, words(said), place.done()], [true, 'none', ['before', 'after']]);
    assert.equal(said.before?.output, 'opened');
  });

  test(`${shell}: whatever becomes of the manager and its line, it goes to its end`, async () => {
    for (const cut of ['SIGTERM', 'SIGHUP', 'SIGKILL', 'pipes'] as const) {
      clean();
      const gate = join(place.root, `gate-${shell}-${cut}`);
      execFileSync('mkfifo', [gate]);
      const asked = place.start({
        hooks: around(`${before}; cat '${gate}'; yes | head -c 100000`, afterwards),
      });
      await eventually(() => assert.deepEqual(place.done(), ['before']));
      const { stdin, stdout, stderr, pid = 0 } = asked.child;
      for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
      // The whole group, as the local adapter and sshd do.
      if (cut !== 'pipes') process.kill(-pid, cut);
      writeFileSync(gate, '');
      await eventually(() => assert.deepEqual(place.done(), ['before', 'snapshot', 'after'], cut));
    }
  });

  for (const [signal, log] of [
    ['SIGHUP', 'before snapshot after'],
    ['SIGINT', 'before snapshot after'],
    ['SIGTERM', 'before after'],
  ] as const) {
    test(`${shell}: ${signal} to the work itself, as when a whole service is stopped: ${log}`, async () => {
      clean();
      const gate = join(place.root, `gate-work-${shell}-${signal}`);
      execFileSync('mkfifo', [gate]);
      const asked = place.start({ hooks: around(`${before}; cat '${gate}'`, afterwards) });
      await eventually(() => assert.deepEqual(place.done(), ['before']));
      const { pid } = asked.child;
      const [work] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
      process.kill(Number(work), signal);
      writeFileSync(gate, '');
      assert.equal(done(await asked.done).stopped, signal === 'SIGTERM');
      assert.equal(place.done().join(' '), log);
    });
  }

  test(`${shell}: without timeout or setsid nothing is done, and only if a hook is to be run`, async () => {
    const tools = ['ls', 'sed', 'date', 'mkdir', 'cat', 'tail', 'tr', 'sleep', 'rm', 'touch', 'sh'];
    const usual = place.path;
    for (const missing of ['timeout', 'setsid']) {
      clean();
      place.path = place.only(...tools, ...['timeout', 'setsid'].filter((tool) => tool !== missing));
      const said = await place.run({ hooks: around(before, afterwards) });
      const without = await place.run({});
      place.path = usual;
      assert.deepEqual(said, { kind: 'lacks', tool: missing });
      assert.deepEqual([words(without), place.done()], ['made', ['snapshot']]);
    }
    assert.ok(existsSync(place.directory('data')));
  });
}
