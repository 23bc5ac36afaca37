/** Decides which snapshots somebody means by a name or a path, and how it is told that there is none, or more than one. */
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Snapshot } from '../../model/snapshot.ts';

/** Two may bear one name: snapper calls all of its own `snapshot`. */
export const snapshotsNamed = (snapshots: readonly Snapshot[], wanted: string): Snapshot[] =>
  snapshots.filter(({ name, path }) => name === wanted || path === wanted);

export const noSuchSnapshot = (server: string, message: string, list: readonly string[]): Fault =>
  fault('no-such-snapshot', message, `"${command('snapshot', 'list', ...list)}" shows what there is.`, {
    server,
  });

export const ambiguousSnapshot = (server: string, found: readonly Pick<Snapshot, 'path'>[]): Fault =>
  fault(
    'refused',
    `${found.length} snapshots on ${server} bear that name: ${found.map(({ path }) => path).join(', ')}.`,
    'Name the one you mean by its path.',
    { server },
  );

/** It may only bear the name of one that is. */
export const notProven = (server: string, subvolume: string, { path }: Pick<Snapshot, 'path'>): Fault =>
  fault(
    'refused',
    `Nothing that is left proves that ${path} on ${server} is of ${subvolume}.`,
    'If you know that it is, name it by that path instead of its name.',
    { server },
  );
