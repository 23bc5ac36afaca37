/**
 * Decides whether a task can be as somebody wants it: its schedule and rules, its targets, and that no two tasks write
 * the replicas of one subvolume into one directory. Whether its subvolumes are there is settled elsewhere.
 */

import { isGroup, type Task } from '../../model/automation/task.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Filesystem, Inventory } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { isServerName, type Server } from '../../model/server.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { insidePath } from '../catalog/catalog.ts';
import { checkRetentionRules } from '../retention/rules.ts';
import { checkSchedule } from '../time/schedule.ts';

export interface TaskSurroundings {
  readonly servers: readonly Server[];
  /** All there are; one of the same name is this one as it was. */
  readonly tasks: readonly Task[];
  /** The last look at each server there was one at. */
  readonly inventories: ReadonlyMap<string, Inventory>;
}

/** The task, its expression with single spaces. Faults: `usage`, `refused`, no-such-server, task-in-use. */
export function checkTask(task: Task, around: TaskSurroundings): Result<Task> {
  const wrong = wrongName(task) ?? unknownServer(task, around) ?? twice(task, around) ?? wrongNumber(task);
  if (wrong) return failed(wrong);
  if (task.into !== null && isGroup(task)) return failed(groupInto(task.name));
  const schedule = checkSchedule(task.schedule);
  if (!schedule.ok) return schedule;
  const rules = task.retention === null ? ok(null) : checkRetentionRules(task.retention);
  if (!rules.ok) return rules;
  const taken = sharedDirectory(task, around);
  return taken ? failed(taken) : ok({ ...task, schedule: schedule.value });
}

function wrongName({ name }: Task): Fault | null {
  if (isServerName(name)) return null;
  return fault(
    'usage',
    `"${name}" cannot be the name of a task.`,
    'Take 1 to 63 letters, digits, dots, dashes or underscores; the first is none of dot and dash.',
  );
}

function unknownServer({ targets }: Task, { servers }: TaskSurroundings): Fault | null {
  const unknown = targets.find(({ server }) => !servers.some(({ name }) => name === server));
  if (!unknown) return null;
  return fault(
    'no-such-server',
    `There is no server named ${unknown.server}.`,
    `There are: ${servers.map(({ name }) => name).join(', ') || 'none'}. "btrfleet server add" adds one.`,
    { server: unknown.server },
  );
}

/** A subvolume or a target that is named twice, by whatever name. */
function twice({ subvolumes, targets }: Task, around: TaskSurroundings): Fault | null {
  const again = subvolumes.find((one, index) => subvolumes.indexOf(one) < index);
  if (again !== undefined) {
    return fault('usage', `The subvolume ${again} is named twice.`, 'Name every subvolume once.');
  }
  for (const [index, target] of targets.entries()) {
    const same = targets.slice(0, index).find((other) => isSamePlace(other, target, around));
    if (!same) continue;
    const [one, other] = [formatTarget(same), formatTarget(target)];
    return fault(
      'usage',
      one === other ? `The target ${one} is named twice.` : `${one} and ${other} are the same place.`,
      'Name every target once.',
    );
  }
  return null;
}

function wrongNumber({ rpoSeconds, retries, suspendAfter, options }: Task): Fault | null {
  const rate = options.rateBytesPerSecond;
  const limits = [
    ['an RPO, in seconds', rpoSeconds, 1, Number.MAX_SAFE_INTEGER],
    ['a number of retries', retries, 0, 100],
    ['a number of failures', suspendAfter, 0, 10_000],
    ['a rate, in bytes a second', rate, 1, Number.MAX_SAFE_INTEGER],
  ] as const;
  for (const [what, value, least, most] of limits) {
    if (value === null || (Number.isInteger(value) && value >= least && value <= most)) continue;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    return fault('usage', `${value} is not ${what}.`, `Give a whole number ${range}.`);
  }
  return null;
}

/** Of two tasks, one would clean up, and take for done, what the other sends. */
function sharedDirectory(task: Task, around: TaskSurroundings): Fault | null {
  for (const other of around.tasks) {
    if (other.name === task.name || other.into !== task.into) continue;
    const subvolume = task.subvolumes.find((one) => task.into !== null || other.subvolumes.includes(one));
    const target = task.targets.find((one) => other.targets.some((its) => isSamePlace(one, its, around)));
    if (subvolume === undefined || target === undefined) continue;
    return task.into === null
      ? sentAlready(other.name, subvolume, target)
      : intoTaken(other.name, task.into, target);
  }
  return null;
}

/** Whether two targets are one filesystem and one place in it; what no look has told is known by its names alone. */
function isSamePlace(one: Target, other: Target, around: TaskSurroundings): boolean {
  if (one.server !== other.server) return false;
  const [mount, itsMount] = [mountOf(one, around), mountOf(other, around)];
  if (mount === itsMount) return true;
  const [place, itsPlace] = [placeOf(one.server, mount, around), placeOf(other.server, itsMount, around)];
  return place !== null && place === itsPlace;
}

const mountOf = ({ server, mount }: Target, { servers }: TaskSurroundings): string | null =>
  mount ?? servers.find(({ name }) => name === server)?.defaultMount ?? null;

/** Null: not known. */
function placeOf(server: string, mount: string | null, { inventories }: TaskSurroundings): string | null {
  const filesystems = inventories.get(server)?.filesystems ?? [];
  const filesystem = mount === null ? onlyOne(filesystems) : withMount(filesystems, mount);
  return filesystem ? `${filesystem.uuid} ${insidePath(filesystem, mount ?? filesystem.mount)}` : null;
}

const onlyOne = (filesystems: readonly Filesystem[]): Filesystem | null =>
  filesystems.length === 1 ? (filesystems[0] ?? null) : null;

const withMount = (filesystems: readonly Filesystem[], mount: string): Filesystem | null =>
  filesystems.find(({ mounts }) => mounts.some(({ path }) => path === mount)) ?? null;

const sentAlready = (task: string, subvolume: string, target: Target): Fault =>
  fault(
    'task-in-use',
    `The task ${task} sends ${subvolume} to ${formatTarget(target)} already.`,
    `Choose another target, or a directory of its own there with --into DIR; or change that one: "btrfleet task show ${task}".`,
    { server: target.server },
  );

const intoTaken = (task: string, into: string, target: Target): Fault =>
  fault(
    'task-in-use',
    `The task ${task} sends into ${into} on ${formatTarget(target)} already.`,
    `Choose another directory, for example --into ${into}-2.`,
    { server: target.server },
  );

const groupInto = (task: string): Fault =>
  fault(
    'usage',
    `${task} has several subvolumes, and a group keeps each of them in its usual directory.`,
    'Leave --into away, or make a task of its own for the subvolume that needs it.',
  );
