/**
 * Decides how what the scheduler does reads in its log: for people, for the journal of systemd, and for machines. One
 * line is one entry everywhere, so no name and no message may end a line or draw on a terminal.
 */

import type { AutomationEvent } from '../core/model/automation/event.ts';
import type { Fault } from '../core/model/fault.ts';
import { harmlessJson } from '../core/model/harmless.ts';
import type { Urgency } from '../core/model/status/finding.ts';
import type { ToldTrouble } from '../core/plan/status/alarms.ts';
import { placedMessage } from '../process/output.ts';
import { formatName, formatSeconds } from '../text/format.ts';
import type { LogFormat } from './options.ts';

export type Level = 'error' | 'warning' | 'notice' | 'info';

/** Trouble there still is, and what names it. */
export type Wrong = ToldTrouble & { readonly key: string };

/** What the scheduler tells: what automation did, and what was done to the process itself. */
export type ServiceEvent =
  | AutomationEvent
  /** It cannot go on, or never began. */
  | { readonly type: 'failed'; readonly fault: Fault }
  | { readonly type: 'signal'; readonly signal: string; readonly text: string }
  /** Somebody asked for the configuration to be read again. */
  | { readonly type: 'reloaded'; readonly policies: number; readonly tasks: number }
  | { readonly type: 'config-warning'; readonly text: string }
  /** The service manager cannot be told how things are. */
  | { readonly type: 'notify-failed'; readonly fault: Fault }
  /** With `--once`, at the end: it is not as it should be. */
  | { readonly type: 'wrong'; readonly trouble: Wrong }
  /** People were told of what changed, by every way that works. */
  | { readonly type: 'told'; readonly count: number; readonly faults: readonly Fault[] }
  | { readonly type: 'metrics-failed'; readonly fault: Fault }
  /** Nothing else was done meanwhile. `work`: it was busy; `stopped`: it used no CPU. `atWork`: items and runs. */
  | {
      readonly type: 'standstill';
      readonly cause: 'work' | 'stopped';
      readonly seconds: number;
      readonly atWork: readonly string[];
    }
  /** So many lines of the log itself could not be written before this one. */
  | { readonly type: 'log-lost'; readonly lines: number };

/** How a log is written. */
export interface LogStyle {
  readonly format: LogFormat;
  /** journald takes each line: it has the time, and reads the priority in front (sd-daemon(3)). */
  readonly journald: boolean;
}

/** As syslog(3) counts them. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/** Lines of the log, without line ends; `time` is ISO 8601 UTC. With `json` it is one. */
export function logLines(event: ServiceEvent, time: string, { format, journald }: LogStyle): string[] {
  const entry = entryOf(event);
  const priority = journald ? `<${PRIORITIES[entry.level]}>` : '';
  if (format === 'json') return [priority + jsonLine(event, entry, time)];
  const start = `${priority}${journald ? '' : `${time}  `}${formatName(entry.subject)}  `;
  return [entry.text, ...entry.more].map((text) => start + formatName(text));
}

interface Entry {
  readonly level: Level;
  /** What it is about: an item, as the journal names it, or btrfleet itself. */
  readonly subject: string;
  readonly text: string;
  /** What follows on lines of their own. */
  readonly more: readonly string[];
}

/** What failed for the same reason on every target is told once. */
const entry = (level: Level, subject: string, text: string, faults: readonly Fault[] = []): Entry => ({
  level,
  subject,
  text,
  more: [...new Map(faults.map((fault) => [placedMessage(fault), fault])).values()].flatMap(faultLines),
});

/** So many missed due times are not counted further. */
const MANY = 1000;
const SELF = 'btrfleet';
const NOTHING_TO_DO =
  'nothing to do yet: there is no policy and no task. Add one: btrfleet policy set snapshot SUBVOLUME --every 1h';

function entryOf(event: ServiceEvent): Entry {
  switch (event.type) {
    case 'started':
      return entry('notice', SELF, `started; ${following(event.items)}`);
    case 'config-read':
      return entry('notice', SELF, `the configuration was changed; ${following(event.items)}`);
    case 'config-broken':
      return entry('error', SELF, 'nothing new is begun until the configuration is mended', [event.fault]);
    case 'item-broken':
      return entry('error', event.item, 'cannot be followed as it stands', [event.fault]);
    case 'begun':
      return begun(event);
    case 'ended':
      return ended(event);
    case 'hand':
      return entry('info', `run:${event.run}`, `${event.phase} by hand: ${event.text}`);
    case 'broke':
      return {
        ...entry('error', subjectOf(event), 'btrfleet itself failed: please report it'),
        more: lines(event.text),
      };
    case 'interrupted':
      return entry('warning', `run:${event.run}`, 'was interrupted: the process that ran it died');
    case 'suspended':
    case 'resumed':
    case 'rpo':
      return aboutTarget(event);
    case 'pruned':
      return entry('info', SELF, `forgot ${count(event.runs, 'old run')}`);
    case 'journal-failed':
      return entry('error', SELF, 'the journal fails; it is tried again', [event.fault]);
    case 'journal-works':
      return entry('notice', SELF, 'the journal works again');
    case 'stopping':
      return entry('notice', SELF, `stopping; ${count(event.running, 'run')} at work`);
    case 'stopped':
      return entry(event.left > 0 ? 'error' : 'notice', SELF, stopped(event));
    default:
      return aboutProcess(event);
  }
}

type Of<Type extends ServiceEvent['type']> = Extract<ServiceEvent, { type: Type }>;

function aboutProcess(
  event: Of<
    | 'failed'
    | 'signal'
    | 'reloaded'
    | 'config-warning'
    | 'notify-failed'
    | 'wrong'
    | 'told'
    | 'metrics-failed'
    | 'standstill'
    | 'log-lost'
  >,
): Entry {
  switch (event.type) {
    case 'failed':
      return entry('error', SELF, 'cannot work', [event.fault]);
    case 'signal':
      return entry('notice', SELF, `${event.signal}: ${event.text}`);
    case 'reloaded':
      return entry(
        'notice',
        SELF,
        `read the configuration again: ${count(event.policies, 'policy', 'policies')}, ${count(event.tasks, 'task')}`,
      );
    case 'config-warning':
      return entry('warning', SELF, event.text);
    case 'notify-failed':
      return entry('warning', SELF, 'the service manager is not told how things are', [event.fault]);
    case 'wrong':
      return wrong(event);
    case 'told':
      return entry(
        event.faults.length > 0 ? 'warning' : 'info',
        SELF,
        event.faults.length > 0
          ? 'not everybody could be told what changed'
          : `told people of ${count(event.count, 'change')}`,
        event.faults,
      );
    case 'metrics-failed':
      return entry('warning', SELF, 'the metrics are not where they should be', [event.fault]);
    case 'standstill':
      return entry('notice', SELF, stoodStill(event));
    case 'log-lost':
      return entry('warning', SELF, `${count(event.lines, 'line')} of this log could not be written`);
  }
}

const LEVELS: Readonly<Record<Urgency, Level>> = { bad: 'error', warning: 'warning' };

const wrong = ({ trouble: { level, title, message, hint } }: Of<'wrong'>): Entry => ({
  ...entry(LEVELS[level], SELF, `not as it should be: ${title}`),
  more: [...lines(message), ...lines(hint)],
});

/** So many of what was at work are named. */
const NAMED = 5;

function stoodStill({ cause, seconds, atWork }: Of<'standstill'>): string {
  const time = `${seconds.toFixed(1)} s`;
  if (cause === 'stopped')
    return `the process stood still for ${time} and used no CPU: it was suspended, or waited for the disk of its state`;
  const named = atWork.slice(0, NAMED).join(', ');
  const more = atWork.length > NAMED ? ` and ${atWork.length - NAMED} more` : '';
  return `was busy for ${time} and did nothing else meanwhile; at work: ${named === '' ? 'no run' : named}${more}`;
}

const subjectOf = ({ run }: Of<'broke'>): string => (run === null ? SELF : `run:${run}`);

function begun({ item, run, dueAt, attempt, missed }: Of<'begun'>): Entry {
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const late = missed > 0 ? `; ${missedText(missed)} before that` : '';
  return entry(missed > 0 ? 'notice' : 'info', item, `run ${run} begun, due at ${dueAt}${again}${late}`);
}

function missedText(missed: number): string {
  if (missed === 1) return 'it was missed once';
  return `it was missed ${missed}${missed >= MANY ? ' or more' : ''} times`;
}

function ended({ item, outcome, seconds, summary, faults, retryAt }: Of<'ended'>): Entry {
  const word = { ok: '', failed: 'FAILED', cancelled: 'cancelled', interrupted: 'interrupted' }[outcome];
  const what = [word, summary].filter((part) => part !== '').join(': ') || 'done';
  const again = retryAt === null ? '' : `; tried again at ${retryAt}`;
  return entry(endedLevel(outcome, retryAt), item, `${what}  ${formatSeconds(seconds)}${again}`, faults);
}

function endedLevel(outcome: Of<'ended'>['outcome'], retryAt: string | null): Level {
  switch (outcome) {
    case 'ok':
      return 'info';
    case 'cancelled':
      return 'notice';
    case 'failed':
    case 'interrupted':
      return retryAt === null ? 'error' : 'warning';
  }
}

function aboutTarget(event: Of<'suspended' | 'resumed' | 'rpo'>): Entry {
  const { task, target } = event;
  const item = `task:${task}`;
  if (event.type === 'suspended') {
    const text = `${target} is left alone after too many failures; once it is mended: btrfleet task resume ${task}`;
    return entry('error', item, text, [event.fault]);
  }
  if (event.type === 'resumed') return entry('notice', item, `${target} is sent to again`);
  const allowed = formatSeconds(event.rpoSeconds);
  const lost =
    event.wouldLoseSeconds === null ? '' : `: ${formatSeconds(event.wouldLoseSeconds)} would be lost`;
  switch (event.state) {
    case 'breached':
      return entry('error', item, `${target} is beyond its RPO of ${allowed}${lost}`);
    case 'unknown':
      return entry('warning', item, `whether ${target} keeps its RPO of ${allowed} cannot be known`);
    case 'kept':
      return entry('notice', item, `${target} keeps its RPO of ${allowed}${lost}`);
  }
}

const following = (items: number): string =>
  items === 0 ? NOTHING_TO_DO : `follows ${count(items, 'item')}`;

function stopped({ cancelled, left }: Of<'stopped'>): string {
  const parts = [
    ...(cancelled > 0 ? [`${count(cancelled, 'run')} cancelled`] : []),
    ...(left > 0 ? [`${count(left, 'run')} left at work; what that leaves is removed by the next one`] : []),
  ];
  return ['stopped', ...parts].join('; ');
}

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** What happened on one line, each line of what to do about it on one more. */
function faultLines(fault: Fault): string[] {
  return [`  ${placedMessage(fault)} (${fault.code})`, ...lines(fault.hint).map((line) => `  ${line}`)];
}

/** What has line ends of ours in it, each line indented. */
const lines = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`  ${line}`]));

function jsonLine({ type, ...fields }: ServiceEvent, { level, subject, text }: Entry, time: string): string {
  const record = { time, level, event: type, ...fields, message: `${subject}: ${text}` };
  return harmlessJson(record);
}
