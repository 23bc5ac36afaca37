/** Decides which instants of a list the rules of retention keep. It knows no snapshot and protects nothing. */
import {
  type KeepReason,
  LADDER_LEVELS,
  type LadderLevel,
  type LadderRules,
  type PerPeriodRules,
  type RetentionRules,
} from '../../model/retention.ts';
import { type Period, periodLabel, periodOf, type WallClock, type WallTime } from '../time/periods.ts';

/** A rule keeps an instant; others may keep it too. */
export interface Elected {
  /** In the list. */
  readonly position: number;
  readonly reason: KeepReason;
}

const PERIOD_OF: Readonly<Record<LadderLevel, Period>> = {
  hourly: 'hour',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
};

/**
 * What the rules keep of `times` (milliseconds, oldest first, none after `now`), rule by rule. The rules must have
 * been checked (plan/retention-rules).
 *
 * What a newer instant does to older ones is only ever to push them out, and what was not kept was not needed by
 * what is: so neither time nor a second run wants anything back that was let go.
 */
export function elect(
  times: readonly number[],
  rules: RetentionRules,
  now: number,
  clock: WallClock,
): Elected[] {
  const wall = times.map(clock);
  const young = youngerThan(rules.minAgeSeconds, times, now);
  return [...young, ...(rules.kind === 'ladder' ? climb(rules, wall) : newestOfEach(rules, wall))];
}

function youngerThan(minAgeSeconds: number, times: readonly number[], now: number): Elected[] {
  const reason: KeepReason = { kind: 'min-age', minAgeSeconds };
  const old = times.findLastIndex((time) => now - time >= minAgeSeconds * 1000);
  return positions(old + 1, times.length).map((position) => ({ position, reason }));
}

function climb(rules: LadderRules, wall: readonly WallTime[]): Elected[] {
  const reason: KeepReason = { kind: 'last', count: rules.last };
  const last = positions(Math.max(0, wall.length - rules.last), wall.length);
  return [
    ...last.map((position) => ({ position, reason })),
    ...LADDER_LEVELS.flatMap((level) => firstOfNewest(level, rules[level], wall)),
  ];
}

/** The first of each of the newest `count` periods that have one: once elected it stays, until its period is too old. */
function firstOfNewest(level: LadderLevel, count: number, wall: readonly WallTime[]): Elected[] {
  if (count === 0) return [];
  const period = PERIOD_OF[level];
  const firsts = new Map<number, number>();
  for (const [position, time] of wall.entries()) {
    const number = periodOf(period, time);
    if (!firsts.has(number)) firsts.set(number, position);
  }
  return [...firsts]
    .toSorted(([a], [b]) => b - a)
    .slice(0, count)
    .map(([number, position]) => ({
      position,
      reason: { kind: 'ladder', level, period: periodLabel(period, number) },
    }));
}

function newestOfEach({ per, keep }: PerPeriodRules, wall: readonly WallTime[]): Elected[] {
  const groups = new Map<number, number[]>();
  for (const [position, time] of wall.entries()) {
    const number = periodOf(per, time);
    const group = groups.get(number);
    if (group) group.push(position);
    else groups.set(number, [position]);
  }
  return [...groups].flatMap(([number, group]) => {
    const reason: KeepReason = { kind: 'per-period', per, keep, period: periodLabel(per, number) };
    return group.slice(-keep).map((position) => ({ position, reason }));
  });
}

const positions = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
