/**
 * The engine: the one process that works in the background. It claims what is queued in the journal, runs it, and
 * ends when it has been idle for long. Who queued a run may be gone; who cancels one writes it into the journal.
 */
import { fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Run } from '../model/run.ts';
import { executeRun } from '../run/execute.ts';
import type { Fleet } from '../run/fleet.ts';

export interface EngineOptions {
  /** Ends it: no new run is begun, running ones are cancelled and clean up. */
  readonly signal: AbortSignal;
  /** Seconds without work after which it ends. Default: ten minutes. */
  readonly idleSeconds?: number;
  /** Most runs at once. Default: 4. */
  readonly concurrency?: number;
  /** One line for people about what it does. */
  readonly log?: (line: string) => void;
}

/** Milliseconds between two looks at the journal; reading its stamp costs microseconds. */
const POLL = 200;
const IDLE_SECONDS = 600;
const CONCURRENCY = 4;

/** Returns when it is idle or told to stop. Fault `locked`: another engine is at work; that is no misfortune. */
export async function runEngine(fleet: Fleet, options: EngineOptions): Promise<Result<void>> {
  const { journal, holder, isAlive } = fleet;
  const taken = journal.takeEngine(holder, isAlive);
  if (!taken.ok) return taken;
  try {
    for (const run of journal.interruptDeadRuns(isAlive)) options.log?.(`run ${run.id} was interrupted`);
    return await new Engine(fleet, options).work();
  } finally {
    journal.releaseEngine(holder);
  }
}

class Engine {
  readonly #fleet: Fleet;
  readonly #options: EngineOptions;
  readonly #running = new Map<number, Promise<void>>();
  #broken: string | null = null;

  constructor(fleet: Fleet, options: EngineOptions) {
    this.#fleet = fleet;
    this.#options = options;
  }

  async work(): Promise<Result<void>> {
    const { signal, idleSeconds = IDLE_SECONDS } = this.#options;
    let idleTicks = 0;
    while (!signal.aborted && this.#broken === null) {
      const began = this.#beginQueued();
      idleTicks = began || this.#running.size > 0 ? 0 : idleTicks + 1;
      if ((idleTicks * POLL) / 1000 >= idleSeconds && this.#leave()) break;
      await nap(POLL, signal);
    }
    await Promise.all(this.#running.values());
    if (this.#broken === null) return ok(undefined);
    return failed(
      fault('command-failed', `The engine stopped: ${this.#broken}`, 'This is a bug; please report it.'),
    );
  }

  #beginQueued(): boolean {
    const { journal, holder } = this.#fleet;
    const room = (this.#options.concurrency ?? CONCURRENCY) - this.#running.size;
    let began = false;
    for (let place = 0; place < room; place += 1) {
      const run = journal.claimRun(holder);
      if (!run) break;
      began = true;
      this.#running.set(run.id, this.#follow(run));
    }
    return began;
  }

  async #follow(run: Run): Promise<void> {
    const { log, signal } = this.#options;
    log?.(`run ${run.id} began: ${run.kind}`);
    try {
      await executeRun(this.#fleet, run, { signal });
      const finished = this.#fleet.journal.getRun(run.id);
      log?.(`run ${run.id} ended: ${finished.ok ? finished.value.outcome : finished.fault.message}`);
    } catch (error) {
      this.#broken = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    this.#running.delete(run.id);
  }

  /**
   * Gives the engine's place back, then looks once more: a run queued in between, by somebody who still saw an
   * engine, must not be left lying. False: there is work after all, and the place is ours again.
   */
  #leave(): boolean {
    const { journal, holder, isAlive } = this.#fleet;
    journal.releaseEngine(holder);
    if (journal.listRuns({ state: 'queued', limit: 1 }).length === 0) return true;
    return !journal.takeEngine(holder, isAlive).ok;
  }
}

function nap(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(wake, milliseconds);
  function wake(): void {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    resolve();
  }
  signal.addEventListener('abort', wake, { once: true });
  return promise;
}
