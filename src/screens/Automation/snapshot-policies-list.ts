/** Decides how the policies that make snapshots read as rows. */
import type { Cell } from '../../components/table-layout.ts';
import type { Item } from '../../core/model/automation/automation.ts';
import type { SnapshotPolicy } from '../../core/model/policy.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { LIST_IDS } from '../shared/tabs.ts';
import { lastCell, memoryOf, nextCell, nextTime, onCell, scheduleCell, whyCell } from './item-cells.ts';
import { hasFailed, lastRunTime } from './item-order.ts';

export const snapshotItem = (policy: SnapshotPolicy): Item => ({ kind: 'snapshot', policy });

export const snapshotPoliciesList: ListView<SnapshotPolicy> = {
  id: LIST_IDS.snapshotPolicies,
  columns: [
    { id: 'subvolume', title: 'SUBVOLUME', width: 14, grow: true, priority: 0 },
    { id: 'schedule', title: 'WHEN', width: 13, grow: true, priority: 0 },
    { id: 'on', title: 'ON', width: 3, priority: 0 },
    { id: 'last', title: 'LAST', width: 9, priority: 0 },
    { id: 'next', title: 'NEXT', width: 12, priority: 0 },
    { id: 'hooks', title: 'COMMANDS', width: 13, priority: 1 },
    { id: 'why', title: '', width: 10, grow: true, priority: 2 },
  ],
  items: ({ snapshotPolicies }) => snapshotPolicies,
  depends: ({ automation, now }) => [automation, now],
  key: ({ subvolume }) => subvolume,
  cells: policyCells,
  search: (policy, state) => {
    const { subvolume, schedule, enabled } = policy;
    const item = snapshotItem(policy);
    return {
      text: `${subvolume} ${scheduleText(schedule)} ${enabled ? 'on' : 'off'} ${hooksText(policy)}`,
      fields: {
        subvolume,
        on: enabled ? 'yes' : 'no',
        failed: hasFailed(memoryOf(state, item)) ? 'yes' : 'no',
      },
    };
  },
  order: {
    subvolume: ({ subvolume }) => subvolume,
    on: ({ enabled }) => (enabled ? 0 : 1),
    last: (policy, state) => -lastRunTime(memoryOf(state, snapshotItem(policy))),
    next: (policy, state) => nextTime(state, snapshotItem(policy), policy.enabled),
  },
};

function policyCells(policy: SnapshotPolicy, state: AppState): Readonly<Record<string, Cell>> {
  const { subvolume, schedule, enabled } = policy;
  const item = snapshotItem(policy);
  return {
    subvolume: { text: formatName(subvolume), ...(enabled ? {} : { tone: 'dim' as const }) },
    schedule: scheduleCell(schedule),
    on: onCell(enabled),
    last: lastCell(state, item),
    next: nextCell(state, item, enabled),
    hooks: { text: hooksText(policy) },
    why: whyCell(state, item),
  };
}

/** Which commands run around it. */
export const hooksText = ({ hooks: { before, after } }: SnapshotPolicy): string =>
  [before && 'before', after && 'after'].filter((word) => word !== null).join(', ');
