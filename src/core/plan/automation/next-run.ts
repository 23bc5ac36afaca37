/** Decides which one time tells when an item is begun next. What is to be done about it now is decided in plan/due. */
import { isoTime } from '../../model/clock.ts';
import type { Schedule } from '../../model/schedule.ts';
import { dueAfter } from '../time/schedule.ts';
import type { NextStep } from './due.ts';

/** ISO 8601 UTC, not later than `now` for what is due and was not begun yet; null: never. `now` in milliseconds. */
export function nextRunOf(step: NextStep, schedule: Schedule, now: number): string | null {
  switch (step.kind) {
    case 'due':
      return step.dueAt;
    case 'wait':
      return step.until;
    case 'running': {
      const next = dueAfter(schedule, now);
      return next === null ? null : isoTime(next);
    }
    case 'never':
      return null;
  }
}
