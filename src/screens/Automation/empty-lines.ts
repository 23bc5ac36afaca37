/** Decides what stands where there is no policy or task yet: what it would be for, and which key makes it. */
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { faultLines } from '../shared/fault-lines.ts';
import { type AutomationTab, automationTab } from '../shared/tabs.ts';

const TEXTS: Readonly<Record<AutomationTab, readonly [title: string, what: string]>> = {
  snapshots: [
    'No snapshot policy yet',
    'It makes snapshots of a subvolume by itself, such as every 15 minutes.',
  ],
  retention: [
    'No retention policy yet',
    'It deletes the snapshots of a subvolume that its rules let go. Without one, all are kept.',
  ],
  verify: [
    'No comparison policy yet',
    'It compares replicas with their source by itself, by metadata or by content, all or a share each time.',
  ],
  tasks: [
    'No replication task yet',
    'It sends new snapshots to other servers or disks by itself, and alarms when they fall behind.',
  ],
};

export function emptyLines(state: AppState, width: number): Line[] {
  const { configFault } = state;
  if (configFault !== null) {
    const title = 'The configuration cannot be read, so what is automatic is not known.';
    return faultLines(title, configFault, width);
  }
  const [title, what] = TEXTS[automationTab(state)];
  return [
    [],
    [span(`  ${title}: `, 'bold'), span('n', 'accent'), span(' makes one.')],
    [],
    ...wrapped(`  ${what}`, width - 2, 'dim'),
  ];
}
