/** Decides in which order the results of a replication are reported. */
import type { ReplicationRequest } from '../../model/runs/replication.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';

/** Oldest snapshot first, and within one the targets as they were named. */
export function inOrder({ targets }: ReplicationRequest, results: readonly TargetResult[]): TargetResult[] {
  const place = ({ server, mount }: TargetResult): number => {
    const exact = targets.findIndex((target) => target.server === server && target.mount === mount);
    return exact >= 0
      ? exact
      : targets.findIndex((target) => target.server === server && target.mount === null);
  };
  return results.toSorted(
    (a, b) => (a.snapshot ?? '').localeCompare(b.snapshot ?? '', 'en') || place(a) - place(b),
  );
}
