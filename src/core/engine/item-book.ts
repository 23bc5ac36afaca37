/**
 * Knows what automation has to do and what is remembered of it: reads the configuration and the journal when they
 * changed, and works out the next step of each item no more often than it can be another one.
 */
import { type Item, type ItemMemory, itemKey } from '../model/automation/automation.ts';
import type { Task, TaskTargetMemory } from '../model/automation/task.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import type { Run } from '../model/runs/run.ts';
import type { TaskRequest } from '../model/runs/task.ts';
import { formatTarget, type Target } from '../model/target.ts';
import type { ItemStep, RunningRound } from '../plan/automation/begin-order.ts';
import { itemsOf, type NextStep, nextStep, scheduleOf, syncDueOf } from '../plan/automation/due.ts';
import { askedOf, type Owed, TARGET_LOCKS, targetLock, targetsOfRound } from '../plan/automation/round.ts';
import { dueAtOrBefore } from '../plan/time/schedule.ts';
import type { Config } from '../state/config/schema.ts';
import type { ConfigStore } from '../state/config/store.ts';
import type { IsAlive } from '../state/home/holder.ts';
import type { Journal } from '../state/journal/journal.ts';
import type { HeldLock } from '../state/journal/locks.ts';

export interface BookPorts {
  readonly config: Pick<ConfigStore, 'read' | 'version'>;
  readonly journal: Pick<
    Journal,
    'changeStamp' | 'heldLocks' | 'itemMemories' | 'listRuns' | 'startNewItem' | 'taskTargets'
  >;
  readonly clock: Clock;
  readonly isAlive: IsAlive;
}

/**
 * Milliseconds that a round may still be at work on some targets when others have been served, before nobody waits for it
 * any more. Its own task waits no longer than until it is due again.
 */
const GRACE = 60_000;

/** Milliseconds since 1970 UTC since when a target that a round has served is free; null: none is. */
type FreeRound = Omit<RunningRound, 'isBehind'> & { readonly freeSince: number | null };

/** Far more than may ever run at once. */
const MOST_ROUNDS = 1000;

export class ItemBook {
  readonly #ports: BookPorts;
  /** Null: there is none, or it could not be read and is tried again at each look. */
  #version: string | null = null;
  /** What people were told of it. */
  #broken: string | null = null;
  #stamp: string | null = null;
  #memories: ReadonlyMap<string, ItemMemory> = new Map();
  #known: ReadonlyMap<string, KnownStep> = new Map();
  /** By task: what its rounds had to leave out. */
  readonly #owed = new Map<string, Owed>();
  /** Of that, what is free. */
  #owedNow: ReadonlyMap<string, Owed> = new Map();
  #taskTargets: ReadonlyMap<string, readonly TaskTargetMemory[]> = new Map();
  /** Null: it cannot be read now. */
  config: Config | null = null;
  items: readonly Item[] = [];
  #rounds: readonly FreeRound[] = [];

  constructor(ports: BookPorts) {
    this.#ports = ports;
  }

  /** What a look at the configuration found; a broken one is told once. */
  readConfig(): { readonly changed: boolean; readonly fault: Fault | null } {
    const version = this.#ports.config.version();
    if (version === this.#version) return { changed: false, fault: null };
    const read = this.#ports.config.read();
    const told = this.#broken;
    this.#broken = read.ok ? null : read.fault.message;
    this.#version = read.ok ? version : null;
    if (!read.ok && read.fault.message === told) return { changed: false, fault: null };
    // Which task a running round is of may be another one now.
    this.#stamp = null;
    this.config = read.ok ? read.value.config : null;
    this.items = read.ok ? itemsOf(read.value.config) : [];
    return { changed: true, fault: read.ok ? null : read.fault };
  }

  /** Whether anything was written to the journal since; may throw `JournalFailure`. */
  readJournal(): boolean {
    const { journal } = this.#ports;
    // Taken before reading: what is written in between makes the next look read again.
    const stamp = journal.changeStamp();
    if (stamp === this.#stamp) return false;
    this.#memories = new Map(journal.itemMemories().map((memory) => [memory.item, memory]));
    this.#taskTargets = Map.groupBy(journal.taskTargets(), ({ task }) => task);
    const tasks = new Map(this.config?.tasks.map((task) => [task.name, task]));
    const running = journal.listRuns({ kind: 'task', state: 'running', limit: MOST_ROUNDS });
    const locks =
      running.length + this.#owed.size > 0 ? journal.heldLocks(TARGET_LOCKS, this.#ports.isAlive) : [];
    this.#rounds = running.flatMap(({ request, ...run }) =>
      request.kind === 'task' ? this.#roundOf(run, request, tasks.get(request.task), locks) : [],
    );
    const held = new Set(locks.map(({ key }) => key));
    this.#owedNow = new Map(
      [...this.#owed].flatMap(([name, { targets, since }]) => {
        const task = tasks.get(name);
        const going = task ? this.#targetsOf(task).map(formatTarget) : [];
        const free = targets.filter((one) => going.includes(one) && !held.has(targetLock(name, one)));
        return free.length > 0 ? [[name, { targets: free, since }]] : [];
      }),
    );
    this.#stamp = stamp;
    return true;
  }

  /** A round begins, and takes along what was left out before it, as far as it is about that. `since` as in `Owed`. */
  begin({ task, only, without = [] }: TaskRequest, since: string | null): void {
    const left = this.#owed.get(task)?.targets.filter((target) => !(only?.includes(target) ?? true)) ?? [];
    this.#owed.delete(task);
    this.owe(task, [...left, ...without], since);
  }

  /** What a round left out is made up for once it is free. */
  owe(task: string, targets: readonly string[], since: string | null): void {
    const before = this.#owed.get(task) ?? { targets: [], since };
    const all = [...new Set([...before.targets, ...targets])];
    if (all.length > 0) this.#owed.set(task, { targets: all, since: before.since });
    this.#stamp = null;
  }

  /** `held`: all that rounds have on targets now. */
  #roundOf(
    { id, startedAt }: Pick<Run, 'id' | 'startedAt'>,
    request: TaskRequest,
    task: Task | undefined,
    held: readonly HeldLock[],
  ): FreeRound {
    const { task: name } = request;
    if (!task) return { name, subvolumes: [], targets: [], freeSince: null };
    const locks = held.filter(({ key }) => key.startsWith(targetLock(name, '')));
    const isHeld = (target: Target): boolean =>
      locks.some(({ key }) => key === targetLock(name, formatTarget(target)));
    const own = locks.filter(({ runId }) => runId === id).map(({ key }) => key);
    // It has not taken its targets yet, or has given them all back and is about to end, or waits for another round.
    if (own.length === 0) {
      const targets = locks.length > 0 ? [] : askedOf(request, task.targets).going;
      return { ...task, targets, freeSince: locks.length > 0 ? 0 : null };
    }
    const memories = this.#taskTargets.get(name) ?? [];
    const free = this.#targetsOf(task)
      .filter((target) => !isHeld(target))
      .map((target) => {
        const tried = memories.find((one) => one.target === formatTarget(target))?.triedAt;
        // One that was left out was tried by a round before.
        return Math.max(...[tried ?? null, startedAt].map((time) => (time === null ? 0 : Date.parse(time))));
      });
    return {
      ...task,
      targets: task.targets.filter((target) => own.includes(targetLock(name, formatTarget(target)))),
      freeSince: free.length === 0 ? null : Math.min(...free),
    };
  }

  /**
   * Notes since when that counts which goes by the clock and nobody noted: somebody wrote it into the file. Without it,
   * its first time would go by unseen. May throw `JournalFailure`.
   */
  noteNew(now: number): void {
    for (const item of this.items) {
      const schedule = scheduleOf(item);
      if (schedule.kind !== 'cron' || this.#memories.has(itemKey(item))) continue;
      const dueAt = dueAtOrBefore(schedule, now);
      if (dueAt !== null) this.#ports.journal.startNewItem(itemKey(item), isoTime(dueAt));
    }
  }

  /** Whom a round of it sends to now. */
  #targetsOf(task: Task): Target[] {
    const memories = this.#taskTargets.get(task.name) ?? [];
    return targetsOfRound({ task, memories, now: this.#ports.clock.now(), byHand: false });
  }

  memoryOf(key: string): ItemMemory | null {
    return this.#memories.get(key) ?? null;
  }

  /** All rounds of it that run have served it, and wait for others. */
  #hasFreeTarget(task: string): boolean {
    const own = this.#rounds.filter(({ name }) => name === task);
    return own.length > 0 && own.every(({ freeSince }) => freeSince !== null);
  }

  /** The rounds that run, beside what is to be done. */
  roundsBeside(steps: readonly ItemStep[], now: number): RunningRound[] {
    const dueAgain = new Set(
      steps.flatMap(({ item, step }) =>
        item.kind === 'task' && step.kind === 'due' && !step.isOwed ? [item.task.name] : [],
      ),
    );
    return this.#rounds.map(({ freeSince, ...round }) => {
      const isBehind = freeSince !== null && (now - freeSince >= GRACE || dueAgain.has(round.name));
      return { ...round, isBehind };
    });
  }

  /** The next step of every item; `now` in milliseconds since 1970 UTC. */
  steps(now: number, jitterSeconds: number): ItemStep[] {
    const known = new Map<string, KnownStep>();
    const steps = this.items.map((item) => {
      const key = itemKey(item);
      const syncDue =
        item.kind === 'task' ? syncDueOf(item.task, this.items, (one) => this.memoryOf(one)) : null;
      const hasFreeTarget = item.kind === 'task' && this.#hasFreeTarget(item.task.name);
      const owed = item.kind === 'task' ? (this.#owedNow.get(item.task.name) ?? null) : null;
      const facts = { item, jitterSeconds, syncDue, hasFreeTarget, owed, memory: this.memoryOf(key) };
      const before = this.#known.get(key);
      const one = before && stillHolds(before, facts, now) ? before : stepNow(facts, now);
      known.set(key, one);
      return { item, step: one.step, targets: this.#targetsOfStep(item, one.step, owed) };
    });
    this.#known = known;
    return steps;
  }

  #targetsOfStep(item: Item, step: NextStep, owed: Owed | null): Target[] {
    if (item.kind !== 'task' || step.kind !== 'due') return [];
    const targets = this.#targetsOf(item.task);
    return step.isOwed ? targets.filter((target) => owed?.targets.includes(formatTarget(target))) : targets;
  }
}

interface Facts {
  readonly item: Item;
  readonly memory: ItemMemory | null;
  readonly jitterSeconds: number;
  readonly syncDue: string | null;
  readonly hasFreeTarget: boolean;
  readonly owed: Owed | null;
}

interface KnownStep {
  readonly facts: Facts;
  /** Worked out at that time, and the same until another one, as long as the facts are. */
  readonly from: number;
  readonly until: number;
  readonly step: NextStep;
}

function stepNow(facts: Facts, now: number): KnownStep {
  const step = nextStep({ ...facts, now });
  // What is due may be due for a newer time at the next look.
  const running = facts.hasFreeTarget ? now : Infinity;
  const until = { wait: untilOf(step), due: now, running, never: Infinity }[step.kind];
  return { facts, from: now, until, step };
}

const untilOf = (step: NextStep): number => (step.kind === 'wait' ? Date.parse(step.until) : 0);

function stillHolds({ facts, from, until }: KnownStep, now: Facts, time: number): boolean {
  if (time < from || time >= until) return false;
  return (
    facts.item === now.item &&
    facts.jitterSeconds === now.jitterSeconds &&
    facts.syncDue === now.syncDue &&
    facts.hasFreeTarget === now.hasFreeTarget &&
    facts.owed === now.owed &&
    sameMemory(facts.memory, now.memory)
  );
}

/** A run that has finished stays as it is, except that one taken for interrupted may still say how it ended. */
function sameMemory(one: ItemMemory | null, other: ItemMemory | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.dueAt === other.dueAt &&
    one.attempt === other.attempt &&
    one.run?.id === other.run?.id &&
    one.run?.state === other.run?.state &&
    one.run?.outcome === other.run?.outcome &&
    one.run?.finishedAt === other.run?.finishedAt
  );
}
