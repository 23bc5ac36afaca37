/** Decides which processes `kill` sends which signal. */
import type { Process } from '../machine/machine.ts';
import { NotSimulated } from './not-simulated.ts';
import { signalNamed } from './traps.ts';

/** The processes that are not there. Faults: NotSimulated. */
export function kill(process: Process, args: readonly string[]): string[] {
  const [first = '', second = ''] = args;
  let word = 'TERM';
  let pids = args;
  if (first === '-s') [word, pids] = [second, args.slice(2)];
  else if (/^-\w/.test(first)) [word, pids] = [first.slice(1), args.slice(1)];
  if (pids[0] === '--') pids = pids.slice(1);
  const signal = word === '0' ? null : signalNamed(word);
  if (signal === undefined || pids.length === 0 || pids.some((pid) => !/^[1-9]\d*$/.test(pid)))
    throw new NotSimulated(`kill ${args.join(' ')}`);
  return pids.filter((pid) => {
    const found = process.machine.process(Number(pid));
    if (signal !== null) found?.kill(signal);
    return found === undefined;
  });
}
