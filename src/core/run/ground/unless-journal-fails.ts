/** For writes that may fail: they are told to those who watch, or remember what a look finds anyway. */
import { JournalFailure } from '../../state/journal/database.ts';

/** For what is written on the way, for those who watch. */
export function unlessJournalFails(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
  }
}
