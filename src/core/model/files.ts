/** What is known of files in snapshots, without reading what is in them. Paths are texts of bytes (model/file-name). */
import type { Fault } from './fault.ts';
import type { SnapshotState } from './snapshot.ts';

/** What `lstat` says it is. */
export type FileKind =
  | 'file'
  | 'directory'
  /** A symbolic link; it is never followed. */
  | 'link'
  | 'fifo'
  | 'socket'
  | 'character-device'
  | 'block-device'
  | 'other';

/** What was in the way, as `step` says it (btrfs/ask/file-way); `other`: another subvolume or mount begins there. */
export type Obstacle = 'link' | 'gone' | 'file' | 'closed' | 'moved' | 'other';

/** BTRFS_EMPTY_SUBVOL_DIR_OBJECTID: what a snapshot has in the place of a subvolume inside. */
export const EMPTY_SUBVOLUME = 2;

/** Whose a file is. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
  /** As the server it lies on names them; null where it knows none. */
  readonly user: string | null;
  readonly group: string | null;
}

/** One file, as `lstat` tells it. */
export interface FileStat {
  readonly kind: FileKind;
  readonly inode: number;
  /** As the server numbers it now: tells mounts and subvolumes apart, and nothing else. */
  readonly device: number;
  readonly sizeBytes: number;
  /** Names that it has. */
  readonly links: number;
  /** Permission bits, four octal digits: `0644`. */
  readonly mode: string;
  readonly owner: FileOwner;
  /** ISO 8601 UTC, with nanoseconds. */
  readonly modifiedAt: string;
  /** When its inode was changed last: content, owner, rights, links. ISO 8601 UTC, with nanoseconds. */
  readonly changedAt: string;
}

/** One entry of a directory. */
export interface FileEntry extends FileStat {
  /** Its name in the directory. */
  readonly name: string;
  /** Below the subvolume. */
  readonly path: string;
  /** Another subvolume, or a mount, begins there: it is not in this tree, and an empty directory in snapshots. */
  readonly isOther: boolean;
  /** Where a symbolic link leads to; null: it is none, or it could not be read. */
  readonly target: string | null;
}

/** The beginning of a file, as people are shown it. */
export interface FilePreview {
  /** Harmless for any terminal; null: it is no text. */
  readonly lines: readonly string[] | null;
  /** Bytes that were read. */
  readonly readBytes: number;
  /** That is all of it. */
  readonly isWhole: boolean;
}

/** So much of a file comes over the wire to be shown. */
export const PREVIEW_BYTES = 64 * 1024;

/** Which tree of files is meant. */
export interface TreeWish {
  /** As people know it on its primary; it may be gone, while snapshots of it are there. */
  readonly subvolume: string;
  /** Name, or path where several bear one; `live`: the subvolume itself, as it is now. */
  readonly snapshot: string;
  /** Null: the primary. */
  readonly server: string | null;
}

/** Which directory, and which page of it. */
export interface BrowseWish extends TreeWish {
  /** Below the subvolume, or absolute in it; a text of bytes (model/file-name). Left out: its root. */
  readonly path?: string;
  /** Entries of a page, from 1 to `MOST_ENTRIES`. Left out: `PAGE`. */
  readonly limit?: number;
  /** The name that the page before ended with: it begins with the next one. */
  readonly after?: string;
}

/** Entries of a page, where nothing else is asked for. */
export const PAGE = 1000;

/** Most entries of a page: so many are held in memory, and asked where they lead to. */
export const MOST_ENTRIES = 10_000;

/** One page of a directory. */
export interface FilePage {
  readonly server: string;
  readonly subvolume: string;
  /** Its name; `live`: the subvolume as it is now. */
  readonly snapshot: string;
  readonly state: SnapshotState | null;
  /** Absolute path of the root of the tree on the server. */
  readonly root: string;
  /** Below the subvolume; '' for its root. */
  readonly path: string;
  /** What lies at `path`. */
  readonly self: FileEntry;
  /** By the bytes of their names; of what is no directory, none. */
  readonly entries: readonly FileEntry[];
  /** What to give as `after` for the next page; null: this was the last one. */
  readonly next: string | null;
  /** What somebody who reads it must know, and what could not be read. Empty: nothing. */
  readonly notes: readonly Fault[];
}
