/**
 * Runs the scheduler in this process: wires the fleet, takes signals as a service does, tells log and service manager
 * what happens, and decides the exit code. What is done, and when, automation decides.
 */
import { runAutomation } from '../core/engine/automation.ts';
import type { AutomationTotals } from '../core/engine/due-runs.ts';
import { type FleetWatch, watchFleet } from '../core/engine/fleet-watch.ts';
import { createDeliver } from '../core/hosts/deliver.ts';
import { serviceNotifier } from '../core/hosts/notify.ts';
import { type Fault, fault } from '../core/model/fault.ts';
import type { Result } from '../core/model/result.ts';
import type { Fleet } from '../core/run/ground/fleet.ts';
import { nap } from '../core/run/ground/nap.ts';
import { currentTroubles } from '../core/run/status/outlook.ts';
import { failureFault } from '../process/failure.ts';
import { createOutput, type ExitCode, exitCodeOf } from '../process/output.ts';
import { toRow } from '../process/run-row.ts';
import { takeSignal } from '../process/take-signal.ts';
import { systemClock, type Wired, wireFleet } from '../process/wiring.ts';
import { troubleWords } from '../text/words/trouble.ts';
import type { ServiceEvent, Wrong } from './log.ts';
import { createLog, type Log } from './log-sink.ts';
import { openMetrics } from './metrics.ts';
import type { ScheduleOptions } from './options.ts';
import { createServiceManager, type ServiceManager, watchdogOf } from './service-manager.ts';
import { type StandstillWatch, watchStandstills } from './standstill.ts';

/** Seconds from the signal to the end, whatever a run does; the unit's TimeoutStopSec must be longer. */
const STOP_SECONDS = 30;

/** `json`: wrong usage too is told as a document. */
export async function openScheduler(asked: Result<ScheduleOptions>, json: boolean): Promise<void> {
  const out = createOutput(json, process);
  if (!asked.ok) {
    process.exitCode = out.fault(asked.fault);
    return;
  }
  const log = createLog(asked.value.logFormat, systemClock);
  const cannot = (why: Fault): ExitCode => {
    log({ type: 'failed', fault: why });
    return json ? out.fault(why) : exitCodeOf(why);
  };
  process.on('uncaughtException', (error) => process.exit(cannot(failureFault(error))));
  // Who reads the output may be gone; the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    process.exitCode = await schedule(asked.value, log, cannot);
  } catch (error) {
    process.exitCode = cannot(failureFault(error));
  }
}

async function schedule(
  asked: ScheduleOptions,
  log: Log,
  cannot: (why: Fault) => ExitCode,
): Promise<ExitCode> {
  const { home, once, json } = asked;
  const first = wireFleet(home);
  // Who starts it in its own process takes its signals behind it: nothing is waited for where all is well.
  const wired =
    first.ok || once || !PASSES.has(first.fault.code) ? first : await wireLater(home, first.fault, log);
  if (wired === null) return 0;
  if (!wired.ok) return cannot(wired.fault);
  const { fleet } = wired.value;
  const done = new Done();
  const manager = serviceManager(log);
  const standstills = watchStandstills(log);
  const emit = (event: ServiceEvent): void => {
    standstills.note(event);
    log(event);
    manager.note(event);
    done.note(event);
  };
  for (const text of [...wired.value.notes, ...warningsOf(fleet)]) emit({ type: 'config-warning', text });
  const signals = takeSignals(emit, () => readAgain(fleet, manager, emit));
  try {
    const ended = await automateAndWatch(fleet, asked, signals.signal, { emit, manager, standstills });
    if (!ended.ok) return cannot(ended.fault);
    if (once && json) createOutput(true, process).result({ runs: done.rows(fleet) }, '');
    if (!once) return done.left ? 1 : 0;
    if (signals.signal.aborted) return 130;
    const wrong = stillWrong(fleet);
    for (const trouble of wrong) emit({ type: 'wrong', trouble });
    return done.ill || ended.value.failed > 0 || wrong.length > 0 ? 1 : 0;
  } finally {
    standstills.close();
    await manager.told();
    await wired.value.close();
    signals.ended();
    // It would keep this process for as long as it likes.
    if (done.left) process.exit(1);
  }
}

/** A disk that is full and a journal that is locked pass: a service that ended for them would be missed. */
const PASSES: ReadonlySet<Fault['code']> = new Set(['locked', 'no-space']);

/** Milliseconds between two tries. */
const WIRE_PAUSE = 1000;

/** Null: it was told to end meanwhile. */
async function wireLater(home: string | null, why: Fault, log: Log): Promise<Result<Wired> | null> {
  const over = new AbortController();
  for (const name of ENDING) takeSignal(name, () => over.abort());
  // There is nothing yet to read again.
  takeSignal('SIGHUP', () => {});
  log({ type: 'journal-failed', fault: why });
  for (;;) {
    await nap(WIRE_PAUSE, over.signal);
    if (over.signal.aborted) return null;
    const wired = wireFleet(home);
    if (wired.ok) log({ type: 'journal-works' });
    if (wired.ok || !PASSES.has(wired.fault.code)) return wired;
  }
}

/**
 * What is not as automation should have it once all that was due is done, also where nothing was due: whoever calls
 * `--once` from cron has no other look at it. Storage is not automation's; `doctor` and notifications tell of it.
 */
const stillWrong = (fleet: Fleet): Wrong[] =>
  [...currentTroubles(fleet, 1)].flatMap(([key, trouble]) =>
    trouble.code === 'storage' ? [] : [{ key, ...troubleWords(trouble) }],
  );

/** After these people are told at once, and the metrics are written anew. */
const NEWS: ReadonlySet<ServiceEvent['type']> = new Set([
  'ended',
  'suspended',
  'resumed',
  'rpo',
  'config-broken',
  'config-read',
]);

/** Telling people may take longer than the end may: what is not told then, the next scheduler tells. */
const closed = (watch: FleetWatch | null): Promise<unknown> =>
  Promise.race([watch?.ended, new Promise((resolve) => setTimeout(resolve, WATCH_END).unref())]);

const WATCH_END = 3000;

interface Watchers {
  readonly emit: (event: ServiceEvent) => void;
  readonly manager: ServiceManager;
  readonly standstills: StandstillWatch;
}

/** The watch goes on beside automation; with `--once` it looks at what came of it. */
async function automateAndWatch(
  fleet: Fleet,
  asked: ScheduleOptions,
  signal: AbortSignal,
  { emit, manager, standstills }: Watchers,
): Promise<Result<AutomationTotals>> {
  const onFault = (why: Fault): void => emit({ type: 'metrics-failed', fault: why });
  const metrics = await openMetrics(fleet, asked, onFault, standstills.longest);
  const over = new AbortController();
  const watch = (once: boolean): FleetWatch =>
    watchFleet(fleet, {
      signal: AbortSignal.any([signal, over.signal]),
      deliver: createDeliver(process.env),
      words: troubleWords,
      once,
      onPass: metrics.keep,
      onTold: (count, faults) => emit({ type: 'told', count, faults }),
      onBroke: (text) => emit({ type: 'broke', run: null, text }),
      onJournalFailed: (why) => emit({ type: 'journal-failed', fault: why }),
    });
  // Nothing is looked at or told before it is known that this is the one scheduler.
  let watching: FleetWatch | null = null;
  const onEvent = (event: ServiceEvent): void => {
    if (event.type === 'started' && !asked.once) watching = watch(false);
    if (NEWS.has(event.type)) watching?.nudge();
    emit(event);
  };
  try {
    const ended = await runAutomation(fleet, {
      signal,
      once: asked.once,
      onEvent,
      onBeat: () => manager.beat(),
    });
    if (ended.ok && asked.once) await watch(true).ended;
    return ended;
  } finally {
    over.abort();
    await closed(watching);
    metrics.close();
  }
}

/** What came of what was due. */
class Done {
  readonly #runs: number[] = [];
  /** Something was not done as it should have been. */
  ill = false;
  /** A run did not end before this process had to. */
  left = false;

  note(event: ServiceEvent): void {
    switch (event.type) {
      case 'begun':
        this.#runs.push(event.run);
        break;
      case 'ended':
        this.ill ||= event.outcome !== 'ok';
        break;
      case 'item-broken':
      case 'config-broken':
      case 'journal-failed':
      case 'broke':
        this.ill = true;
        break;
      case 'stopped':
        this.left = event.left > 0;
        break;
      default:
    }
  }

  /** As `run list` tells them. */
  rows(fleet: Fleet): unknown[] {
    return this.#runs.flatMap((id) => {
      const run = fleet.journal.getRun(id);
      return run.ok ? [toRow(run.value)] : [];
    });
  }
}

function serviceManager(log: Log): ServiceManager {
  const { NOTIFY_SOCKET: socket, PATH: path = '/usr/bin:/bin' } = process.env;
  return createServiceManager({
    notifier: socket ? serviceNotifier(socket, path) : null,
    watchdog: watchdogOf(process.env, process.pid),
    monotonic: () => Number(process.hrtime.bigint() / 1000n) / 1000,
    onFault: (why) => log({ type: 'notify-failed', fault: why }),
  });
}

function warningsOf(fleet: Fleet): readonly string[] {
  const read = fleet.config.read();
  return read.ok ? read.value.warnings : [];
}

/** Every change is seen without it; who sends the signal wants to be told. */
function readAgain(fleet: Fleet, manager: ServiceManager, emit: (event: ServiceEvent) => void): void {
  manager.reloading();
  const read = fleet.config.read();
  if (!read.ok) {
    emit({ type: 'config-broken', fault: read.fault });
    return;
  }
  const { snapshotPolicies, retentionPolicies, verifyPolicies, tasks } = read.value.config;
  for (const text of read.value.warnings) emit({ type: 'config-warning', text });
  emit({
    type: 'reloaded',
    policies: snapshotPolicies.length + retentionPolicies.length + verifyPolicies.length,
    tasks: tasks.length,
  });
}

const ENDING = ['SIGINT', 'SIGTERM'] as const;

/** The first one ends it in good order, a second one at once; SIGHUP never does. */
function takeSignals(
  emit: (event: ServiceEvent) => void,
  onHangUp: () => void,
): { readonly signal: AbortSignal; ended(): void } {
  const controller = new AbortController();
  let limit: NodeJS.Timeout | undefined;
  const onEnd = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    emit({ type: 'signal', signal: name, text: `ending; what is at work is given up to ${STOP_SECONDS} s` });
    limit = setTimeout(() => {
      emit({ type: 'failed', fault: tooSlow(name) });
      process.exit(1);
    }, STOP_SECONDS * 1000);
    controller.abort();
  };
  for (const name of ENDING) takeSignal(name, onEnd);
  takeSignal('SIGHUP', onHangUp);
  return { signal: controller.signal, ended: () => clearTimeout(limit) };
}

const tooSlow = (signal: string): Fault =>
  fault(
    'interrupted',
    `A run had not ended ${STOP_SECONDS} s after ${signal}; it was left.`,
    'Its marks are on the server: the next run there removes what it left half done. "btrfleet run list --failed" shows it.',
  );
