/**
 * Begins the runs that plan/ says may begin now, and what was asked for by hand, and tells how each of them ended. It
 * decides nothing about when, and carries nothing out.
 */
import { type Item, type ItemMemory, itemKey } from '../model/automation/automation.ts';
import type { AutomationEvent } from '../model/automation/event.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import type { SnapshotPolicy } from '../model/policy.ts';
import { faultsOf, type Run, subjectOf } from '../model/runs/run.ts';
import type { TaskReport, TaskRequest } from '../model/runs/task.ts';
import { formatTarget } from '../model/target.ts';
import {
  type Begin,
  type Choice,
  chooseBegins,
  type DueStep,
  type ItemStep,
  isForOrder,
} from '../plan/automation/begin-order.ts';
import { nextStep, requestOf } from '../plan/automation/due.ts';
import type { Config } from '../state/config/schema.ts';
import type { Journal } from '../state/journal/journal.ts';
import type { ItemBook } from './item-book.ts';
import { summaryOf } from './run-summary.ts';
import { RunsAtWork, type WorkPorts } from './runs-at-work.ts';

export interface DuePorts extends WorkPorts {
  readonly clock: Clock;
  readonly journal: WorkPorts['journal'] & Pick<Journal, 'beginDueRun'>;
}

export interface DueOptions {
  /** Only what is due when this begins, each item once at most: else there may be no end. */
  readonly once: boolean;
  readonly tell: (event: AutomationEvent) => void;
  /** A run is over; `tellEnded` says how. */
  readonly onSettled: () => void;
}

export interface AutomationTotals {
  /** Runs that ended here, those asked for by hand included. */
  readonly ran: number;
  /** Those of them that failed or were interrupted. */
  readonly failed: number;
}

/** Most at once; of rounds, the preferences say it. */
const SNAPSHOTS = 8;
const CLEANUPS = 2;
/** They read all that a server has of it: transfers go first. */
const VERIFICATIONS = 1;
const BY_HAND = 4;

interface Begun {
  readonly item: Item;
  readonly step: DueStep;
}

export class DueRuns {
  readonly #ports: DuePorts;
  readonly #options: DueOptions;
  readonly #book: ItemBook;
  /** Null: it was asked for by hand. */
  readonly #runs: RunsAtWork<Begun | null>;
  readonly #startedAt: number;
  /** Keys of what was begun with `once`. */
  readonly #begun = new Set<string>();
  /** Since when items wait for what comes first; milliseconds since 1970 UTC. */
  #waiting: ReadonlyMap<string, number> = new Map();
  /** Items that people were told of, as they cannot be followed. */
  #unfollowed: ReadonlySet<string> = new Set();
  #byHand = 0;
  totals: AutomationTotals = { ran: 0, failed: 0 };

  constructor(ports: DuePorts, book: ItemBook, options: DueOptions) {
    this.#ports = ports;
    this.#book = book;
    this.#options = options;
    this.#runs = new RunsAtWork(ports, options.onSettled);
    this.#startedAt = ports.clock.now();
  }

  /** Runs that have not ended. */
  get size(): number {
    return this.#runs.size;
  }

  cancel(): void {
    this.#runs.cancel();
  }

  settled(): Promise<void> {
    return this.#runs.settled();
  }

  /** Returns how many began, and when the next item is to begin (Infinity: none that is known). */
  beginDue({ preferences, snapshotPolicies }: Config): { readonly began: number; readonly nextAt: number } {
    const now = this.#ports.clock.now();
    const { once } = this.#options;
    const all = this.#book.steps(now, once ? 0 : preferences.jitterSeconds);
    this.#tellUnfollowed(all);
    const steps = once ? all.map((one) => this.#heldBack(one)) : all;
    const choice = chooseBegins({
      steps,
      rounds: this.#book.roundsBeside(steps, now),
      limits: { snapshots: SNAPSHOTS, cleanups: CLEANUPS, verifications: VERIFICATIONS, ...preferences },
      now,
      waitingSince: this.#waiting,
    });
    this.#noteWaiting(choice.wait, now);
    const began = choice.begin.filter((one) => this.#begin(one, snapshotPolicies)).length;
    // Once, nothing is waited for but what runs.
    return {
      began,
      nextAt: once ? Number.POSITIVE_INFINITY : Math.min(...all.map(({ step }) => beginsAt(step))),
    };
  }

  /** Returns how many began. */
  beginQueued(): number {
    let began = 0;
    for (; this.#byHand < BY_HAND; this.#byHand += 1) {
      const run = this.#runs.startQueued(null);
      if (run === null) break;
      began += 1;
      this.#options.tell({ type: 'hand', run: run.id, phase: 'begun', text: asked(run) });
    }
    return began;
  }

  /**
   * Tells of what has ended since; returns the faults with which the journal refused something of it. May throw
   * `JournalFailure`: the rest is then told when it is asked again.
   */
  tellEnded(): Fault[] {
    const failures: Fault[] = [];
    for (const ended of this.#runs.takeEnded()) {
      const { run, about, bug, failure } = ended;
      if (failure !== null) failures.push(failure);
      const isFailed = run.outcome === 'failed' || run.outcome === 'interrupted';
      this.totals = { ran: this.totals.ran + 1, failed: this.totals.failed + (isFailed ? 1 : 0) };
      if (about === null) this.#byHand -= 1;
      if (run.request.kind === 'task' && run.report?.kind === 'task')
        this.#book.owe(run.request.task, busyOf(run.request, run.report), run.startedAt);
      if (bug !== null) this.#options.tell({ type: 'broke', run: run.id, text: bug });
      this.#options.tell(about === null ? handEnded(run) : this.#itemEnded(run, about));
    }
    return failures;
  }

  /** False: somebody else began it since the journal was read. */
  #begin({ item, step, targets, without: full }: Begin, policies: readonly SnapshotPolicy[]): boolean {
    const { journal, holder } = this.#ports;
    const key = itemKey(item);
    const { dueAt, attempt, missed } = step;
    const after = this.#book.memoryOf(key);
    const without = full.map(formatTarget);
    const request = requestOf(item, dueAt, policies, {
      ...(step.isOwed ? { only: targets.map(formatTarget) } : {}),
      ...(without.length > 0 ? { without } : {}),
    });
    const run = journal.beginDueRun({
      item: key,
      dueAt,
      attempt,
      after,
      request,
      holder,
    });
    if (run === null) return false;
    if (request.kind === 'task') this.#book.begin(request, step.last);
    this.#runs.start(run, { item, step });
    if (this.#options.once) this.#begun.add(key);
    this.#options.tell({ type: 'begun', item: key, run: run.id, dueAt, attempt, missed });
    return true;
  }

  #itemEnded(run: Run, begun: Begun): AutomationEvent {
    return {
      type: 'ended',
      item: itemKey(begun.item),
      run: run.id,
      outcome: run.outcome ?? 'failed',
      seconds: secondsOf(run),
      summary: summaryOf(run.report),
      faults: faultsOf(run.report),
      retryAt: this.#retryAt(run, begun),
    };
  }

  /** Null: not before it is due the next time, or not at all, as it was removed. */
  #retryAt(run: Run, { item, step }: Begun): string | null {
    const key = itemKey(item);
    const current = this.#book.items.find((one) => itemKey(one) === key);
    if (current === undefined || this.#options.once) return null;
    const now = this.#ports.clock.now();
    const next = nextStep({ item: current, memory: memoryAfter(run, key, step), now, jitterSeconds: 0 });
    if (next.kind === 'due') return next.attempt > step.attempt ? isoTime(now) : null;
    return next.kind === 'wait' && next.why === 'retry' ? next.until : null;
  }

  /** What became due after the beginning, or was begun already, is left to the next time. */
  #heldBack(one: ItemStep): ItemStep {
    const { item, step } = one;
    // What a round left out belongs to that one.
    if (step.kind !== 'due' || step.isOwed) return one;
    // Of a task in sync mode, a snapshot that was made just now makes the round due.
    const isOurs =
      Date.parse(step.dueAt) <= this.#startedAt || (item.kind === 'task' && item.task.mode === 'sync');
    if (isOurs && !this.#begun.has(itemKey(item))) return one;
    return { ...one, step: { kind: 'wait', until: step.dueAt, why: 'schedule' } };
  }

  /** What waits for nothing but a place, or began, waits no longer for something that comes first. */
  #noteWaiting(wait: Choice['wait'], now: number): void {
    const waiting = wait.filter(({ for: why }) => isForOrder(why));
    this.#waiting = new Map(
      waiting.map(({ item }) => [itemKey(item), Math.min(this.#waiting.get(itemKey(item)) ?? now, now)]),
    );
  }

  #tellUnfollowed(steps: readonly ItemStep[]): void {
    const before = this.#unfollowed;
    const broken = steps.flatMap(({ item, step }) =>
      step.kind === 'never' ? [{ item: itemKey(item), fault: step.fault }] : [],
    );
    this.#unfollowed = new Set(broken.map(({ item, fault }) => `${item} ${fault.message}`));
    for (const { item, fault } of broken) {
      if (!before.has(`${item} ${fault.message}`)) this.#options.tell({ type: 'item-broken', item, fault });
    }
  }
}

/** What it was to leave out is owed since it began, and may have had a round of its own meanwhile. */
const busyOf = ({ without = [] }: TaskRequest, { targets }: TaskReport): string[] =>
  targets.flatMap(({ target, status }) => (status === 'busy' && !without.includes(target) ? [target] : []));

/** Milliseconds since 1970 UTC. What is due and waits begins when a run has ended. */
const beginsAt = (step: ItemStep['step']): number =>
  step.kind === 'wait' ? Date.parse(step.until) : Number.POSITIVE_INFINITY;

/** As the journal will remember it. */
function memoryAfter(run: Run, item: string, { dueAt, attempt }: DueStep): ItemMemory {
  const { id, state, outcome, finishedAt, cancelRequested, report } = run;
  const faults = faultsOf(report);
  const retry = faults.some((one) => one.retry);
  const last = { id, state, outcome, finishedAt, cancelRequested, fault: faults[0] ?? null, retry };
  return { item, dueAt, attempt, run: last };
}

const asked = (run: Run): string => `${run.kind} of ${subjectOf(run.request)}`;

function handEnded(run: Run): AutomationEvent {
  const why = faultsOf(run.report).map(({ message }) => message);
  const words = [run.outcome ?? 'failed', summaryOf(run.report), ...why].filter((one) => one !== '');
  return { type: 'hand', run: run.id, phase: 'ended', text: `${asked(run)}: ${words.join('; ')}` };
}

/** The clock may have been set back meanwhile. */
const secondsOf = ({ startedAt, finishedAt }: Run): number =>
  startedAt === null || finishedAt === null
    ? 0
    : Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
