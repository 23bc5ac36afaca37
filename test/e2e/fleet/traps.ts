/** Stops a server between any two commands of a restore, and cuts it off there or lets it go on. */
import assert from 'node:assert/strict';
import { eventually, type Running, type TestFleet } from './fleet.ts';
import { restoring } from './restores.ts';

/** A file of the server. */
export const inHome = (name: string): string => `/tmp/cut/${name}`;

/**
 * A program of the server that stops at its n-th call, before or after its work, until it is let go on; then it and the
 * shells that wait for it are killed, as a machine that loses its power would, or it does its work. Only calls with this
 * word count.
 */
export async function trap(
  { lab }: TestFleet,
  on: (script: string) => Promise<string>,
  program: string,
  word: string,
) {
  const real = (await on(`command -v ${program}`)).trim();
  const at = inHome(program);
  await on(`mkdir -p /tmp/cut && cp -L ${real} ${at}.real`);
  const text = `#!/bin/sh
case " $* " in *" ${word} "*) ;; *) exec ${at}.real "$@" ;; esac
n=$(($(cat ${at}.count 2>/dev/null || echo 0) + 1))
echo $n >${at}.count
die() {
  : >${inHome('reached')}
  while [ ! -e ${inHome('go')} ]; do sleep 0.05; done
  if [ -e ${inHome('alive')} ]; then rm ${inHome('reached')}; return; fi
  p=$PPID all=
  while [ "$(cat /proc/$p/comm)" = sh ] || [ "$(cat /proc/$p/comm)" = dash ]; do
    all="$all $p"
    p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat)
  done
  kill -9 $all
  : >${inHome('dead')}
  exit 1
}
[ "$(cat ${inHome('stop')} 2>/dev/null)" != "${program} before $n" ] || die
${at}.real "$@"
code=$?
[ "$(cat ${inHome('stop')} 2>/dev/null)" != "${program} after $n" ] || die
exit $code
`;
  await lab.must('a', ['sh', '-ec', 'printf %s "$1" >"$2" && chmod 755 "$2"', 'sh', text, at]);
  await on(`mount --bind ${at} ${real}`);
}

/** It stands where it is to stop. */
export const reached = (on: (script: string) => Promise<string>, running: Running): Promise<unknown> =>
  Promise.race([
    eventually(() => on(`test -e ${inHome('reached')}`)),
    running.ended.then(({ stdout, stderr }) => assert.fail(`it ended: ${stdout}\n${stderr}`)),
  ]);

/** Points are `mv before 1`, `btrfs after 1`: of the renames, and of the snapshots that are made. */
export async function trapping(fleet: TestFleet) {
  const { on } = restoring(fleet);
  await trap(fleet, on, 'mv', '-T');
  await trap(fleet, on, 'btrfs', 'snapshot');
  const arm = (stop: string): Promise<string> =>
    on(`cd /tmp/cut && rm -f reached go alive dead mv.count btrfs.count && echo ${stop} >stop`);
  const disarm = (): Promise<string> => on(`cd /tmp/cut && rm -f stop reached go alive dead`);
  const isReached = (running: Running): Promise<unknown> => reached(on, running);
  /** Kills it. */
  async function letGo(): Promise<void> {
    await on(`touch ${inHome('go')}`);
    await eventually(() => on(`test -e ${inHome('dead')}`));
  }
  /** It does the rest of its work, if it has stopped; and nothing stops any more. */
  async function letOn(): Promise<void> {
    await on(`cd /tmp/cut && rm -f stop && touch alive go`);
    await eventually(() => on(`test ! -e ${inHome('reached')}`));
    await disarm();
  }
  /** Begins a restore, cuts the server off there, and kills the manager before the server goes on; `meanwhile` comes between. */
  async function cutOff(
    stop: string,
    args: readonly string[],
    meanwhile?: () => Promise<unknown>,
  ): Promise<void> {
    await arm(stop);
    const running = fleet.start([...args, '--yes', '--json']);
    await isReached(running);
    running.child.kill('SIGKILL');
    await running.ended;
    await meanwhile?.();
    await letGo();
    await disarm();
  }
  return { arm, disarm, isReached, letGo, letOn, cutOff };
}
