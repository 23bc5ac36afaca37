/** The keys of the Automation page. */
import type { Task } from '../../core/model/automation/task.ts';
import { type App, openOverlay, tell } from '../../store/app.ts';
import {
  type Entry,
  entryText,
  removeEntries,
  runSnapshotPolicy,
  runTask,
  runVerifyPolicy,
  setEnabled,
  setSuspended,
} from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import type { Action } from '../keys/actions.ts';
import { patchList } from '../lists/lists.ts';
import { askCleanup } from '../retention/cleanup-question.ts';
import { noPlace, primaryOf } from '../shared/fleet-view.ts';
import { isActive } from '../shared/run-lines.ts';
import { automationTab } from '../shared/tabs.ts';
import { entryDetails } from './entry-details.ts';
import { openRetentionPolicyForm } from './forms/retention-policy.ts';
import { askBeforeDeleting } from './forms/retention-question.ts';
import { openSnapshotPolicyForm } from './forms/snapshot-policy.ts';
import { noSubvolumeFree } from './forms/subvolume-field.ts';
import { openTaskForm } from './forms/task.ts';
import { askBeforeRounds } from './forms/task-question.ts';
import { openVerifyPolicyForm } from './forms/verify-policy.ts';
import { statusOf } from './tasks-list.ts';
import { automationHandle, chosenEntries, entryAtCursor, isOn } from './views.ts';

const nothingHere = (state: AppState): string | undefined =>
  entryAtCursor(state) === null ? 'there is nothing here yet: n makes one' : undefined;

const on =
  (work: (app: App, entry: Entry) => void) =>
  (app: App): void => {
    const entry = entryAtCursor(app.store.getState());
    if (entry) work(app, entry);
  };

const onAll =
  (work: (app: App, entries: readonly Entry[]) => void) =>
  (app: App): void => {
    const state = app.store.getState();
    const { id } = automationHandle(state);
    work(app, chosenEntries(state));
    patchList(app, id, { marks: new Set(), anchor: null });
  };

const firstActions: readonly Action[] = [
  {
    id: 'automation-new',
    keys: ['n'],
    label: 'new',
    help: 'Make a policy or a task',
    changes: true,
    asks: true,
    blocked: whyNoNew,
    run: openNew,
  },
  {
    id: 'automation-edit',
    keys: ['e'],
    label: 'edit',
    help: 'Change the policy or the task',
    changes: true,
    asks: true,
    blocked: nothingHere,
    run: on(openEdit),
  },
  {
    id: 'automation-toggle',
    keys: ['t'],
    label: 'on/off',
    help: 'Turn what is marked, or at the cursor, on or off',
    changes: true,
    blocked: nothingHere,
    run: onAll(toggle),
  },
  {
    id: 'automation-run',
    keys: ['x'],
    label: 'run now',
    help: 'Do it now, on or off; a clean-up asks first',
    changes: true,
    blocked: (state) => nothingHere(state) ?? whyNotRun(state),
    run: on(runNow),
  },
];

const lastActions: readonly Action[] = [
  {
    id: 'automation-remove',
    keys: ['d'],
    label: 'remove',
    help: 'Forget the policy or the task; asks if clean-up may delete more then',
    changes: true,
    blocked: nothingHere,
    run: onAll(removeEntries),
  },
  {
    id: 'automation-show',
    keys: ['Enter'],
    label: 'details',
    help: 'Show all that is known of the policy or the task',
    blocked: nothingHere,
    run: on((app, entry) => {
      const state = app.store.getState();
      const lines = entryDetails(state, entry, Math.min(100, state.size.columns - 6));
      const text = entryText(entry);
      openOverlay(app, {
        kind: 'text',
        title: formatName(text.charAt(0).toUpperCase() + text.slice(1)),
        lines,
      });
    }),
  },
];

const suspendTask: Action = {
  id: 'task-suspend',
  keys: ['p'],
  label: 'suspend',
  help: 'Send nothing for now; or go on, also to targets that were left alone after failures',
  changes: true,
  blocked: nothingHere,
  run: onAll(suspend),
};

const resumeTask: Action = { ...suspendTask, label: 'resume' };

const suspendPolicy: Action = {
  ...suspendTask,
  quiet: true,
  blocked: () => 'a policy is not suspended; t turns it off and on',
};

const policyActions: readonly Action[] = [...firstActions, ...lastActions, suspendPolicy];
const taskActions: readonly Action[] = [...firstActions, suspendTask, ...lastActions];
const waitingActions: readonly Action[] = [...firstActions, resumeTask, ...lastActions];

export function automationActions(state: AppState): readonly Action[] {
  if (automationTab(state) !== 'tasks') return policyActions;
  return waitingTasks(state, chosenEntries(state)).length > 0 ? waitingActions : taskActions;
}

function whyNoNew(state: AppState): string | undefined {
  switch (automationTab(state)) {
    case 'snapshots':
      return noSubvolumeFree(state, 'snapshotPolicies');
    case 'retention':
      return noSubvolumeFree(state, 'retentionPolicies');
    case 'verify':
      return noSubvolumeFree(state, 'verifyPolicies');
    case 'tasks':
      return noPlace(state);
  }
}

function openNew(app: App): void {
  switch (automationTab(app.store.getState())) {
    case 'snapshots':
      openSnapshotPolicyForm(app, null);
      return;
    case 'retention':
      openRetentionPolicyForm(app, null);
      return;
    case 'verify':
      openVerifyPolicyForm(app, null);
      return;
    case 'tasks':
      openTaskForm(app, null);
      return;
  }
}

function openEdit(app: App, entry: Entry): void {
  switch (entry.kind) {
    case 'snapshot':
      openSnapshotPolicyForm(app, entry.policy);
      return;
    case 'retention':
      openRetentionPolicyForm(app, entry.policy);
      return;
    case 'verify':
      openVerifyPolicyForm(app, entry.policy);
      return;
    case 'task':
      openTaskForm(app, entry.task);
      return;
  }
}

/** All on, unless all are on. */
function toggle(app: App, entries: readonly Entry[]): void {
  const off = entries.filter((entry) => !isOn(entry));
  if (off.length === 0) {
    setEnabled(app, entries, false);
    return;
  }
  const policies = off.flatMap((entry) =>
    entry.kind === 'retention' ? [{ ...entry.policy, enabled: true }] : [],
  );
  const tasks = tasksOf(off).map((task) => ({ ...task, enabled: true }));
  askBeforeDeleting(app, policies, () => askBeforeRounds(app, tasks, () => setEnabled(app, off, true)));
}

/** Those that are suspended, or have a target that is left alone, go on; else all are suspended. */
function suspend(app: App, entries: readonly Entry[]): void {
  const waiting = waitingTasks(app.store.getState(), entries);
  if (waiting.length > 0) setSuspended(app, waiting, false);
  else setSuspended(app, tasksOf(entries), true);
}

const tasksOf = (entries: readonly Entry[]): Task[] =>
  entries.flatMap((entry) => (entry.kind === 'task' ? [entry.task] : []));

const waitingTasks = (state: AppState, entries: readonly Entry[]): Task[] =>
  tasksOf(entries).filter(
    (task) => task.suspended || statusOf(state, task)?.lags.some(({ memory }) => memory?.suspendedAt),
  );

function whyNotRun(state: AppState): string | undefined {
  const entry = entryAtCursor(state);
  if (primaryOf(state) === null) return 'there is no primary yet: page 2 adds servers';
  if (entry?.kind !== 'task') return undefined;
  const { name } = entry.task;
  const round = state.runs.find(
    (run) => run.request.kind === 'task' && run.request.task === name && isActive(run),
  );
  return round ? `run ${round.id} of it is still going on` : undefined;
}

function runNow(app: App, entry: Entry): void {
  switch (entry.kind) {
    case 'snapshot':
      runSnapshotPolicy(app, entry.policy);
      return;
    case 'retention': {
      const { subvolume, rules } = entry.policy;
      const { name = '' } = primaryOf(app.store.getState()) ?? {};
      const why = askCleanup(app, subvolume, name, rules);
      if (why !== null) tell(app, 'info', why);
      return;
    }
    case 'verify':
      runVerifyPolicy(app, entry.policy);
      return;
    case 'task':
      runTask(app, entry.task.name);
      return;
  }
}
