/** What runs over a connection, on a real sshd and on this machine: both adapters promise the same. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { HostPool } from '../../../src/core/hosts/pool.ts';
import type { Host, HostStream } from '../../../src/core/hosts/port/host.ts';
import type { CommandRecord } from '../../../src/core/hosts/server-host.ts';
import { type Argv, asUser } from '../../../src/core/model/command.ts';
import type { Result } from '../../../src/core/model/result.ts';
import { patience } from '../../patience.ts';
import {
  noSshd,
  poolOf,
  type Sshd,
  serverAt,
  type Workshop,
  workshop,
} from '../../unit/hosts/sshd-fixture.ts';

const MiB = 1024 * 1024;

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.fault.message);
  return result.value;
}

const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);

const isAlive = (pid: number): boolean => {
  try {
    // A zombie has ended: nobody reaps it here but init.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

async function goneSoon(pid: number): Promise<void> {
  const until = performance.now() + patience(10);
  while (isAlive(pid) && performance.now() < until) await turn();
  assert.ok(!isAlive(pid), `process ${pid} is still there`);
}

/** Longer than any of these takes. */
const limit = { of: 'whole', seconds: 600 } as const;

async function firstLine(stream: HostStream): Promise<string> {
  const [chunk] = (await once(stream.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

let shop: Workshop;
let sshd: Sshd;
let pool: HostPool;
const records: CommandRecord[] = [];

before(async () => {
  shop = workshop();
  if (noSshd) return;
  sshd = await shop.sshd();
});
after(async () => {
  await pool.close();
  await shop.clean();
});

for (const kind of ['ssh', 'local'] as const) {
  describe(`commands over ${kind}`, { skip: kind === 'ssh' ? noSshd : false }, () => {
    let host: Host;
    const stream = async (argv: Argv, signal?: AbortSignal) =>
      value(await host.stream(asUser(...argv), { limit, signal }));

    before(async () => {
      const auth = kind === 'local' ? { auth: { kind: 'local' } as const } : {};
      pool = poolOf(shop, {
        servers: [serverAt('b', kind === 'ssh' ? sshd.port : 0, shop.key, auth)],
        trusted: kind === 'ssh' ? [sshd.knownHost] : [],
        needs: { needed: [['btrfs', 'subvolume', 'list', '/']], harmless: ['true'], sudoersLines: () => [] },
        onCommand: (record) => records.push(record),
      });
      host = value(await pool.connect('b'));
    });
    after(() => pool.close());

    test('facts are found out', () => {
      const { facts } = host;
      assert.equal(facts.kernel, execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
      assert.equal(facts.privilege === 'root', process.getuid?.() === 0);
      assert.ok(facts.sendStreamVersion >= 1);
      assert.ok(facts.latencySeconds > 0 && facts.latencySeconds < 10);
    });

    test('run: output, exit code, input, and an input that is empty when none is given', async () => {
      const run = value(await host.run(asUser('sh', '-c', 'cat; echo oops >&2; exit 7'), { input: 'ü' }));
      assert.deepEqual(run, { code: 7, signal: null, stdout: 'ü', stderr: 'oops\n' });
      assert.equal(value(await host.run(asUser('cat'))).stdout, '');
    });

    test('run: a command that does not read a large input is not a fault', async () => {
      const run = value(await host.run(asUser('true'), { input: Buffer.alloc(8 * MiB) }));
      assert.equal(run.code, 0);
    });

    test('run: words reach the command as they are', async () => {
      const words = [' a  b ', "it's", '$(id)', 'new\nline', '-n', '🐘', '\\', ''];
      assert.equal(value(await host.run(asUser('printf', '%s|', ...words))).stdout, `${words.join('|')}|`);
    });

    test('run: one that takes too long is stopped and stalled', async () => {
      const result = await host.run(asUser('sleep', '100'), { timeoutSeconds: 0.3 });
      assert.equal(codeOf(result), 'stalled');
    });

    test('run: an abort is a cancelled fault', async () => {
      const abort = new AbortController();
      const running = host.run(asUser('sleep', '100'), { signal: abort.signal });
      abort.abort();
      assert.equal(codeOf(await running), 'cancelled');
      assert.equal(codeOf(await host.run(asUser('true'), { signal: abort.signal })), 'cancelled');
    });

    test('run: more output than anybody expects is a fault', async () => {
      const result = await host.run(asUser('head', '-c', String(80 * MiB), '/dev/zero'));
      assert.equal(codeOf(result), 'command-failed');
    });

    test('a signal that ends the command is told', async () => {
      const running = await stream(['sh', '-c', 'echo $$; exec sleep 100']);
      process.kill(Number(await firstLine(running)), 'SIGKILL');
      assert.deepEqual(value(await running.done), { code: null, signal: 'SIGKILL' });
    });

    test('stop ends the command and says cancelled', async () => {
      const running = await stream(['sh', '-c', 'echo $$; exec cat']);
      const pid = Number(await firstLine(running));
      running.stop();
      assert.equal(codeOf(await running.done), 'cancelled');
      await goneSoon(pid);
    });

    test('stop ends a whole group, and one that ignores TERM by closing its pipes', async () => {
      const running = await stream(['sh', '-c', 'trap "" TERM; echo $$; cat >/dev/null']);
      const pid = Number(await firstLine(running));
      running.stop();
      assert.equal(codeOf(await running.done), 'cancelled');
      await goneSoon(pid);
    });

    test('a reader that goes away ends a command that writes for ever', async () => {
      const running = await stream(['sh', '-c', 'echo $$; exec cat /dev/zero']);
      const pid = Number((await firstLine(running)).split('\n')[0]);
      running.stdout.destroy();
      await running.done;
      await goneSoon(pid);
    });

    test('done waits until the output is read', async () => {
      const running = await stream(['head', '-c', String(MiB), '/dev/zero']);
      let read = 0;
      let settled = false;
      void running.done.then(() => {
        settled = true;
      });
      for await (const chunk of running.stdout) {
        assert.ok(!settled);
        read += (chunk as Buffer).length;
      }
      assert.equal(value(await running.done).code, 0);
      assert.equal(read, MiB);
    });

    test('done settles when nobody looks at an output that is empty', async () => {
      const running = await stream(['sh', '-c', 'cat >/dev/null; exit 3']);
      running.stdin.end('x');
      assert.equal(value(await running.done).code, 3);
    });

    test('stderr keeps its last 64 KiB', async () => {
      const running = await stream(['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x >&2; echo end >&2']);
      running.stdout.resume();
      await running.done;
      assert.equal(running.stderr().length, 64 * 1024);
      assert.ok(running.stderr().endsWith('xend\n'));
    });

    test('a command that is not read stops, and memory stays small', async () => {
      const running = await stream(['sh', '-c', 'head -c 200000000 /dev/zero; echo written >&2']);
      const before = process.memoryUsage().rss;
      // Other commands go on meanwhile, long enough for all of it to come if anybody let it.
      for (let round = 0; round < 5; round += 1) value(await host.run(asUser('sleep', '0.1')));
      assert.equal(running.stderr(), '');
      let read = 0;
      let most = 0;
      for await (const chunk of running.stdout) {
        read += (chunk as Buffer).length;
        await turn();
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      assert.equal(read, 200_000_000);
      assert.equal(running.stderr(), 'written\n');
      assert.ok(most < 100 * MiB, `${most / MiB} MiB`);
    });

    test('a command that does not read holds the writer back', async () => {
      const running = await stream(['sleep', '100']);
      let offered = 0;
      const endless = new Readable({
        read() {
          offered += 65_536;
          this.push(Buffer.alloc(65_536));
        },
      });
      const flowing = pipeline(endless, running.stdin).catch(() => 'broken');
      let last = -1;
      // It has come to rest when two looks, far enough apart for a round trip, see the same.
      while (last !== offered) {
        last = offered;
        await host.run(asUser('sleep', '0.1'));
      }
      assert.ok(offered > 0 && offered < 12 * MiB, `${offered / MiB} MiB`);
      running.stop();
      assert.equal(await flowing, 'broken');
      await running.done;
    });

    test('bytes go through unchanged both ways', async () => {
      const running = await stream(['cat']);
      const sent = Buffer.from(
        Array.from({ length: 3_000_001 }, (_, index) => (index * 31 + (index >> 9)) & 255),
      );
      running.stdin.end(sent);
      const parts: Buffer[] = [];
      for await (const chunk of running.stdout) parts.push(chunk as Buffer);
      assert.ok(Buffer.concat(parts).equals(sent));
    });

    test('60 commands at once all come through', async () => {
      const runs = await Promise.all(
        Array.from({ length: 60 }, (_, index) => host.run(asUser('sh', '-c', `sleep 0.1; echo ${index}`))),
      );
      assert.deepEqual(
        runs.map((run) => value(run).stdout.trim()),
        Array.from({ length: 60 }, (_, index) => String(index)),
      );
    });

    test('every command is recorded as it would be typed', async () => {
      records.length = 0;
      await host.run(asUser('sh', '-c', 'exit 4'));
      assert.deepEqual(
        records.map(({ line, code, server }) => ({ line, code, server })),
        [{ line: "sh -c 'exit 4'", code: 4, server: 'b' }],
      );
    });
  });
}

describe('a server that allows few sessions', { skip: noSshd }, () => {
  for (const sessions of [1, 2]) {
    test(`MaxSessions ${sessions}: everything runs all the same`, async () => {
      const strict = await shop.sshd({ lines: [`MaxSessions ${sessions}`] });
      const own = poolOf(shop, {
        servers: [serverAt('b', strict.port, shop.key)],
        trusted: [strict.knownHost],
      });
      const host = value(await own.connect('b'));
      const runs = await Promise.all(
        Array.from({ length: 15 }, (_, index) => host.run(asUser('echo', String(index)))),
      );
      assert.deepEqual(
        runs.map((run) => value(run).stdout.trim()),
        Array.from({ length: 15 }, (_, index) => String(index)),
      );
      await own.close();
      await strict.stop();
    });
  }

  test('a server that runs no commands at all is said to', async () => {
    const strict = await shop.sshd({ lines: ['MaxSessions 0'] });
    const own = poolOf(shop, {
      servers: [serverAt('b', strict.port, shop.key)],
      trusted: [strict.knownHost],
    });
    assert.equal(codeOf(await own.connect('b')), 'command-failed');
    await own.close();
    await strict.stop();
  });

  test('what runs in place of a command is told, and its output is no answer', async () => {
    const forced = await shop.sshd({ lines: ['ForceCommand echo Welcome; echo no >&2; exit 3'] });
    const own = poolOf(shop, {
      servers: [serverAt('b', forced.port, shop.key)],
      trusted: [forced.knownHost],
    });
    const result = await own.connect('b');
    assert.equal(codeOf(result), 'login-shell');
    assert.match(result.ok ? '' : result.fault.message, /did not start a command: "no \/ Welcome"/);
    await own.close();
    await forced.stop();
  });

  test('a login shell that prints without end is given up', async () => {
    const forced = await shop.sshd({ lines: ['ForceCommand yes'] });
    const own = poolOf(shop, {
      servers: [serverAt('b', forced.port, shop.key)],
      trusted: [forced.knownHost],
    });
    assert.equal(codeOf(await own.connect('b')), 'login-shell');
    await own.close();
    await forced.stop();
  });
});

describe('a connection that breaks', { skip: noSshd }, () => {
  test('what runs ends with a fault that can be retried, and the next connect is a new connection', async () => {
    const server = await shop.sshd();
    const own = poolOf(shop, {
      servers: [serverAt('b', server.port, shop.key)],
      trusted: [server.knownHost],
    });
    const host = value(await own.connect('b'));
    const running = value(await host.stream(asUser('sh', '-c', 'echo $PPID; cat /dev/zero'), { limit }));
    const sessionPid = Number((await firstLine(running)).split('\n')[0]);
    assert.ok(sessionPid > 1);
    // The sshd processes of this connection, cut as by a power failure.
    execFileSync('pkill', ['-9', '-P', String(server.process.pid)]);
    const ended = await running.done;
    assert.ok(!ended.ok);
    assert.equal(ended.fault.code, 'unreachable');
    assert.ok(ended.fault.retry);
    assert.match(ended.fault.message, /Lost the connection to b while running sh/);
    assert.equal(codeOf(await host.run(asUser('true'))), 'unreachable');
    const again = value(await own.connect('b'));
    assert.notEqual(again, host);
    assert.equal(value(await again.run(asUser('echo', 'back'))).stdout, 'back\n');
    await own.close();
    await server.stop();
  });
});
