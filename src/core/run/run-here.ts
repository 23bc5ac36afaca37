/** Runs a request in this process, through the same journal, driver and locks as the engine does. */
import { NO_ORIGIN, type Run, type RunRequest } from '../model/runs/run.ts';
import { type ExecuteOptions, executeToEnd } from './execute.ts';
import type { PartEnd } from './ground/driver.ts';
import type { Fleet } from './ground/fleet.ts';

export interface RunHere extends Pick<ExecuteOptions, 'signal' | 'onChange'> {
  /** The item of automation it is a run of; null: none. */
  readonly item?: string | null;
  /** Sees the run when its row is written and nothing has been done yet. */
  readonly onBegin?: (run: Run) => void;
}

/** Where the journal does not know what it came to, the report is nowhere else. */
export interface EndedHere extends PartEnd {
  /** Its number in the journal. */
  readonly id: number;
}

/** Throws `JournalFailure` where the run could not even be written down; then nothing was done. */
export async function runHere(
  fleet: Fleet,
  request: RunRequest,
  { item = null, onBegin, ...options }: RunHere,
): Promise<EndedHere> {
  const { journal, holder, isAlive } = fleet;
  journal.interruptDeadRuns(isAlive);
  const origin = item === null ? {} : { origin: { ...NO_ORIGIN, item } };
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder, ...origin });
  onBegin?.(run);
  return { id: run.id, ...(await executeToEnd(fleet, run, options)) };
}
