/** Decides what about a subvolume on the primary somebody must be told, and how bad it is. */
import { ageOf } from '../../model/clock.ts';
import { type Finding, finding } from '../../model/status/finding.ts';
import type { PrimaryHealth } from '../../model/status/health.ts';
import { formatTarget } from '../../model/target.ts';
import { liveReceived, unproven } from '../catalog/identity-words.ts';
import { datedAhead, newestOf } from '../catalog/newest.ts';
import { dueBeforeLast } from '../time/schedule.ts';
import type { HealthQuestion } from './health-question.ts';
import type { ReplicaSource } from './restore-point.ts';

/** About the subvolume on the primary. */
export function primaryFindings(primary: PrimaryHealth, question: HealthQuestion): Finding[] {
  const { wanted, isNamed } = question;
  const { status, fault, seenAt } = primary;
  const about = aboutPrimary(question);
  if (question.primary.isGone && fault === null) return [finding('subvolume-gone', 'failed', about, {})];
  if (status === 'could-not-check') return [finding('unchecked', 'unknown', about, { fault, seenAt })];
  if (wanted === null) return [finding('no-snapshot', 'failed', about, {})];
  const doubts = [...identityFindings(question, wanted.name), ...placeFindings(question)];
  if (!isNamed)
    return [...doubts, ...overdue(question), ...datedAheadNote(question), ...foreignNote(question)];
  if (status === 'complete') return doubts;
  return [finding('not-on-primary', 'degraded', about, { snapshot: wanted.name, status }), ...doubts];
}

const aboutPrimary = ({ subvolume, primary }: HealthQuestion) => ({ subvolume, where: primary.server });

/** What keeps snapshots of it from being replicated: their ids do not prove what is in them. */
function identityFindings(question: HealthQuestion, name: string): Finding[] {
  const { source, server } = question.primary;
  const about = aboutPrimary(question);
  if (source?.isLiveReceived) {
    const fault = liveReceived(server, question.subvolume);
    return [finding('identity-unproven', 'degraded', about, { fault })];
  }
  const snapshot = source?.snapshots.find((one) => one.name === name && one.state === 'complete');
  if (!snapshot?.doubt) return [];
  const level = snapshot.doubt === 'unchecked' ? 'unknown' : 'degraded';
  return [finding('identity-unproven', level, about, { fault: unproven(snapshot, server) })];
}

/** What others made counts, and nobody has to guess that it does. */
function foreignNote(question: HealthQuestion): Finding[] {
  const { primary, servers } = question;
  const made = primary.source?.foreign.length ?? 0;
  if (made === 0) return [];
  const there = servers.flatMap(({ sight: { server, targets, others } }) => {
    const all = [...targets.flatMap(({ found }) => found ?? []), ...others];
    const disks = [...new Map(all.map((found) => [found.filesystemUuid, found])).values()];
    return disks.map(({ mount, foreign }) => ({
      where: disks.length > 1 ? formatTarget({ server, mount }) : server,
      count: foreign,
    }));
  });
  return [finding('foreign', 'note', aboutPrimary(question), { made, there })];
}

/** Where it lies: what no mount reaches cannot be brought back, and what lies inside of it is in no snapshot. */
function placeFindings(question: HealthQuestion): Finding[] {
  const about = aboutPrimary(question);
  const { unreached, nested } = question.primary.source ?? {};
  return [
    ...(unreached ? [finding('out-of-reach', 'degraded', about, { fault: unreached })] : []),
    ...(nested ? [finding('nested', 'note', about, { fault: nested })] : []),
  ];
}

const namesOf = (source: ReplicaSource | null): string[] =>
  source?.snapshots.flatMap(({ state, name }) => (state === 'complete' ? [name] : [])) ?? [];

/** They tell no age, and retention keeps them until then. */
function datedAheadNote(question: HealthQuestion): Finding[] {
  const [first, ...others] = datedAhead(namesOf(question.primary.source), question.now);
  if (first === undefined) return [];
  return [finding('dated-ahead', 'note', aboutPrimary(question), { first, others: others.length })];
}

/** Two due times have passed without a snapshot. */
function overdue(question: HealthQuestion): Finding[] {
  const { primary, makers, now } = question;
  const newest = newestOf(namesOf(primary.source), now);
  const limits = makers.flatMap(({ schedule }) => dueBeforeLast(schedule, now) ?? []);
  const limit = limits.length === 0 ? null : Math.max(...limits);
  if (newest === null || limit === null || Date.parse(newest) >= limit) return [];
  const [maker] = makers;
  const task = maker?.task ?? null;
  return [
    finding('snapshots-overdue', 'degraded', aboutPrimary(question), {
      ageSeconds: ageOf(newest, now),
      task,
    }),
  ];
}
