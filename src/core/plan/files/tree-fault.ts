/** Decides how it is told that a place in a tree of files was not reached. What could not be read is never "not there". */
import { type Fault, fault } from '../../model/fault.ts';
import type { Obstacle } from '../../model/files.ts';
import { harmless } from '../../model/harmless.ts';

/** Where files are read: a snapshot, a replica, or the subvolume as it is now. */
export interface TreeName {
  readonly server: string;
  /** Absolute path of its root there. */
  readonly root: string;
}

/** `path`: below the root, up to where it ended; '' for the root itself. */
export function treeFault({ server, root }: TreeName, obstacle: Obstacle, path: string): Fault {
  const what = harmless(path === '' ? root : `${path} in ${root}`);
  const about = { server };
  switch (obstacle) {
    case 'gone':
    case 'file':
      return path === '' ? rootGone(server, root) : notThere(server, what, obstacle);
    case 'closed':
      return fault(
        'not-readable',
        `Could not read ${what} on ${server}: the user btrfleet logs in as may not. What is in it is not known.`,
        'Let btrfleet log in there as root to read it, or give that user the right to.',
        about,
      );
    case 'link':
      return fault(
        'unsafe-path',
        `${what} on ${server} is a symbolic link, and is not followed: it may lead out of the snapshot.`,
        'See where it leads to (browse the directory it lies in), and name that place itself.',
        about,
      );
    case 'other':
      return fault(
        'nested-subvolumes',
        `At ${what} on ${server} another subvolume or filesystem begins: what is in it is not in this one.`,
        'Name that subvolume itself: "btrfleet subvolume list" shows what there is.',
        about,
      );
    case 'moved':
      return fault(
        'unsafe-path',
        `${what} on ${server} led to another place a moment later. Nothing was read there.`,
        'Somebody is changing it. Look at it there, then try again.',
        { server, retry: true },
      );
  }
}

const rootGone = (server: string, root: string): Fault =>
  fault(
    'no-such-snapshot',
    `${root} is not on ${server} any more.`,
    'It was deleted a moment ago: list them again.',
    {
      server,
    },
  );

const notThere = (server: string, what: string, why: 'gone' | 'file'): Fault =>
  fault(
    'no-such-file',
    why === 'gone' ? `There is no ${what} on ${server}.` : `${what} on ${server} is no directory.`,
    'It may be in another snapshot: "btrfleet snapshot versions PATH" shows where. What lies in a subvolume inside is not in snapshots.',
    { server },
  );

export const unsendable = (path: string): Fault =>
  fault(
    'unsupported-name',
    `The path ${JSON.stringify(path)} holds half a character that stands for no byte.`,
    'Give its bytes in hexadecimal (--bytes).',
  );

export const noStat = (server: string): Fault =>
  fault(
    'tool-missing',
    `${server} has no "stat -c", by which files are told apart.`,
    'Install coreutils there, or a busybox that has stat with -c.',
    { server },
  );

const OBSTACLES: ReadonlySet<string> = new Set(['link', 'gone', 'file', 'closed', 'moved', 'other']);

/** Whatever else a script says, nobody knows what is there. */
export const obstacleOf = (word = ''): Obstacle => (OBSTACLES.has(word) ? (word as Obstacle) : 'moved');
