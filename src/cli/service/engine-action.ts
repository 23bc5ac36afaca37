/** Runs the engine in this process until it is idle or told to stop. */
import { runEngine } from '../../core/engine/engine.ts';
import { isoTime } from '../../core/model/clock.ts';
import { fault } from '../../core/model/fault.ts';
import type { ExitCode } from '../../process/output.ts';
import type { ActionContext } from '../frame/action.ts';
import { wholeNumber } from '../frame/whole-number.ts';

export async function engine(
  { fleet, out, signal }: ActionContext,
  { idle }: { readonly idle: string },
): Promise<ExitCode> {
  const idleSeconds = wholeNumber(idle, 0);
  if (idleSeconds === null) {
    return out.fault(fault('usage', `--idle ${idle} is not a number of seconds.`, 'For example --idle 600.'));
  }
  const log = (line: string): void => out.note(`${isoTime(fleet.clock.now())} ${line}`);
  const ended = await runEngine(fleet, { signal, log, idleSeconds });
  if (ended.ok) return 0;
  // Another engine is at work: that is what was wanted.
  if (ended.fault.code === 'locked') return 0;
  return out.fault(ended.fault);
}
