/**
 * Changes what automation has to do, and notes since when that counts which goes by an expression of cron: it begins
 * with its first time after the change, and a restart must not forget that.
 */
import { itemKey } from '../../model/automation/automation.ts';
import { isoTime } from '../../model/clock.ts';
import type { Result } from '../../model/result.ts';
import { newlyScheduled, scheduleOf } from '../../plan/automation/due.ts';
import { dueAtOrBefore } from '../../plan/time/schedule.ts';
import type { Config } from '../../state/config/schema.ts';
import type { Fleet } from '../ground/fleet.ts';

/** Faults: config-invalid, and those of `change`. */
export const changeAutomation = (
  fleet: Pick<Fleet, 'config' | 'journal' | 'clock'>,
  change: (config: Config) => Result<Config>,
): Result<Config> =>
  fleet.config.change((before) => {
    const after = change(before);
    // Before the file is written: a scheduler that reads it must find the note.
    if (after.ok) noteStarts(fleet, before, after.value);
    return after;
  });

function noteStarts(
  { journal, clock }: Pick<Fleet, 'journal' | 'clock'>,
  before: Config,
  after: Config,
): void {
  for (const item of newlyScheduled(before, after)) {
    const dueAt = dueAtOrBefore(scheduleOf(item), clock.now());
    if (dueAt !== null) journal.startItem(itemKey(item), isoTime(dueAt));
  }
}
