/** Says that nothing will be begun by itself where no scheduler is at work: a setting alone does nothing. */
import { SCHEDULER_LOCK } from '../../core/state/journal/locks.ts';
import type { ActionContext } from '../frame/action.ts';

export function noteScheduler({ fleet, out }: ActionContext): void {
  if (fleet.journal.lockHolder(SCHEDULER_LOCK, fleet.isAlive) !== null) return;
  out.note(
    'No scheduler is at work here, so nothing is begun by itself. Start it with "btrfleet --schedule", ' +
      'or for good as a service: "btrfleet setup-service" says how.',
  );
}
