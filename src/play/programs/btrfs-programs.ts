/** The programs of a machine that know btrfs. */
import type { Program } from '../machine/machine.ts';
import { btrfs } from './btrfs/btrfs.ts';
import { findmnt } from './findmnt.ts';

export const btrfsPrograms: ReadonlyMap<string, Program> = new Map([
  ['btrfs', btrfs],
  ['findmnt', findmnt],
]);
