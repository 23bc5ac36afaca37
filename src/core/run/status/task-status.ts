/**
 * Tells how the replication tasks stand: their state, how far each target is, the last round and the next. It reads
 * the configuration and the journal only, and is cheap enough to be asked several times a minute.
 */
import { type ItemMemory, itemKey } from '../../model/automation/automation.ts';
import type { TargetLag, Task, TaskState, TaskTargetMemory } from '../../model/automation/task.ts';
import { ok, type Result } from '../../model/result.ts';
import type { Run } from '../../model/runs/run.ts';
import { formatTarget } from '../../model/target.ts';
import { itemsOf, nextStep, syncDueOf } from '../../plan/automation/due.ts';
import { nextRunOf } from '../../plan/automation/next-run.ts';
import { newestOf } from '../../plan/catalog/newest.ts';
import { targetLag, taskState } from '../../plan/status/task-state.ts';
import type { Config } from '../../state/config/schema.ts';
import type { Fleet } from '../ground/fleet.ts';
import { type KnownFleet, type KnownTask, TaskReading } from './known-replicas.ts';

/** What is read. */
export type StatusFleet = KnownFleet & Pick<Fleet, 'config'>;

export interface TaskStatus {
  readonly task: Task;
  readonly state: TaskState;
  /** One for each target, in the task's order. */
  readonly lags: readonly TargetLag[];
  /** The last round that ended, by whomever it was asked for; null: there is none in the journal. */
  readonly lastRun: Run | null;
  /** When the next round is due, ISO 8601 UTC, past when it is overdue; null: the task does nothing by itself. */
  readonly nextRun: string | null;
  /** The round that runs now. */
  readonly running: Run | null;
}

/** `only`: names of the tasks that are asked for; without it all, in the order of the configuration. Fault: config-invalid. */
export function taskStatuses(fleet: StatusFleet, only?: readonly string[]): Result<TaskStatus[]> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const { config } = read.value;
  const tasks = only === undefined ? config.tasks : config.tasks.filter(({ name }) => only.includes(name));
  return ok(statusesOf(fleet, config, tasks, new TaskReading(fleet, config.servers, tasks)));
}

/** As `taskStatuses`, of these tasks; `reading`: of this pass. */
export function statusesOf(
  fleet: StatusFleet,
  config: Config,
  tasks: readonly Task[],
  reading: TaskReading,
): TaskStatus[] {
  if (tasks.length === 0) return [];
  const facts = readFacts(fleet, config, reading);
  return tasks.map((task) => statusOf(task, facts));
}

/** Far more than may ever run at once. */
const MOST_ROUNDS = 1000;

interface Facts {
  readonly fleet: StatusFleet;
  readonly config: Config;
  readonly now: number;
  readonly known: ReadonlyMap<string, KnownTask>;
  readonly running: ReadonlyMap<string, Run>;
  readonly targets: ReadonlyMap<string, readonly TaskTargetMemory[]>;
  readonly items: ReadonlyMap<string, ItemMemory>;
}

function readFacts(fleet: StatusFleet, config: Config, reading: TaskReading): Facts {
  const { journal } = fleet;
  const rounds = journal.listRuns({ kind: 'task', state: 'running', limit: MOST_ROUNDS });
  return {
    fleet,
    config,
    now: fleet.clock.now(),
    known: reading.known(),
    running: new Map(
      rounds.flatMap((run) => (run.request.kind === 'task' ? [[run.request.task, run] as const] : [])),
    ),
    targets: Map.groupBy(journal.taskTargets(), ({ task }) => task),
    items: new Map(journal.itemMemories().map((memory) => [memory.item, memory])),
  };
}

function statusOf(task: Task, facts: Facts): TaskStatus {
  const running = facts.running.get(task.name) ?? null;
  const lags = lagsOf(task, facts);
  return {
    task,
    state: taskState(task, { isRunning: running !== null, lags }),
    lags,
    lastRun: lastRound(facts.fleet, task.name),
    nextRun: nextRound(task, facts),
    running,
  };
}

function lagsOf(task: Task, { known, targets, now }: Facts): TargetLag[] {
  const about = known.get(task.name);
  if (!about) throw new Error(`nothing was worked out of the task ${task.name}`);
  const { made, oldest, points } = about;
  const newest = newestOf(made, now);
  return task.targets.map((target) => {
    const name = formatTarget(target);
    const point = points.get(name);
    if (!point) throw new Error(`nothing was worked out of ${name}`);
    const memory = targets.get(task.name)?.find((one) => one.target === name) ?? null;
    return targetLag({ target, rpoSeconds: task.rpoSeconds, point, newest, oldest, memory, now });
  });
}

/** A round that has ended is read once: its report may be long. */
const rounds = new WeakMap<StatusFleet, Map<string, Run>>();

function lastRound(fleet: StatusFleet, task: string): Run | null {
  const last = fleet.journal.lastRoundOf(task);
  if (last === null) return null;
  const known = rounds.get(fleet) ?? new Map<string, Run>();
  rounds.set(fleet, known);
  const before = known.get(task);
  // One that was taken for interrupted may still say how it ended.
  if (before?.id === last.id && before.finishedAt === last.finishedAt && before.outcome === last.outcome) {
    return before;
  }
  const run = fleet.journal.getRun(last.id);
  if (!run.ok) return null;
  known.set(task, run.value);
  return run.value;
}

function nextRound(task: Task, { config, items, now }: Facts): string | null {
  if (!task.enabled || task.suspended) return null;
  const item = { kind: 'task', task } as const;
  const memoryOf = (key: string): ItemMemory | null => items.get(key) ?? null;
  const step = nextStep({
    item,
    memory: memoryOf(itemKey(item)),
    now,
    jitterSeconds: config.preferences.jitterSeconds,
    syncDue: task.mode === 'sync' ? syncDueOf(task, itemsOf(config), memoryOf) : null,
  });
  return nextRunOf(step, task.schedule, now);
}
