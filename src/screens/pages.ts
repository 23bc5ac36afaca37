/** The seven pages, in the order of their keys. */

import { showHistory } from '../store/history.ts';
import { measure } from '../store/snapshot-actions.ts';
import type { AppState, PageId } from '../store/state.ts';
import { Coming } from './Coming.tsx';
import { primaryOf } from './fleet-view.ts';
import { HistoryPage } from './History/HistoryPage.tsx';
import { historyActions } from './History/history-actions.ts';
import { HISTORY_TABS, historyHandle } from './History/history-views.ts';
import { listHandle } from './list-handle.ts';
import { cursorPlace } from './lists.ts';
import type { Page } from './page.ts';
import { ReplicationPage } from './Replication/ReplicationPage.tsx';
import { countShown, replicationActions } from './Replication/replication-actions.ts';
import { ServersPage } from './Servers/ServersPage.tsx';
import { serversActions } from './Servers/servers-actions.ts';
import { serversList } from './Servers/servers-list.ts';
import { rowsAbove, SnapshotsPage } from './Snapshots/SnapshotsPage.tsx';
import { snapshotsActions } from './Snapshots/snapshots-actions.ts';
import { snapshotsList } from './Snapshots/snapshots-list.ts';

const servers = listHandle(serversList, () => 0);
const snapshots = listHandle(snapshotsList, rowsAbove);

const toCome = (id: PageId, title: string): Page => ({
  id,
  title,
  tabs: [],
  list: () => null,
  actions: () => [],
  Body: Coming,
});

export const SCREEN_PAGES: readonly Page[] = [
  toCome('dashboard', 'Dashboard'),
  {
    id: 'servers',
    title: 'Servers',
    tabs: [],
    list: () => servers,
    actions: () => serversActions,
    Body: ServersPage,
  },
  {
    id: 'snapshots',
    title: 'Snapshots',
    tabs: [],
    list: () => snapshots,
    actions: () => snapshotsActions,
    onShow: (app) => {
      const state = app.store.getState();
      const { item } = cursorPlace(state, snapshotsList);
      const primary = primaryOf(state);
      if (item && primary) measure(app, primary.name, item);
    },
    Body: SnapshotsPage,
  },
  toCome('automation', 'Automation'),
  {
    id: 'replication',
    title: 'Replication',
    tabs: [
      { id: 'full', title: 'Full' },
      { id: 'incremental', title: 'Incremental' },
    ],
    list: () => null,
    actions: () => replicationActions,
    onShow: countShown,
    Body: ReplicationPage,
  },
  toCome('monitoring', 'Monitoring'),
  {
    id: 'history',
    title: 'History',
    tabs: HISTORY_TABS,
    list: historyHandle,
    actions: () => historyActions,
    onShow: showHistory,
    Body: HistoryPage,
  },
];

export function currentPage({ page }: AppState): Page {
  const found = SCREEN_PAGES.find(({ id }) => id === page);
  if (!found) throw new Error(`there is no page ${page}`);
  return found;
}
