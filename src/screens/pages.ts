/** The seven pages, in the order of their keys. */

import { showAutomation } from '../store/automation.ts';
import { showDashboard } from '../store/dashboard.ts';
import { showHistory } from '../store/history.ts';
import { showMonitoring } from '../store/monitoring.ts';
import { measure } from '../store/snapshot-actions.ts';
import type { AppState } from '../store/state.ts';
import { AutomationPage } from './Automation/AutomationPage.tsx';
import { automationActions } from './Automation/automation-actions.ts';
import { automationHandle } from './Automation/automation-views.ts';
import { DashboardPage } from './Dashboard/DashboardPage.tsx';
import { dashboardActions } from './Dashboard/dashboard-actions.ts';
import { primaryOf } from './fleet-view.ts';
import { HistoryPage } from './History/HistoryPage.tsx';
import { historyActions } from './History/history-actions.ts';
import { historyHandle } from './History/history-views.ts';
import { listHandle } from './list-handle.ts';
import { cursorPlace } from './lists.ts';
import { MonitoringPage } from './Monitoring/MonitoringPage.tsx';
import { monitoringActions } from './Monitoring/monitoring-actions.ts';
import { monitoringHandle } from './Monitoring/monitoring-views.ts';
import type { Page } from './page.ts';
import { ReplicationPage } from './Replication/ReplicationPage.tsx';
import { countShown, replicationActions } from './Replication/replication-actions.ts';
import { ServersPage } from './Servers/ServersPage.tsx';
import { serversActions } from './Servers/servers-actions.ts';
import { serversList } from './Servers/servers-list.ts';
import { rowsAbove, SnapshotsPage } from './Snapshots/SnapshotsPage.tsx';
import { snapshotsActions } from './Snapshots/snapshots-actions.ts';
import { snapshotsList } from './Snapshots/snapshots-list.ts';
import { AUTOMATION_TABS, HISTORY_TABS, MONITORING_TABS } from './tabs.ts';

const servers = listHandle(serversList, () => 0);
const snapshots = listHandle(snapshotsList, rowsAbove);

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
