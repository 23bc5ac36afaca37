/**
 * Watches the fleet beside the automation loop: looks at every server now and then, so that what is known stays warm
 * where no screen is open, and tells people what changed. It begins no run, and a server that hangs delays nobody.
 */
import type { Deliver } from '../hosts/deliver.ts';
import type { Trouble } from '../model/alarm.ts';
import { itemKey } from '../model/automation.ts';
import { isoTime } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import { itemsOf } from '../plan/due.ts';
import { troublesOf } from '../plan/troubles.ts';
import { checkServers } from '../run/check-servers.ts';
import type { Fleet } from '../run/fleet.ts';
import { nap } from '../run/nap.ts';
import { eachInSlots, LOOK_SLOTS } from '../run/slots.ts';
import { knownStorage } from '../run/storage.ts';
import { lookAtStorage } from '../run/storage-look.ts';
import { taskStatuses } from '../run/task-status.ts';
import { tellTroubles } from '../run/tell.ts';
import { JournalFailure } from '../state/journal-database.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly deliver: Deliver;
  /** Does each once and returns. */
  readonly once?: boolean;
  /** Called after each pass, about once a minute. */
  readonly onPass?: () => void;
  readonly onTold?: (count: number, faults: readonly Fault[]) => void;
  /** What is no expected failure, and the journal's: the watch goes on. */
  readonly onBroke?: (text: string) => void;
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
  return { ended: watch(fleet, options, pause), nudge: () => nudged.abort() };
}

async function watch(fleet: Fleet, options: WatchOptions, pause: () => Promise<void>): Promise<void> {
  const { signal, once = false, onPass = () => {} } = options;
  let looks = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const now = fleet.clock.now();
    await safely(options, async () => {
      if (Math.abs(now - lookedAt) >= LOOK) {
        lookedAt = now;
        await lookAtAll(fleet, looks % LOOKS_PER_STORAGE === 0, signal);
        if (looks === 0) forgetOld(fleet);
        looks += 1;
      }
      if (!signal.aborted) await tellPeople(fleet, options);
    });
    await safely(options, async () => onPass());
    if (once) return;
    await pause();
  }
}

async function safely({ onBroke = () => {} }: WatchOptions, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof JournalFailure) onBroke(error.fault.message);
    else onBroke(error instanceof Error ? (error.stack ?? error.message) : String(error));
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

async function tellPeople(fleet: Fleet, { deliver, onTold = () => {} }: WatchOptions): Promise<void> {
  const read = fleet.config.read();
  if (!read.ok) return;
  const { notifications } = read.value.config;
  const told = await tellTroubles(fleet, currentTroubles(fleet), notifications, deliver);
  if (told.notifications.length + told.faults.length > 0) onTold(told.notifications.length, told.faults);
}

/** All that somebody should know of now, from configuration and journal. */
export function currentTroubles(fleet: Fleet): Trouble[] {
  const read = fleet.config.read();
  if (!read.ok) return troublesOf({ items: [], targets: [], storage: [], config: read.fault });
  const { config } = read.value;
  const followed = new Set(itemsOf(config).map(itemKey));
  const tasks = taskStatuses(fleet);
  const names = config.servers.map(({ name }) => name);
  return troublesOf({
    items: fleet.journal.itemMemories().filter(({ item }) => followed.has(item)),
    targets: (tasks.ok ? tasks.value : [])
      .filter(({ task }) => task.enabled && !task.suspended)
      .flatMap(({ task, lags }) =>
        lags.map((lag) => ({ task: task.name, rpoSeconds: task.rpoSeconds, lag })),
      ),
    storage: knownStorage(fleet, names).map(({ server, filesystem, warnings }) => ({
      server,
      uuid: filesystem.uuid,
      warnings,
    })),
    config: null,
  });
}
