/** Tells people what changed, by every way that is configured, and remembers what they were told. */
import type { Deliver, Mail } from '../hosts/deliver.ts';
import {
  type Notification,
  type NotificationSettings,
  type Trouble,
  WEBHOOK_SECRET,
} from '../model/alarm.ts';
import { isoTime } from '../model/clock.ts';
import { type Fault, fault } from '../model/fault.ts';
import { failed, type Result } from '../model/result.ts';
import { alarmChanges } from '../plan/troubles.ts';
import type { Fleet } from './fleet.ts';

export interface Told {
  readonly notifications: readonly Notification[];
  /** Ways that failed. */
  readonly faults: readonly Fault[];
}

/**
 * `troubles`: all there are now. A notification counts as told when one way worked; else it is tried again with the
 * next call. Without any way configured nothing is remembered, so that the first one tells what is wrong then.
 */
export async function tellTroubles(
  fleet: Fleet,
  troubles: readonly Trouble[],
  settings: NotificationSettings,
  deliver: Deliver,
): Promise<Told> {
  if (!isAnywhere(settings)) return { notifications: [], faults: [] };
  const { journal, clock } = fleet;
  const now = isoTime(clock.now());
  const { alarms, notifications } = alarmChanges(journal.alarms(), troubles, now);
  for (const [key, alarm] of alarms) journal.saveAlarm(key, alarm);
  if (notifications.length === 0) return { notifications, faults: [] };
  const { reached, faults } = await send(fleet, notifications, settings, deliver);
  const kept = journal.alarms();
  for (const { key, event } of notifications.filter((one) => reached.has(one.key))) {
    const alarm = kept.get(key);
    if (event === 'recovery') journal.saveAlarm(key, null);
    else if (alarm) journal.saveAlarm(key, { ...alarm, toldAt: now });
  }
  return { notifications, faults };
}

const isAnywhere = ({ command, webhook, mailTo }: NotificationSettings): boolean =>
  command !== null || webhook || mailTo.length > 0;

/**
 * One call and one POST for each; one mail for all of them. A way that fails is not tried again for the others: each
 * may take its time to fail, and the next call tells them.
 */
export async function send(
  fleet: Pick<Fleet, 'vault'>,
  notifications: readonly Notification[],
  settings: NotificationSettings,
  deliver: Deliver,
): Promise<{ readonly reached: ReadonlySet<string>; readonly faults: readonly Fault[] }> {
  const { command, webhook, mailTo } = settings;
  const reached = new Set<string>();
  const faults: Fault[] = [];
  const note = (keys: readonly string[], result: Result<void>): boolean => {
    if (result.ok) for (const key of keys) reached.add(key);
    else faults.push(result.fault);
    return result.ok;
  };
  const address = webhook ? webhookAddress(fleet) : null;
  const post = (one: Notification): Promise<Result<void>> =>
    address?.ok === true
      ? deliver.webhook(address.value, one)
      : Promise.resolve(address ?? failed(noAddress));
  let [byCommand, byPost] = [command !== null, webhook];
  for (const one of notifications) {
    if (byCommand && command !== null) byCommand = note([one.key], await deliver.command(command, one));
    if (byPost) byPost = note([one.key], await post(one));
  }
  if (mailTo.length > 0) {
    note(
      notifications.map(({ key }) => key),
      await deliver.mail(mailOf(notifications, settings)),
    );
  }
  return { reached, faults };
}

function webhookAddress({ vault }: Pick<Fleet, 'vault'>): Result<string> {
  const address = vault.get(WEBHOOK_SECRET);
  if (!address.ok) return address;
  return address.value === null ? failed(noAddress) : { ok: true, value: address.value };
}

function mailOf(notifications: readonly Notification[], { mailTo, mailFrom }: NotificationSettings): Mail {
  const [first] = notifications;
  const more = notifications.length > 1 ? ` (and ${notifications.length - 1} more)` : '';
  return {
    to: mailTo,
    from: mailFrom,
    subject: `btrfleet: ${first?.title ?? ''}${more}`,
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
