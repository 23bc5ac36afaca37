/**
 * Decides from the arguments whether the scheduler is wanted, and whether it can be had as asked for. It is looked at
 * on every start, so it loads nothing that takes time.
 */
import { type Fault, fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface ScheduleOptions {
  readonly home: string | null;
  /** Does what is due now, and ends. */
  readonly once: boolean;
  readonly logFormat: LogFormat;
  /** One document on stdout of what was done, or of why nothing was; the log stays on stderr. */
  readonly json: boolean;
  /** Metrics for Prometheus are written there once a minute; null: nowhere. */
  readonly metricsFile: string | null;
  /** They are served on this port of the loopback address; null: not at all. */
  readonly metricsPort: number | null;
}

/** What the program as a whole is told; null: not named. */
interface Words {
  home: string | null;
  logFormat: string | null;
  metricsFile: string | null;
  metricsPort: string | null;
  schedule: boolean;
  once: boolean;
  json: boolean;
  readOnly: boolean;
}

/** Null: these are arguments of something else, which tells by itself what is wrong with them. Fault: `usage`. */
export function scheduleOptions(argv: readonly string[]): Result<ScheduleOptions> | null {
  const words = wordsOf(argv);
  if (words === null) return null;
  const { schedule, once, logFormat: named } = words;
  if (!schedule) {
    const lone = loneOption(words);
    return lone === null ? null : failed(usage(`${lone} belongs to --schedule.`));
  }
  if (words.readOnly) return failed(usage('--readonly belongs to the screen and holds nothing back here.'));
  const format = named === null ? 'text' : LOG_FORMATS.find((one) => one === named);
  if (format === undefined) return failed(usage(`--log-format ${named} is neither text nor json.`));
  // Without an end there is no document: what is wanted then is a log for machines.
  const logFormat = words.json && !once ? 'json' : format;
  const metricsPort = words.metricsPort === null ? null : portOf(words.metricsPort);
  if (metricsPort === undefined) return failed(usage(`--metrics-port ${words.metricsPort} is no port.`));
  const { home, json, metricsFile } = words;
  return ok({ home, once, logFormat, json, metricsFile, metricsPort });
}

function loneOption({ once, logFormat, metricsFile, metricsPort }: Words): string | null {
  if (once) return '--once';
  if (logFormat !== null) return '--log-format';
  if (metricsFile !== null) return '--metrics-file';
  return metricsPort === null ? null : '--metrics-port';
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

const VALUED = [
  ['--home', 'home'],
  ['--log-format', 'logFormat'],
  ['--metrics-file', 'metricsFile'],
  ['--metrics-port', 'metricsPort'],
] as const;

/** Null: something else than options of the whole program is among them. */
function wordsOf(argv: readonly string[]): Words | null {
  const found: Words = {
    home: null,
    logFormat: null,
    metricsFile: null,
    metricsPort: null,
    schedule: false,
    once: false,
    json: false,
    readOnly: false,
  };
  const rest = [...argv];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    const valued = VALUED.find(([name]) => word === name || word.startsWith(`${name}=`));
    if (valued !== undefined) {
      const [name, key] = valued;
      if (word === name && rest.length === 0) return null;
      found[key] = word === name ? (rest.shift() ?? null) : word.slice(name.length + 1);
    } else if (word === '--schedule') found.schedule = true;
    else if (word === '--once') found.once = true;
    else if (word === '--json') found.json = true;
    else if (word === '--readonly') found.readOnly = true;
    else return null;
  }
  return found;
}

const usage = (message: string): Fault =>
  fault('usage', message, 'For example: btrfleet --schedule --once --log-format json');
