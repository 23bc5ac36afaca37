/** Runs a request in the foreground, through the same journal, driver and locks as the engine does. */
import type { RunReport, RunRequest } from '../core/model/run.ts';
import { executeRun } from '../core/run/execute.ts';
import type { ActionContext } from './action.ts';
import { createProgress } from './progress.ts';

export async function runNow({ fleet, signal }: ActionContext, request: RunRequest): Promise<RunReport> {
  const { journal, holder, isAlive, clock } = fleet;
  journal.interruptDeadRuns(isAlive);
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const progress = request.kind === 'replication' ? createProgress(process.stderr, clock.now) : null;
  try {
    return await executeRun(fleet, run, { signal, onChange: (job, event) => progress?.show(job, event) });
  } finally {
    progress?.finish();
  }
}
