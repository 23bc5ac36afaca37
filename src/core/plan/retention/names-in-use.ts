/**
 * Decides which snapshots of a subvolume its unfinished replications use: what they send now, the bases, and what they
 * will still send. In doubt it is all of them.
 */
import type { Job, StepIds, TargetJob } from '../../model/runs/job.ts';
import type { Wanted } from '../../model/runs/replication.ts';
import type { Run } from '../../model/runs/run.ts';
import { parseTarget } from '../../model/target.ts';

/** Names and origin ids; 'all': one of them has not said yet what it uses. */
export type InUse = ReadonlySet<string> | 'all';

/** Which snapshots are asked about. */
export interface UsedWhere {
  readonly isMeant: (subvolume: string) => boolean;
  /** The replicas on the server that has this name, or these; null: what is sent from, on the primary. */
  readonly isThere: ((server: string) => boolean) | null;
}

/** Of these runs, those that are of the subvolume and not finished. */
export function namesInUse(runs: readonly Run[], { isMeant, isThere }: UsedWhere): InUse {
  const used = new Set<string>();
  for (const { request, state, job } of runs) {
    if (state === 'finished') continue;
    // Whose it is may be told otherwise there: what is to be brought back stays in any case.
    if (request.kind === 'restore' && isThere === null) used.add(request.from.name).add(request.from.uuid);
    if (request.kind === 'task' && isThere === null && job?.moment?.subvolumes.some(isMeant)) {
      if (job.moment.snapshot === null) return 'all';
      used.add(job.moment.snapshot);
    }
    if (request.kind !== 'replication' || !isMeant(request.subvolume)) continue;
    if (isThere && !request.targets.some(({ server }) => isThere(server))) continue;
    const named = namesOf(request.wanted);
    for (const name of named) used.add(name);
    // Before it begins it has chosen nothing; and what was chosen for it needs no choice of its own.
    const steps = state === 'queued' ? [] : stepsToCome(job, isThere);
    if (steps === null && !isChosen(request.wanted)) return 'all';
    for (const { snapshot, base } of steps ?? []) {
      used.add(snapshot);
      if (base !== null) used.add(base);
    }
  }
  return used;
}

function namesOf(wanted: Wanted): string[] {
  const named = wanted.snapshot === null ? [] : [wanted.snapshot];
  return wanted.mode === 'incremental' ? [...named, wanted.base] : named;
}

const isChosen = ({ mode }: Wanted): boolean => mode === 'full' || mode === 'incremental';

/** Of all targets, or of those there; null: one of them has not said it yet. */
function stepsToCome(job: Job | null, isThere: UsedWhere['isThere']): StepIds[] | null {
  if (job === null) return null;
  const steps = job.targets.filter(({ target }) => isAt(target, isThere)).map(ofTarget);
  return steps.includes(null) ? null : steps.flatMap((some) => some ?? []);
}

function isAt(label: string, isThere: UsedWhere['isThere']): boolean {
  const target = parseTarget(label);
  return isThere === null || !target.ok || isThere(target.value.server);
}

function ofTarget({ progress, steps }: TargetJob): readonly StepIds[] | null {
  switch (progress.phase) {
    case 'finished':
      return [];
    case 'sending':
    case 'verifying':
      return steps?.slice(progress.step.index - 1) ?? null;
    case 'preparing':
    case 'waiting':
    case 'cleaning':
      return steps;
  }
}
