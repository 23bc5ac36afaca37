/** Decides how what a stream made of the files of a snapshot is told: change by change, and summed up by directory. */
import type { Change, ChangedAttribute, ChangeKind, Changes, DirectoryTotals } from '../../model/change.ts';
import type { Folded } from './fold.ts';
import {
  type Entry,
  type Inode,
  type Place,
  pathBefore,
  pathNow,
  TOUCH,
  TooMuch,
  type Tree,
  Untrue,
} from './tree.ts';

/** What is told before paths are made readable: paths are bytes, one character for each. */
interface Row {
  readonly path: string;
  readonly from: string | null;
  readonly kind: ChangeKind;
  readonly bytes: number;
  readonly type: string | null;
  readonly attributes: readonly ChangedAttribute[];
}

/** Of a stream that was sent on a base; in full, all is added. `below`: only what is, or was, there; '' for all. */
export function changesOf(
  { tree }: Folded & { kind: 'whole' },
  below = '',
): Changes | { readonly why: string } {
  try {
    const moves = tree.inodes.map(moveOf);
    const replaced = replacedBy(moves);
    const rows = moves
      .flatMap((move) => {
        const own = move.inode.isNew
          ? addedRows(move.inode, replaced, tree)
          : changedRows(move, replaced, tree);
        // The tree holds names; here they are whole paths, each a few times.
        for (const { path, from } of own) tree.pay(2 * (path.length + (from?.length ?? 0)));
        return own;
      })
      .filter(({ path, from }) => isBelow(path, below) || (from !== null && isBelow(from, below)));
    const sorted = inOrder(rows);
    return { changes: sorted.map(told), directories: totalsOf(sorted) };
  } catch (error) {
    if (error instanceof Untrue) return { why: error.message };
    if (error instanceof TooMuch) return { why: 'it is of more and longer paths than can be held' };
    throw error;
  }
}

/** Paths of files whose content may be another one than in the base: bytes, one character for each. Null: it does not tell. */
export function changedContent({ tree }: Folded & { kind: 'whole' }): ReadonlySet<string> | null {
  const written = tree.inodes.filter(({ isNew, touched }) => isNew || (touched & TOUCH.content) !== 0);
  const paths = new Set<string>();
  try {
    for (const { links } of written)
      for (const link of links) {
        const path = pathNow(link, tree.root);
        tree.pay(path.length);
        paths.add(path);
      }
    return paths;
  } catch (error) {
    if (error instanceof Untrue || error instanceof TooMuch) return null;
    throw error;
  }
}

const isBelow = (path: string, below: string): boolean =>
  below === '' || path === below || path.startsWith(`${below}/`);

/** Names that an inode lost and got. */
interface Move {
  readonly inode: Inode;
  readonly gone: readonly Place[];
  readonly fresh: readonly Place[];
}

const moveOf = (inode: Inode): Move => ({
  inode,
  gone: without(inode.before, inode.links),
  fresh: without(inode.links, inode.before),
});

/** Those of the one that are not in the other. */
function without(places: readonly Place[], others: readonly Place[]): readonly Place[] {
  if (places.length === 0 || others.length === 0) return places;
  const names = new Map<Inode, Set<string>>();
  for (const { parent, name } of others) {
    const known = names.get(parent);
    if (known) known.add(name);
    else names.set(parent, new Set([name]));
  }
  return places.filter(({ parent, name }) => !names.get(parent)?.has(name));
}

/** Entries whose name was that of something else that is gone: people write a new file and rename it to the old name. */
function replacedBy(moves: readonly Move[]): ReadonlySet<Entry> {
  const replaced = new Set<Entry>();
  for (const { inode, gone, fresh } of moves) {
    if (inode.isNew || inode.type === 'directory') continue;
    for (const { parent, name } of gone.slice(fresh.length)) {
      const now = parent.entries?.get(name);
      if (now?.inode.isNew && (now.inode.type === 'file' || now.inode.type === 'symlink')) replaced.add(now);
    }
  }
  return replaced;
}

const NO_MORE = { from: null, bytes: 0, attributes: [] } as const;

function addedRows(inode: Inode, replaced: ReadonlySet<Entry>, { root }: Tree): Row[] {
  if (inode === root) return [];
  const { type } = inode;
  return inode.links.map((link, index) => {
    const path = pathNow(link, root);
    const more = { type, path, bytes: index === 0 ? inode.bytes : 0 };
    if (!replaced.has(link)) return { ...NO_MORE, ...more, kind: 'added' };
    const before = pathBefore(link, root);
    return { ...NO_MORE, ...more, kind: 'content', from: before === path ? null : before };
  });
}

function changedRows({ inode, gone, fresh }: Move, replaced: ReadonlySet<Entry>, { root }: Tree): Row[] {
  const { type, touched, bytes } = inode;
  const rows: Row[] = [];
  const add = (kind: ChangeKind, path: string, more: Partial<Row>): void => {
    rows.push({ ...NO_MORE, type, kind, path, ...more });
  };
  for (const [index, place] of gone.entries()) {
    const from = pathBefore(place, root);
    const to = fresh[index];
    const taker = place.parent.entries?.get(place.name);
    if (from === null) throw new Untrue('it removes what was not there');
    if (to) add('renamed', pathNow(to, root), { from });
    else if (!taker || !replaced.has(taker)) add('removed', from, {});
  }
  for (const place of fresh.slice(gone.length)) add('added', pathNow(place, root), {});
  const [at] = inode.links;
  if (!at && inode !== root) return rows;
  const path = at ? pathNow(at, root) : '';
  const [was] = inode.before;
  const before = was ? pathBefore(was, root) : null;
  const from = before === path ? null : before;
  const isWritten = (touched & TOUCH.content) !== 0;
  if (isWritten) add('content', path, { bytes, from });
  const isMoved = gone.length + fresh.length > 0;
  const attributes = attributesOf(touched, isWritten || isMoved || type === 'directory');
  if (attributes.length > 0) add('attributes', path, { attributes, from });
  return rows;
}

/** Times follow from what else was done to a file, and to what is in a directory. */
const attributesOf = (touched: number, withoutTimes: boolean): ChangedAttribute[] =>
  ATTRIBUTES.filter((name) => (touched & TOUCH[name]) !== 0 && !(withoutTimes && name === 'times'));

const ATTRIBUTES: readonly ChangedAttribute[] = ['mode', 'owner', 'times', 'xattrs', 'flags', 'verity'];

const ORDER: Readonly<Record<ChangeKind, number>> = {
  removed: 0,
  added: 1,
  renamed: 2,
  content: 3,
  attributes: 4,
};

/** A directory comes before what is in it, and that before whatever else begins with its name. */
function inOrder(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, key: row.path.replaceAll('/', '\0') }))
    .toSorted((a, b) => {
      if (a.key !== b.key) return a.key < b.key ? -1 : 1;
      return ORDER[a.row.kind] - ORDER[b.row.kind];
    })
    .map(({ row }) => row);
}

function told({ path, from, ...row }: Row): Change {
  const [shown, was] = [readable(path), from === null ? null : readable(from)];
  return {
    ...{ path: shown.text, kind: row.kind, bytes: row.bytes, from: was?.text ?? null, type: row.type },
    attributes: row.attributes,
    ...(shown.hex === null ? {} : { pathBytes: shown.hex }),
    ...(!was || was.hex === null ? {} : { fromBytes: was.hex }),
  };
}

/** Bytes, one character for each, as text; where they are no UTF-8 also in hexadecimal. */
export function readable(bytes: string): { readonly text: string; readonly hex: string | null } {
  if (/^[\0-\x7f]*$/.test(bytes)) return { text: bytes, hex: null };
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  return { text, hex: Buffer.from(text, 'utf8').equals(raw) ? null : raw.toString('hex') };
}

type Sums = { -readonly [K in ChangeKind | 'bytes']: number } & { path: string };

const noSums = (path: string): Sums => ({
  ...{ path, added: 0, removed: 0, renamed: 0, content: 0, attributes: 0, bytes: 0 },
});

/** Each directory is open while the rows are in it, and adds what it came to to the one above when it is closed. */
function totalsOf(rows: readonly Row[]): DirectoryTotals[] {
  const all: Sums[] = [noSums('')];
  const open: Sums[] = [...all];
  const close = (): void => {
    const done = open.pop();
    const above = open.at(-1);
    if (!done || !above) return;
    for (const kind of [...Object.keys(ORDER), 'bytes'] as const)
      above[kind as 'bytes'] += done[kind as 'bytes'];
  };
  for (const { path, kind, bytes } of rows) {
    while (open.length > 1 && !path.startsWith(`${open.at(-1)?.path}/`)) close();
    for (;;) {
      const from = open.length === 1 ? 0 : (open.at(-1)?.path.length ?? 0) + 1;
      const end = path.indexOf('/', from);
      if (end < 0) break;
      const sums = noSums(path.slice(0, end));
      all.push(sums);
      open.push(sums);
    }
    const top = open.at(-1);
    if (!top) break;
    top[kind] += 1;
    top.bytes += bytes;
  }
  while (open.length > 1) close();
  return all.map((sums) => ({ ...sums, path: readable(sums.path).text }));
}
