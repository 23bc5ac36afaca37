/** For tests that do something while a server stands still between two of its commands. */
import assert from 'node:assert/strict';
import { eventually, type Running, type TestFleet } from './fleet.ts';

export async function killed(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  await running.ended;
}

/** `on`: runs a script on the server. */
export function stopping(fleet: TestFleet, on: (script: string) => Promise<string>) {
  /** A program of the server that stops before its n-th call with a word, until it is let go on. `dead`: its shells are killed then. */
  async function trap(program: string, word: string): Promise<void> {
    const real = (await on(`command -v ${program}`)).trim();
    const text = `#!/bin/sh
case " $* " in *" ${word} "*) ;; *) exec /tmp/cut/${program}.real "$@" ;; esac
n=$(($(cat /tmp/cut/${program}.count 2>/dev/null || echo 0) + 1))
echo $n >/tmp/cut/${program}.count
if [ "$(cat /tmp/cut/stop 2>/dev/null)" = "${program} $n" ]; then
  : >/tmp/cut/reached
  while [ ! -e /tmp/cut/go ]; do sleep 0.05; done
  if [ -e /tmp/cut/dead ]; then
    p=$PPID all=
    while [ "$(cat /proc/$p/comm)" = sh ] || [ "$(cat /proc/$p/comm)" = dash ]; do
      all="$all $p"
      p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat)
    done
    kill -9 $all
    exit 1
  fi
fi
exec /tmp/cut/${program}.real "$@"
`;
    await on(`mkdir -p /tmp/cut && cp -L ${real} /tmp/cut/${program}.real`);
    await fleet.lab.must('a', [
      'sh',
      '-ec',
      'printf %s "$1" >"$2" && chmod 755 "$2"',
      'sh',
      text,
      `/tmp/cut/${program}`,
    ]);
    await on(`mount --bind /tmp/cut/${program} ${real}`);
  }
  const isReached = (running: Running): Promise<unknown> =>
    Promise.race([
      eventually(() => on('test -e /tmp/cut/reached')),
      running.ended.then(({ stdout, stderr }) => assert.fail(`it ended: ${stdout}\n${stderr}`)),
    ]);

  /** Begins it, and does something when the server stands there; then the server goes on. */
  async function at(
    stop: string,
    args: readonly string[],
    meanwhile: (running: Running) => Promise<unknown>,
  ) {
    await on(`cd /tmp/cut && rm -f reached go dead *.count && echo ${stop} >stop`);
    const running = fleet.start(['snapshot', 'extract', ...args, '--yes', '--json']);
    await isReached(running);
    await meanwhile(running);
    await on('touch /tmp/cut/go');
    const ended = await running.ended;
    await on('rm -f /tmp/cut/stop');
    return ended;
  }

  const dies = (): Promise<string> => on('touch /tmp/cut/dead');
  return { trap, at, dies };
}
