/** Decides when the replicas of a subvolume at a place were last proven to be what their source is, and when that is too long ago. */
import { ageOf } from '../../model/clock.ts';
import { PROOF_LEVELS, type ProofLevel } from '../../model/runs/target-result.ts';
import { type Finding, finding, type Subject } from '../../model/status/finding.ts';
import type { ProvenHealth, ReplicaHealth } from '../../model/status/health.ts';
import type { HealthQuestion } from './health-question.ts';
import type { FoundReplica } from './health-sight.ts';

/** The highest level first. What found a difference proves nothing. */
export function provenOn(
  server: string,
  found: FoundReplica | null,
  { verifications, now }: Pick<HealthQuestion, 'verifications' | 'now'>,
): ProvenHealth[] {
  return verifications
    .filter(
      (one) => one.server === server && one.filesystem === found?.filesystemUuid && one.differences === 0,
    )
    .map(({ level, snapshot, at, share }) => ({ level, snapshot, at, ageSeconds: ageOf(at, now), share }))
    .toSorted((a, b) => PROOF_LEVELS.indexOf(b.level) - PROOF_LEVELS.indexOf(a.level));
}

/** Whoever compares a share each day has been round once in a month. */
const TOO_LONG = 40 * 86_400;

/**
 * Only where somebody compares at all: else every fleet would be told so for ever. That it has its id says each look. Where a
 * policy promises a level, a lower one does not keep the promise, and it is trouble.
 */
export function provenFindings(
  { proven, isExpected }: ReplicaHealth,
  about: Partial<Subject>,
  { promised }: Pick<HealthQuestion, 'promised'>,
): Finding[] {
  const compared = proven.filter(({ level }) => level !== 'identity');
  const rank = (level: ProofLevel): number => PROOF_LEVELS.indexOf(level);
  const kept = compared.filter(({ level }) => promised === null || rank(level) >= rank(promised));
  const [newest] = (kept.length > 0 ? kept : compared).toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const ageSeconds = newest?.ageSeconds ?? null;
  if (!newest || ageSeconds === null || ageSeconds <= TOO_LONG) return [];
  const level = promised !== null && isExpected ? 'degraded' : 'note';
  return [finding('not-proven', level, about, { ageSeconds, level: newest.level })];
}
