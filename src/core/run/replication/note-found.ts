/** Remembers what a look found whole in a directory of replicas, whoever sent it there. */
import { ownReplicas } from '../../plan/catalog/target.ts';
import { provingOf } from '../../plan/replication/target-plan.ts';
import type { DriverContext } from '../ground/driver.ts';
import type { Looked } from './settle-target.ts';
import type { Source } from './source.ts';

/**
 * What others have sent here is remembered, too: once its disk is away, nobody can look. `since`: moves before the look.
 * What was deleted since is not remembered. Where one is sent back there are no replicas.
 */
export function noteFound(
  source: Source,
  { place, takenAt: verifiedAt, replicas }: Looked,
  since: number,
  { fleet }: Pick<DriverContext, 'fleet'>,
): void {
  const { server, filesystem, mount, directory } = place;
  if (source.owners === null) return;
  const own = ownReplicas(filesystem, directory, source.owners, replicas, provingOf(source));
  const about = { server, filesystem: filesystem.uuid, mount, subvolume: source.place.path };
  fleet.journal.noteFound(
    own
      .filter(({ state, doubt }) => state === 'complete' && doubt === undefined)
      .map(({ originId, path, name }) => ({ ...about, originId, path, name, verifiedAt })),
    since,
  );
}
