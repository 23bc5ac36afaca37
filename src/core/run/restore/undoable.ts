/** Decides which restores can be taken back: those whose place nobody has taken since, and that kept what was there. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RestoreReport } from '../../model/runs/restore.ts';
import type { Journal } from '../../state/journal/journal.ts';

export interface Undoable {
  readonly run: number;
  readonly report: RestoreReport;
}

/** Faults: no-such-run; refused: it restored nothing. */
export function undoable(journal: Pick<Journal, 'getRun'>, run: number): Result<Undoable> {
  const found = journal.getRun(run);
  if (!found.ok) return found;
  const { report } = found.value;
  if (report?.kind !== 'restore' || report.outcome !== 'restored') return failed(nothingDone(run));
  return ok({ run, report });
}

const nothingDone = (run: number): Fault =>
  fault(
    'refused',
    `Run ${run} restored nothing, so there is nothing to take back.`,
    '"btrfleet restore list" shows what can be.',
  );
