/** Marks of replicas that were found different, by their uuids alone. */
import type { DifferentMark, Marks } from '../../../src/core/model/runs/different.ts';

export const markOf = (uuid: string, more: Partial<DifferentMark> = {}): DifferentMark => ({
  ...{ server: 'b', filesystem: 'f', uuid, path: `.snapshots/data/${uuid}`, subvolume: '/data' },
  ...{ foundAt: '2026-11-20T08:00:00.000Z', what: 'one file differs', of: null },
  ...more,
});

export const marksOf = (different: readonly string[], same: readonly string[] = []): Marks => ({
  different: new Map(different.map((uuid) => [uuid, markOf(uuid)])),
  same: new Set(same),
});
