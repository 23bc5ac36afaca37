/**
 * Decides which of the items that are due may begin now, and why the others wait. For one subvolume the order is
 * snapshot, replicate, clean up; snapshots never wait for a transfer, nor for a place that a transfer takes.
 */
import { type Item, itemKey } from '../../model/automation/automation.ts';
import type { Task } from '../../model/automation/task.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import { dueAfter } from '../time/schedule.ts';
import { makesSnapshotsFor, type NextStep, scheduleOf, subvolumesOfItem } from './due.ts';

export type DueStep = Extract<NextStep, { kind: 'due' }>;

export interface ItemStep {
  readonly item: Item;
  readonly step: NextStep;
  /** Of a round: the targets it would be about. */
  readonly targets: readonly Target[];
}

export interface Begin {
  readonly item: Item;
  readonly step: DueStep;
  readonly targets: readonly Target[];
  /** Those of them that a round leaves out, as their servers are full; for the others it begins all the same. */
  readonly without: readonly Target[];
}

export interface Limits {
  /** Most snapshots at once. */
  readonly snapshots: number;
  /** Most clean-ups at once. */
  readonly cleanups: number;
  /** Most comparisons of replicas with their source at once. */
  readonly verifications: number;
  /** Most rounds at once. */
  readonly concurrentTasks: number;
  /** Most rounds at once that send to the same server. */
  readonly concurrentPerServer: number;
}

export type WaitsFor =
  /** All places for its kind are taken. */
  | { readonly kind: 'place' }
  /** As many rounds as may send to its servers, of which this is one. */
  | { readonly kind: 'server'; readonly server: string }
  /** A snapshot of its subvolumes is to be made first. */
  | { readonly kind: 'snapshot'; readonly item: string }
  /** A round for its subvolume comes first. */
  | { readonly kind: 'round'; readonly task: string }
  /** Somebody runs the same task by hand. */
  | { readonly kind: 'same-task' };

export interface Choice {
  /** In the order in which to begin. */
  readonly begin: readonly Begin[];
  readonly wait: readonly { readonly item: Item; readonly for: WaitsFor }[];
}

/** What it is about is empty of a task that was removed since. */
export interface RunningRound {
  readonly name: string;
  readonly subvolumes: readonly string[];
  /** Those that it is still at work on. */
  readonly targets: readonly Target[];
  /** Other targets of its task are free: a round for these may begin beside it. */
  readonly isBehind: boolean;
}

export interface ChooseInput {
  readonly steps: readonly ItemStep[];
  /** Rounds that are running, by whomever they were begun. */
  readonly rounds: readonly RunningRound[];
  readonly limits: Limits;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Since when items have waited for something that comes first (`isForOrder`), by their keys. */
  readonly waitingSince: ReadonlyMap<string, number>;
}

/** Whether an item waits for another one of its subvolume: nobody does so without end. */
export const isForOrder = (why: WaitsFor): boolean => why.kind === 'snapshot' || why.kind === 'round';

/** What was begun the longest time ago first, so that each has its turn; what has to wait keeps nobody else back. */
export function chooseBegins(input: ChooseInput): Choice {
  const due = input.steps.flatMap(({ item, step, targets }) =>
    step.kind === 'due' ? [{ item, step, targets, without: [] }] : [],
  );
  const inOrder = due.toSorted(byTurn);
  const ofKind = (...kinds: Item['kind'][]): Begin[] =>
    inOrder.filter(({ item }) => kinds.includes(item.kind));
  const running = (...kinds: Item['kind'][]): number =>
    input.steps.filter(({ item, step }) => step.kind === 'running' && kinds.includes(item.kind)).length;
  const { limits } = input;
  const choices = [
    untilFull(ofKind('snapshot', 'task-snapshot'), limits.snapshots - running('snapshot', 'task-snapshot')),
    chooseRounds(ofKind('task'), input),
    untilFull(ofKind('retention'), limits.cleanups - running('retention'), (item) =>
      cleanupWaits(item, input),
    ),
    untilFull(ofKind('verify'), limits.verifications - running('verify')),
  ];
  return { begin: choices.flatMap(({ begin }) => begin), wait: choices.flatMap(({ wait }) => wait) };
}

/** Never begun comes before all; of two that are alike the one that has been due for longer. */
function byTurn(one: Begin, other: Begin): number {
  const [first, second] = [one, other].map(({ item, step }) => [step.last ?? '', step.dueAt, itemKey(item)]);
  const differs = first?.findIndex((word, index) => word !== second?.[index]) ?? -1;
  return (first?.[differs] ?? '') < (second?.[differs] ?? '') ? -1 : 1;
}

function untilFull(
  due: readonly Begin[],
  places: number,
  waits: (item: Item) => WaitsFor | null = () => null,
): Choice {
  const begin: Begin[] = [];
  const wait: { item: Item; for: WaitsFor }[] = [];
  for (const one of due) {
    const why = waits(one.item) ?? (begin.length >= places ? ({ kind: 'place' } as const) : null);
    if (why === null) begin.push(one);
    else wait.push({ item: one.item, for: why });
  }
  return { begin, wait };
}

function chooseRounds(due: readonly Begin[], input: ChooseInput): Choice {
  const { steps, rounds, limits } = input;
  const sending = new Map<string, number>();
  const take = (targets: readonly Target[]): void => {
    for (const server of serversOf(targets)) sending.set(server, (sending.get(server) ?? 0) + 1);
  };
  // One that is behind may hang: then nobody else waits for its place.
  let taken = rounds.filter(({ isBehind }) => !isBehind).length;
  for (const { targets } of rounds) take(targets);
  const begin: Begin[] = [];
  const wait: { item: Item; for: WaitsFor }[] = [];
  const isFull = ({ server }: Target): boolean => (sending.get(server) ?? 0) >= limits.concurrentPerServer;
  const waits = (task: Task, step: DueStep, free: readonly Target[]): WaitsFor | null => {
    if (step.isOwed && free.length === 0) return { kind: 'same-task' };
    if (rounds.some(({ name, isBehind }) => name === task.name && !isBehind)) return { kind: 'same-task' };
    const since = waitsSince({ kind: 'task', task }, input);
    const snapshot = steps.find((one) => comesFirst(one, task, since));
    if (snapshot) return { kind: 'snapshot', item: itemKey(snapshot.item) };
    if (taken >= limits.concurrentTasks) return { kind: 'place' };
    const [first] = free;
    return first && free.every(isFull) ? { kind: 'server', server: first.server } : null;
  };
  for (const one of due) {
    if (one.item.kind !== 'task') continue;
    const free = freeTargets(one, rounds);
    const why = waits(one.item.task, one.step, free);
    if (why !== null) {
      wait.push({ item: one.item, for: why });
      continue;
    }
    const without = free.filter(isFull);
    begin.push({ ...one, without });
    take(free.filter((target) => !without.includes(target)));
    taken += 1;
  }
  return { begin, wait };
}

function freeTargets({ item, targets }: Begin, rounds: readonly RunningRound[]): Target[] {
  const own = rounds.filter(({ name }) => item.kind === 'task' && name === item.task.name);
  const busy = new Set(own.flatMap((round) => round.targets.map(formatTarget)));
  return targets.filter((target) => !busy.has(formatTarget(target)));
}

const serversOf = (targets: readonly Target[]): string[] => [...new Set(targets.map(({ server }) => server))];

/**
 * Whether a task has to wait for a snapshot: one of its subvolumes, of its own or of their policies, that is being
 * made or is due. One that failed and is tried again has been tried: what is there can be sent. One that was due only
 * after the task began to wait is the next round's, or where snapshots follow close upon each other none would begin.
 */
function comesFirst({ item, step }: ItemStep, task: Task, since: number): boolean {
  const isPending = step.kind === 'running' || (step.kind === 'due' && step.attempt === 1);
  return isPending && makesSnapshotsFor(item, task) && Date.parse(step.dueAt) <= since;
}

/** Milliseconds. */
const LONGEST_WAIT_OF_CLEANUPS = 3_600_000;

/**
 * Never longer than until it is due the next time, nor than an hour: neither a round that always fails nor one that
 * sends for days may fill the disk. What that one sends and will send is kept by the clean-up itself.
 */
function cleanupWaits(item: Item, input: ChooseInput): WaitsFor | null {
  const { steps, rounds, now } = input;
  const since = waitsSince(item, input);
  const next = dueAfter(scheduleOf(item), since) ?? Number.POSITIVE_INFINITY;
  if (item.kind !== 'retention' || Math.min(next, since + LONGEST_WAIT_OF_CLEANUPS) <= now) return null;
  const { subvolume } = item.policy;
  const running = rounds.find(({ subvolumes, isBehind }) => !isBehind && subvolumes.includes(subvolume));
  if (running) return { kind: 'round', task: running.name };
  for (const { item: other, step } of steps) {
    // What is owed to a target may be so for long, and what it lacks is kept.
    const isPending = step.kind === 'running' || (step.kind === 'due' && !step.isOwed);
    // What is compared is pinned: nothing has to wait for that.
    if (!isPending || other.kind === 'verify' || !subvolumesOfItem(other).includes(subvolume)) continue;
    const isBehind = rounds.some(
      (round) => other.kind === 'task' && round.name === other.task.name && round.isBehind,
    );
    if (isBehind && step.kind === 'running') continue;
    if (other.kind === 'task') return { kind: 'round', task: other.task.name };
    if (other.kind !== 'retention') return { kind: 'snapshot', item: itemKey(other) };
  }
  return null;
}

const waitsSince = (item: Item, { waitingSince, now }: ChooseInput): number =>
  waitingSince.get(itemKey(item)) ?? now;
