/**
 * Decides what the service manager (systemd) is told of the scheduler, and when: that it is up, that its loop still
 * goes round, that it is ending. It has no timer of its own, so that a loop that hangs is not reported as alive.
 */
import type { Notifier, NotifyField } from '../core/hosts/notify.ts';
import type { Fault } from '../core/model/fault.ts';
import type { ServiceEvent } from './log.ts';

export interface ServiceManagerOptions {
  /** Null: nobody wants to be told. */
  readonly notifier: Notifier | null;
  /** Milliseconds without a sign of life after which the manager ends this process; null: it never does. */
  readonly watchdog: number | null;
  /** Milliseconds that only ever go forward (CLOCK_MONOTONIC): the wall clock may be set. */
  readonly monotonic: () => number;
  /** Once, when telling begins to fail. */
  readonly onFault: (fault: Fault) => void;
}

export interface ServiceManager {
  /** Every event of the scheduler, after it happened. */
  note(event: ServiceEvent): void;
  /** The loop has gone round once more. Cheap: a message goes out at half of the watchdog's time, or once a minute. */
  beat(): void;
  /** The configuration is about to be read again; `note` of `reloaded` ends it. */
  reloading(): void;
  /** Resolves when the manager has been told everything. */
  told(): Promise<void>;
}

/** What is told at once. READY=1 again does no harm, and ends a RELOADING=1 whatever came of it. */
const FIELDS: Partial<Record<ServiceEvent['type'], NotifyField>> = {
  started: 'READY=1',
  'config-read': 'READY=1',
  'config-broken': 'READY=1',
  reloaded: 'READY=1',
  stopping: 'STOPPING=1',
};

/** Milliseconds between two states for the manager where there is no watchdog. */
const CALM = 60_000;

/** $WATCHDOG_USEC as milliseconds; null: no watchdog, or it is another process' (sd_watchdog_enabled(3)). */
export function watchdogOf(env: Readonly<Record<string, string | undefined>>, pid: number): number | null {
  const { WATCHDOG_USEC: time = '', WATCHDOG_PID: owner } = env;
  if (!/^[1-9]\d*$/.test(time) || (owner !== undefined && owner !== String(pid))) return null;
  return Number(time) / 1000;
}

export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { notifier, watchdog, monotonic, onFault } = options;
  let state = BEFORE;
  let shown = '';
  let beaten = Number.NEGATIVE_INFINITY;
  let last: Promise<void> = Promise.resolve();
  let pending = 0;
  let gone = notifier === null;
  let failing = false;
  const send = async (fields: readonly NotifyField[]): Promise<void> => {
    if (gone || notifier === null) return;
    pending += 1;
    const sent = await notifier.send(fields);
    pending -= 1;
    if (!sent.ok && !failing) onFault(sent.fault);
    failing = !sent.ok;
    // What is not installed now will not be in a minute.
    if (!sent.ok && sent.fault.code === 'tool-missing') gone = true;
  };
  const tell = (...fields: NotifyField[]): void => {
    shown = statusText(state);
    last = Promise.all([last, send([...fields, `STATUS=${shown}`])]).then(() => {});
  };
  return {
    note(event) {
      state = follow(state, event);
      const field = FIELDS[event.type];
      if (field !== undefined) tell(field);
    },
    beat() {
      const now = monotonic();
      // One that the manager has not taken yet is sign enough, and a queue of them would not make it faster.
      if (pending > 0 || now - beaten < (watchdog === null ? CALM : watchdog / 2)) return;
      beaten = now;
      if (watchdog !== null) tell('WATCHDOG=1');
      else if (statusText(state) !== shown) tell();
    },
    reloading() {
      tell('RELOADING=1', `MONOTONIC_USEC=${Math.floor(monotonic() * 1000)}`);
    },
    told: () => last,
  };
}

/** What one line about the scheduler needs. */
interface State {
  /** Null: it has not begun. */
  readonly items: number | null;
  readonly running: number;
  readonly ended: number;
  readonly failed: number;
  readonly broken: boolean;
  readonly stopping: boolean;
}

const BEFORE: State = { items: null, running: 0, ended: 0, failed: 0, broken: false, stopping: false };

function follow(state: State, event: ServiceEvent): State {
  switch (event.type) {
    case 'started':
    case 'config-read':
      return { ...state, items: event.items, broken: false };
    case 'reloaded':
      return { ...state, broken: false };
    case 'config-broken':
      return { ...state, broken: true };
    case 'begun':
      return { ...state, running: state.running + 1 };
    case 'ended':
      return {
        ...state,
        running: Math.max(0, state.running - 1),
        ended: state.ended + 1,
        failed: state.failed + (event.outcome === 'ok' ? 0 : 1),
      };
    case 'stopping':
      return { ...state, stopping: true };
    default:
      return state;
  }
}

/** One line, of words and numbers of ours alone. */
function statusText({ items, running, ended, failed, broken, stopping }: State): string {
  const work = `${running === 0 ? 'none' : running} at work`;
  if (stopping) return running === 0 ? 'stopping' : `stopping; ${work}`;
  if (broken) return `the configuration cannot be read, nothing new is begun; ${work}`;
  if (items === null) return 'starting';
  if (items === 0) return 'nothing to do yet: no policy and no task';
  const bad = failed === 0 ? '' : `, ${failed} of them not well`;
  return `${items} item${items === 1 ? '' : 's'}, ${work}, ${ended} run${ended === 1 ? '' : 's'} since the start${bad}`;
}
