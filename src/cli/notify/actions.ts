/** What `btrfleet notify` does: it changes the settings, shows them, and tries them. */
import { createDeliver } from '../../core/hosts/deliver.ts';
import { isoTime } from '../../core/model/clock.ts';
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import {
  type Alarm,
  NO_NOTIFICATIONS,
  type Notification,
  type NotificationSettings,
  WAYS,
  type Way,
  WEBHOOK_SECRET,
  waysOf,
} from '../../core/model/status/alarm.ts';
import { sendBy } from '../../core/run/status/tell.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatAge, formatText } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { readSecret } from '../frame/secret.ts';

export interface NotifyOptions {
  readonly command?: string;
  readonly webhookStdin?: boolean;
  readonly mailTo?: string[];
  readonly mailFrom?: string;
}

export async function notifySet(context: ActionContext, options: NotifyOptions): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  if (Object.keys(options).length === 0) return out.fault(nothingNamed);
  if (options.webhookStdin === true) {
    const stored = await storeWebhook(context, signal);
    if (!stored.ok) return out.fault(stored.fault);
  }
  const changed = changeSettings(context, (now) => ({
    command: options.command ?? now.command,
    webhook: options.webhookStdin === true || now.webhook,
    mailTo: options.mailTo ?? now.mailTo,
    mailFrom: options.mailFrom ?? now.mailFrom,
  }));
  return tell(out, changed, ({ before, after: settings }) => {
    for (const way of newWays(before, settings, options)) fleet.journal.forgetTold(way);
    out.result(rowOf(settings), textOf(settings));
    if (fleet.config.read().ok) out.note('Try it: btrfleet notify test');
    return 0;
  });
}

/** Who is told now was not told of what is open: it tells them. */
const newWays = (before: NotificationSettings, after: NotificationSettings, asked: NotifyOptions): Way[] => [
  ...(before.command === after.command ? [] : (['command'] as const)),
  ...(asked.webhookStdin === true ? (['webhook'] as const) : []),
  ...(after.mailTo.every((one) => before.mailTo.includes(one)) ? [] : (['mail'] as const)),
];

async function storeWebhook({ fleet }: ActionContext, signal: AbortSignal): Promise<Result<void>> {
  const address = await readSecret('webhook', signal);
  if (!address.ok) return address;
  const url = URL.parse(address.value.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return failed(noAddress);
  return fleet.vault.set(WEBHOOK_SECRET, url.href);
}

export async function notifyClear(context: ActionContext, named: readonly string[]): Promise<ExitCode> {
  const { fleet, out } = context;
  const unknown = named.find((way) => !WAYS.some((known) => known === way));
  if (unknown !== undefined) {
    return out.fault(fault('usage', `${unknown} is no way of telling.`, `It is one of ${WAYS.join(', ')}.`));
  }
  const ways = new Set(WAYS.filter((way) => named.length === 0 || named.includes(way)));
  const changed = changeSettings(context, (now) => ({
    command: ways.has('command') ? null : now.command,
    webhook: ways.has('webhook') ? false : now.webhook,
    mailTo: ways.has('mail') ? [] : now.mailTo,
    mailFrom: ways.has('mail') ? null : now.mailFrom,
  }));
  if (!changed.ok) return out.fault(changed.fault);
  for (const way of ways) fleet.journal.forgetTold(way);
  if (ways.has('webhook')) {
    const removed = fleet.vault.remove(WEBHOOK_SECRET);
    if (!removed.ok) return out.fault(removed.fault);
  }
  out.result(rowOf(changed.value.after), textOf(changed.value.after));
  return 0;
}

interface Change {
  readonly before: NotificationSettings;
  readonly after: NotificationSettings;
}

function changeSettings(
  { fleet }: ActionContext,
  edit: (now: NotificationSettings) => NotificationSettings,
): Result<Change> {
  let before = NO_NOTIFICATIONS;
  const changed = fleet.config.change((config) => {
    before = config.notifications;
    return ok({ ...config, notifications: edit(before) });
  });
  return changed.ok ? ok({ before, after: changed.value.notifications }) : changed;
}

export async function notifyShow({ fleet, out }: ActionContext): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const { notifications } = config.value.config;
  const open = [...fleet.journal.alarms()].flatMap(([key, alarm]) => openRow(key, alarm));
  const rows = open.map(({ level, title, since, toldBy }) => [
    level,
    formatText(title),
    formatAge(since, fleet.clock.now()),
    toldBy.length === 0 ? 'not yet' : toldBy.join(', '),
  ]);
  const table = formatTable(
    [{ title: 'LEVEL' }, { title: 'TROUBLE' }, { title: 'SINCE', align: 'right' }, { title: 'TOLD' }],
    rows,
  );
  const what = open.length === 0 ? 'Nothing is being told of.' : table;
  out.result({ ...rowOf(notifications), troubles: open }, `${textOf(notifications)}\n${what}`);
  return 0;
}

/** `toldAt`: when somebody was first told how it is now; null: nobody yet. */
function openRow(key: string, { state, title, since, told }: Alarm) {
  if (state === 'over' || state === 'unwatched') return [];
  const toldBy = WAYS.filter((way) => told[way]?.level === state);
  const toldAt = toldBy.flatMap((way) => told[way]?.at ?? []).toSorted()[0] ?? null;
  return [{ key, level: state, title, since, toldAt, toldBy }];
}

export async function notifyTest({ fleet, out }: ActionContext): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const settings = config.value.config.notifications;
  const ways = waysOf(settings);
  if (ways.length === 0) return out.fault(nobody);
  const test: Notification = {
    event: 'trouble',
    key: 'test',
    level: 'warning',
    title: 'A test of btrfleet',
    message: 'Nothing is wrong: somebody tried whether this arrives.',
    hint: 'There is nothing to do.',
    since: isoTime(fleet.clock.now()),
  };
  const deliver = createDeliver(process.env);
  const sent = await Promise.all(
    ways.map((way) => sendBy(fleet, deliver, { way, settings, notifications: [test] })),
  );
  const failures: readonly Fault[] = sent.flatMap((one) => (one.ok ? [] : [one.fault]));
  out.result(
    { ways, faults: failures },
    failures.length === 0 ? `Sent by ${ways.join(', ')}.` : 'Not all of it was sent.',
  );
  for (const why of failures) out.note(formatFault(why));
  return failures.length === 0 ? 0 : 1;
}

const rowOf = ({ command, webhook, mailTo, mailFrom }: NotificationSettings = NO_NOTIFICATIONS) => ({
  command,
  webhook,
  mailTo,
  mailFrom,
});

function textOf(settings: NotificationSettings): string {
  if (waysOf(settings).length === 0) return 'Nobody is told of anything. Set it: btrfleet notify set --help';
  const { command, webhook, mailTo, mailFrom } = settings;
  return [
    ...(command === null ? [] : [`command  ${formatText(command)}`]),
    ...(webhook ? ['webhook  its address is in the vault'] : []),
    ...(mailTo.length === 0
      ? []
      : [`mail     ${mailTo.join(', ')}${mailFrom === null ? '' : `, from ${mailFrom}`}`]),
  ].join('\n');
}

const nothingNamed = fault(
  'usage',
  'Nothing says where notifications shall go.',
  'Name at least one of --command, --webhook-stdin and --mail-to.',
);

const noAddress = fault(
  'usage',
  'What came from stdin is no address of a webhook; nothing was changed.',
  'It begins with https:// or http://.',
);

const nobody = fault('usage', 'Nobody is told of anything yet.', 'First: btrfleet notify set --help');
