/** Decides how policies read as rows: those that make snapshots, those that clean up, those that compare. */
import type { Cell, TableColumn } from '../../components/table-layout.ts';
import type { VerifyPolicy } from '../../core/model/automation/verify-policy.ts';
import type { PolicyKind, RetentionPolicy, SnapshotPolicy } from '../../core/model/policy.ts';
import { rulesText } from '../../core/model/retention.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { EntryOf } from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { levelText } from '../../text/verify.ts';
import type { ListView } from '../lists/lists.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { LIST_IDS } from '../shared/tabs.ts';
import {
  hasFailed,
  lastCell,
  lastRunTime,
  memoryOf,
  nextCell,
  nextTime,
  onCell,
  scheduleCell,
  whyCell,
} from './item-cells.ts';

interface Own<E> extends Pick<ListView<E>, 'id' | 'columns' | 'items' | 'order'> {
  /** What only policies of this kind say in a row, and in words to search by. */
  readonly cells: (entry: E) => Readonly<Record<string, Cell>>;
  readonly words: (entry: E) => string;
}

const policyList = <E extends EntryOf<PolicyKind>>(own: Own<E>): ListView<E> => ({
  id: own.id,
  columns: own.columns,
  items: own.items,
  depends: ({ automation, now }) => [automation, now],
  key: ({ policy }) => policy.subvolume,
  cells: (entry, state) => ({ ...policyCells(entry, state), ...own.cells(entry) }),
  search: (entry, state) => {
    const { subvolume, schedule, enabled } = entry.policy;
    return {
      text: `${subvolume} ${scheduleText(schedule)} ${enabled ? 'on' : 'off'} ${own.words(entry)}`,
      fields: {
        subvolume,
        on: enabled ? 'yes' : 'no',
        failed: hasFailed(memoryOf(state, entry)?.run) ? 'yes' : 'no',
      },
    };
  },
  order: {
    subvolume: ({ policy }) => policy.subvolume,
    on: ({ policy }) => (policy.enabled ? 0 : 1),
    last: (entry, state) => -lastRunTime(memoryOf(state, entry)),
    next: (entry, state) => nextTime(state, entry, entry.policy.enabled),
    ...own.order,
  },
});

function policyCells(entry: EntryOf<PolicyKind>, state: AppState): Readonly<Record<string, Cell>> {
  const { subvolume, schedule, enabled } = entry.policy;
  return {
    subvolume: { text: formatName(subvolume), ...(enabled ? {} : { tone: 'dim' as const }) },
    schedule: scheduleCell(schedule),
    on: onCell(enabled),
    last: lastCell(state, entry),
    next: nextCell(state, entry, enabled),
    why: whyCell(state, entry),
  };
}

const SUBVOLUME: TableColumn = { id: 'subvolume', title: 'SUBVOLUME', width: 14, grow: true, priority: 0 };
const TURN: readonly TableColumn[] = [
  { id: 'on', title: 'ON', width: 3, priority: 0 },
  { id: 'last', title: 'LAST', width: 9, priority: 0 },
  { id: 'next', title: 'NEXT', width: 12, priority: 0 },
];
const WHY: TableColumn = { id: 'why', title: '', width: 10, grow: true, priority: 2 };

const snapshotEntries = rememberLast((policies: readonly SnapshotPolicy[]) =>
  policies.map((policy): EntryOf<'snapshot'> => ({ kind: 'snapshot', policy })),
);

export const snapshotPoliciesList = policyList<EntryOf<'snapshot'>>({
  id: LIST_IDS.snapshotPolicies,
  columns: [
    SUBVOLUME,
    { id: 'schedule', title: 'WHEN', width: 13, grow: true, priority: 0 },
    ...TURN,
    { id: 'hooks', title: 'COMMANDS', width: 13, priority: 1 },
    WHY,
  ],
  items: ({ snapshotPolicies }) => snapshotEntries(snapshotPolicies),
  cells: ({ policy }) => ({ hooks: { text: hooksText(policy) } }),
  words: ({ policy }) => hooksText(policy),
  order: {},
});

/** Which commands run around it. */
const hooksText = ({ hooks: { before, after } }: SnapshotPolicy): string =>
  [before && 'before', after && 'after'].filter((word) => word !== null).join(', ');

const retentionEntries = rememberLast((policies: readonly RetentionPolicy[]) =>
  policies.map((policy): EntryOf<'retention'> => ({ kind: 'retention', policy })),
);

export const retentionPoliciesList = policyList<EntryOf<'retention'>>({
  id: LIST_IDS.retentionPolicies,
  columns: [
    SUBVOLUME,
    { id: 'rules', title: 'KEEPS', width: 16, grow: true, priority: 0 },
    { id: 'schedule', title: 'WHEN', width: 10, grow: true, priority: 1 },
    ...TURN,
    WHY,
  ],
  items: ({ retentionPolicies }) => retentionEntries(retentionPolicies),
  cells: ({ policy }) => ({ rules: { text: rulesText(policy.rules) } }),
  words: ({ policy }) => rulesText(policy.rules),
  order: { rules: ({ policy }) => rulesText(policy.rules) },
});

const verifyEntries = rememberLast((policies: readonly VerifyPolicy[]) =>
  policies.map((policy): EntryOf<'verify'> => ({ kind: 'verify', policy })),
);

export const verifyPoliciesList = policyList<EntryOf<'verify'>>({
  id: LIST_IDS.verifyPolicies,
  columns: [
    SUBVOLUME,
    { id: 'level', title: 'COMPARES', width: 12, priority: 0 },
    { id: 'schedule', title: 'WHEN', width: 10, grow: true, priority: 1 },
    ...TURN,
    WHY,
  ],
  items: ({ verifyPolicies }) => verifyEntries(verifyPolicies),
  cells: ({ policy }) => ({ level: { text: levelText(policy) } }),
  words: ({ policy }) => levelText(policy),
  order: { level: ({ policy }) => levelText(policy) },
});
