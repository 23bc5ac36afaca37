/**
 * Decides for every snapshot whether it is kept, and why, or deleted. It deletes nothing, and whatever it does not
 * understand it keeps.
 *
 * Rules elect among whole snapshots of btrfleet's own that are not dated in the future; all others are kept and take
 * nobody's place. So a wrong clock, a foreign or a half received snapshot never pushes a good one out.
 */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Deleted, KeepReason, Kept, RetentionPlan, RetentionRules } from '../../model/retention.ts';
import { bornIdOfSnapshot, isSnapshotName, type Snapshot } from '../../model/snapshot.ts';
import { wallClockOf } from '../time/periods.ts';
import { elect } from './elect.ts';
import { checkRetentionRules } from './rules.ts';

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
  /** Whole, and made by btrfleet: what a rule may let go, and what a send may start from. */
  readonly whole: boolean;
  /** Grows with `because`; null while there is none: of very many, most have none. */
  reasons: KeepReason[] | null;
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

  because(past.at(-1), { kind: 'newest' });
  protect(entries, question.protected, basesAmong(candidates, past.length, question.protected.bases));
  for (const entry of entries) if (entry.time > now) because(entry, { kind: 'future' });
  const times = past.map(({ time }) => time);
  for (const { position, reason } of elect(times, rules, now, clock.value)) {
    because(past[position], reason);
  }
  return ok({ answers: entries.map(answerOf) });
}

const noTime = (now: number) =>
  fault(
    'usage',
    `${now} is no time to plan for.`,
    'Is the clock of this machine set? "timedatectl" shows it.',
  );

function entryOf(snapshot: Snapshot): Entry {
  const time = snapshot.createdAt === null ? Number.NaN : Date.parse(snapshot.createdAt);
  const untouchable = whyUntouchable(snapshot);
  if (untouchable) return { snapshot, time, whole: false, reasons: [untouchable] };
  return { snapshot, time, whole: true, reasons: Number.isNaN(time) ? [{ kind: 'undated' }] : null };
}

function because(entry: Entry | undefined, reason: KeepReason): void {
  if (!entry) return;
  if (entry.reasons) entry.reasons.push(reason);
  else entry.reasons = [reason];
}

/**
 * Why automation never deletes it. The name is looked at again: nothing but the pattern makes it btrfleet's own. One
 * that says the very time of the snapshot has it, for times have that one form (model/clock).
 */
function whyUntouchable({ name, createdAt, state, readOnly, doubt }: Snapshot): KeepReason | null {
  if (state === 'foreign' || (name !== createdAt && !isSnapshotName(name))) return { kind: 'foreign' };
  if (state === 'partial') return { kind: 'not-complete', state };
  // What is proven not to be what its name says must not take the place of one that is.
  if (doubt === 'different') return { kind: 'not-complete', state: 'different' };
  const isOther = state === 'modified' || !readOnly || doubt === 'changed';
  return isOther ? { kind: 'not-complete', state: 'modified' } : null;
}

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
    // The one that is proven, and the one that will be the base if its proof comes: neither may go.
    const isThere = ({ snapshot }: Entry): boolean => there.has(snapshot.originId);
    const mayBeThere = ({ snapshot }: Entry): boolean => there.has(bornIdOfSnapshot(snapshot));
    for (const is of [isThere, mayBeThere]) {
      const id = (older.findLast(is) ?? newer.find(is))?.snapshot.originId;
      const targets = found.get(id ?? '') ?? [];
      if (id !== undefined && !targets.includes(target)) found.set(id, [...targets, target]);
    }
  }
  return found;
}

function protect(
  entries: readonly Entry[],
  { held, inUse, bases }: Protected,
  baseFor: ReadonlyMap<string, readonly string[]>,
): void {
  const unknown = unknownBases(bases);
  for (const entry of entries) {
    const { originId } = entry.snapshot;
    if (held.has(bornIdOfSnapshot(entry.snapshot))) because(entry, { kind: 'held' });
    if (inUse.has(originId)) because(entry, { kind: 'in-use' });
    const [at] = entry.snapshot.mountedAt ?? [];
    if (at !== undefined) because(entry, { kind: 'mounted', at });
    if (!entry.whole) continue;
    for (const target of baseFor.get(originId) ?? []) because(entry, { kind: 'base', target });
    if (unknown) because(entry, unknown);
  }
}

function unknownBases(bases: Bases): KeepReason | null {
  if (bases === 'unknown') return { kind: 'bases-unknown', targets: [] };
  const targets = [...bases].filter(([, there]) => there === 'unknown').map(([target]) => target);
  return targets.length > 0 ? { kind: 'bases-unknown', targets } : null;
}

function answerOf({ snapshot, reasons }: Entry): Kept | Deleted {
  const first = reasons?.[0];
  if (!reasons || !first) return { verdict: 'deleted', snapshot };
  return { verdict: 'kept', snapshot, reasons: [first, ...reasons.slice(1)] };
}
