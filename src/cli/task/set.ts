/** What `btrfleet task add|edit` do: they read the options, make sure of the subvolumes, set the task, say what changed. */

import { isGroup, type Task } from '../../core/model/automation/task.ts';
import { fault } from '../../core/model/fault.ts';
import { ok } from '../../core/model/result.ts';
import { makesSnapshots } from '../../core/plan/automation/due.ts';
import { findMount } from '../../core/plan/catalog/target.ts';
import { dueAfter } from '../../core/plan/time/schedule.ts';
import { addTask, editTask, taskNamed } from '../../core/run/settings/tasks.ts';
import { taskStatuses } from '../../core/run/status/task-status.ts';
import type { ExitCode } from '../../process/output.ts';
import { managerTimeZone } from '../../process/time-zone.ts';
import { formatSeconds } from '../../text/format.ts';
import { noteScheduler } from '../choices/scheduler-note.ts';
import { changesText, taskSettings } from '../choices/settings-text.ts';
import { settled } from '../choices/settled.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { confirmLoss, type LostRow } from '../frame/confirm-loss.ts';
import { taskChanges, taskFrom } from './choice.ts';
import type { TaskOptions } from './options.ts';
import { taskRow, taskText } from './row.ts';

export async function taskAdd(context: ActionContext, name: string, options: TaskOptions): Promise<ExitCode> {
  const { fleet, out } = context;
  const wanted = taskFrom(name, options, managerTimeZone());
  if (!wanted.ok) return out.fault(wanted.fault);
  const subvolumes = await settled(context, wanted.value.subvolumes);
  if (!subvolumes.ok) return out.fault(subvolumes.fault);
  const added = { ...wanted.value, subvolumes: subvolumes.value };
  const asked = await confirmLoss(context, [{ kind: 'task', name, task: added }], {
    ...options,
    isNew: true,
  });
  if (!asked.allowed) return asked.code;
  return tell(out, addTask(fleet, added), async (task) => {
    const code = await tellTask(context, task, asked.losing);
    noteSnapshots(context, task);
    noteMounts(context, task);
    noteRpo(context, task);
    if (task.enabled) noteScheduler(context);
    return code;
  });
}

export async function taskEdit(
  context: ActionContext,
  name: string,
  options: TaskOptions,
): Promise<ExitCode> {
  const { fleet, out } = context;
  if (Object.keys(options).every((name) => name === 'yes')) return out.fault(nothingNamed);
  const before = taskNamed(fleet, name);
  if (!before.ok) return out.fault(before.fault);
  // Once before anything is looked at: what cannot be understood is told at once.
  const named = taskChanges(options, managerTimeZone(), before.value);
  if (!named.ok) return out.fault(named.fault);
  const { subvolumes } = named.value;
  const paths = subvolumes ? await settled(context, subvolumes) : ok(null);
  if (!paths.ok) return out.fault(paths.fault);
  const after = { ...before.value, ...named.value, ...(paths.value && { subvolumes: paths.value }) };
  const asked = await confirmLoss(context, [{ kind: 'task', name, task: after }], options);
  if (!asked.allowed) return asked.code;
  const edited = editTask(fleet, name, (task) => {
    const changes = taskChanges(options, managerTimeZone(), task);
    if (!changes.ok || paths.value === null) return changes;
    return ok({ ...changes.value, subvolumes: paths.value });
  });
  return tell(out, edited, async ({ task, before: was }) => {
    const code = await tellTask(context, task, asked.losing);
    const changes = changesText(taskSettings(was), taskSettings(task));
    out.note(changes.length === 0 ? 'It was so already.' : changes.join('\n'));
    noteMounts(context, task);
    noteRpo(context, task);
    return code;
  });
}

const tellTask = ({ fleet, out }: ActionContext, task: Task, losing: LostRow): Promise<ExitCode> =>
  tell(out, taskStatuses(fleet, [task.name]), ([status]) => {
    if (status) out.result({ ...taskRow(status), losing }, taskText(status, fleet.clock.now()));
    return 0;
  });

/** Where the snapshots come from is not to be guessed. */
function noteSnapshots({ fleet, out }: ActionContext, task: Task): void {
  const read = fleet.config.read();
  if (!read.ok) return;
  const [subvolume] = task.subvolumes;
  if (!makesSnapshots(task, read.value.config.snapshotPolicies)) {
    out.note(`It sends the snapshots that the policy of ${subvolume} makes, and makes none of its own.`);
  } else if (!isGroup(task)) {
    out.note(`${subvolume} has no snapshot policy that is enabled, so the task makes the snapshots itself.`);
  }
}

/** A disk that is away is waited for: a mount that was mistyped would be, too, and without an RPO for ever. */
function noteMounts({ fleet, out }: ActionContext, { targets, rpoSeconds }: Task): void {
  const read = fleet.config.read();
  if (!read.ok) return;
  for (const { server: name, mount } of targets) {
    const server = read.value.config.servers.find((one) => one.name === name);
    const look = fleet.journal.lastInventory(name);
    if (!server || !look || mount === null) continue;
    const found = findMount(server, look, mount);
    if (found.ok) continue;
    const alarm = rpoSeconds === null ? 'without an alarm, as it has no RPO' : 'until its RPO is breached';
    out.note(`${found.fault.message} ${found.fault.hint} It is waited for ${alarm}.`);
  }
}

/** An alarm that is bound to come is a mistake. */
function noteRpo({ fleet, out }: ActionContext, { schedule, rpoSeconds }: Task): void {
  const first = dueAfter(schedule, fleet.clock.now());
  const second = first === null ? null : dueAfter(schedule, first);
  if (first === null || second === null || rpoSeconds === null) return;
  const apart = (second - first) / 1000;
  if (rpoSeconds >= apart) return;
  out.note(
    `Its rounds are ${formatSeconds(apart)} apart: an RPO of ${formatSeconds(rpoSeconds)} is breached before the ` +
      'next one begins. Choose a shorter interval, or a longer RPO.',
  );
}

const nothingNamed = fault(
  'usage',
  'Nothing is named that is to be changed.',
  'For example --every 30m; "btrfleet task edit --help" lists what can be.',
);
