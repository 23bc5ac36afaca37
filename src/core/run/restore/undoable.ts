/** Decides which restores can be taken back: those whose place nobody has taken since, and that kept what was there. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RestoreReport, RestoreRequest } from '../../model/runs/restore.ts';
import type { Run } from '../../model/runs/run.ts';
import type { Journal } from '../../state/journal/journal.ts';

export interface Undoable {
  readonly run: number;
  readonly request: RestoreRequest;
  readonly report: RestoreReport;
}

/** Faults: no-such-run; refused: it restored nothing. */
export function undoable(journal: Pick<Journal, 'getRun'>, run: number): Result<Undoable> {
  const found = journal.getRun(run);
  if (!found.ok) return found;
  const { request, report } = found.value;
  if (request.kind !== 'restore' || report?.kind !== 'restore' || report.outcome !== 'restored')
    return failed(nothingDone(run));
  return ok({ run, request, report });
}

const nothingDone = (run: number): Fault =>
  fault(
    'refused',
    `Run ${run} restored nothing, so there is nothing to take back.`,
    '"btrfleet restore list" shows what can be.',
  );

/** Without the parts of those that a replica was sent back for: these tell of it. */
export function wholeAmong(runs: readonly Run[]): Run[] {
  const whole = new Set(
    runs.flatMap(({ id, request, report }) =>
      request.kind === 'restore' && request.back && report?.kind === 'restore' ? [id] : [],
    ),
  );
  return runs.filter(({ origin }) => origin.parent === null || !whole.has(origin.parent));
}

/** Those that nothing took the place of since, as far as the journal knows: of each subvolume the newest. The newest run first. */
export function undoableAmong(runs: readonly Run[]): ReadonlySet<number> {
  const seen = new Set<string>();
  return new Set(
    wholeAmong(runs).flatMap(({ id, request, report }) => {
      if (request.kind !== 'restore' || report?.kind !== 'restore' || report.outcome !== 'restored')
        return [];
      const place = `${request.server} ${request.filesystem} ${request.inside}`;
      if (seen.has(place)) return [];
      seen.add(place);
      return report.replaced === null ? [] : [id];
    }),
  );
}
