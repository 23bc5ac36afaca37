/**
 * The automation loop: looks at the clock, the configuration and the journal, has begun what may begin now, and waits.
 * It carries nothing out and knows no server; whatever becomes of one run, the others go on.
 */
import type { AutomationEvent } from '../model/automation/event.ts';
import type { Clock } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { IsAlive } from '../state/home/holder.ts';
import { JournalFailure } from '../state/journal/database.ts';
import type { Journal } from '../state/journal/journal.ts';
import { type AutomationTotals, DueRuns } from './due-runs.ts';
import { type BookPorts, ItemBook } from './item-book.ts';
import { stackOf, type WorkPorts } from './runs-at-work.ts';
import { Upkeep } from './upkeep.ts';
import { type RpoState, RpoWatch, TargetWatch } from './watches.ts';

/** All that the loop knows of the world. */
export interface AutomationPorts extends BookPorts, WorkPorts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly isAlive: IsAlive;
  readonly rpoStates: () => readonly RpoState[];
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface LoopOptions {
  readonly signal: AbortSignal;
  readonly once: boolean;
  readonly onEvent: (event: AutomationEvent) => void;
  readonly onBeat: () => void;
  /** Longest time between two looks. */
  readonly lookMilliseconds: number;
}

/** Failures of the journal in a row after which `once` gives up. */
const PATIENCE = 3;

/** From the beginning of the end to the end, whatever a run does. */
const STOP_SECONDS = 25;

/** Milliseconds between two looks at the RPOs: always, and after something has ended. */
const RPO = 60_000;
const RPO_SOON = 5_000;

export class AutomationLoop {
  readonly #ports: AutomationPorts;
  readonly #options: LoopOptions;
  readonly #book: ItemBook;
  readonly #upkeep: Upkeep;
  readonly #runs: DueRuns;
  readonly #targets = new TargetWatch();
  readonly #rpos = new RpoWatch();
  #rposAt = Number.NEGATIVE_INFINITY;
  #hasEnded = false;
  #nextAt = Number.POSITIVE_INFINITY;
  #nap = new AbortController();
  #failing: { readonly message: string; readonly times: number } | null = null;
  /** Why it cannot go on; null: it can. */
  #broken: Fault | null = null;

  constructor(ports: AutomationPorts, options: LoopOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#book = new ItemBook(ports);
    this.#upkeep = new Upkeep(ports, options.onEvent);
    const onSettled = (): void => this.#wake();
    this.#runs = new DueRuns(ports, this.#book, { once: options.once, tell: options.onEvent, onSettled });
    options.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Until it is told to end, or cannot go on, or with `once` has done what was due. What runs then is not waited for. */
  async work(): Promise<Result<AutomationTotals>> {
    const { signal, onBeat, onEvent } = this.#options;
    const first = this.#book.readConfig();
    onEvent({ type: 'started', items: this.#book.items.length });
    if (first.fault !== null) this.#tellBroken(first.fault);
    let done = false;
    while (!signal.aborted && this.#broken === null) {
      this.#unlessJournalFails(() => {
        done = this.#look();
      });
      onBeat();
      if (done) break;
      await this.#pause();
    }
    return this.#broken === null ? ok(this.#runs.totals) : failed(this.#broken);
  }

  /** Begins nothing more; what runs has `graceSeconds` to end by itself, then it is cancelled, then it is left. */
  async stop(graceSeconds: number): Promise<AutomationTotals> {
    const { onEvent } = this.#options;
    const grace = Math.min(graceSeconds, STOP_SECONDS);
    const running = this.#runs.size;
    if (running > 0 || this.#options.signal.aborted) onEvent({ type: 'stopping', running });
    await this.#settledWithin(grace);
    const cancelled = this.#runs.size;
    this.#runs.cancel();
    await this.#settledWithin(STOP_SECONDS - grace);
    this.#unlessJournalFails(() => this.#runs.tellEnded());
    onEvent({ type: 'stopped', cancelled, left: this.#runs.size });
    return this.#runs.totals;
  }

  /** True: with `once`, there is nothing more to do. */
  #look(): boolean {
    const { journal } = this.#ports;
    // Until it is known: nothing is begun before the next look.
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.#tellEnded();
    const { changed, fault } = this.#book.readConfig();
    const { config, items } = this.#book;
    if (fault !== null) this.#tellBroken(fault);
    else if (changed) this.#options.onEvent({ type: 'config-read', items: items.length });
    this.#upkeep.look(config?.preferences.historyDays ?? null);
    if (config === null) return false;
    const isNews = this.#book.readJournal();
    this.#book.noteNew(this.#ports.clock.now());
    const { began, nextAt } = this.#runs.beginDue(config);
    this.#nextAt = nextAt;
    const claimed = this.#upkeep.isEngine ? this.#runs.beginQueued() : 0;
    if (isNews) this.#tell(this.#targets.look(journal.taskTargets()));
    const isDone = this.#options.once && began + claimed + this.#runs.size === 0 && this.#upkeep.leave();
    if (isDone || !this.#options.once) this.#watchRpos(isDone);
    return isDone;
  }

  #tellEnded(): void {
    const before = this.#runs.totals;
    for (const failure of this.#runs.tellEnded()) this.#tellFailure(failure);
    if (this.#runs.totals !== before) this.#hasEnded = true;
  }

  #tellBroken(why: Fault): void {
    this.#options.onEvent({ type: 'config-broken', fault: why });
    if (this.#options.once) this.#broken = why;
  }

  #watchRpos(now: boolean): void {
    const since = Math.abs(this.#ports.clock.now() - this.#rposAt);
    if (!now && since < (this.#hasEnded ? RPO_SOON : RPO)) return;
    this.#rposAt = this.#ports.clock.now();
    this.#hasEnded = false;
    try {
      this.#tell(this.#rpos.look(this.#ports.rpoStates()));
    } catch (error) {
      // A bug in what only watches must not keep snapshots from being made.
      if (error instanceof JournalFailure) throw error;
      this.#options.onEvent({ type: 'broke', run: null, text: stackOf(error) });
    }
  }

  #tell(events: readonly AutomationEvent[]): void {
    for (const event of events) this.#options.onEvent(event);
  }

  /** A journal that is only busy is asked again at the next look; runs that are at work go on in any case. */
  #unlessJournalFails(work: () => unknown): void {
    try {
      work();
      if (this.#failing !== null) this.#options.onEvent({ type: 'journal-works' });
      this.#failing = null;
    } catch (error) {
      if (!(error instanceof JournalFailure)) throw error;
      const { fault } = error;
      if (this.#failing?.message !== fault.message) this.#tellFailure(fault);
      const times = (this.#failing?.times ?? 0) + 1;
      this.#failing = { message: fault.message, times };
      if (this.#options.once && times >= PATIENCE) this.#broken = fault;
    }
  }

  #tellFailure(fault: Fault): void {
    this.#options.onEvent({ type: 'journal-failed', fault });
    if (!fault.retry) this.#broken = fault;
  }

  #wake(): void {
    this.#nap.abort();
  }

  /** Until something is to begin or has ended, and no longer than between two looks. */
  async #pause(): Promise<void> {
    const { clock, sleep } = this.#ports;
    const left = Math.max(1, this.#nextAt - clock.now());
    await sleep(Math.min(left, this.#options.lookMilliseconds), this.#nap.signal);
    if (this.#nap.signal.aborted) this.#nap = new AbortController();
  }

  async #settledWithin(seconds: number): Promise<void> {
    const limit = new AbortController();
    await Promise.race([this.#runs.settled(), this.#ports.sleep(seconds * 1000, limit.signal)]);
    limit.abort();
  }
}
