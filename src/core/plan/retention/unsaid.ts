/**
 * Decides which replications have begun and not said yet what they use, and how that is told: until they have, nobody
 * knows what a clean-up may delete.
 */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Run } from '../../model/runs/run.ts';
import { namesInUse, type UsedWhere } from './names-in-use.ts';

/** Their numbers. */
export const unsaidAmong = (runs: readonly Run[], where: UsedWhere): number[] =>
  runs.filter((run) => namesInUse([run], where) === 'all').map(({ id }) => id);

/** For who asks what would be deleted; `seconds`: that it was waited for already. Default: none. */
export const notSaid = (subvolume: string, runs: readonly number[], seconds = 0): Fault =>
  fault(
    'stalled',
    `A replication of ${subvolume} has just begun (${numbered(runs)}): what it needs is not known yet${
      seconds > 0 ? `, also after ${seconds} s` : ''
    }.`,
    `Try again in a moment; what it is at: ${showing(runs)}`,
  );

const numbered = (runs: readonly number[]): string =>
  `${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}`;

const showing = (runs: readonly number[]): string =>
  runs.map((id) => command('run', 'show', `${id}`)).join('; ');
