/** What `btrfleet task list|show|enable|disable|suspend|resume|remove` do: they call core and tell what came of it. */
import { ok, type Result } from '../../core/model/result.ts';
import type { Fleet } from '../../core/run/ground/fleet.ts';
import {
  enableTask,
  removeTask,
  resumeTask,
  suspendTask,
  type TaskChange,
  taskNamed,
} from '../../core/run/settings/tasks.ts';
import { taskStatuses } from '../../core/run/status/task-status.ts';
import type { ExitCode } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { noteScheduler } from '../choices/scheduler-note.ts';
import { type ActionContext, tell, type YesOption } from '../frame/action.ts';
import { confirmLoss } from '../frame/confirm-loss.ts';
import { taskRow, taskTable, taskText } from './row.ts';

export function taskList(context: ActionContext): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, taskStatuses(fleet), (statuses) => {
    const text = statuses.length === 0 ? NONE : taskTable(statuses, fleet.clock.now());
    out.result(statuses.map(taskRow), text);
    if (statuses.some(({ task }) => task.enabled)) noteScheduler(context);
    return 0;
  });
}

const NONE = 'There are no tasks. Make one: btrfleet task add NAME --subvolume PATH --to SERVER --every 1h';

export function taskShow(context: ActionContext, name: string): Promise<ExitCode> {
  const { fleet, out } = context;
  return tell(out, taskNamed(fleet, name), (task) =>
    tell(out, taskStatuses(fleet, [task.name]), ([status]) => {
      if (status) out.result(taskRow(status), taskText(status, fleet.clock.now()));
      if (task.enabled) noteScheduler(context);
      return 0;
    }),
  );
}

type Switch = 'enable' | 'disable' | 'suspend' | 'resume';

interface Switched {
  /** False: it was so already. */
  readonly changed: boolean;
  readonly text: string;
}

export async function taskSwitch(
  context: ActionContext,
  verb: Switch,
  name: string,
  yes?: boolean,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const task = taskNamed(fleet, name);
  if (!task.ok) return out.fault(task.fault);
  const enabled = verb === 'suspend' || verb === 'resume' ? task.value.enabled : verb === 'enable';
  const change = { kind: 'task', name, task: { ...task.value, enabled } } as const;
  const asked = await confirmLoss(context, [change], { yes, isNew: enabled });
  if (!asked.allowed) return asked.code;
  return tell(out, switchTask(fleet, verb, name), ({ change, changed, text }) =>
    tell(out, taskStatuses(fleet, [name]), ([status]) => {
      if (status) out.result({ ...taskRow(status), changed, losing: asked.losing }, text);
      if (verb === 'enable' || verb === 'resume') {
        if (change.task.enabled) noteScheduler(context);
        else out.note(`It is disabled. To have it followed: btrfleet task enable ${name}`);
      }
      return 0;
    }),
  );
}

function switchTask(
  fleet: Fleet,
  verb: Switch,
  name: string,
): Result<Switched & { readonly change: TaskChange }> {
  const told = (change: TaskChange, key: 'enabled' | 'suspended', done: string, already: string) => {
    const changed = change.task[key] !== change.before[key];
    return ok({ change, changed, text: `The task ${name} ${changed ? done : already}` });
  };
  switch (verb) {
    case 'enable':
    case 'disable': {
      const change = enableTask(fleet, name, verb === 'enable');
      const word = `${verb}d`;
      return change.ok ? told(change.value, 'enabled', `is ${word}`, `was ${word} already`) : change;
    }
    case 'suspend': {
      const change = suspendTask(fleet, name);
      const done = 'is suspended: nothing is sent, its snapshots go on';
      return change.ok ? told(change.value, 'suspended', done, 'was suspended already') : change;
    }
    case 'resume': {
      const resumed = resumeTask(fleet, name);
      if (!resumed.ok) return resumed;
      const { targets } = resumed.value;
      const plain = told(resumed.value, 'suspended', 'is resumed', 'was not suspended');
      if (targets.length === 0) return plain;
      const again = `${targets.map(formatName).join(', ')} ${targets.length === 1 ? 'is' : 'are'} tried again`;
      return ok({ ...plain.value, changed: true, text: `The task ${name} is resumed: ${again}` });
    }
  }
}

export async function taskRemove(
  context: ActionContext,
  name: string,
  { yes }: YesOption,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const before = taskNamed(fleet, name);
  if (!before.ok) return out.fault(before.fault);
  const statuses = taskStatuses(fleet, [name]);
  const asked = await confirmLoss(context, [{ kind: 'task', name, task: null }], { yes });
  if (!asked.allowed) return asked.code;
  return tell(out, removeTask(fleet, name), () =>
    tell(out, statuses, ([status]) => {
      const { losing } = asked;
      const isKept = losing.snapshots.length === 0 && losing.unknown.length === 0;
      const stay = isKept ? '. Its snapshots and replicas stay as they are' : '';
      const text = `The task ${name} is removed${stay}`;
      out.result(status ? { ...taskRow(status), nextRun: null, losing } : { name, losing }, text);
      return 0;
    }),
  );
}
