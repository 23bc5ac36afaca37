/** Decides which snapshots of a subvolume its unfinished replications may touch. In doubt it is all of them. */
import type { TargetJob } from '../model/job.ts';
import type { Run } from '../model/run.ts';

/** Of these runs, those that are of the subvolume and not finished. */
export function namesInUse(
  runs: readonly Run[],
  isMeant: (subvolume: string) => boolean,
): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const run of runs) {
    const { request, state } = run;
    if (request.kind !== 'replication' || state === 'finished' || !isMeant(request.subvolume)) continue;
    const { wanted } = request;
    if (wanted.snapshot !== null) names.add(wanted.snapshot);
    if (wanted.mode === 'incremental') names.add(wanted.base);
    if (state === 'queued' || wanted.mode === 'full' || wanted.mode === 'incremental') continue;
    // It chooses by itself: until it has said its last step, that may be any of them.
    const named = run.job === null ? null : lastSteps(run.job.targets);
    if (named === null) return 'all';
    for (const name of named) names.add(name);
  }
  return names;
}

/** What the last steps of all targets name; null: there may be more to come. */
function lastSteps(targets: readonly TargetJob[]): string[] | null {
  const names: string[] = [];
  for (const { progress } of targets) {
    if (progress.phase === 'finished') continue;
    if (progress.phase !== 'sending' && progress.phase !== 'verifying') return null;
    const { snapshot, base, index, count } = progress.step;
    if (index < count) return null;
    names.push(snapshot, ...(base === null ? [] : [base]));
  }
  return names;
}
