/** Runs a request in the foreground, through the same journal, driver and locks as the engine does, and has it told. */
import type { Fault } from '../core/model/fault.ts';
import type { RunKind, RunReport, RunRequest } from '../core/model/run.ts';
import { executeRun, UnwrittenRun } from '../core/run/execute.ts';
import type { ActionContext } from './action.ts';
import { type ExitCode, formatFault } from './output.ts';
import { createProgress } from './progress.ts';

type Of<Union extends { readonly kind: string }, Kind> = Extract<Union, { readonly kind: Kind }>;

/**
 * `show` tells what was done and gives the exit code. A journal that could not take it down is told beside it, with
 * exit code 1: nobody will find this run there.
 */
export async function runNow<Kind extends RunKind>(
  context: ActionContext,
  request: Of<RunRequest, Kind>,
  show: (report: Of<RunReport, Kind>) => ExitCode,
): Promise<ExitCode> {
  const { out } = context;
  const { report, unwritten } = await execute(context, request);
  if (report.kind === 'fault') return out.fault(report.fault);
  const code = show(report as Of<RunReport, Kind>);
  if (unwritten === null) return code;
  out.note(formatFault(unwritten));
  return code === 130 ? code : 1;
}

interface Executed {
  readonly report: RunReport;
  /** Why the journal does not know of it. */
  readonly unwritten: Fault | null;
}

async function execute({ fleet, signal }: ActionContext, request: RunRequest): Promise<Executed> {
  const { journal, holder, isAlive, clock } = fleet;
  journal.interruptDeadRuns(isAlive);
  const run = journal.createRun({ request, trigger: 'hand', state: 'running', holder });
  const progress = request.kind === 'replication' ? createProgress(process.stderr, clock.now) : null;
  try {
    const report = await executeRun(fleet, run, {
      signal,
      onChange: (job, event) => progress?.show(job, event),
    });
    return { report, unwritten: null };
  } catch (error) {
    if (!(error instanceof UnwrittenRun)) throw error;
    return { report: error.report, unwritten: error.fault };
  } finally {
    progress?.finish();
  }
}
