/** What the screen does with automation: it changes policies and tasks so that it can be taken back, and runs them now. */

import type { Item } from '../core/model/automation/automation.ts';
import type { ProtectionChange } from '../core/model/automation/protection.ts';
import type { Task } from '../core/model/automation/task.ts';
import type { VerifyPolicy } from '../core/model/automation/verify-policy.ts';
import type { SnapshotPolicy } from '../core/model/policy.ts';
import { ok, type Result } from '../core/model/result.ts';
import { hooksOf } from '../core/plan/automation/due.ts';
import { enablePolicy, removePolicy, setPolicy } from '../core/run/settings/policies.ts';
import {
  addTask,
  editTask,
  enableTask,
  removeTask,
  resumeTask,
  suspendTask,
} from '../core/run/settings/tasks.ts';
import { type App, closeOverlay, tell } from './app.ts';
import { enqueue } from './enqueue.ts';
import { complainInForm } from './form-actions.ts';
import { askAboutLoss, lossLines } from './lost-protection.ts';
import { changeSettings, nameOf, type Setting, type SettingKey } from './settings.ts';

/** What one of the tabs of automation lists: a policy, or a task with all it does. */
export type Entry = Exclude<Item, { readonly kind: 'task-snapshot' }>;
export type EntryOf<K extends Entry['kind']> = Extract<Entry, { readonly kind: K }>;

export const settingOf = (entry: Entry) => (entry.kind === 'task' ? entry.task : entry.policy);

const LISTS = {
  snapshot: 'snapshotPolicies',
  retention: 'retentionPolicies',
  verify: 'verifyPolicies',
  task: 'tasks',
} as const satisfies Readonly<Record<Entry['kind'], SettingKey['list']>>;

const keyOf = (entry: Entry): SettingKey => ({ list: LISTS[entry.kind], name: nameOf(settingOf(entry)) });

/** As it reads in a sentence. */
export const entryText = (entry: Entry): string =>
  entry.kind === 'task'
    ? `the task ${entry.task.name}`
    : `the ${entry.kind} policy of ${entry.policy.subvolume}`;

const manyText = (entries: readonly Entry[]): string => {
  const [first] = entries;
  if (entries.length === 1 && first) return entryText(first);
  return `${entries.length} ${first?.kind === 'task' ? 'tasks' : 'policies'}`;
};

/**
 * From the form, which is closed when it is done and else says why not. `before`: as it was when the form was opened;
 * null: it is a new one.
 */
export function saveEntry(app: App, entry: Entry, before: Entry | null): void {
  const { list, name } = keyOf(entry);
  const settings: readonly Setting[] = app.store.getState()[list];
  const now = settings.find((one) => nameOf(one) === name) ?? null;
  if (JSON.stringify(now) !== JSON.stringify(before && settingOf(before))) {
    const why = before === null ? 'There is one already.' : 'Somebody else has changed it since.';
    complainInForm(app, `${why} Close this with Esc, and look at it: e changes it.`);
    return;
  }
  const what = before === null ? `adding ${entryText(entry)}` : `changing ${entryText(entry)}`;
  const done = `${capital(entryText(entry))} is ${before === null ? 'added' : 'changed'}`;
  const saved = changeSettings(app, [keyOf(entry)], { what, done, edit: () => save(app, entry, before) });
  if (saved.ok) closeOverlay(app);
  else complainInForm(app, `${saved.fault.message} ${saved.fault.hint}`);
}

function save({ deps: { fleet } }: App, entry: Entry, before: Entry | null): Result<unknown> {
  if (entry.kind !== 'task') return setPolicy(fleet, entry);
  const { name, ...settings } = entry.task;
  return before === null ? addTask(fleet, entry.task) : editTask(fleet, name, settings);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is turned on was asked about where it was shown what it would delete. */
export function setEnabled(app: App, entries: readonly Entry[], enabled: boolean): void {
  const turn = (): void => turnAll(app, entries, enabled);
  if (enabled) turn();
  else {
    const changes = entries.flatMap((entry) =>
      changeTo(entry, entry.kind === 'task' ? { ...entry.task, enabled } : null),
    );
    askAboutLoss(app, `Turn off ${manyText(entries)}?`, lossLines(app, changes), turn);
  }
}

function turnAll(app: App, entries: readonly Entry[], enabled: boolean): void {
  const { fleet } = app.deps;
  change(app, entries, enabled ? 'on' : 'off', (entry) =>
    entry.kind === 'task'
      ? enableTask(fleet, entry.task.name, enabled)
      : enablePolicy(fleet, entry.kind, entry.policy.subvolume, enabled),
  );
}

/** It asks first where clean-up may delete more without them. */
export function removeEntries(app: App, entries: readonly Entry[]): void {
  const { fleet } = app.deps;
  const changes = entries.flatMap((entry) => changeTo(entry, null));
  askAboutLoss(app, `Remove ${manyText(entries)}?`, lossLines(app, changes), () =>
    change(app, entries, 'removed', (entry) =>
      entry.kind === 'task'
        ? removeTask(fleet, entry.task.name)
        : removePolicy(fleet, entry.kind, entry.policy.subvolume),
    ),
  );
}

/** `task`: what becomes of one; null: the entry is gone, or does nothing. */
function changeTo(entry: Entry, task: Task | null): ProtectionChange[] {
  switch (entry.kind) {
    case 'task':
      return [{ kind: 'task', name: entry.task.name, task }];
    case 'retention':
      return [{ kind: 'retention', subvolume: entry.policy.subvolume, policy: null }];
    case 'snapshot':
    case 'verify':
      return [];
  }
}

export function setSuspended(app: App, tasks: readonly Task[], suspended: boolean): void {
  const { fleet } = app.deps;
  const entries = tasks.map((task): Entry => ({ kind: 'task', task }));
  change(app, entries, suspended ? 'suspended' : 'resumed', (entry) => {
    if (entry.kind !== 'task') return ok(undefined);
    return suspended ? suspendTask(fleet, entry.task.name) : resumeTask(fleet, entry.task.name);
  });
}

/** All of them, or up to the first that fails. `word` reads after "is" and "are". */
function change(
  app: App,
  entries: readonly Entry[],
  word: string,
  edit: (entry: Entry) => Result<unknown>,
): void {
  const text = manyText(entries);
  const changed = changeSettings(app, entries.map(keyOf), {
    what: `${text} ${word}`,
    done: `${capital(text)} ${entries.length === 1 ? 'is' : 'are'} ${word}`,
    edit: () => {
      for (const entry of entries) {
        const edited = edit(entry);
        if (!edited.ok) return edited;
      }
      return ok(undefined);
    },
  });
  if (!changed.ok) tell(app, 'bad', `${changed.fault.message} ${changed.fault.hint}`);
}

/** As the policy would do it, its commands among it. */
export function runSnapshotPolicy(app: App, policy: SnapshotPolicy): void {
  const { subvolume } = policy;
  const request = {
    kind: 'snapshot',
    subvolumes: [subvolume],
    group: false,
    hooks: hooksOf(policy),
    dueAt: null,
    sync: true,
  } as const;
  enqueue(app, request, () => `Snapshot of ${subvolume} is being made`);
}

export function runVerifyPolicy(app: App, policy: VerifyPolicy): void {
  const { subvolume, level, share, budgetSeconds } = policy;
  const request = {
    kind: 'verify',
    subvolume,
    level,
    share,
    budgetSeconds,
    pairs: null,
    unchosen: [],
  } as const;
  enqueue(app, request, ({ id }) => `The replicas of ${subvolume} are compared by run ${id}`);
}

export function runTask(app: App, task: string): void {
  enqueue(
    app,
    { kind: 'task', task, snapshot: true },
    ({ id }) => `A round of ${task} is run ${id}; it goes on without the screen`,
  );
}
