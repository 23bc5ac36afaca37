/** The keys of the Dashboard. */
import { type App, change, openOverlay } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import type { Action } from '../keys/actions.ts';
import { listActions } from '../lists/actions.ts';
import { listHandle } from '../lists/handle.ts';
import { cursorPlace } from '../lists/lists.ts';
import { openServerForm } from '../Servers/form.ts';
import { goTo } from '../shared/go-to.ts';
import { tryOut } from '../shared/try-out.ts';
import { HEAD } from './head-lines.ts';
import { nextSection } from './layout.ts';
import { lineTitle, lineTold } from './line-text.ts';
import { type DashboardLine, dashboardList } from './lines.ts';

const handle = listHandle(dashboardList, () => HEAD);

/** There is nothing to mark, to filter or to order here: the worst is first. */
const MOVES = new Set(['down', 'up', 'first', 'last', 'page-down', 'page-up', 'half-down', 'half-up']);

const chosen = (state: AppState): DashboardLine | null => cursorPlace(state, dashboardList).item;

const nothingHere = (state: AppState): string | undefined => {
  if (chosen(state) !== null) return undefined;
  return state.servers.length === 0 ? 'there are no servers yet: n adds one' : 'nothing is known yet';
};

const toSection = (by: 1 | -1) => (app: App) => {
  const { items } = cursorPlace(app.store.getState(), dashboardList);
  handle.move(app, (at) => nextSection(items, at, by));
};

const actions: readonly Action[] = [
  {
    id: 'dashboard-open',
    keys: ['Enter'],
    label: 'go there',
    help: 'Go to where it is mended',
    blocked: nothingHere,
    run: (app) => {
      const line = chosen(app.store.getState());
      if (line) goTo(app, line.mend);
    },
  },
  {
    id: 'dashboard-tell',
    keys: ['i'],
    label: 'in full',
    help: 'Show in full why it is so, and the next step',
    blocked: nothingHere,
    run: tellLine,
  },
  {
    id: 'dashboard-next',
    keys: ['Tab'],
    label: 'next part',
    help: 'Go to the next part',
    blocked: nothingHere,
    run: toSection(1),
  },
  {
    id: 'dashboard-before',
    keys: ['Shift-Tab'],
    label: 'part before',
    help: 'Go to the part before',
    quiet: true,
    blocked: nothingHere,
    run: toSection(-1),
  },
  ...listActions(() => handle).filter(({ id }) => MOVES.has(id)),
];

const addFirst: Action = {
  id: 'dashboard-add',
  keys: ['n'],
  label: 'add the first server',
  help: 'Add the first server: it becomes the primary',
  changes: true,
  asks: true,
  run: (app) => {
    change(app, { page: 'servers' });
    openServerForm(app, null);
  },
};

export const dashboardActions = ({ servers }: AppState): readonly Action[] =>
  servers.length === 0 ? [addFirst, tryOut, ...actions] : actions;

function tellLine(app: App): void {
  const state = app.store.getState();
  const line = chosen(state);
  if (!line) return;
  const width = Math.min(100, state.size.columns - 6);
  const texts = lineTold(line).flatMap(({ message, hint }) => [
    message,
    ...(hint === '' ? [] : [`  ${hint}`]),
  ]);
  openOverlay(app, {
    kind: 'text',
    title: lineTitle(line),
    lines: texts.flatMap((text) => wrap(formatName(text), width)),
    go: { label: 'go there', run: () => goTo(app, line.mend) },
  });
}
