/** Tells people what changed, by every way that is configured, and remembers by which way they were told what. */
import type { Deliver, Mail } from '../../hosts/deliver.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, type Result } from '../../model/result.ts';
import {
  type Alarm,
  type Notification,
  type NotificationSettings,
  type Outlook,
  type Trouble,
  type Way,
  WEBHOOK_SECRET,
  waysOf,
} from '../../model/status/alarm.ts';
import { nextAlarms, type ToldTrouble, toldBy, toTell, withWays } from '../../plan/status/alarms.ts';
import type { Fleet } from '../ground/fleet.ts';

/** What is read, and written. */
export interface TellFleet extends Pick<Fleet, 'journal' | 'clock'> {
  readonly vault: Pick<Fleet['vault'], 'get'>;
}

/** How trouble reads: handed in, as words are made where people read them. */
export type Words = (trouble: Trouble) => ToldTrouble;

export interface TellResult {
  /** Changes that reached somebody by at least one way. */
  readonly told: number;
  readonly faults: readonly Fault[];
}

/** Milliseconds until what could not be delivered is tried again: at first, and at most. */
const AGAIN = 60_000;
const AGAIN_MOST = 600_000;

interface Failure {
  readonly times: number;
  /** Milliseconds since 1970 UTC. */
  readonly failedAt: number;
}

/** Remembers what failed for as long as it lives. */
export class Teller {
  readonly #fleet: TellFleet;
  readonly #deliver: Deliver;
  readonly #words: Words;
  /** By way and key. */
  readonly #failures = new Map<string, Failure>();

  constructor(fleet: TellFleet, deliver: Deliver, words: Words) {
    this.#fleet = fleet;
    this.#deliver = deliver;
    this.#words = words;
  }

  /**
   * Each way on its own: one that fails delays no other, and brings later what it could not. Without any way configured
   * nothing is remembered, so that the first one tells what is wrong then. May throw `JournalFailure`.
   */
  async tell(outlook: Outlook, settings: NotificationSettings): Promise<TellResult> {
    const ways = waysOf(settings);
    if (ways.length === 0) return { told: 0, faults: [] };
    this.#note(outlook, ways);
    const results = await Promise.all(
      ways.map((way) => (way === 'mail' ? this.#mail(settings) : this.#oneByOne(way, settings))),
    );
    const told = new Set(results.flatMap(({ keys }) => keys));
    return { told: told.size, faults: results.flatMap(({ faults }) => faults) };
  }

  #note({ troubles, verdict }: Outlook, ways: readonly Way[]): void {
    const { journal, clock } = this.#fleet;
    const known = new Map<string, Alarm>();
    for (const [key, alarm] of journal.alarms()) {
      const kept = withWays(alarm, ways);
      if (kept !== alarm) journal.saveAlarm(key, kept);
      if (kept !== null) known.set(key, kept);
    }
    const told = new Map([...troubles].map(([key, trouble]) => [key, this.#words(trouble)]));
    const changed = nextAlarms(known, told, verdict, isoTime(clock.now()));
    for (const [key, alarm] of changed) journal.saveAlarm(key, alarm);
  }

  /** What failed is no reason to keep back the rest; what takes too long is, for the rest may take as long. */
  async #oneByOne(way: Way, settings: NotificationSettings): Promise<Delivered> {
    const keys: string[] = [];
    const faults: Fault[] = [];
    for (const one of this.#pending(way)) {
      const result = await sendBy(this.#fleet, this.#deliver, { way, settings, notifications: [one] });
      this.#keep(way, one, result.ok);
      if (result.ok) keys.push(one.key);
      else faults.push(result.fault);
      if (!result.ok && result.fault.code === 'stalled') break;
    }
    return { keys, faults };
  }

  async #mail(settings: NotificationSettings): Promise<Delivered> {
    const notifications = this.#pending('mail');
    if (notifications.length === 0) return { keys: [], faults: [] };
    const result = await sendBy(this.#fleet, this.#deliver, { way: 'mail', settings, notifications });
    for (const one of notifications) this.#keep('mail', one, result.ok);
    if (!result.ok) return { keys: [], faults: [result.fault] };
    return { keys: notifications.map(({ key }) => key), faults: [] };
  }

  /** What never failed first; of what did, what was tried longest ago. */
  #pending(way: Way): Notification[] {
    const now = this.#fleet.clock.now();
    const failureOf = ({ key }: Notification): Failure | undefined => this.#failures.get(`${way} ${key}`);
    return toTell(this.#fleet.journal.alarms(), way)
      .filter((one) => isDue(failureOf(one), now))
      .toSorted((a, b) => (failureOf(a)?.failedAt ?? 0) - (failureOf(b)?.failedAt ?? 0));
  }

  #keep(way: Way, notification: Notification, isTold: boolean): void {
    const { journal, clock } = this.#fleet;
    const { key } = notification;
    const id = `${way} ${key}`;
    if (!isTold) {
      const times = (this.#failures.get(id)?.times ?? 0) + 1;
      this.#failures.set(id, { times, failedAt: clock.now() });
      return;
    }
    this.#failures.delete(id);
    // Read anew: the other ways have told of it meanwhile.
    const alarm = journal.alarms().get(key);
    if (alarm) journal.saveAlarm(key, toldBy(alarm, way, notification, isoTime(clock.now())));
  }
}

interface Delivered {
  /** Of what arrived. */
  readonly keys: readonly string[];
  readonly faults: readonly Fault[];
}

/** A clock that was set back keeps nothing waiting. */
const isDue = (failure: Failure | undefined, now: number): boolean =>
  failure === undefined ||
  Math.abs(now - failure.failedAt) >= Math.min(AGAIN_MOST, AGAIN * 2 ** (failure.times - 1));

interface Sending {
  readonly way: Way;
  readonly settings: NotificationSettings;
  /** All go into one mail; by other ways there is one. */
  readonly notifications: readonly Notification[];
}

/** Faults: command-failed, stalled (it took too long), secret-missing and the others of the vault. */
export async function sendBy(
  { vault }: Pick<TellFleet, 'vault'>,
  deliver: Deliver,
  { way, settings, notifications }: Sending,
): Promise<Result<void>> {
  const [first] = notifications;
  if (first === undefined) return { ok: true, value: undefined };
  switch (way) {
    case 'command':
      return deliver.command(settings.command ?? '', first);
    case 'webhook': {
      const address = vault.get(WEBHOOK_SECRET);
      if (!address.ok) return address;
      return address.value === null ? failed(noAddress) : deliver.webhook(address.value, first);
    }
    case 'mail':
      return deliver.mail(mailOf(first, notifications, settings));
  }
}

function mailOf(
  first: Notification,
  notifications: readonly Notification[],
  { mailTo, mailFrom }: NotificationSettings,
): Mail {
  const more = notifications.length > 1 ? ` (and ${notifications.length - 1} more)` : '';
  return {
    to: mailTo,
    from: mailFrom,
    subject: `btrfleet: ${first.title}${more}`,
    text: notifications.map(textOf).join('\n\n'),
  };
}

const textOf = ({ title, message, hint, since, event }: Notification): string =>
  [
    title,
    message,
    ...(hint === '' ? [] : [hint]),
    event === 'trouble' ? `Since ${since}.` : `It began ${since}.`,
  ].join('\n');

const noAddress = fault(
  'secret-missing',
  'The address of the webhook is not in the vault.',
  'Set it again: btrfleet notify set --webhook-stdin',
);
