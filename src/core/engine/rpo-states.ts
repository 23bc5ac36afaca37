/** Says how the targets of tasks stand against their RPO, for those who watch: only where there is one to keep. */
import { type StatusFleet, taskStatuses } from '../run/status/task-status.ts';
import type { RpoState } from './watches.ts';

/** Of enabled tasks; none while the configuration cannot be read. Reads the journal, connects to nothing. */
export function rpoStates(fleet: StatusFleet): RpoState[] {
  const read = taskStatuses(fleet);
  if (!read.ok) return [];
  return read.value.flatMap(({ task: { name, rpoSeconds, enabled }, lags }) =>
    lags.flatMap(({ target, rpo, wouldLoseSeconds }): RpoState[] =>
      !enabled || rpoSeconds === null || rpo === 'none'
        ? []
        : [{ task: name, target, state: rpo, wouldLoseSeconds, rpoSeconds }],
    ),
  );
}
