/**
 * What the scheduler does beside its items: it is the engine as soon as nobody else is, says that it lives, marks the
 * runs of dead processes, and forgets old ones. All of it by the clock it is handed, however that is set.
 */
import type { AutomationEvent } from '../model/automation/event.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { Holder, IsAlive } from '../state/home/holder.ts';
import type { Journal } from '../state/journal/journal.ts';
import { queueCutOff } from './settling.ts';

export interface UpkeepPorts {
  readonly clock: Clock;
  readonly journal: Pick<
    Journal,
    | 'currentEngine'
    | 'takeEngine'
    | 'releaseEngine'
    | 'touchHolder'
    | 'interruptDeadRuns'
    | 'prune'
    | 'listRuns'
    | 'receivingPaths'
    | 'createRun'
    | 'lastSamples'
  >;
  readonly holder: Holder;
  readonly isAlive: IsAlive;
}

/** Milliseconds between two times of each. */
const TOUCH = 30_000;
const DEAD = 5_000;
const SETTLE = 5_000;
const DAY = 86_400_000;

type Chore = 'touch' | 'dead' | 'settle' | 'prune';

export class Upkeep {
  readonly #ports: UpkeepPorts;
  readonly #emit: (event: AutomationEvent) => void;
  readonly #lastTimes = new Map<Chore, number>();
  #isEngine = false;

  constructor(ports: UpkeepPorts, emit: (event: AutomationEvent) => void) {
    this.#ports = ports;
    this.#emit = emit;
  }

  /** Whether what is queued is ours to do. */
  get isEngine(): boolean {
    return this.#isEngine;
  }

  /** `historyDays` null: it is not known now, so nothing is forgotten. May throw `JournalFailure`. */
  look(historyDays: number | null): void {
    const { clock, journal, holder, isAlive } = this.#ports;
    if (!this.#isEngine && journal.currentEngine(isAlive) === null) {
      this.#isEngine = journal.takeEngine(holder, isAlive).ok;
    }
    this.#nowAndThen('touch', TOUCH, () => journal.touchHolder(holder));
    this.#nowAndThen('dead', DEAD, () => {
      for (const { id } of journal.interruptDeadRuns(isAlive)) this.#emit({ type: 'interrupted', run: id });
    });
    if (this.#isEngine) this.#nowAndThen('settle', SETTLE, () => queueCutOff(journal, holder, clock.now()));
    if (historyDays === null) return;
    this.#nowAndThen('prune', DAY, () => {
      const runs = journal.prune({ before: isoTime(clock.now() - historyDays * DAY) });
      if (runs > 0) this.#emit({ type: 'pruned', runs });
    });
  }

  /**
   * Gives the engine's place back, then looks once more: a run queued in between, by somebody who still saw an
   * engine, must not be left lying. False: there is work after all, and the place is ours again.
   */
  leave(): boolean {
    const { journal, holder, isAlive } = this.#ports;
    if (!this.#isEngine) return true;
    journal.releaseEngine(holder);
    this.#isEngine = false;
    if (journal.listRuns({ state: 'queued', limit: 1 }).length === 0) return true;
    this.#isEngine = journal.takeEngine(holder, isAlive).ok;
    return !this.#isEngine;
  }

  #nowAndThen(what: Chore, milliseconds: number, work: () => void): void {
    const now = this.#ports.clock.now();
    const last = this.#lastTimes.get(what);
    if (last !== undefined && Math.abs(now - last) < milliseconds) return;
    work();
    this.#lastTimes.set(what, now);
  }
}
