/**
 * Decides what about the replicas of a subvolume somebody must be told, and how bad each of it is. Every
 * verdict of plan/health rests on one of these, or on one about the primary.
 */
import { ageOf } from '../../model/clock.ts';
import { type Finding, finding, type Level } from '../../model/status/finding.ts';
import type { ReplicaHealth } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { missedFindings, missing, type PlaceQuestion, sendingTo } from './health-missing.ts';
import type { HealthQuestion, Row } from './health-question.ts';
import { provenFindings } from './proven.ts';

/** About all replicas together. `isDegraded`: something else is wrong, and a good replica is not known to be there. */
export function overallFindings(
  rows: readonly Row[],
  isDegraded: boolean,
  question: HealthQuestion,
): Finding[] {
  const { wanted, subvolume, isNamed, primary } = question;
  if (wanted === null || rows.some((row) => isGood(row, question))) return [];
  const what = isNamed ? wanted.name : subvolume;
  const sending = sendingTo(question, null);
  const open = rows.filter(({ health }) => isOpen(health)).map(({ health }) => formatTarget(health));
  if (open.length > 0) {
    const level = isDegraded ? 'failed' : 'unknown';
    return [finding('no-replica-known', level, { subvolume }, { what, open, sending })];
  }
  if (!rows.some(({ health }) => health.isExpected))
    return [finding('no-other-server', 'degraded', { subvolume }, { what, primary: primary.server })];
  return [finding('no-replica', 'failed', { subvolume }, { what, sending })];
}

const isOpen = ({ status }: ReplicaHealth): boolean => status === 'could-not-check' || status === 'absent';

/** Where it cannot be checked, what was last known of it counts: that it is not known now is told apart. */
function isGood({ health, found }: Row, { isNamed, wanted }: HealthQuestion): boolean {
  const { restorePoint } = health;
  if (health.status === 'complete' || found?.status === 'complete') return true;
  if (restorePoint === null || wanted === null) return false;
  return !isNamed || (isOpen(health) && restorePoint >= wanted.name);
}

/** About one place. */
export function replicaFindings(row: Row, question: HealthQuestion): Finding[] {
  const { health, tasks } = row;
  const about = { subvolume: question.subvolume, where: formatTarget(health) };
  const place = { about, question, row };
  return [
    ...tasks.flatMap((one) => (one.lag.rpo === 'breached' ? [rpoFinding(one, place)] : [])),
    ...stateFindings(health, place),
    ...changedFindings(place),
    ...missedFindings(place),
    ...provenFindings(row, about, question),
    ...tasks.flatMap((one) => taskFindings(one, place)),
  ];
}

function stateFindings(health: ReplicaHealth, place: PlaceQuestion): Finding[] {
  const { status, isExpected, fault, seenAt } = health;
  const { about, question, row } = place;
  switch (status) {
    case 'complete':
      return [];
    case 'could-not-check':
      return isExpected ? [finding('unchecked', 'unknown', about, { fault, seenAt })] : [];
    case 'absent':
      return [absent(health, place)];
    case 'missing':
      return isExpected && question.wanted !== null ? missing(place) : [];
    // All that were changed are told below.
    case 'modified':
      return [];
    case 'partial': {
      const what = question.wanted?.name ?? question.subvolume;
      const isComing = row.tasks.some(({ facts }) => facts.isRunning);
      const level = isExpected && !isComing ? 'degraded' : 'note';
      const sending = sendingTo(question, about.where);
      return [finding('half-there', level, about, { what, isComing, sending })];
    }
  }
}

/** Within its RPO a disk may lie in a drawer. Without one nobody has said for how long. */
const absent = ({ restorePoint, fault, rpo }: ReplicaHealth, { about, question }: PlaceQuestion): Finding =>
  finding('disk-away', rpo === 'kept' ? 'note' : 'unknown', about, {
    ageSeconds: ageOf(restorePoint, question.now),
    fault,
  });

/** Of many only so many are named. */
const NAMED = 3;

function changedFindings({ about, question, row: { health, found } }: PlaceQuestion): Finding[] {
  // Of a place that cannot be looked at now, that is told.
  if (isOpen(health)) return [];
  const all = found?.modified ?? [];
  const newest = all.toReversed().slice(0, NAMED);
  const level: Level = health.isExpected ? 'degraded' : 'note';
  const primary = question.primary.server;
  const told: Finding[] = newest.map(({ path, readOnly, uuid, doubt = null }) => {
    const heldBytes = question.sizes.get(uuid)?.exclusiveBytes ?? null;
    return finding('changed', level, about, { path, readOnly, doubt, primary, heldBytes });
  });
  const count = all.length - newest.length;
  return count > 0 ? [...told, finding('more-changed', level, about, { count })] : told;
}

function rpoFinding({ facts, lag }: Row['tasks'][number], { about, question }: PlaceQuestion): Finding {
  const { rpoSeconds, name } = facts.task;
  const { wouldLoseSeconds, restorePoint } = lag;
  return finding('rpo-breached', 'degraded', about, {
    ...{ task: name, rpoSeconds: rpoSeconds ?? 0, wouldLoseSeconds, restorePoint },
    primary: question.primary.server,
  });
}

function taskFindings({ facts, lag }: Row['tasks'][number], { about }: PlaceQuestion): Finding[] {
  const { name: task, suspended } = facts.task;
  const { memory, incomplete } = lag;
  const found: Finding[] = [];
  if (memory !== null && memory.suspendedAt !== null) {
    const { failures, fault } = memory;
    found.push(finding('left-alone', 'degraded', about, { task, failures, fault }));
  } else if (memory !== null && memory.failures > 0) {
    const isLasting = memory.fault !== null && !memory.fault.retry;
    found.push(
      finding('round-failed', isLasting ? 'degraded' : 'note', about, { task, fault: memory.fault }),
    );
  }
  if (suspended) found.push(finding('suspended', 'note', about, { task }));
  if (incomplete !== null) {
    const { name: snapshot, missing: lacking } = incomplete;
    found.push(finding('group-incomplete', 'note', about, { task, snapshot, missing: lacking }));
  }
  return found;
}
