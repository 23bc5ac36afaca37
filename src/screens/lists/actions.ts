/** The keys that work on every list: moving, marking, filtering, ordering. */
import type { App } from '../../store/app.ts';
import { change } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import type { Action } from '../keys/actions.ts';
import type { KeyName } from '../keys/keys.ts';
import type { ListHandle } from './handle.ts';

type Find = (state: AppState) => ListHandle | null;
type Move = (index: number, last: number, page: number) => number;

/** `list` finds the list that keys go to; null: this place has none. */
export const listActions = (list: Find): readonly Action[] => [
  ...moves(list),
  ...marks(list),
  ...orders(list),
];

const MOVES: readonly (readonly [id: string, keys: readonly string[], help: string, to: Move])[] = [
  ['down', ['j', 'Down'], 'Move down', (at) => at + 1],
  ['up', ['k', 'Up'], 'Move up', (at) => at - 1],
  ['first', ['g', 'Home'], 'Go to the first row', () => 0],
  ['last', ['G', 'End'], 'Go to the last row', (_, last) => last],
  ['page-down', ['PgDn', 'Ctrl-f'], 'Move down a page', (at, _, page) => at + page],
  ['page-up', ['PgUp', 'Ctrl-b'], 'Move up a page', (at, _, page) => at - page],
  ['half-down', ['Ctrl-d'], 'Move down half a page', (at, _, page) => at + Math.ceil(page / 2)],
  ['half-up', ['Ctrl-u'], 'Move up half a page', (at, _, page) => at - Math.ceil(page / 2)],
];

/** Where a key moves the cursor of any list to; undefined: it moves nothing. */
export const moveOf = (key: KeyName): Move | undefined => MOVES.find(([, keys]) => keys.includes(key))?.[3];

const moves = (list: Find): Action[] =>
  MOVES.map(([id, keys, help, to]) => ({
    id,
    keys,
    label: id,
    help,
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => handle.move(app, to)),
  }));

const marks = (list: Find): Action[] => [
  {
    id: 'mark',
    keys: ['Space'],
    label: 'mark',
    help: 'Mark or unmark the row',
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => {
      handle.toggleMark(app);
      handle.move(app, (at) => at + 1);
    }),
  },
  {
    id: 'range',
    keys: ['v'],
    label: 'range',
    help: 'Begin or end marking a range',
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => handle.toggleRange(app)),
  },
  {
    id: 'mark-all',
    keys: ['*'],
    label: 'mark all',
    help: 'Mark all rows the filter shows, or none',
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => handle.markAll(app)),
  },
];

const orders = (list: Find): Action[] => [
  {
    id: 'filter',
    keys: ['/'],
    label: 'filter',
    help: 'Show only some rows: words, !not, server:b, age>7d',
    blocked: emptyList(list),
    run: (app) => change(app, { filtering: true }),
  },
  {
    id: 'sort',
    keys: ['s'],
    label: 'sort',
    help: 'Order by the next column',
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => handle.nextSort(app)),
  },
  {
    id: 'reverse',
    keys: ['S'],
    label: 'reverse',
    help: 'Turn the order round',
    quiet: true,
    blocked: emptyList(list),
    run: on(list, (handle, app) => handle.reverse(app)),
  },
];

const on =
  (list: Find, work: (handle: ListHandle, app: App) => void) =>
  (app: App): void => {
    const handle = list(app.store.getState());
    if (handle) work(handle, app);
  };

const emptyList =
  (list: Find) =>
  (state: AppState): string | undefined => {
    const handle = list(state);
    if (!handle) return 'there is no list here';
    return handle.count(state).all === 0 ? 'the list is empty' : undefined;
  };
