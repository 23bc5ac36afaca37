/** What there is of a file beside its content, as two sides of a replication are compared. */

/** What btrfs neither sends nor keeps the same is not in it: inode numbers, ctime, atime, generations. */
export interface FileFacts {
  readonly type: string;
  /** Bits of permission. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; of a file. */
  readonly size: number;
  /** Of its mtime, seconds since 1970 UTC. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly device: number;
  /** Of a symlink, where it leads. */
  readonly leadsTo: string | null;
  /** Names and values, in the order of the names, but for those below and labels of security modules; null: none. */
  readonly xattrs: string | null;
  /** The same of properties of btrfs, as of compression. */
  readonly properties: string | null;
  /** The same of access lists. */
  readonly acl: string | null;
  /** The first of its names, of a file that has several; null: it has one. */
  readonly firstName: string | null;
}

/** By path below the subvolume: bytes, one character for each; '' is the subvolume itself. */
export type TreeFacts = ReadonlyMap<string, FileFacts>;
