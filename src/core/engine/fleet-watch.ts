/**
 * Watches the fleet beside the automation loop: looks at every server now and then, so that what is known stays warm
 * where no screen is open, and tells people what changed. It begins no run, and a server that hangs delays nobody.
 */
import type { Deliver } from '../hosts/deliver.ts';
import { isoTime } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import { NO_NOTIFICATIONS, type NotificationSettings } from '../model/status/alarm.ts';
import type { Fleet } from '../run/ground/fleet.ts';
import { nap } from '../run/ground/nap.ts';
import { eachInSlots, LOOK_SLOTS } from '../run/ground/slots.ts';
import { checkServers } from '../run/looks/check-servers.ts';
import { currentOutlook } from '../run/status/outlook.ts';
import { type Standing, standingSoon } from '../run/status/standing.ts';
import { Teller, type Words } from '../run/status/tell.ts';
import { lookAtStorage } from '../run/storage/look.ts';
import { JournalFailure } from '../state/journal/database.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly deliver: Deliver;
  readonly words: Words;
  /** Does each once and returns. */
  readonly once?: boolean;
  /** Called with each pass, about once a minute. */
  readonly onPass?: (standing: Result<Standing>) => Promise<void>;
  readonly onTold?: (count: number, faults: readonly Fault[]) => void;
  /** What is no expected failure: the watch goes on. */
  readonly onBroke?: (text: string) => void;
  /** The journal failed it: the next pass tries again. */
  readonly onJournalFailed?: (why: Fault) => void;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep?: typeof nap;
}

/** Milliseconds between two passes: what is known is looked through, and people are told. */
const PASS = 60_000;
/** Milliseconds in which things that happen together are gathered. */
const GATHER = 1000;
/** Milliseconds between two looks at the servers, and how long one look may take. */
const LOOK = 300_000;
const LOOK_LIMIT = 60_000;
/** Milliseconds that the first pass waits for the first look, so that what was mended meanwhile alarms nobody. */
const FIRST_LOOK = 5000;
/** Storage is looked at less often: it asks more of a server. */
const LOOKS_PER_STORAGE = 3;
const DAY = 86_400_000;
/** Days for which samples of storage are kept. */
const SAMPLE_DAYS = 400;

export interface FleetWatch {
  /** Settles when it was told to end; with `once` after one pass. Never rejects. */
  readonly ended: Promise<void>;
  /** Something happened: what there is to tell is told within a second or two, not at the next pass. */
  nudge(): void;
}

export function watchFleet(fleet: Fleet, options: WatchOptions): FleetWatch {
  let nudged = new AbortController();
  const pause = async (): Promise<void> => {
    const { signal, sleep = nap } = options;
    await sleep(PASS, AbortSignal.any([signal, nudged.signal]));
    // What else happens at the same time is told with it.
    if (nudged.signal.aborted) await sleep(GATHER, signal);
    nudged = new AbortController();
  };
  const nudge = (): void => nudged.abort();
  return { ended: watch(fleet, options, { pause, nudge }), nudge };
}

interface Rhythm {
  /** Resolves when it is time for the next pass. */
  pause(): Promise<void>;
  nudge(): void;
}

async function watch(fleet: Fleet, options: WatchOptions, { pause, nudge }: Rhythm): Promise<void> {
  const { signal, once = false, onPass = async () => {}, sleep = nap } = options;
  const looks = new Looks(fleet, options, nudge);
  const tellPeople = tellerOf(fleet, options);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const look = looks.begin();
    if (once) await look;
    else if (isFirst) await Promise.race([look, sleep(FIRST_LOOK, signal)]);
    const standing = await safely(options, () => standingSoon(fleet, signal));
    if (signal.aborted) break;
    // First, for a command that tells people may take its time.
    if (standing) await safely(options, () => onPass(standing));
    if (standing && !signal.aborted) await safely(options, () => tellPeople(standing));
    if (once) return;
    await pause();
  }
  await looks.ended;
}

/** Looks at the servers beside everything else: one that hangs keeps nobody from being told. Never two at once. */
class Looks {
  readonly #fleet: Fleet;
  readonly #options: WatchOptions;
  readonly #onLooked: () => void;
  #count = 0;
  #begunAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  ended: Promise<void> = Promise.resolve();

  constructor(fleet: Fleet, options: WatchOptions, onLooked: () => void) {
    this.#fleet = fleet;
    this.#options = options;
    this.#onLooked = onLooked;
  }

  /** Begins one where it is time for it; resolves when the last one has ended. Never rejects. */
  begin(): Promise<void> {
    const now = this.#fleet.clock.now();
    if (!this.#isLooking && Math.abs(now - this.#begunAt) >= LOOK) {
      this.#begunAt = now;
      this.ended = this.#look();
    }
    return this.ended;
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    await safely(this.#options, async () => {
      await lookAtAll(this.#fleet, this.#count % LOOKS_PER_STORAGE === 0, this.#options.signal);
      if (this.#count === 0) forgetOld(this.#fleet);
    });
    this.#count += 1;
    this.#isLooking = false;
    this.#onLooked();
  }
}

/** Where the configuration cannot be read, people are told so by the ways it had before. */
function tellerOf(
  fleet: Fleet,
  { deliver, words, onTold = () => {} }: WatchOptions,
): (standing: Result<Standing>) => Promise<void> {
  const teller = new Teller(fleet, deliver, words);
  let settings = settingsNow(fleet) ?? NO_NOTIFICATIONS;
  return async (standing) => {
    settings = settingsNow(fleet) ?? settings;
    const { told, faults } = await teller.tell(currentOutlook(fleet, standing), settings);
    if (told + faults.length > 0) onTold(told, faults);
  };
}

/** Null: the configuration cannot be read. */
function settingsNow({ config }: Fleet): NotificationSettings | null {
  const read = config.read();
  return read.ok ? read.value.config.notifications : null;
}

/** Undefined: it failed, which was told. */
async function safely<T>(
  { onBroke = () => {}, onJournalFailed = () => {} }: WatchOptions,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JournalFailure) onJournalFailed(error.fault);
    else onBroke(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return undefined;
  }
}

async function lookAtAll(fleet: Fleet, withStorage: boolean, signal: AbortSignal): Promise<void> {
  const read = fleet.config.read();
  if (!read.ok) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT)]);
  const checks = await checkServers(fleet, read.value.config.servers, limit);
  if (!withStorage) return;
  const seen = checks.filter(({ inventory }) => inventory !== null);
  await eachInSlots(
    seen,
    async ({ server, inventory }) => {
      const host = await fleet.hosts.connect(server.name, { signal: limit });
      if (host.ok && inventory) await lookAtStorage(fleet, host.value, inventory, limit);
    },
    LOOK_SLOTS,
  );
}

function forgetOld({ journal, clock }: Fleet): void {
  journal.pruneStorage({ before: isoTime(clock.now() - SAMPLE_DAYS * DAY) });
}
