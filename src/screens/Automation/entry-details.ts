/** Decides what is told in full of what one of the tabs of automation lists. */
import type { Entry } from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { retentionPolicyDetails, snapshotPolicyDetails, verifyPolicyDetails } from './policy-details.ts';
import { taskDetails } from './task-details.ts';

/** In lines of at most `width` columns. */
export function entryDetails(state: AppState, entry: Entry, width: number): string[] {
  switch (entry.kind) {
    case 'snapshot':
      return snapshotPolicyDetails(state, entry, width);
    case 'retention':
      return retentionPolicyDetails(state, entry, width);
    case 'verify':
      return verifyPolicyDetails(state, entry, width);
    case 'task':
      return taskDetails(state, entry.task, width);
  }
}
