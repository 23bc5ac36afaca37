/** Decides which list of automation the keys go to, and what of it is chosen. */
import { type Entry, settingOf } from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { type ListHandle, listHandle } from '../lists/handle.ts';
import { chosenItems, cursorPlace, type ListView } from '../lists/lists.ts';
import { type AutomationTab, automationTab } from '../shared/tabs.ts';
import { headLines } from './head-lines.ts';
import { retentionPoliciesList, snapshotPoliciesList, verifyPoliciesList } from './policy-lists.ts';
import { tasksList } from './tasks-list.ts';

/** Each has entries of one kind, which the compiler cannot follow. */
const LISTS = {
  snapshots: snapshotPoliciesList,
  retention: retentionPoliciesList,
  tasks: tasksList,
  verify: verifyPoliciesList,
} as unknown as Readonly<Record<AutomationTab, ListView<Entry>>>;

export const entriesList = (state: AppState): ListView<Entry> => LISTS[automationTab(state)];

/** Rows of the body that stand above the list. */
const above = (state: AppState): number => headLines(state, automationTab(state)).length;

const handles: Readonly<Record<AutomationTab, ListHandle>> = {
  snapshots: listHandle(LISTS.snapshots, above),
  retention: listHandle(LISTS.retention, above),
  tasks: listHandle(LISTS.tasks, above),
  verify: listHandle(LISTS.verify, above),
};

export const automationHandle = (state: AppState): ListHandle => handles[automationTab(state)];

/** What the cursor stands on; null: the list is empty. */
export const entryAtCursor = (state: AppState): Entry | null => cursorPlace(state, entriesList(state)).item;

/** The marked ones, else the one at the cursor. */
export const chosenEntries = (state: AppState): readonly Entry[] => chosenItems(state, entriesList(state));

export const isOn = (entry: Entry): boolean => settingOf(entry).enabled;
