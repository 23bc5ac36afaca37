/** The tabs of the pages that have some, and the names of the lists that a way from elsewhere leads to. */
import type { AppState } from '../../store/state.ts';

/** By what the cursor, the filter and the marks of a list are remembered. */
export const LIST_IDS = {
  servers: 'servers',
  snapshotPolicies: 'automation-snapshots',
  retentionPolicies: 'automation-retention',
  tasks: 'automation-tasks',
  verifyPolicies: 'automation-verify',
  filesystems: 'filesystems',
  runs: 'history-runs',
} as const;

export const MONITORING_TABS = [
  { id: 'health', title: 'Snapshot health' },
  { id: 'filesystem', title: 'Filesystem' },
  { id: 'subvolume', title: 'Subvolume' },
] as const;

export type MonitoringTab = (typeof MONITORING_TABS)[number]['id'];

export const monitoringTab = ({ tabs }: AppState): MonitoringTab =>
  MONITORING_TABS[tabs.monitoring ?? 0]?.id ?? 'health';

export const HISTORY_TABS = [
  { id: 'runs', title: 'Runs' },
  { id: 'sent', title: 'Sent' },
  { id: 'received', title: 'Received' },
] as const;

export type HistoryTab = (typeof HISTORY_TABS)[number]['id'];

export const historyTab = ({ tabs }: AppState): HistoryTab => HISTORY_TABS[tabs.history ?? 0]?.id ?? 'runs';

export const AUTOMATION_TABS = [
  { id: 'snapshots', title: 'Snapshots' },
  { id: 'retention', title: 'Retention' },
  { id: 'tasks', title: 'Replication tasks' },
  { id: 'verify', title: 'Comparisons' },
] as const;

export type AutomationTab = (typeof AUTOMATION_TABS)[number]['id'];

export const automationTab = ({ tabs }: AppState): AutomationTab =>
  AUTOMATION_TABS[tabs.automation ?? 0]?.id ?? 'snapshots';
