/** Decides how a driver takes locks of the journal: it waits while the journal fails, not while somebody else has them. */
import type { Result } from '../../model/result.ts';
import { journalFault } from '../../state/journal/database.ts';
import type { Lock } from '../../state/journal/locks.ts';
import type { DriverContext } from './driver.ts';

/** Locks in the journal for a run. `what`: as `LockOwner` has it. Faults: `locked`, and why the journal takes none. */
export async function takeLocks(
  { fleet, runId, patiently: insist }: Pick<DriverContext, 'fleet' | 'runId' | 'patiently'>,
  keys: readonly string[],
  what: string,
): Promise<Result<Lock>> {
  const owner = { holder: fleet.holder, runId, what };
  try {
    return await insist(() => fleet.journal.acquireLocks(keys, owner, fleet.isAlive));
  } catch (error) {
    return journalFault(error);
  }
}
