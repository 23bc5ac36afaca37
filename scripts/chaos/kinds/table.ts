// All kinds of faults.
import type { Kind } from '../kind.ts';
import { BY_HAND_KINDS } from './by-hand.ts';
import { DISK_KINDS } from './disk.ts';
import { LINE_KINDS } from './line.ts';
import { MANAGER_KINDS } from './manager.ts';
import { PLANTED_KINDS } from './planted.ts';

export const KINDS: readonly Kind[] = [
  ...MANAGER_KINDS,
  ...LINE_KINDS,
  ...DISK_KINDS,
  ...BY_HAND_KINDS,
  ...PLANTED_KINDS,
];
