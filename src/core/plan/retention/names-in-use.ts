/** Decides which snapshots were asked for by name by replications and restores that are not finished. */
import type { Run } from '../../model/runs/run.ts';

/**
 * One that waits for its turn has pinned nothing yet. A name says a moment: what else has it, as the members of a group do,
 * stays as well.
 */
export const namesInUse = (runs: readonly Pick<Run, 'request' | 'state'>[]): ReadonlySet<string> =>
  new Set(
    runs.flatMap(({ request, state }) => {
      if (state === 'finished') return [];
      // It pins what it takes once it has looked; until then this is all that is known of it.
      if (request.kind === 'restore' || request.kind === 'extract') return [request.from.name];
      if (request.kind !== 'replication') return [];
      const { wanted } = request;
      const base = wanted.mode === 'incremental' ? [wanted.base] : [];
      return wanted.snapshot === null ? base : [wanted.snapshot, ...base];
    }),
  );
