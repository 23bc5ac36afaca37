/** For tests that do something while a server stands still between two of its commands. */
import type { Running, TestFleet } from './fleet.ts';
import { inHome, reached, trap } from './traps.ts';

export async function killed(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  await running.ended;
}

/** `on`: runs a script on the server. */
export function stopping(fleet: TestFleet, on: (script: string) => Promise<string>) {
  /** Begins it, and does something when the server stands before the call, as in `mv 2`; then the server goes on. */
  async function at(
    stop: string,
    args: readonly string[],
    meanwhile: (running: Running) => Promise<unknown>,
  ) {
    const where = stop.replace(' ', ' before ');
    await on(`cd /tmp/cut && rm -f reached go dead *.count && touch alive && echo ${where} >stop`);
    const running = fleet.start(['snapshot', 'extract', ...args, '--yes', '--json']);
    await reached(on, running);
    await meanwhile(running);
    await on(`touch ${inHome('go')}`);
    const ended = await running.ended;
    await on(`rm -f ${inHome('stop')}`);
    return ended;
  }

  /** To be said in the meantime: then its shells are killed. */
  const dies = (): Promise<string> => on(`rm ${inHome('alive')}`);
  return { trap: (program: string, word: string) => trap(fleet, on, program, word), at, dies };
}
