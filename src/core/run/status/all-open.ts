/** All that was to come back and was cut off: subvolumes, then files. */
import type { OpenRestore } from '../../model/runs/restore.ts';
import type { Journal } from '../../state/journal/journal.ts';
import { openExtracts } from '../extract/unsettled.ts';
import { openRestores } from '../restore/unsettled.ts';

/** May throw `JournalFailure`. */
export const allOpen = (journal: Pick<Journal, 'listRuns' | 'receivingPaths'>): OpenRestore[] => [
  ...openRestores(journal),
  ...openExtracts(journal),
];
