/**
 * What the screen reads of the file or directory that the cursor stands on. A moved cursor waits for nothing: it is read when the cursor
 * has rested, and what is not wanted any more is broken off. It changes nothing.
 */
import type { FileDiff } from '../../core/model/change.ts';
import { isPlainName } from '../../core/model/file-name.ts';
import type { FileEntry } from '../../core/model/files.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { shownLine } from '../../core/plan/files/preview.ts';
import { LIVE } from '../../core/run/diff/choose.ts';
import { diffFile } from '../../core/run/diff/file.ts';
import { browseTree } from '../../core/run/files/browse.ts';
import { previewFile } from '../../core/run/files/preview.ts';
import { type App, change } from '../app.ts';
import type { Browsing, Previewed } from '../page-state.ts';
import { treeShown } from './browse.ts';
import { forgetTreeChanges, treeChanges } from './compare-tree.ts';
import { notCompared } from './not-compared.ts';

/** Milliseconds for which the cursor rests before something is read. */
const REST = 60;

/** Milliseconds: nobody looks at one file for longer. */
const PATIENCE = 60_000;

/** Both are read to their end, for their hashes. */
const MOST_COMPARED = 64 * 1024 * 1024;

/** Entries of a directory: more than any pane has rows. */
const MOST_LISTED = 200;

/** Files that are not read again when the cursor comes back to them. */
const KEPT = 50;

interface Reading {
  /** Ends what is being read, or waits to be. */
  stop(): void;
  readonly known: Map<string, Previewed>;
}

const readings = new WeakMap<App, Reading>();

/** To be called whenever the page is shown. `entry`: at the cursor; null: there is none, and nothing is read any more. */
export function showPreview(app: App, entry: FileEntry | null): void {
  const { browsing } = app.store.getState();
  if (browsing === null) {
    readings.get(app)?.stop();
    forgetTreeChanges(app);
    return;
  }
  const wanted = entry !== null && isRead(entry) ? entry : null;
  const key = wanted && keyOf(browsing, wanted);
  if (browsing.preview?.key === key || (key === null && browsing.preview === null)) return;
  const reading = readings.get(app);
  reading?.stop();
  const known = reading?.known ?? new Map<string, Previewed>();
  if (key === null || wanted === null) {
    change(app, { browsing: { ...browsing, preview: null } });
    return;
  }
  const before = known.get(key);
  const preview = before
    ? ({ key, state: 'known', value: before } as const)
    : ({ key, state: 'asking' } as const);
  change(app, { browsing: { ...browsing, preview } });
  if (!before) readings.set(app, { known, stop: readSoon(app, browsing, wanted, { key, known }) });
}

/** Of everything else its entry says all there is. */
export const isRead = ({ kind, isOther }: FileEntry): boolean =>
  kind === 'file' || (kind === 'directory' && !isOther);

/** Only what is in a snapshot stays as it is. */
const keyOf = ({ snapshot, comparesNow }: Browsing, { path }: FileEntry): string =>
  `${comparesNow ? 'now' : 'then'}\0${snapshot.path}\0${path}`;

interface Wanted {
  readonly key: string;
  readonly known: Map<string, Previewed>;
}

function readSoon(app: App, where: Browsing, entry: FileEntry, { key, known }: Wanted): () => void {
  const ended = new AbortController();
  const read = async (): Promise<void> => {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)]);
    const found = await (where.comparesNow ? compare : content)(app, where, entry, signal);
    const { browsing } = app.store.getState();
    if (ended.signal.aborted || browsing?.preview?.key !== key) return;
    if (found.ok && isOfSnapshot(found.value)) keep(known, key, found.value);
    const preview = found.ok
      ? ({ key, state: 'known', value: found.value } as const)
      : ({ key, state: 'failed', fault: found.fault } as const);
    change(app, { browsing: { ...browsing, preview } });
  };
  const timer = setTimeout(() => void read(), REST).unref();
  return () => {
    clearTimeout(timer);
    ended.abort();
  };
}

const isOfSnapshot = ({ kind }: Previewed): boolean => kind === 'content' || kind === 'entries';

function keep(known: Map<string, Previewed>, key: string, value: Previewed): void {
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
}

async function content(
  app: App,
  where: Browsing,
  entry: FileEntry,
  signal: AbortSignal,
): Promise<Result<Previewed>> {
  const tree = await treeShown(app, where, signal);
  if (!tree.ok) return tree;
  if (entry.kind === 'directory') {
    const page = await browseTree(tree.value, { path: entry.path, limit: MOST_LISTED }, signal);
    return page.ok ? ok({ kind: 'entries', page: page.value }) : page;
  }
  const read = await previewFile(tree.value, entry, signal);
  return read.ok ? ok({ kind: 'content', content: read.value }) : read;
}

async function compare(
  app: App,
  where: Browsing,
  { kind, path, sizeBytes }: FileEntry,
  signal: AbortSignal,
): Promise<Result<Previewed>> {
  if (kind === 'directory') {
    const found = await treeChanges(app, where, path);
    return found.ok ? ok({ kind: 'tree', ...found.value }) : found;
  }
  if (!isPlainName(path)) return notCompared('Its name is no text');
  if (sizeBytes > MOST_COMPARED) return notCompared('It is larger than 64 MiB');
  const { subvolume, snapshot } = where;
  const wish = { subvolume, old: snapshot.path, new: LIVE, path, server: null };
  const found = await diffFile(app.deps.fleet, wish, signal);
  return found.ok ? ok({ kind: 'changes', diff: found.value, lines: linesOf(found.value) }) : found;
}

const linesOf = ({ text }: FileDiff): readonly string[] | null =>
  text === null ? null : text.split('\n').slice(0, MOST_LINES).map(shownLine);

/** Far more than anybody reads here. */
const MOST_LINES = 20_000;

/** What is in it, or what is different now. */
export function toggleCompare(app: App): void {
  forgetTreeChanges(app);
  const { browsing } = app.store.getState();
  if (browsing) change(app, { browsing: { ...browsing, comparesNow: !browsing.comparesNow } });
}
