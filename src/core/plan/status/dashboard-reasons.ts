/**
 * Decides why replication over all is not well, in plain words: each reason names what and where, and what mends it.
 * One server that cannot be reached is one reason, however many replicas are on it.
 */
import { itemKey } from '../../model/automation/automation.ts';
import type { DashboardReason, DashboardServer, Mend } from '../../model/status/dashboard.ts';
import type { Health, HealthReason } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { itemsOf, makesSnapshots, type NextStep, nextStep, type Plans } from '../automation/due.ts';
import { storageReasons, uncheckedReasons } from './dashboard-disks.ts';
import type { DashboardQuestion } from './dashboard-question.ts';
import { aboutAll, mend } from './dashboard-reason.ts';
import { stillReasons } from './dashboard-runs.ts';
import { unattendedReasons } from './dashboard-unattended.ts';
import { span } from './health-words.ts';
import { isWatched, recordOf, troublesOf } from './troubles.ts';

/** In the order they are told, the level aside. */
export function dashboardReasons(
  servers: readonly DashboardServer[],
  question: DashboardQuestion,
): DashboardReason[] {
  if (servers.length === 0) return [NO_SERVERS];
  const unseen = servers.flatMap((server) => serverReason(server, question) ?? []);
  const named = new Set(unseen.map(({ where }) => where));
  const { healths, plans } = question;
  const ofSubvolumes = healths.ok
    ? healths.value.flatMap((health) => distinct(healthReasons(health, plans)))
    : [];
  return [
    ...fleetReasons(question, named),
    ...unseen,
    // The server's own reason says it already.
    ...ofSubvolumes.filter(
      ({ level, where }) => !(level === 'unknown' && where !== null && named.has(serverOf(where))),
    ),
    ...automationReasons(question),
    ...stillReasons(question),
    ...servers.flatMap(storageReasons),
    ...uncheckedReasons(servers),
    ...unattendedReasons(question),
  ];
}

const serverOf = (where: string): string => where.split(':', 1)[0] ?? where;

const NO_SERVERS = aboutAll(
  'unknown',
  'There are no servers yet, so nothing is known.',
  'Add the first one: btrfleet server add NAME --host HOST --user root --key FILE',
  mend('servers'),
);

function fleetReasons(
  { healths, plans, servers }: DashboardQuestion,
  unseen: ReadonlySet<string | null>,
): DashboardReason[] {
  const primary = servers.find(({ server }) => server.role === 'primary')?.server.name ?? null;
  const found: DashboardReason[] = [];
  // Why the primary was never seen is told with the primary.
  if (!healths.ok && !(primary !== null && unseen.has(primary))) {
    const { message, hint } = healths.fault;
    found.push(aboutAll('unknown', message, hint, mend('servers', primary)));
  }
  if (healths.ok && healths.value.length === 0) {
    found.push(
      aboutAll(
        'unknown',
        'No subvolume has snapshots that btrfleet made, a policy or a task: nothing is looked after.',
        'Begin with: btrfleet policy set snapshot SUBVOLUME --every 1h',
        mend('automation', null, 'snapshots'),
      ),
    );
  }
  if (!plans.tasks.some(({ enabled }) => enabled)) {
    found.push(
      aboutAll(
        'unknown',
        'Nothing is replicated by a task.',
        'Make one: btrfleet task add NAME --subvolume SUBVOLUME --to SERVER --every 1h',
        mend('automation', null, 'tasks'),
      ),
    );
  }
  return found;
}

/** Null: it was seen, and not long ago. */
function serverReason(
  { server, fault, seenAt, ageSeconds, isStale }: DashboardServer,
  { plans }: DashboardQuestion,
): DashboardReason | null {
  if (fault === null && !isStale) return null;
  const about = { level: 'unknown', subvolume: null, where: server, mend: mend('servers', server) } as const;
  const waits = plans.tasks.filter(
    (task) => task.enabled && task.targets.some((target) => target.server === server),
  );
  const tasks = waits.length === 0 ? '' : ` Replicas of ${listed(waits.map(({ name }) => name))} are there.`;
  if (fault !== null) {
    const seen = ageSeconds === null ? 'It was never seen.' : `Last seen ${agoText(ageSeconds)}.`;
    return { ...about, message: `${placed(server, fault.message)} ${seen}${tasks}`, hint: fault.hint };
  }
  const message =
    seenAt === null
      ? `${server} was never looked at.${tasks}`
      : `What is known of ${server} is ${span(ageSeconds ?? 0)} old.${tasks}`;
  return { ...about, message, hint: `Look at it: btrfleet server check ${server}` };
}

/** It does not change with every look. */
const agoText = (seconds: number): string => (seconds < 120 ? 'a moment ago' : `${span(seconds)} ago`);

/** With the server in front where it does not name it. */
const placed = (server: string, message: string): string =>
  names(message, server) ? message : `${server}: ${message}`;

/** As a word of its own: `/data` does not stand in `/data2`. */
const names = (message: string, what: string): boolean =>
  message.split(/[\s,;]+/).some((word) => word.replace(/[.:]+$/, '') === what);

const NAMED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  const shown = names.slice(0, NAMED).join(', ');
  return `task ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Where no whole replica is anywhere, that this and that server has none is said with it. */
function distinct(reasons: readonly DashboardReason[]): readonly DashboardReason[] {
  const nowhere = reasons.some(
    ({ level, where, mend: { page } }) => level === 'failed' && where === null && page === 'replication',
  );
  return nowhere
    ? reasons.filter(({ where, mend: { page } }) => where === null || page !== 'replication')
    : reasons;
}

/** Notes too. */
export const healthReasons = (health: Health, plans: Plans): DashboardReason[] =>
  health.reasons.map((reason) => {
    const { level, where, message, hint } = reason;
    const { subvolume } = health;
    const named = names(message, subvolume) ? message : `${subvolume}: ${message}`;
    return { level, subvolume, where, message: named, hint, mend: mendOf(reason, health, plans) };
  });

function mendOf({ page, where }: HealthReason, health: Health, plans: Plans): Mend {
  const { subvolume, primary, replicas } = health;
  switch (page) {
    case 'servers':
      return mend('servers', where === null ? null : serverOf(where));
    case 'snapshots':
    case 'replication':
      return mend(page, subvolume);
    case 'history':
      return mend('history');
    case 'automation': {
      const replica = replicas.find((one) => formatTarget(one) === where && one.tasks.length > 0);
      if (replica) return mend('automation', replica.tasks[0] ?? null, 'tasks');
      return where === primary.server ? whoMakes(subvolume, plans) : mend('automation', null, 'tasks');
    }
  }
}

/** What makes its snapshots. */
function whoMakes(subvolume: string, { snapshotPolicies, tasks }: Plans): Mend {
  if (snapshotPolicies.some((policy) => policy.enabled && policy.subvolume === subvolume)) {
    return mend('automation', subvolume, 'snapshots');
  }
  const task = tasks.find(
    (one) => one.enabled && one.subvolumes.includes(subvolume) && makesSnapshots(one, snapshotPolicies),
  );
  return task ? mend('automation', task.name, 'tasks') : mend('automation', subvolume, 'snapshots');
}

/** Failures that are nobody's replica: a snapshot, a clean-up, a round; and whether anybody begins anything. */
function automationReasons(question: DashboardQuestion): DashboardReason[] {
  const { plans, memories, lags } = question;
  const items = itemsOf(plans).map((item) => ({ item, key: itemKey(item) }));
  const troubles = troublesOf({
    items: items.flatMap(({ key }) => memories.get(key) ?? []).map(recordOf),
    targets: plans.tasks.flatMap((task) =>
      isWatched(task)
        ? (lags.get(task.name) ?? []).map((lag) => ({ task: task.name, rpoSeconds: task.rpoSeconds, lag }))
        : [],
    ),
    storage: [],
    away: [],
    config: null,
  });
  return [
    ...schedulerReasons(question),
    ...troubles.flatMap(({ key, title, message, hint }): DashboardReason[] => {
      // What is about RPOs and targets that are left alone, health has told.
      const [, what = '', about = ''] = /^(item|target):(.*)$/s.exec(key) ?? [];
      if (what === '') return [];
      const [, task = '', target = ''] = /^(\S+) (.*)$/s.exec(about) ?? [];
      const told = what === 'item' ? `${itemWords(about)} failed: ${message}` : `${title}: ${message}`;
      return [
        {
          level: 'degraded',
          subvolume: null,
          where: what === 'item' ? null : target,
          message: told,
          hint,
          mend: what === 'item' ? itemMend(about) : mend('automation', task, 'tasks'),
        },
      ];
    }),
  ];
}

const ITEM = /^(snapshot|retention|task-snapshot|task):(.*)$/s;

const ITEM_WORDS = {
  snapshot: 'The last snapshot of',
  retention: 'The last clean-up of',
  'task-snapshot': 'The last snapshot for the task',
  task: 'The last round of the task',
} as const;

function itemWords(key: string): string {
  const [, kind = 'task', subject = key] = ITEM.exec(key) ?? [];
  return `${ITEM_WORDS[kind as keyof typeof ITEM_WORDS]} ${subject}`;
}

function itemMend(key: string): Mend {
  const [, kind = 'task', subject = key] = ITEM.exec(key) ?? [];
  if (kind === 'snapshot') return mend('automation', subject, 'snapshots');
  return mend('automation', subject, kind === 'retention' ? 'retention' : 'tasks');
}

function schedulerReasons(question: DashboardQuestion): DashboardReason[] {
  const { plans, memories, now, jitterSeconds, scheduler } = question;
  const steps = itemsOf(plans).map((item) => {
    const memory = memories.get(itemKey(item)) ?? null;
    return { item, step: nextStep({ item, memory, now, jitterSeconds }) };
  });
  const never = steps.flatMap(({ item, step }) =>
    step.kind === 'never'
      ? [aboutAll('degraded', step.fault.message, step.fault.hint, itemMend(itemKey(item)))]
      : [],
  );
  if (steps.length === 0 || scheduler !== null) return never;
  const late = steps.filter(({ step }) => isOverdue(step)).length;
  const what = late === 0 ? '' : ` ${late === 1 ? 'One thing is' : `${late} things are`} overdue.`;
  return [
    ...never,
    aboutAll(
      late === 0 ? 'note' : 'degraded',
      `No scheduler runs here, so nothing is done by itself.${what}`,
      'Start it: btrfleet --schedule; or for good: btrfleet setup-service',
      mend('automation'),
    ),
  ];
}

/** Never begun, or its time came round again before it was. */
const isOverdue = (step: NextStep): boolean => step.kind === 'due' && (step.last === null || step.missed > 0);
