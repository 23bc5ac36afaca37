/**
 * Decides why replication over all is not well: each finding names what and where. One server that cannot be reached is
 * one finding, however many replicas are on it.
 */
import { itemKey } from '../../model/automation/automation.ts';
import type { DashboardServer } from '../../model/status/dashboard.ts';
import { type Finding, finding } from '../../model/status/finding.ts';
import { serverOf } from '../../model/target.ts';
import { itemsOf, type NextStep, nextStep } from '../automation/due.ts';
import { storageFindings, uncheckedFindings } from './dashboard-disks.ts';
import type { DashboardQuestion } from './dashboard-question.ts';
import { stillFindings } from './dashboard-runs.ts';
import { restoreFindings } from './open-restores.ts';
import { isWatched, recordOf, troublesOf } from './troubles.ts';

/** In the order they are told, the level aside. */
export function dashboardFindings(
  servers: readonly DashboardServer[],
  question: DashboardQuestion,
): Finding[] {
  if (servers.length === 0) return [finding('no-servers', 'unknown', {}, {})];
  const unseen = servers.flatMap((server) => serverFinding(server, question));
  const named = new Set(unseen.map(({ subject }) => subject.where));
  const { healths } = question;
  const ofSubvolumes = healths.ok ? healths.value.flatMap(({ reasons }) => distinct(reasons)) : [];
  return [
    ...fleetFindings(question, named),
    ...unseen,
    // The server's own finding says it already.
    ...ofSubvolumes.filter(
      ({ level, subject: { where } }) =>
        !(level === 'unknown' && where !== null && named.has(serverOf(where))),
    ),
    ...restoreFindings(question.restores),
    ...automationFindings(question),
    ...stillFindings(question),
    ...servers.flatMap(storageFindings),
    ...uncheckedFindings(servers),
    ...unattendedFindings(question),
  ];
}

const primaryOf = ({ servers }: DashboardQuestion): string | null =>
  servers.find(({ server }) => server.role === 'primary')?.server.name ?? null;

function fleetFindings(question: DashboardQuestion, unseen: ReadonlySet<string | null>): Finding[] {
  const { healths, plans } = question;
  const primary = primaryOf(question);
  const found: Finding[] = [];
  // Why the primary was never seen is told with the primary.
  if (!healths.ok && !(primary !== null && unseen.has(primary)))
    found.push(finding('fleet-unknown', 'unknown', {}, { fault: healths.fault, primary }));
  if (healths.ok && healths.value.length === 0)
    found.push(finding('nothing-looked-after', 'unknown', {}, {}));
  if (!plans.tasks.some(({ enabled }) => enabled))
    found.push(finding('nothing-replicated', 'unknown', {}, {}));
  return found;
}

/** None: it was seen, and not long ago. */
function serverFinding(
  { server, fault, seenAt, ageSeconds, isStale }: DashboardServer,
  { plans }: DashboardQuestion,
): Finding[] {
  if (fault === null && !isStale) return [];
  const waits = plans.tasks.filter(
    (task) => task.enabled && task.targets.some((target) => target.server === server),
  );
  const tasks = waits.map(({ name }) => name);
  return [finding('server-unseen', 'unknown', { where: server }, { fault, seenAt, ageSeconds, tasks })];
}

/** Where no whole replica is anywhere, that this and that server lacks one is said with it. */
const distinct = (reasons: readonly Finding[]): readonly Finding[] =>
  reasons.some(({ code, level }) => LACKING.has(code) && level === 'failed')
    ? reasons.filter(({ code, subject }) => subject.where === null || !LACKING.has(code))
    : reasons;

/** They are mended by sending. */
const LACKING: ReadonlySet<Finding['code']> = new Set([
  'no-replica',
  'no-replica-known',
  'replica-gone',
  'not-there',
  'not-there-any-more',
  'newest-missing',
  'older-gone',
  'half-there',
]);

/** Subvolumes nobody looks after: that may be meant, and must not be overlooked. */
function unattendedFindings(question: DashboardQuestion): Finding[] {
  const { unattended: subvolumes, healths } = question;
  // Where nothing is looked after at all, that is said already.
  if (subvolumes.length === 0 || !healths.ok || healths.value.length === 0) return [];
  const primary = primaryOf(question);
  return [finding('unattended', 'note', { where: primary }, { subvolumes, primary })];
}

/** Failures that are nobody's replica: a snapshot, a clean-up, a round; and whether anybody begins anything. */
function automationFindings(question: DashboardQuestion): Finding[] {
  const { plans, memories, lags } = question;
  const items = itemsOf(plans).map(itemKey);
  const troubles = troublesOf({
    items: items.flatMap((key) => memories.get(key) ?? []).map(recordOf),
    targets: plans.tasks.flatMap((task) =>
      isWatched(task)
        ? (lags.get(task.name) ?? []).map((lag) => ({ task: task.name, rpoSeconds: task.rpoSeconds, lag }))
        : [],
    ),
    storage: [],
    away: [],
    restores: [],
    config: null,
  });
  return [
    ...schedulerFindings(question),
    // What is about RPOs and targets that are left alone, health has told.
    ...troubles.filter(({ code }) => code === 'item-failed' || code === 'target-fails'),
  ];
}

function schedulerFindings(question: DashboardQuestion): Finding[] {
  const { plans, memories, now, jitterSeconds, scheduler } = question;
  const steps = itemsOf(plans).map((item) => {
    const memory = memories.get(itemKey(item)) ?? null;
    return { item, step: nextStep({ item, memory, now, jitterSeconds }) };
  });
  const never = steps.flatMap(({ item, step }) =>
    step.kind === 'never'
      ? [finding('item-never-due', 'degraded', {}, { item: itemKey(item), fault: step.fault })]
      : [],
  );
  if (steps.length === 0 || scheduler !== null) return never;
  const late = steps.filter(({ step }) => isOverdue(step)).length;
  return [...never, finding('no-scheduler', late === 0 ? 'note' : 'degraded', {}, { late })];
}

/** Never begun, or its time came round again before it was. */
const isOverdue = (step: NextStep): boolean => step.kind === 'due' && (step.last === null || step.missed > 0);
