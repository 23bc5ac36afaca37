/** The keys that work everywhere: pages, tabs, overlays, refresh, undo, copy, quit. */
import { type App, ARMED, ask, change, openOverlay, openSelect } from '../../store/app.ts';
import { leaveDirectory } from '../../store/files/browse.ts';
import { formBelow } from '../../store/form-actions.ts';
import { lookNow } from '../../store/refresh.ts';
import { type AppState, EMPTY_LIST, type ListState, PAGES, type PageId } from '../../store/state.ts';
import { undoLast } from '../../store/undo.ts';
import { formatName } from '../../text/format.ts';
import { isBrowsing } from '../files/list.ts';
import type { Action } from '../keys/actions.ts';
import { listState, patchList } from '../lists/lists.ts';
import { copyChoices } from './copy-choices.ts';
import { currentPage, SCREEN_PAGES } from './pages.ts';

export function goToPage(app: App, page: PageId): void {
  change(app, { page, trail: [], filtering: false });
}

const pageActions: readonly Action[] = PAGES.map((id, index) => {
  const title = SCREEN_PAGES.find((page) => page.id === id)?.title ?? id;
  return {
    id: `page-${id}`,
    keys: [String(index + 1)],
    label: title,
    help: `Go to ${title}`,
    quiet: true,
    run: (app) => goToPage(app, id),
  };
});

function turnTab(app: App, by: 1 | -1): void {
  const state = app.store.getState();
  const page = currentPage(state);
  const at = state.tabs[page.id] ?? 0;
  const next = (at + by + page.tabs.length) % page.tabs.length;
  change(app, { tabs: { ...state.tabs, [page.id]: next } });
}

const noTabs = (state: AppState): string | undefined =>
  currentPage(state).tabs.length === 0 ? 'this page has no tabs' : undefined;

/** One level: the range first, the filter, the marks, then the page that led here. Null: this is the top. */
function wayBack(state: AppState): ((app: App) => void) | null {
  const list = currentPage(state).list(state);
  const { filter, marks, anchor } = list === null ? EMPTY_LIST : listState(state, list.id);
  const cleared = (patch: Partial<ListState>) => (app: App) => list && patchList(app, list.id, patch);
  if (anchor !== null) return cleared({ anchor: null });
  if (filter !== '') return cleared({ filter: '' });
  if (marks.size > 0) return cleared({ marks: new Set() });
  if (isBrowsing(state)) return leaveDirectory;
  return state.trail.length > 0 ? goBack : null;
}

/** It never quits. */
const back = (app: App): void => wayBack(app.store.getState())?.(app);

/** Asks first where something that was typed would be lost; asked for once more, it goes. */
export function quit(app: App): void {
  const { overlay } = app.store.getState();
  const form = formBelow(overlay);
  if (overlay?.kind === 'confirm' && overlay.confirm.isHarmless) {
    if (app.deps.fleet.clock.now() - overlay.confirm.openedAt >= ARMED) app.deps.quit();
    return;
  }
  if (!form?.isFilled) {
    app.deps.quit();
    return;
  }
  ask(app, {
    title: 'Quit, and lose what was filled in?',
    lines: [`"${form.title}" has not been carried out.`, 'What runs goes on.'],
    back: overlay,
    isHarmless: true,
    run: () => app.deps.quit(),
  });
}

/** To the page that led here; it stands as it was left. */
function goBack(app: App): void {
  const { trail } = app.store.getState();
  const page = trail.at(-1);
  if (page !== undefined) change(app, { page, trail: trail.slice(0, -1), filtering: false });
}

const everywhere: readonly Action[] = [
  ...pageActions,
  {
    id: 'tab-next',
    keys: [']'],
    label: 'tab',
    help: 'Go to the next tab',
    quiet: true,
    blocked: noTabs,
    run: (app) => turnTab(app, 1),
  },
  {
    id: 'tab-previous',
    keys: ['['],
    label: 'tab',
    help: 'Go to the tab before',
    quiet: true,
    blocked: noTabs,
    run: (app) => turnTab(app, -1),
  },
  {
    id: 'jobs',
    keys: ['J'],
    label: 'jobs',
    help: 'Show the runs, going on and ended',
    run: (app) => openOverlay(app, { kind: 'jobs', cursor: 0 }),
  },
  {
    id: 'palette',
    keys: [':', 'Ctrl-p'],
    label: 'palette',
    help: 'Find any action, server, subvolume or task by name',
    run: (app) => openOverlay(app, { kind: 'palette', query: '', cursor: 0 }),
  },
  {
    id: 'help',
    keys: ['?'],
    label: 'help',
    help: 'Show the keys that work here',
    run: (app) => openOverlay(app, { kind: 'help', query: '', cursor: 0 }),
  },
  {
    id: 'copy',
    keys: ['y'],
    label: 'copy',
    help: 'Copy a name, path, uuid or the equivalent command line',
    quiet: true,
    blocked: (state) => (copyChoices(state).length === 0 ? 'there is nothing to copy here' : undefined),
    run: (app) => {
      const items = copyChoices(app.store.getState());
      openSelect(app, {
        title: 'Copy',
        items,
        at: null,
        choose: (text) => copy(app, text),
      });
    },
  },
  {
    id: 'commands',
    keys: ['@'],
    label: 'commands',
    help: 'Show the commands that were run on the servers',
    quiet: true,
    run: (app) => openOverlay(app, { kind: 'commands', top: 0 }),
  },
  {
    id: 'messages',
    keys: ['!'],
    label: 'messages',
    help: 'Show what was told so far',
    quiet: true,
    run: (app) => openOverlay(app, { kind: 'messages', top: 0 }),
  },
  {
    id: 'undo',
    keys: ['z'],
    label: 'undo',
    help: 'Take back what was done last, if that can be',
    quiet: true,
    changes: true,
    run: undoLast,
  },
  {
    id: 'refresh',
    keys: ['R'],
    label: 'refresh',
    help: 'Look at all servers now',
    quiet: true,
    run: (app) => {
      // What could not be counted is asked for once more.
      change(app, { delta: null });
      void lookNow(app);
    },
  },
  {
    id: 'redraw',
    keys: ['Ctrl-l'],
    label: 'redraw',
    help: 'Draw the screen anew',
    quiet: true,
    run: (app) => app.deps.redraw(),
  },
  {
    id: 'suspend',
    keys: ['Ctrl-z'],
    label: 'suspend',
    help: 'Go to the shell; fg comes back',
    quiet: true,
    run: (app) => app.deps.suspend(),
  },
  {
    id: 'back',
    keys: ['Esc'],
    label: 'back',
    help: 'Clear the range, the filter or the marks, leave the directory, or go to the page that led here',
    quiet: true,
    run: back,
  },
];

const quitAction: Action = {
  id: 'quit',
  keys: ['q', 'Ctrl-c'],
  label: 'quit',
  leaves: true,
  help: 'Close the screen; what runs goes on',
  run: quit,
};

const leave: Action = {
  id: 'leave',
  keys: ['q'],
  label: 'back',
  help: 'Go back one level: the range, the filter, the marks, the directory, the page that led here',
  run: back,
};

/** `q` goes back one level, and ends the screen at the top. */
export const globalActions = (state: AppState): readonly Action[] => [
  ...everywhere,
  ...(wayBack(state) ? [leave, { ...quitAction, keys: ['Ctrl-c'], quiet: true }] : [quitAction]),
];

/** The terminal may or may not take it, so the text is shown as well. */
function copy(app: App, text: string): void {
  app.deps.copy(text);
  openOverlay(app, {
    kind: 'text',
    title: 'Sent to the terminal’s clipboard (tmux needs set-clipboard on)',
    lines: [formatName(text)],
  });
}
