/** Runs a request in the foreground, through the same journal, driver and locks as the engine does, and has it told. */
import {
  outcomeOf,
  type Run,
  type RunKind,
  type RunReport,
  type RunRequest,
} from '../../core/model/runs/run.ts';
import type { RunOutcome } from '../../core/model/runs/spec.ts';
import type { Fleet } from '../../core/run/ground/fleet.ts';
import { type RunHere, runHere } from '../../core/run/run-here.ts';
import { type Drawable, type ExitCode, formatFault } from '../../process/output.ts';
import type { ActionContext } from './action.ts';
import { partsProgress } from './parts-progress.ts';
import { createProgress, type ProgressView } from './progress.ts';

/**
 * `show` tells what was done, with the number of the run, and gives the exit code; `item`: the policy it is a run of. A journal that could not take
 * it down is told beside it, with exit code 1: nobody will find this run there.
 */
export async function runNow<Kind extends RunKind>(
  { fleet, out, signal }: ActionContext,
  request: Extract<RunRequest, { kind: Kind }>,
  show: (report: Extract<RunReport, { kind: Kind }>, id: number) => ExitCode,
  item: string | null = null,
): Promise<ExitCode> {
  let progress: ProgressView | null = null;
  const onBegin = (run: Run): void => {
    progress = progressOf(fleet, run, out.progress);
  };
  const onChange: RunHere['onChange'] = (job, event) => progress?.show(job, event);
  const ending = runHere(fleet, request, { item, signal, onBegin, onChange });
  const { id, report, unwritten } = await ending.finally(() => progress?.finish());
  if (report.kind === 'fault') return out.fault(report.fault);
  const code = show(report as Extract<RunReport, { kind: Kind }>, id);
  if (unwritten === null) return code;
  out.note(formatFault(unwritten));
  return code === 130 ? code : 1;
}

export const exitCodeOf = (report: RunReport): ExitCode => EXIT_CODES[outcomeOf(report)];

const EXIT_CODES: Readonly<Record<RunOutcome, ExitCode>> = {
  ok: 0,
  failed: 1,
  cancelled: 130,
  interrupted: 1,
};

/** A round of a task, and a snapshot that rounds belong to, is followed by its parts. */
function progressOf(fleet: Fleet, run: Run, shown: Drawable): ProgressView | null {
  switch (run.kind) {
    case 'replication':
    case 'cleanup':
    case 'restore':
    case 'verify':
    case 'seed':
      return createProgress(shown, fleet.clock.now);
    case 'task':
    case 'snapshot':
      return partsProgress(fleet.journal, run.id, createProgress(shown, fleet.clock.now));
    case 'delete':
    case 'extract':
      return null;
  }
}
