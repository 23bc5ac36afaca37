/** Decides which replica is compared with which snapshot: the newest one whose source the primary still has. */
import { bornIdOfSnapshot, parentDirectory, type Snapshot } from '../../model/snapshot.ts';

export interface ChosenPair {
  readonly replica: Snapshot;
  readonly source: Snapshot;
}

/** Both oldest first. `name` null: the newest. What is in doubt is compared as well, by the id it bears. */
export function choosePair(
  source: readonly Snapshot[],
  replicas: readonly Snapshot[],
  name: string | null,
): ChosenPair | null {
  const known = new Map(
    source
      .filter(({ readOnly, doubt }) => readOnly && doubt === undefined)
      .map((one) => [bornIdOfSnapshot(one), one] as const),
  );
  const replica = replicas.findLast(
    (one) => one.readOnly && known.has(bornIdOfSnapshot(one)) && (name === null || one.name === name),
  );
  const found = replica && known.get(bornIdOfSnapshot(replica));
  return replica && found ? { replica, source: found } : null;
}

/**
 * The newest that lies beside the chosen one, is newer, and can be compared with nothing: it was changed, or its source is
 * gone. What is being received is none. Both oldest first.
 */
export const newerBeside = (replicas: readonly Snapshot[], { replica }: ChosenPair): Snapshot | null =>
  replicas.findLast(
    ({ name, path, state }) =>
      name > replica.name &&
      (state === 'modified' || state === 'complete') &&
      parentDirectory(path) === parentDirectory(replica.path),
  ) ?? null;
