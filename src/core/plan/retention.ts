/**
 * Decides for every snapshot whether it is kept, and why, or deleted. It deletes nothing, and whatever it does not
 * understand it keeps.
 *
 * Rules elect among whole snapshots of btrfleet's own that are not dated in the future; all others are kept and take
 * nobody's place. So a wrong clock, a foreign or a half received snapshot never pushes a good one out.
 */
import { fault } from '../model/fault.ts';
import { failed, ok, type Result } from '../model/result.ts';
import type { Deleted, KeepReason, Kept, RetentionPlan, RetentionRules } from '../model/retention.ts';
import { isSnapshotName, type Snapshot } from '../model/snapshot.ts';
import { elect } from './elect.ts';
import { wallClockOf } from './periods.ts';
import { checkRetentionRules } from './retention-rules.ts';

/**
 * Per target, as a reason names it: the origin ids that the other side holds whole, or 'unknown' when it could not
 * be asked and the journal does not tell. 'unknown' for all: not even the targets are known.
 *
 * Of a target that is not known, every whole snapshot may be the one that both sides have, whatever its age: an old
 * one may be all that a disk in a drawer still holds. So then none is deleted.
 */
export type Bases = ReadonlyMap<string, ReadonlySet<string> | 'unknown'> | 'unknown';

/** What is kept whatever the rules say, by origin id: the replicas of a held snapshot are held with it. */
export interface Protected {
  readonly held: ReadonlySet<string>;
  /** Of running jobs. */
  readonly inUse: ReadonlySet<string>;
  readonly bases: Bases;
}

export interface RetentionQuestion {
  /** All that lie there, in any order, the foreign ones as well. */
  readonly snapshots: readonly Snapshot[];
  readonly rules: RetentionRules;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly protected: Protected;
}

interface Entry {
  readonly snapshot: Snapshot;
  /** Milliseconds since 1970 UTC; NaN: not known. */
  readonly time: number;
  /** Whole, and made by btrfleet. */
  readonly whole: boolean;
  readonly reasons: KeepReason[];
}

/** One answer for every snapshot, in their order; faults: `usage` and `refused`, for rules that cannot be followed. */
export function planRetention(question: RetentionQuestion): Result<RetentionPlan> {
  const { snapshots, rules, now } = question;
  const checked = checkRetentionRules(rules);
  if (!checked.ok) return checked;
  const clock = wallClockOf(rules.timeZone);
  if (!clock.ok) return clock;
  if (!Number.isFinite(now)) return failed(noTime(now));
  const entries = snapshots.map(entryOf);
  const candidates = entries.filter(({ whole, time }) => whole && !Number.isNaN(time)).toSorted(byTime);
  const past = candidates.slice(0, candidates.findLastIndex(({ time }) => time <= now) + 1);

  past.at(-1)?.reasons.push({ kind: 'newest' });
  protect(entries, question.protected, basesAmong(candidates, past.length, question.protected.bases));
  for (const { time, reasons } of entries) if (time > now) reasons.push({ kind: 'future' });
  for (const { snapshot, time, reasons } of entries) reasons.push(...notOurs(snapshot, time));
  const elected = elect(
    past.map(({ time }) => time),
    rules,
    now,
    clock.value,
  );
  for (const [position, { reasons }] of past.entries()) reasons.push(...(elected[position] ?? []));
  return ok({ answers: entries.map(answerOf) });
}

const noTime = (now: number) =>
  fault(
    'usage',
    `${now} is no time to plan for.`,
    'Is the clock of this machine set? "timedatectl" shows it.',
  );

const entryOf = (snapshot: Snapshot): Entry => ({
  snapshot,
  time: snapshot.createdAt === null ? Number.NaN : Date.parse(snapshot.createdAt),
  whole: snapshot.state === 'complete' && snapshot.readOnly && isSnapshotName(snapshot.name),
  reasons: [],
});

/** Oldest first. Of one millisecond, by uuid, so that the order of a listing decides nothing. */
function byTime(a: Entry, b: Entry): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.snapshot.uuid === b.snapshot.uuid) return 0;
  return a.snapshot.uuid < b.snapshot.uuid ? -1 : 1;
}

/** The base of every known target, by origin id: the one from which a snapshot made now would be sent (plan/base). */
function basesAmong(candidates: readonly Entry[], past: number, bases: Bases): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  if (bases === 'unknown') return found;
  const older = candidates.slice(0, past);
  const newer = candidates.slice(past);
  for (const [target, there] of bases) {
    if (there === 'unknown') continue;
    const isThere = ({ snapshot }: Entry): boolean => there.has(snapshot.originId);
    const base = older.findLast(isThere) ?? newer.find(isThere);
    if (!base) continue;
    const { originId } = base.snapshot;
    found.set(originId, [...(found.get(originId) ?? []), target]);
  }
  return found;
}

function protect(
  entries: readonly Entry[],
  { held, inUse, bases }: Protected,
  baseFor: ReadonlyMap<string, readonly string[]>,
): void {
  const unknown = unknownBases(bases);
  for (const { snapshot, whole, reasons } of entries) {
    if (held.has(snapshot.originId)) reasons.push({ kind: 'held' });
    if (inUse.has(snapshot.originId)) reasons.push({ kind: 'in-use' });
    if (!whole) continue;
    for (const target of baseFor.get(snapshot.originId) ?? []) reasons.push({ kind: 'base', target });
    if (unknown) reasons.push(unknown);
  }
}

function unknownBases(bases: Bases): KeepReason | null {
  if (bases === 'unknown') return { kind: 'bases-unknown', targets: [] };
  const targets = [...bases].filter(([, there]) => there === 'unknown').map(([target]) => target);
  return targets.length > 0 ? { kind: 'bases-unknown', targets } : null;
}

/** Why automation may not touch it at all: it looks again at what the state was derived from. */
function notOurs({ name, state, readOnly }: Snapshot, time: number): KeepReason[] {
  if (state === 'foreign' || !isSnapshotName(name)) return [{ kind: 'foreign' }];
  if (state === 'partial') return [{ kind: 'not-complete', state }];
  if (state === 'modified' || !readOnly) return [{ kind: 'not-complete', state: 'modified' }];
  return Number.isNaN(time) ? [{ kind: 'undated' }] : [];
}

function answerOf({ snapshot, reasons: [first, ...others] }: Entry): Kept | Deleted {
  return first
    ? { verdict: 'kept', snapshot, reasons: [first, ...others] }
    : { verdict: 'deleted', snapshot };
}
