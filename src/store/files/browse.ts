/** What the screen does to look into a snapshot: it reads one directory after the other. It changes nothing. */
import type { FoundVersions } from '../../core/model/file-versions.ts';
import { type FileEntry, type FilePage, MOST_ENTRIES } from '../../core/model/files.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { joinPath } from '../../core/model/snapshot.ts';
import { browseTree } from '../../core/run/files/browse.ts';
import { type LocatedTree, locateTree } from '../../core/run/files/locate.ts';
import { versionsOf } from '../../core/run/files/versions.ts';
import { type App, change, tell } from '../app.ts';
import type { Browsing } from '../page-state.ts';
import { EMPTY_LIST } from '../state.ts';

/** The list of a directory, as the state holds where its cursor stands. */
export const FILES_LIST = 'files';

type Where = Pick<Browsing, 'subvolume' | 'snapshot' | 'path'>;

/** Milliseconds: nobody looks at a page for longer. */
const PATIENCE = 60_000;

/** The tree that was found last: the next directory of it is read without a look at the server. */
const trees = new WeakMap<App, LocatedTree>();

/** `at`: the name that the cursor stands on; null: the first one. */
export function openFiles(app: App, where: Where, at: string | null = null): void {
  const key = `${where.snapshot.path}\0${where.path}`;
  const { lists, browsing: before } = app.store.getState();
  const { preview = null, comparesNow = false } = before ?? {};
  const page = { key, state: 'asking' } as const;
  change(app, { browsing: { ...where, page, isReadingMore: false, preview, comparesNow } });
  const { sort, reverse } = lists[FILES_LIST] ?? EMPTY_LIST;
  change(app, { lists: { ...lists, [FILES_LIST]: { ...EMPTY_LIST, sort, reverse, cursor: at } } });
  void readPage(app, where, '').then((read) => {
    const { browsing } = app.store.getState();
    // Somebody who went on meanwhile waits for another one.
    if (browsing?.page.key !== key || browsing.page.state !== 'asking') return;
    const page = read.ok
      ? ({ key, state: 'known', value: read.value } as const)
      : ({ key, state: 'failed', fault: read.fault } as const);
    change(app, { browsing: { ...browsing, page } });
  });
}

/** As it was found last, or anew where another one is shown by now. */
export async function treeShown(app: App, where: Where, signal: AbortSignal): Promise<Result<LocatedTree>> {
  const before = trees.get(app);
  if (before?.path === where.snapshot.path && before.subvolume === where.subvolume) return ok(before);
  const wish = { subvolume: where.subvolume, snapshot: where.snapshot.path, server: null };
  const tree = await locateTree(app.deps.fleet, wish, signal);
  if (tree.ok) trees.set(app, tree.value);
  return tree;
}

async function readPage(app: App, where: Where, after: string): Promise<Result<FilePage>> {
  const signal = AbortSignal.timeout(PATIENCE);
  const before = trees.get(app);
  const tree = await treeShown(app, where, signal);
  if (!tree.ok) return tree;
  const isSame = before === tree.value;
  const limit = after === '' ? {} : { limit: MOST_ENTRIES };
  const read = await browseTree(tree.value, { path: where.path, after, ...limit }, signal);
  if (read.ok) return read;
  // The connection, or the snapshot, may be gone since it was found: it is looked for anew, once.
  trees.delete(app);
  return isSame && read.fault.code !== 'not-readable' ? readPage(app, where, after) : read;
}

/** More of it, where the cursor comes near the end of what was read. `at`: the row it stands on. */
export function readMoreFiles(app: App, at: number): void {
  const { browsing } = app.store.getState();
  if (browsing === null || browsing.isReadingMore || browsing.page.state !== 'known') return;
  const { key, value } = browsing.page;
  if (value.next === null || at < value.entries.length - NEAR) return;
  change(app, { browsing: { ...browsing, isReadingMore: true } });
  void readPage(app, browsing, value.next).then((read) => {
    const now = app.store.getState().browsing;
    if (now?.page.key !== key || now.page.state !== 'known') return;
    const entries = read.ok ? [...now.page.value.entries, ...read.value.entries] : now.page.value.entries;
    // What failed is not tried again by itself.
    const next = read.ok ? read.value.next : null;
    const more = { key, state: 'known', value: { ...now.page.value, entries, next } } as const;
    change(app, { browsing: { ...now, page: more, isReadingMore: false } });
    if (!read.ok) tell(app, 'bad', `Not all entries could be read: ${read.fault.message}`);
  });
}

/** Rows before the end at which more is read. */
const NEAR = 500;

export function enterDirectory(app: App, { path }: FileEntry): void {
  const { browsing } = app.store.getState();
  if (browsing) openFiles(app, { ...browsing, path });
}

/** To the directory above, with the cursor on where one came from; from the root back to the snapshots. */
export function leaveDirectory(app: App): void {
  const { browsing } = app.store.getState();
  if (browsing === null || browsing.path === '') {
    change(app, { browsing: null });
    return;
  }
  const at = browsing.path.lastIndexOf('/');
  openFiles(app, { ...browsing, path: browsing.path.slice(0, Math.max(0, at)) }, browsing.path.slice(at + 1));
}

/** The same directory in another snapshot, with the cursor on the same name. */
export function browseSnapshot(app: App, snapshot: Browsing['snapshot']): void {
  const { browsing, lists } = app.store.getState();
  if (browsing) openFiles(app, { ...browsing, snapshot }, lists[FILES_LIST]?.cursor ?? null);
}

/** All versions of a file; `then` is told only to those who still stand there. */
export function askVersions(app: App, path: string, then: (found: FoundVersions) => void): void {
  const { browsing } = app.store.getState();
  if (browsing === null) return;
  tell(app, 'info', 'Looking for all versions of it …');
  const whole = joinPath(browsing.subvolume, path);
  void versionsOf(app.deps.fleet, { path: whole }, AbortSignal.timeout(PATIENCE)).then((found) => {
    const { browsing: now, overlay } = app.store.getState();
    if (overlay !== null || now?.page.key !== browsing.page.key) return;
    if (found.ok) then(found.value);
    else tell(app, 'bad', `${found.fault.message} ${found.fault.hint}`);
  });
}
