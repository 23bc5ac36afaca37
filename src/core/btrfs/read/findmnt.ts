/** Decides the size of each mount and the uuid behind it from `findmnt -J`; where mounts are is not its business. */
import type { Space } from '../../model/inventory.ts';

export interface FindmntRow {
  readonly path: string;
  readonly device: string;
  /** Null for a user who may not read the device where no udev runs. */
  readonly uuid: string | null;
  readonly space: Space;
}

/** Rows of the table, nested ones too; null when the text is not what findmnt prints. */
export function parseFindmnt(text: string): FindmntRow[] | null {
  if (!isShallow(text)) return null;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  return rowsOf(field(document, 'filesystems'));
}

/** Each mount in a mount is a list in a row. */
const DEEPEST = 1000;

/** What is nested without end costs JSON.parse more than its length: 20 s for 16 MiB. */
function isShallow(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length && depth <= DEEPEST; at += 1) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) at += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
  }
  return depth <= DEEPEST;
}

/** Each row before those inside it. Walked without a call for each level: a server may nest them as it likes. */
function rowsOf(list: unknown): FindmntRow[] | null {
  if (!Array.isArray(list)) return null;
  const rows: FindmntRow[] = [];
  const open: { readonly items: readonly unknown[]; next: number; readonly parent: number }[] = [
    { items: list, next: 0, parent: 0 },
  ];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const item = level.items[level.next];
    level.next += 1;
    if (level.next > level.items.length) {
      open.pop();
      continue;
    }
    const row = rowOf(item);
    if (row === null) {
      // What is inside of a row is left out where it is not understood.
      if (open.length === 1) return null;
      rows.length = level.parent;
      open.pop();
      continue;
    }
    rows.push(row);
    const children = field(item, 'children');
    if (Array.isArray(children)) open.push({ items: children, next: 0, parent: rows.length });
  }
  return rows;
}

function rowOf(item: unknown): FindmntRow | null {
  const path = field(item, 'target');
  const device = field(item, 'maj:min');
  const uuid = field(item, 'uuid');
  if (typeof path !== 'string' || typeof device !== 'string') return null;
  return {
    path,
    // Older versions pad it with blanks.
    device: device.trim(),
    uuid: typeof uuid === 'string' && uuid !== '' ? uuid : null,
    space: {
      sizeBytes: bytes(field(item, 'size')),
      usedBytes: bytes(field(item, 'used')),
      freeBytes: bytes(field(item, 'avail')),
    },
  };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;

/** A number since util-linux 2.33, a string of digits before. */
function bytes(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
