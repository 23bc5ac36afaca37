/**
 * Changes which replication tasks there are and how they are set. Command line and screen both change tasks through
 * here. It connects to nothing and runs nothing: snapshots and replicas stay as they are, whatever becomes of a task.
 */

import type { Task } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { formatTarget } from '../../model/target.ts';
import { checkTask } from '../../plan/automation/task-check.ts';
import type { Config } from '../../state/config/schema.ts';
import type { Fleet } from '../ground/fleet.ts';
import { changeAutomation } from './change-automation.ts';

/** Its subvolumes must have been settled. Faults: task-exists, task-in-use, no-such-server, usage, refused, config-invalid. */
export function addTask(fleet: Fleet, task: Task): Result<Task> {
  const inventories = knownInventories(fleet);
  const changed = changeAutomation(fleet, (config) => {
    if (config.tasks.some(({ name }) => name === task.name)) return failed(exists(task.name));
    const checked = checkTask(task, { ...config, inventories });
    if (!checked.ok) return checked;
    fleet.journal.forgetTask(task.name);
    return ok({ ...config, tasks: [...config.tasks, checked.value] });
  });
  return changed.ok ? taskIn(changed.value, task.name) : changed;
}

export interface TaskChange {
  readonly task: Task;
  readonly before: Task;
}

/** What may be changed of a task: all but its name. */
export type TaskChanges = Partial<Omit<Task, 'name'>>;

/**
 * Changes only what is named; `changes` may depend on what it is now. Faults: no-such-task, and those of `addTask`
 * and of `changes`.
 */
export function editTask(
  fleet: Fleet,
  name: string,
  changes: TaskChanges | ((task: Task) => Result<TaskChanges>),
): Result<TaskChange> {
  const inventories = knownInventories(fleet);
  const edited = changeTask(fleet, name, (task, config) => {
    const wanted = typeof changes === 'function' ? changes(task) : ok(changes);
    if (!wanted.ok) return wanted;
    return checkTask({ ...task, ...wanted.value, name }, { ...config, inventories });
  });
  if (edited.ok) fleet.journal.keepTaskTargets(name, edited.value.task.targets.map(formatTarget));
  return edited;
}

/** A disabled task does nothing by itself. Faults: no-such-task, config-invalid. */
export const enableTask = (fleet: Fleet, name: string, enabled: boolean): Result<TaskChange> =>
  changeTask(fleet, name, (task) => ok({ ...task, enabled }));

/** Nothing is sent any more; its snapshots go on, and the bases are kept. Faults: no-such-task, config-invalid. */
export const suspendTask = (fleet: Fleet, name: string): Result<TaskChange> =>
  changeTask(fleet, name, (task) => ok({ ...task, suspended: true }));

export interface ResumedTask extends TaskChange {
  /** Targets that had been left alone after their failures, and are tried again now. */
  readonly targets: readonly string[];
}

/** Also tries those targets again that were left alone. Faults: no-such-task, config-invalid. */
export function resumeTask(fleet: Fleet, name: string): Result<ResumedTask> {
  const resumed = changeTask(fleet, name, (task) => ok({ ...task, suspended: false }));
  if (!resumed.ok) return resumed;
  const left = fleet.journal.taskTargets(name).filter(({ suspendedAt }) => suspendedAt !== null);
  fleet.journal.resumeTask(name);
  return ok({ ...resumed.value, targets: left.map(({ target }) => target) });
}

/** Forgets the settings; a round that is at work goes on to its end. Faults: no-such-task, config-invalid. */
export function removeTask(fleet: Fleet, name: string): Result<Task> {
  let removed: Result<Task> = failed(noSuchTask(name, []));
  const changed = changeAutomation(fleet, (config) => {
    removed = taskIn(config, name);
    return removed.ok ? ok({ ...config, tasks: config.tasks.filter((one) => one.name !== name) }) : removed;
  });
  return changed.ok ? removed : changed;
}

/** Faults: no-such-task, config-invalid. */
export function taskNamed(fleet: Fleet, name: string): Result<Task> {
  const read = fleet.config.read();
  return read.ok ? taskIn(read.value.config, name) : read;
}

function changeTask(
  fleet: Fleet,
  name: string,
  change: (task: Task, config: Config) => Result<Task>,
): Result<TaskChange> {
  let before: Task | null = null;
  const changed = changeAutomation(fleet, (config) => {
    const found = taskIn(config, name);
    if (!found.ok) return found;
    before = found.value;
    const next = change(found.value, config);
    if (!next.ok) return next;
    return ok({ ...config, tasks: config.tasks.map((one) => (one.name === name ? next.value : one)) });
  });
  if (!changed.ok) return changed;
  const task = taskIn(changed.value, name);
  if (before === null || !task.ok) throw new Error(`the task ${name} was changed and nothing was seen of it`);
  return ok({ task: task.value, before });
}

function taskIn({ tasks }: Config, name: string): Result<Task> {
  const task = tasks.find((one) => one.name === name);
  const names = tasks.map((one) => one.name);
  return task ? ok(task) : failed(noSuchTask(name, names));
}

const knownInventories = ({ journal }: Fleet): Map<string, Inventory> =>
  new Map(journal.lastInventories().map((inventory) => [inventory.server, inventory]));

const noSuchTask = (name: string, names: readonly string[]): Fault =>
  fault(
    'no-such-task',
    `There is no task named ${name}.`,
    names.length === 0
      ? 'There is none at all yet; "btrfleet task add --help" says how to make one.'
      : `There are: ${names.join(', ')}.`,
  );

const exists = (name: string): Fault =>
  fault(
    'task-exists',
    `There is a task named ${name} already.`,
    `Choose another name, or change it with "btrfleet task edit ${name}".`,
  );
