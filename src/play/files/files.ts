/** What programs of a simulated machine can do with its files. Paths are absolute byte strings; every call may throw Errno. */
import type { OpenFile } from './open-file.ts';

export type NodeKind = 'file' | 'directory' | 'symlink';

export interface Stat {
  readonly kind: NodeKind;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, such as 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly ctime: number;
  readonly ino: number;
  /** Names the subvolume or filesystem it lies in; two files are one if both this and `ino` are the same. */
  readonly device: string;
}

export interface Files {
  /** Of what the path leads to. */
  stat(path: string): Stat;
  /** Of a symlink itself. */
  lstat(path: string): Stat;
  /** Names in a directory, in no order, without `.` and `..`. */
  list(path: string): string[];
  readlink(path: string): string;
  /** The path without symlinks, `.` and `..`. */
  realpath(path: string): string;
  readFile(path: string): Uint8Array;
  /** `write` empties what is there; `write` and `append` make what is not. */
  open(path: string, how: 'read' | 'write' | 'append'): OpenFile;
  mkdir(path: string): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  /** Sets the time of the last change of content, in milliseconds since 1970. */
  touch(path: string, mtime: number): void;
}
