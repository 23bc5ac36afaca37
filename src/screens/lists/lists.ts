/**
 * Decides what a list shows and how its cursor, marks, filter and order change. The cursor and the marks follow the
 * object, not the row; nothing is reordered under them.
 */
import type { Cell, TableColumn } from '../../components/table-layout.ts';
import { scrollTo } from '../../components/table-layout.ts';
import type { App } from '../../store/app.ts';
import { type AppState, EMPTY_LIST, type ListState } from '../../store/state.ts';
import { compileFilter, type Searchable } from './filter.ts';

/** A list of objects: how they are named, shown, found and ordered. */
export interface ListView<T> {
  readonly id: string;
  readonly columns: readonly TableColumn[];
  /** The same array for the same state: it is what everything derived is remembered by. */
  items(state: AppState): readonly T[];
  key(item: T): string;
  cells(item: T, state: AppState): Readonly<Record<string, Cell>>;
  search(item: T, state: AppState): Searchable;
  /** What else of the state `search` and `order` read. */
  depends?(state: AppState): readonly unknown[];
  /** What a column is ordered by; columns that are not here cannot be. */
  readonly order: Readonly<Record<string, (item: T, state: AppState) => string | number>>;
}

export const listState = (state: AppState, id: string): ListState => state.lists[id] ?? EMPTY_LIST;

interface Shown {
  readonly recipe: string;
  readonly depends: readonly unknown[];
  readonly items: readonly unknown[];
}

const remembered = new WeakMap<readonly unknown[], Map<string, Shown>>();

/** Filtered and ordered; worked out anew only when the objects, the filter or the order change. */
export function shownItems<T>(state: AppState, view: ListView<T>): readonly T[] {
  const items = view.items(state);
  const { filter, sort, reverse } = listState(state, view.id);
  if (filter === '' && sort === null && !reverse) return items;
  const known = remembered.get(items) ?? new Map<string, Shown>();
  remembered.set(items, known);
  const recipe = JSON.stringify([filter, sort, reverse]);
  const before = known.get(view.id);
  const depends = view.depends?.(state) ?? [];
  if (before?.recipe === recipe && before.depends.every((one, index) => one === depends[index])) {
    return before.items as readonly T[];
  }
  const test = compileFilter(filter);
  const found = filter === '' ? items : items.filter((item) => test(view.search(item, state)));
  const shown = ordered(found, view, sort, reverse, state);
  known.set(view.id, { recipe, depends, items: shown });
  return shown;
}

function ordered<T>(
  items: readonly T[],
  view: ListView<T>,
  sort: string | null,
  reverse: boolean,
  state: AppState,
): readonly T[] {
  const value = sort === null ? undefined : view.order[sort];
  // Its own order can be turned round too.
  if (!value) return reverse ? items.toReversed() : items;
  const keyed = items.map((item) => ({ item, by: value(item, state) }));
  keyed.sort((a, b) => compareValues(a.by, b.by) * (reverse ? -1 : 1));
  return keyed.map(({ item }) => item);
}

const compareValues = (a: string | number, b: string | number): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
};

const collator = new Intl.Collator('en', { numeric: true });

export interface Place<T> {
  readonly items: readonly T[];
  readonly index: number;
  readonly item: T | null;
}

/** Where the cursor stands now; when its object is gone, at the same place, or at the end. */
export function cursorPlace<T>(state: AppState, view: ListView<T>): Place<T> {
  const items = shownItems(state, view);
  const { cursor, index } = listState(state, view.id);
  const near = items[index];
  // Nearly always it has not moved; looking through ten thousand for it at every key would be felt.
  const found =
    near !== undefined && view.key(near) === cursor
      ? index
      : items.findIndex((item) => view.key(item) === cursor);
  const at = found >= 0 ? found : Math.min(index, Math.max(0, items.length - 1));
  return { items, index: at, item: items[at] ?? null };
}

/** Nothing is written when it follows that object already. */
export function pinCursor<T>(app: App, view: ListView<T>): void {
  const state = app.store.getState();
  const { item, index } = cursorPlace(state, view);
  const known = listState(state, view.id);
  if (item === null || (known.cursor === view.key(item) && known.index === index)) return;
  patchList(app, view.id, { cursor: view.key(item), index });
}

export const patchList = (app: App, id: string, patch: Partial<ListState>): void =>
  app.store.setState((state) => ({ lists: { ...state.lists, [id]: { ...listState(state, id), ...patch } } }));

/** Rows a list has on the screen, without its header. */
export const listRows = (state: AppState, taken: number): number => Math.max(1, state.size.rows - 5 - taken);

/** `to` gets the index there is and the last one; `rows` are the visible ones. */
export function moveCursor<T>(
  app: App,
  view: ListView<T>,
  rows: number,
  to: (index: number, last: number) => number,
): void {
  const state = app.store.getState();
  const { items, index } = cursorPlace(state, view);
  if (items.length === 0) return;
  const last = items.length - 1;
  const next = Math.max(0, Math.min(last, to(index, last)));
  const item = items[next];
  if (item === undefined) return;
  const { top, anchor, marks } = listState(state, view.id);
  const range = anchor === null ? marks : rangeMarks(items, view, anchor, next, marks);
  patchList(app, view.id, {
    cursor: view.key(item),
    index: next,
    top: scrollTo(top, next, rows, items.length),
    marks: range,
  });
}

function rangeMarks<T>(
  items: readonly T[],
  view: ListView<T>,
  anchor: string,
  to: number,
  marks: ReadonlySet<string>,
): ReadonlySet<string> {
  const from = items.findIndex((item) => view.key(item) === anchor);
  if (from < 0) return marks;
  const range = items.slice(Math.min(from, to), Math.max(from, to) + 1).map((item) => view.key(item));
  return new Set([...marks, ...range]);
}

export function toggleMark<T>(app: App, view: ListView<T>): void {
  const state = app.store.getState();
  const { item } = cursorPlace(state, view);
  if (item === null) return;
  const marks = new Set(listState(state, view.id).marks);
  const key = view.key(item);
  if (!marks.delete(key)) marks.add(key);
  patchList(app, view.id, { marks, anchor: null });
}

/** All that are shown, or none when all were. */
export function markAll<T>(app: App, view: ListView<T>): void {
  const state = app.store.getState();
  const keys = shownItems(state, view).map((item) => view.key(item));
  const { marks } = listState(state, view.id);
  const all = keys.every((key) => marks.has(key));
  patchList(app, view.id, { marks: all ? new Set() : new Set([...marks, ...keys]), anchor: null });
}

/** Begins a range at the cursor, or ends it. */
export function toggleRange<T>(app: App, view: ListView<T>): void {
  const state = app.store.getState();
  const { item } = cursorPlace(state, view);
  const { anchor, marks } = listState(state, view.id);
  if (item === null) return;
  const key = view.key(item);
  patchList(
    app,
    view.id,
    anchor === null ? { anchor: key, marks: new Set([...marks, key]) } : { anchor: null },
  );
}

/** The marked ones that still exist, whether or not the filter shows them. */
export function markedItems<T>(state: AppState, view: ListView<T>): readonly T[] {
  const { marks } = listState(state, view.id);
  return marks.size === 0 ? [] : view.items(state).filter((item) => marks.has(view.key(item)));
}

/** The marked ones, else the one at the cursor. */
export function chosenItems<T>(state: AppState, view: ListView<T>): readonly T[] {
  const marked = markedItems(state, view);
  if (marked.length > 0) return marked;
  const { item } = cursorPlace(state, view);
  return item === null ? [] : [item];
}

/** The next column that can be ordered by, then the list's own order again. */
export function nextSort<T>(app: App, view: ListView<T>): void {
  const state = app.store.getState();
  const columns = view.columns.map(({ id }) => id).filter((id) => id in view.order);
  const { sort } = listState(state, view.id);
  const at = sort === null ? -1 : columns.indexOf(sort);
  patchList(app, view.id, { sort: columns[at + 1] ?? null });
}
