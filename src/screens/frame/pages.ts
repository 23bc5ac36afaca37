/** The seven pages, in the order of their keys. */

import { showAutomation } from '../../store/automation.ts';
import { showDashboard } from '../../store/dashboard.ts';
import { readMoreFiles } from '../../store/files/browse.ts';
import { showPreview } from '../../store/files/preview.ts';
import { showHistory } from '../../store/history.ts';
import { showMonitoring } from '../../store/monitoring.ts';
import { measure } from '../../store/snapshot-actions.ts';
import type { AppState } from '../../store/state.ts';
import { AutomationPage } from '../Automation/AutomationPage.tsx';
import { automationActions } from '../Automation/actions.ts';
import { automationHandle } from '../Automation/views.ts';
import { dashboardActions } from '../Dashboard/actions.ts';
import { DashboardPage } from '../Dashboard/DashboardPage.tsx';
import { filesActions } from '../files/actions.ts';
import { filesRowsTaken } from '../files/FilesView.tsx';
import { filesList, isBrowsing } from '../files/list.ts';
import { historyActions } from '../History/actions.ts';
import { HistoryPage } from '../History/HistoryPage.tsx';
import { historyHandle } from '../History/views.ts';
import { listHandle } from '../lists/handle.ts';
import { cursorPlace } from '../lists/lists.ts';
import { monitoringActions } from '../Monitoring/actions.ts';
import { MonitoringPage } from '../Monitoring/MonitoringPage.tsx';
import { monitoringHandle } from '../Monitoring/views.ts';
import { countShown, replicationActions } from '../Replication/actions.ts';
import { ReplicationPage } from '../Replication/ReplicationPage.tsx';
import { serversActions } from '../Servers/actions.ts';
import { serversList } from '../Servers/list.ts';
import { ServersPage } from '../Servers/ServersPage.tsx';
import { snapshotsActions } from '../Snapshots/actions.ts';
import { snapshotsList } from '../Snapshots/list.ts';
import { rowsAbove, SnapshotsPage } from '../Snapshots/SnapshotsPage.tsx';
import { primaryOf } from '../shared/fleet-view.ts';
import type { Page } from '../shared/page.ts';
import { AUTOMATION_TABS, HISTORY_TABS, MONITORING_TABS } from '../shared/tabs.ts';

const servers = listHandle(serversList, () => 0);
const snapshots = listHandle(snapshotsList, rowsAbove);
const files = listHandle(filesList, filesRowsTaken);

export const SCREEN_PAGES: readonly Page[] = [
  {
    id: 'dashboard',
    title: 'Dashboard',
    tabs: [],
    list: () => null,
    actions: dashboardActions,
    onShow: showDashboard,
    Body: DashboardPage,
  },
  {
    id: 'servers',
    title: 'Servers',
    tabs: [],
    list: () => servers,
    actions: serversActions,
    Body: ServersPage,
  },
  {
    id: 'snapshots',
    title: 'Snapshots',
    tabs: [],
    list: (state) => (isBrowsing(state) ? files : snapshots),
    actions: (state) => (isBrowsing(state) ? filesActions : snapshotsActions),
    onShow: (app) => {
      const state = app.store.getState();
      if (isBrowsing(state)) {
        const { index, item } = cursorPlace(state, filesList);
        readMoreFiles(app, index);
        showPreview(app, item);
        return;
      }
      showPreview(app, null);
      const { item } = cursorPlace(state, snapshotsList);
      const primary = primaryOf(state);
      if (item && primary) measure(app, primary.name, item);
    },
    Body: SnapshotsPage,
  },
  {
    id: 'automation',
    title: 'Automation',
    tabs: AUTOMATION_TABS,
    list: automationHandle,
    actions: automationActions,
    onShow: showAutomation,
    Body: AutomationPage,
  },
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
  {
    id: 'monitoring',
    title: 'Monitoring',
    tabs: MONITORING_TABS,
    list: monitoringHandle,
    actions: monitoringActions,
    onShow: showMonitoring,
    Body: MonitoringPage,
  },
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
