/** Decides what somebody must be told of restores that were cut off: nobody knows yet what is in the subvolume's place. */
import type { OpenRestore } from '../../model/runs/restore.ts';
import { type Finding, finding } from '../../model/status/finding.ts';

export const restoreFindings = (open: readonly OpenRestore[]): Finding<'restore-open'>[] =>
  open.map(({ subvolume, server, ...facts }) =>
    finding('restore-open', 'degraded', { subvolume, where: server }, facts),
  );
