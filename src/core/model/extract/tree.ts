/** What a tree of files holds, as a server listed it. Paths and links are texts of bytes (`file-name.ts`), paths below the tree's root. */
import type { Obstacle } from '../files.ts';

/** As find has it: file, directory, link, pipe, socket, block and character device. */
export type EntryKind = 'f' | 'd' | 'l' | 'p' | 's' | 'b' | 'c';

/** In the place of a device, of what has a path that no tool takes: what is in it is not listed. */
export const TOO_LONG = 'too long';

export interface TreeEntry {
  readonly kind: EntryKind;
  readonly inode: string;
  /** Names it has, wherever they are. */
  readonly names: number;
  readonly sizeBytes: number;
  /** Seconds since 1970 with nine decimals, as find tells them. */
  readonly modified: string;
  /** When anything of it, its attributes too, was last changed; as `modified`. Nobody can set it. */
  readonly changed: string;
  /** Octal. */
  readonly mode: string;
  readonly uid: string;
  readonly gid: string;
  /** Number of the device: another one is another subvolume, or something that is mounted there. */
  readonly device: string;
  /** Where a link points; '' for all else. */
  readonly link: string;
}

/** What stands on the way to a path that was asked for. `gone`: it, or a directory it lies in, is not there. */
export type WayEnd = 'there' | Obstacle;

export interface TreeRoot {
  /** As it was asked for; '' for the root of the tree. */
  readonly path: string;
  readonly end: WayEnd;
  /** How many of its directories are there, the root of the tree not counted. */
  readonly depth: number;
}

export interface Tree {
  /** In the order they were asked for. */
  readonly roots: readonly TreeRoot[];
  /** The root of the tree, the directories on the way to what was asked for, that, and all below it on the same device. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** Seconds since 1970 by the clock of the server, before anything was listed. */
  readonly listedAt: string;
}

/** Directory of a path; '' for what lies at the root. */
export const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const inDirectory = (directory: string, name: string): string => {
  if (directory === '' || name === '') return directory + name;
  return `${directory}/${name}`;
};

/** It, or below it; everything is below the root. */
export const isWithin = (path: string, root: string): boolean =>
  root === '' || path === root || path.startsWith(`${root}/`);
