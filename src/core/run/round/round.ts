/** What the parts of one round of a task share. Which parts there are, and in which order, is decided in task-round. */
import { taskKeys } from '../../model/automation/automation.ts';
import type { Task } from '../../model/automation/task.ts';
import type { Fault } from '../../model/fault.ts';
import type { RunRequest } from '../../model/runs/run.ts';
import type { DriverContext, Part, PartEnd } from '../ground/driver.ts';
import { type RoundLooks, roundLooks } from '../looks/round-looks.ts';

export interface Round {
  readonly task: Task;
  readonly context: DriverContext;
  /** Says what the round is doing. */
  readonly note: (message: string) => void;
  readonly part: (request: RunRequest, more?: Pick<Part, 'look' | 'onEvent'>) => Promise<PartEnd>;
  readonly looks: RoundLooks;
  /** What failed beside the targets, in the order it was told. */
  readonly faults: Fault[];
}

export function roundOf(task: Task, context: DriverContext): Round {
  const [item] = taskKeys(task.name);
  const faults: Fault[] = [];
  return {
    task,
    context,
    faults,
    note: (message) => context.emit({ type: 'note', message }),
    looks: roundLooks(context),
    part: async (request, more) => {
      const end = await context.part({ request, item, ...more });
      if (end.unwritten) faults.push(end.unwritten);
      return end;
    },
  };
}
