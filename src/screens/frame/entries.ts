/** What the help and the palette list: actions with their keys and reasons, servers, subvolumes and tasks to go to. */
import { type App, change } from '../../store/app.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { tasksList } from '../Automation/tasks-list.ts';
import { type Action, keyLabel, whyBlocked } from '../keys/actions.ts';
import { runAction } from '../keys/by-hand.ts';
import { compileFilter } from '../lists/filter.ts';
import { patchList } from '../lists/lists.ts';
import { places } from '../shared/fleet-view.ts';
import { AUTOMATION_TABS } from '../shared/tabs.ts';
import { actionsHere } from './registry.ts';

export interface Entry {
  readonly key: string;
  readonly text: string;
  /** Why it cannot be done now. */
  readonly reason: string | undefined;
  run(app: App): void;
}

const actionEntry = (action: Action, state: AppState): Entry => ({
  key: action.keys.map(keyLabel).join(' '),
  text: action.help,
  reason: whyBlocked(action, state),
  run: (app) => runAction(app, action),
});

export function helpEntries(state: AppState, query: string): Entry[] {
  return matching(
    actionsHere(state).map((action) => actionEntry(action, state)),
    query,
  );
}

export function paletteEntries(state: AppState, query: string): Entry[] {
  const servers = state.servers.map(
    ({ name }): Entry => ({
      key: 'server',
      text: name,
      reason: undefined,
      run: (app) => {
        change(app, { page: 'servers', trail: [] });
        patchList(app, 'servers', { cursor: name, filter: '' });
      },
    }),
  );
  const subvolumes = places(state).map(
    ({ path }): Entry => ({
      key: 'subvolume',
      text: formatName(path),
      reason: undefined,
      run: (app) => change(app, { page: 'snapshots', trail: [], subvolume: path }),
    }),
  );
  const tasks = state.tasks.map(
    ({ name }): Entry => ({
      key: 'task',
      text: name,
      reason: undefined,
      run: (app) => {
        const { tabs } = app.store.getState();
        const tab = AUTOMATION_TABS.findIndex(({ id }) => id === 'tasks');
        change(app, { page: 'automation', trail: [], tabs: { ...tabs, automation: tab } });
        patchList(app, tasksList.id, { cursor: name, filter: '' });
      },
    }),
  );
  const actions = actionsHere(state).map((action) => actionEntry(action, state));
  return matching([...actions, ...servers, ...subvolumes, ...tasks], query);
}

function matching(entries: readonly Entry[], query: string): Entry[] {
  const test = compileFilter(query);
  return entries.filter((entry) => test({ text: `${entry.key} ${entry.text}`, fields: {} }));
}
