/** Decides which list of automation the keys go to, and what of it is chosen. */
import type { Entry } from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { type ListHandle, listHandle } from '../lists/handle.ts';
import { chosenItems, cursorPlace } from '../lists/lists.ts';
import { type AutomationTab, automationTab } from '../shared/tabs.ts';
import { headLines } from './head-lines.ts';
import { retentionPoliciesList } from './retention-policies-list.ts';
import { snapshotPoliciesList } from './snapshot-policies-list.ts';
import { tasksList } from './tasks-list.ts';

/** Rows of the body that stand above the list. */
const above = (state: AppState): number => headLines(state, automationTab(state)).length;

const handles: Readonly<Record<AutomationTab, ListHandle>> = {
  snapshots: listHandle(snapshotPoliciesList, above),
  retention: listHandle(retentionPoliciesList, above),
  tasks: listHandle(tasksList, above),
};

export const automationHandle = (state: AppState): ListHandle => handles[automationTab(state)];

/** What the cursor stands on; null: the list is empty. */
export function entryAtCursor(state: AppState): Entry | null {
  switch (automationTab(state)) {
    case 'snapshots': {
      const { item } = cursorPlace(state, snapshotPoliciesList);
      return item === null ? null : { kind: 'snapshot', policy: item };
    }
    case 'retention': {
      const { item } = cursorPlace(state, retentionPoliciesList);
      return item === null ? null : { kind: 'retention', policy: item };
    }
    case 'tasks': {
      const { item } = cursorPlace(state, tasksList);
      return item === null ? null : { kind: 'task', task: item };
    }
  }
}

/** The marked ones, else the one at the cursor. */
export function chosenEntries(state: AppState): readonly Entry[] {
  switch (automationTab(state)) {
    case 'snapshots':
      return chosenItems(state, snapshotPoliciesList).map((policy) => ({ kind: 'snapshot', policy }));
    case 'retention':
      return chosenItems(state, retentionPoliciesList).map((policy) => ({ kind: 'retention', policy }));
    case 'tasks':
      return chosenItems(state, tasksList).map((task) => ({ kind: 'task', task }));
  }
}

export const isOn = (entry: Entry): boolean =>
  entry.kind === 'task' ? entry.task.enabled : entry.policy.enabled;
