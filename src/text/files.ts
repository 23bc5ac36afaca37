/** Decides how files of snapshots read for people. */
import type { FileEntry, FileKind, FileOwner, FileStat } from '../core/model/files.ts';
import { formatName } from './format.ts';

const LETTERS: Readonly<Record<FileKind, string>> = {
  file: '-',
  directory: 'd',
  link: 'l',
  fifo: 'p',
  socket: 's',
  'character-device': 'c',
  'block-device': 'b',
  other: '?',
};

/** As `ls -l` has it: `drwxr-sr-x`. */
export function formatMode({ kind, mode }: Pick<FileStat, 'kind' | 'mode'>): string {
  const bits = Number.parseInt(mode, 8);
  const part = (shift: number, special: boolean, letter: string): string => {
    const three = bits >> shift;
    const [plain, marked] = three & 1 ? ['x', letter] : ['-', letter.toUpperCase()];
    const last = special ? marked : plain;
    return `${three & 4 ? 'r' : '-'}${three & 2 ? 'w' : '-'}${last}`;
  };
  const groups = [
    part(6, (bits & 0o4000) !== 0, 's'),
    part(3, (bits & 0o2000) !== 0, 's'),
    part(0, (bits & 0o1000) !== 0, 't'),
  ];
  return LETTERS[kind] + groups.join('');
}

export const formatOwner = ({ user, group, uid, gid }: FileOwner): string => `${user ?? uid}:${group ?? gid}`;

/** To the second, in UTC: `2026-11-20 08:05:01`. */
export const formatMoment = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** A slash behind a directory; where a link leads to; what is not in this snapshot. */
export function entryName({ name, kind, target, isOther }: FileEntry): string {
  if (kind === 'link') return `${formatName(name)} -> ${target === null ? '?' : formatName(target)}`;
  if (isOther) return `${formatName(name)}/ (another subvolume or mount)`;
  return kind === 'directory' ? `${formatName(name)}/` : formatName(name);
}
