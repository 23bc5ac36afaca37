/** A list as the keys see it: what moves, marks and orders it, whatever its objects are. */
import type { App } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import {
  cursorPlace,
  type ListView,
  listRows,
  listState,
  markAll,
  markedItems,
  moveCursor,
  nextSort,
  patchList,
  pinCursor,
  shownItems,
  toggleMark,
  toggleRange,
} from './lists.ts';

export interface ListHandle {
  readonly id: string;
  /** Shown, and all there are. */
  count(state: AppState): { readonly shown: number; readonly all: number };
  /** Marked ones that still exist, whether or not they are shown. */
  marked(state: AppState): number;
  move(app: App, to: (index: number, last: number, page: number) => number): void;
  toggleMark(app: App): void;
  toggleRange(app: App): void;
  markAll(app: App): void;
  nextSort(app: App): void;
  reverse(app: App): void;
  setFilter(app: App, filter: string): void;
  /** From now on the cursor follows the object it stands on, also one it came upon because another is gone. */
  pin(app: App): void;
  /** The key of the object at the cursor; null: the list is empty. */
  at(state: AppState): string | null;
}

/** `taken`: rows of the body that stand above the list. */
export const listHandle = <T>(view: ListView<T>, taken: (state: AppState) => number): ListHandle => ({
  id: view.id,
  count: (state) => ({ shown: shownItems(state, view).length, all: view.items(state).length }),
  marked: (state) => markedItems(state, view).length,
  move: (app, to) => {
    const rows = listRows(app.store.getState(), taken(app.store.getState()));
    moveCursor(app, view, rows, (index, last) => to(index, last, rows));
  },
  toggleMark: (app) => toggleMark(app, view),
  toggleRange: (app) => toggleRange(app, view),
  markAll: (app) => markAll(app, view),
  nextSort: (app) => nextSort(app, view),
  reverse: (app) => patchList(app, view.id, { reverse: !listState(app.store.getState(), view.id).reverse }),
  setFilter: (app, filter) => patchList(app, view.id, { filter, top: 0 }),
  pin: (app) => pinCursor(app, view),
  at: (state) => {
    const { item } = cursorPlace(state, view);
    return item === null ? null : view.key(item);
  },
});
