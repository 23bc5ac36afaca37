/** Reads what `stat` says of a file (ask/file-way). */
import type { FileKind, FileStat } from '../../model/files.ts';

const FIELDS = /^(\d{1,20}) (\d{1,20}) ([0-9a-f]{1,8}) (\d{1,19}) (\d{1,10}) (\d{1,10}) (\d{1,10})$/;

/** Null: it is none. */
export function parseFileStat(text: string): FileStat | null {
  const [numbers = '', modified = '', changed = '', user = '', ...group] = text.split('|');
  const found = FIELDS.exec(numbers);
  const modifiedAt = timeOf(modified);
  const changedAt = timeOf(changed);
  if (!found || modifiedAt === null || changedAt === null) return null;
  const [, inode, device, raw = '', size, links, uid, gid] = found;
  const mode = Number.parseInt(raw, 16);
  return {
    ...{ kind: kindOf(mode), inode: Number(inode), device: Number(device), sizeBytes: Number(size) },
    ...{ links: Number(links), mode: (mode & 0o7777).toString(8).padStart(4, '0'), modifiedAt, changedAt },
    owner: {
      ...{ uid: Number(uid), gid: Number(gid) },
      ...{ user: nameOf(user), group: nameOf(group.join('|')) },
    },
  };
}

const TIME = /^(-?\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? \+0000$/;

/** `2026-11-20 08:05:01.123456789 +0000`; an old busybox leaves out what is less than a second. */
function timeOf(text: string): string | null {
  const [, day, time, part = ''] = TIME.exec(text) ?? [];
  return day === undefined ? null : `${day}T${time}.${part.padEnd(9, '0')}Z`;
}

/** What both programs say of a number without a name. */
const nameOf = (text: string): string | null => (text === '' || text === 'UNKNOWN' ? null : text);

/** S_IFMT of inode(7), without its twelve lower bits. */
const KINDS: Readonly<Record<number, FileKind>> = {
  1: 'fifo',
  2: 'character-device',
  4: 'directory',
  6: 'block-device',
  8: 'file',
  10: 'link',
  12: 'socket',
};

const kindOf = (mode: number): FileKind => KINDS[mode >> 12] ?? 'other';
