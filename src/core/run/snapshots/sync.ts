/**
 * The snapshot driver with what belongs to it: of subvolumes that tasks in sync mode send, a snapshot by hand is only
 * done when every target has it. So their rounds are run as parts of it, after a round that is at work.
 */
import { taskKeys } from '../../model/automation/automation.ts';
import type { Task } from '../../model/automation/task.ts';
import type { CreatedSnapshot } from '../../model/runs/made.ts';
import type { RunReport } from '../../model/runs/run.ts';
import type { TaskReport } from '../../model/runs/task.ts';
import { formatTarget } from '../../model/target.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { fewAtOnce } from '../ground/few-at-once.ts';
import type { Fleet } from '../ground/fleet.ts';
import { knownPath } from '../looks/settle-subvolumes.ts';
import { createSnapshots } from './create.ts';

/** Rounds at once. */
const ROUNDS = 4;

export const snapshotAndSync: Driver<'snapshot'> = async (request, context) => {
  const config = context.fleet.config.read();
  if (!config.ok) return { kind: 'fault', fault: config.fault };
  const made = await createSnapshots(request, context);
  if (!request.sync || made.kind !== 'snapshot') return made;
  const tasks = config.value.config.tasks.filter((task) => isCovered(task, made.snapshots, context.fleet));
  const rounds = await fewAtOnce(tasks, ROUNDS, (task) => roundOf(task, context));
  return { ...made, tasks: rounds };
};

/** Every one of its subvolumes has a new snapshot. */
function isCovered(task: Task, made: readonly CreatedSnapshot[], fleet: Fleet): boolean {
  if (task.mode !== 'sync' || !task.enabled || task.suspended) return false;
  const paths = task.subvolumes.map((subvolume) => knownPath(fleet, subvolume));
  return paths.every((path) => made.some(({ subvolume }) => subvolume === path));
}

async function roundOf(task: Task, context: DriverContext): Promise<TaskReport> {
  const { name } = task;
  const targets = task.targets.map(formatTarget).join(', ');
  context.emit({ type: 'note', message: `${name}: waiting until ${targets} have it` });
  const [item] = taskKeys(name);
  const end = await context.part({
    request: { kind: 'task', task: name, snapshot: false },
    item,
    patient: true,
  });
  const round = reportOf(task, end.report);
  return end.unwritten ? { ...round, faults: [...round.faults, end.unwritten] } : round;
}

function reportOf(task: Task, report: RunReport): TaskReport {
  if (report.kind === 'task') {
    const { kind: _, ...round } = report;
    return round;
  }
  const why = report.kind === 'fault' ? report.fault : null;
  const status = why?.code === 'cancelled' ? 'cancelled' : 'failed';
  return {
    task: task.name,
    initializing: false,
    snapshot: null,
    targets: task.targets.map((target) => ({ target: formatTarget(target), status, fault: why })),
    replications: [],
    cleanups: [],
    faults: [],
  };
}
