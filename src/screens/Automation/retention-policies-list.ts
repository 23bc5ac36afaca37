/** Decides how the policies that clean up read as rows. */
import type { Cell } from '../../components/table-layout.ts';
import type { Item } from '../../core/model/automation/automation.ts';
import type { RetentionPolicy } from '../../core/model/policy.ts';
import { rulesText } from '../../core/model/retention.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import type { ListView } from '../lists/lists.ts';
import { LIST_IDS } from '../shared/tabs.ts';
import { lastCell, memoryOf, nextCell, nextTime, onCell, scheduleCell, whyCell } from './item-cells.ts';
import { hasFailed, lastRunTime } from './item-order.ts';

export const retentionItem = (policy: RetentionPolicy): Item => ({ kind: 'retention', policy });

export const retentionPoliciesList: ListView<RetentionPolicy> = {
  id: LIST_IDS.retentionPolicies,
  columns: [
    { id: 'subvolume', title: 'SUBVOLUME', width: 14, grow: true, priority: 0 },
    { id: 'rules', title: 'KEEPS', width: 16, grow: true, priority: 0 },
    { id: 'schedule', title: 'WHEN', width: 10, grow: true, priority: 1 },
    { id: 'on', title: 'ON', width: 3, priority: 0 },
    { id: 'last', title: 'LAST', width: 9, priority: 0 },
    { id: 'next', title: 'NEXT', width: 12, priority: 0 },
    { id: 'why', title: '', width: 10, grow: true, priority: 2 },
  ],
  items: ({ retentionPolicies }) => retentionPolicies,
  depends: ({ automation, now }) => [automation, now],
  key: ({ subvolume }) => subvolume,
  cells: policyCells,
  search: (policy, state) => {
    const { subvolume, schedule, enabled, rules } = policy;
    return {
      text: `${subvolume} ${rulesText(rules)} ${scheduleText(schedule)} ${enabled ? 'on' : 'off'}`,
      fields: {
        subvolume,
        on: enabled ? 'yes' : 'no',
        failed: hasFailed(memoryOf(state, retentionItem(policy))) ? 'yes' : 'no',
      },
    };
  },
  order: {
    subvolume: ({ subvolume }) => subvolume,
    rules: ({ rules }) => rulesText(rules),
    on: ({ enabled }) => (enabled ? 0 : 1),
    last: (policy, state) => -lastRunTime(memoryOf(state, retentionItem(policy))),
    next: (policy, state) => nextTime(state, retentionItem(policy), policy.enabled),
  },
};

function policyCells(policy: RetentionPolicy, state: AppState): Readonly<Record<string, Cell>> {
  const { subvolume, rules, schedule, enabled } = policy;
  const item = retentionItem(policy);
  return {
    subvolume: { text: formatName(subvolume), ...(enabled ? {} : { tone: 'dim' as const }) },
    rules: { text: rulesText(rules) },
    schedule: scheduleCell(schedule),
    on: onCell(enabled),
    last: lastCell(state, item),
    next: nextCell(state, item, enabled),
    why: whyCell(state, item),
  };
}
