/**
 * Keeps what is deleted apart from what runs use, between the processes of this machine: each deletion is said in the
 * journal before it is made, in one transaction that finds out what is pinned and whether its plan still holds.
 */
import type { Host } from '../../hosts/port/host.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { DeletedSnapshot } from '../../model/runs/deletion.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import type { Going, Pin } from '../../state/journal/pins.ts';
import type { DriverContext } from '../ground/driver.ts';
import { awaitDeletions, claimed } from '../ground/pins.ts';
import { deleteTogether } from './delete-together.ts';
import type { Chosen } from './look-together.ts';

/** `pinnedBy`: it stays, as that run uses it. */
export type Ended = DeletedSnapshot | { readonly pinnedBy: number };

/** What was looked at, and what must stay there when all that is planned is gone. */
export interface Planned extends Pick<Going, 'since' | 'restsOn'> {
  readonly host: Host;
}

/**
 * As `deleteTogether`, but for what runs use. `moved`: nothing was deleted, as other runs sent or deleted what the plan
 * rests on; they are done with it, and it is to be planned again. Faults: as `claimed` and `awaitDeletions`.
 */
export async function deleteUnpinned(
  { host, since, restsOn }: Planned,
  chosen: readonly Chosen[],
  context: DriverContext,
  automatic: boolean,
): Promise<Result<readonly Ended[] | 'moved'>> {
  const { runId, fleet } = context;
  const wanted = chosen.map(({ snapshot, filesystem }) => snapshot && pinOf(snapshot, filesystem));
  const doomed = await claimed(context, (journal) => journal.doom(runId, { wanted, restsOn, since }));
  if (!doomed.ok) return doomed;
  if (doomed.value.kind === 'moved') {
    const stuck = await awaitDeletions(doomed.value.by, () => null, context);
    return stuck ? failed(stuck) : ok('moved');
  }
  const { pinned } = doomed.value;
  try {
    const free = chosen.filter((_, index) => !pinned.has(index));
    const whyStopped = () => fleet.journal.whyStopped(runId);
    const ends: Ended[] = await deleteTogether(host, free, context, { automatic, whyStopped });
    return ok(
      chosen.flatMap((_, index): Ended | readonly [] => {
        const user = pinned.get(index);
        return user === undefined ? (ends.shift() ?? []) : { pinnedBy: user };
      }),
    );
  } finally {
    fleet.journal.lift(runId);
  }
}

/** A base, by its id: it must stay on both sides. */
export const onBothSides = (origin: string): Pin => ({ filesystem: '', origin });

/** `filesystem`: where it lies; null: not known. */
export const pinOf = (snapshot: Snapshot, filesystem: string | null): Pin => ({
  filesystem: filesystem ?? '',
  origin: bornIdOfSnapshot(snapshot),
});
