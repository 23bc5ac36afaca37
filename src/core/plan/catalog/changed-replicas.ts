/**
 * Decides which replicas are not what their name says: one that was made writable and read-only again has lost its
 * received uuid and is a snapshot of its own, whole to look at.
 */
import type { Snapshot } from '../../model/snapshot.ts';

/** What each name on the primary stands for, as far as it is whole there. */
export const originsByName = (source: readonly Snapshot[]): Map<string, string> =>
  new Map(
    source
      .filter(({ state, doubt }) => state === 'complete' && doubt === undefined)
      .map(({ name, originId }) => [name, originId]),
  );

/**
 * Another snapshot under the name of one of these is a modified one. To be asked only of a directory that is proven to
 * hold replicas of theirs.
 */
export const withChanged = (
  replicas: readonly Snapshot[],
  origins: ReadonlyMap<string, string>,
): Snapshot[] =>
  replicas.map((one) =>
    one.state === 'complete' &&
    one.doubt !== 'unchecked' &&
    (origins.get(one.name) ?? one.originId) !== one.originId
      ? { ...one, state: 'modified' }
      : one,
  );
