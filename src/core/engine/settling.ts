/** Hands to the engine what was cut off and came to no end yet. */
import { queueUnstaging } from '../run/extract/unsettled.ts';
import { queueSettling } from '../run/restore/unsettled.ts';
import type { Holder } from '../state/home/holder.ts';
import type { Journal } from '../state/journal/journal.ts';

/** `now`: milliseconds since 1970 UTC. May throw `JournalFailure`. */
export function queueCutOff(
  journal: Pick<Journal, 'listRuns' | 'receivingPaths' | 'createRun' | 'lastSamples'>,
  holder: Holder,
  now: number,
): void {
  queueSettling(journal, holder, now);
  queueUnstaging(journal, holder, now);
}
