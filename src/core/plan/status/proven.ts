/** Decides when the replicas of a subvolume at a place were last proven to be what their source is, and when that is too long ago. */
import { ageOf, isoTime } from '../../model/clock.ts';
import { PROOF_LEVELS, type ProofLevel } from '../../model/runs/target-result.ts';
import type { Verification } from '../../model/runs/verification.ts';
import { type Finding, finding, type Subject } from '../../model/status/finding.ts';
import type { ProvenHealth } from '../../model/status/health.ts';
import type { ScrubState, StorageLook } from '../../model/storage.ts';
import { wasSentInFullSince } from '../verify/line.ts';
import type { HealthQuestion, Row } from './health-question.ts';
import type { FoundReplica } from './health-sight.ts';

const rank = (level: ProofLevel): number => PROOF_LEVELS.indexOf(level);

/** The highest level first. What found a difference proves nothing, nor does what was compared before all was sent again. */
export function provenOn(
  server: string,
  found: FoundReplica | null,
  question: Pick<HealthQuestion, 'verifications' | 'now'>,
): ProvenHealth[] {
  const { now } = question;
  return comparedOn(server, found, question)
    .filter((one) => isProof(one, found))
    .map(({ level, snapshot, at, share, attributes }) => ({
      ...{ level, snapshot, at, ageSeconds: ageOf(at, now), share, attributes },
    }))
    .toSorted((a, b) => rank(b.level) - rank(a.level));
}

const comparedOn = (
  server: string,
  found: FoundReplica | null,
  { verifications }: Pick<HealthQuestion, 'verifications'>,
): Verification[] =>
  verifications.filter((one) => one.server === server && one.filesystem === found?.filesystemUuid);

const isProof = ({ differences, replica }: Verification, found: FoundReplica | null): boolean =>
  differences === 0 && !(found?.snapshot && wasSentInFullSince(found.listing, found.snapshot, replica));

/** Which filesystem a scrub was of. */
export const scrubKey = (server: string, filesystem: string): string => `${server} ${filesystem}`;

/** By `scrubKey`: when the last scrub came to its end, ISO 8601 UTC. One that runs or was ended has not read all. */
export const scrubsIn = (looks: readonly StorageLook[]): Map<string, string> =>
  new Map(
    looks.flatMap(({ server, filesystems }) =>
      filesystems.flatMap(({ uuid, scrub }): [string, string][] => {
        const at = scrub.ok && scrub.value.status === 'finished' ? endOf(scrub.value) : null;
        return at === null ? [] : [[scrubKey(server, uuid), at]];
      }),
    ),
  );

const endOf = ({ startedAt, durationSeconds }: ScrubState): string | null =>
  startedAt === null ? null : isoTime(Date.parse(startedAt) + (durationSeconds ?? 0) * 1000);

/** Whoever compares a share each day has been round once in a month. */
const TOO_LONG = 40 * 86_400;

/**
 * Only where somebody compares at all: else every fleet would be told so for ever. That it has its id says each look. A level
 * that was compared once is expected again; where a policy promises it, it is trouble.
 */
export function provenFindings(
  { health: { server, isExpected }, found }: Pick<Row, 'health' | 'found'>,
  about: Partial<Subject>,
  question: Pick<HealthQuestion, 'verifications' | 'now' | 'promised'>,
): Finding[] {
  const { promised, now } = question;
  const all = comparedOn(server, found, question).filter(({ level }) => level !== 'identity');
  const highest = all.toSorted((a, b) => rank(b.level) - rank(a.level))[0]?.level;
  if (highest === undefined) return [];
  const promise = promised === null ? null : lateFor(promised, all, found, now);
  const late = promise ?? lateFor(highest, all, found, now);
  if (!late) return [];
  const { level, share } = late.last;
  const isTrouble = promise !== null && isExpected && (ageOf(late.last.at, now) ?? 0) > TOO_LONG;
  const ageSeconds = late.isProof ? ageOf(late.last.at, now) : null;
  return [finding('not-proven', isTrouble ? 'degraded' : 'note', about, { ageSeconds, level, share })];
}

/** The last comparison that reached `wanted`, where it is too long ago or proves nothing any more; null: all is well. */
function lateFor(
  wanted: ProofLevel,
  all: readonly Verification[],
  found: FoundReplica | null,
  now: number,
): { readonly last: Verification; readonly isProof: boolean } | null {
  const reached = all.filter(({ level }) => rank(level) >= rank(wanted));
  // A policy that is new has not had its turn: what was compared so far counts till then.
  const inOrder = (reached.length > 0 ? reached : all).toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const proof = inOrder.find((one) => isProof(one, found));
  const last = proof ?? inOrder[0];
  if (!last) return null;
  const isLate = !proof || (ageOf(proof.at, now) ?? 0) > TOO_LONG;
  return isLate ? { last, isProof: proof !== undefined } : null;
}
