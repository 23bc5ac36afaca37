/** Decides where the room of a filesystem is going, from samples of it. It never guesses from too few of them. */
import type { StorageSample } from '../../model/storage.ts';

export interface Trend {
  /** Growth of what is used, in bytes a day; negative: it shrinks. */
  readonly bytesPerDay: number;
  /** Days until nothing is free, if it goes on like this; null: it does not fill, or not within ten years. */
  readonly fullInDays: number | null;
  /** Days between the first and the last sample. */
  readonly overDays: number;
}

const DAY = 86_400_000;

/** Below this it would be a guess: a backup in the night looks like growth for ever. */
export const TREND_MINIMUM = { samples: 6, days: 1 } as const;

/** How far back the samples matter. */
export const TREND_DAYS = 14;

const TEN_YEARS = 3650;

/**
 * The median of the slopes between all pairs of samples (Theil and Sen): a clean-up or one large copy does not turn it,
 * as it would the line of least squares. Of one filesystem, oldest first, at most a few hundred; null: too few, or
 * within less than a day.
 */
export function trendOf(samples: readonly StorageSample[]): Trend | null {
  const last = samples.at(-1);
  const since = last === undefined ? 0 : Date.parse(last.takenAt) - TREND_DAYS * DAY;
  const points = samples
    .map((sample) => ({ day: Date.parse(sample.takenAt) / DAY, used: sample.usedBytes, at: sample.takenAt }))
    .filter(({ at }) => Date.parse(at) >= since);
  const first = points[0];
  const newest = points.at(-1);
  if (!last || !first || !newest || points.length < TREND_MINIMUM.samples) return null;
  const overDays = newest.day - first.day;
  if (overDays < TREND_MINIMUM.days) return null;
  const bytesPerDay = median(slopes(thinned(points)));
  const days = bytesPerDay > 0 ? last.freeBytes / bytesPerDay : Number.POSITIVE_INFINITY;
  return { bytesPerDay, fullInDays: days <= TEN_YEARS ? days : null, overDays };
}

/** Pairs grow with the square: so many points of two weeks tell as much as all of them. */
const ENOUGH = 72;

function thinned<T>(points: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(points.length / ENOUGH));
  // From the newest backwards, so that it is always there.
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}

function slopes(points: readonly { readonly day: number; readonly used: number }[]): number[] {
  const found: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      if (other.day > one.day) found.push((other.used - one.used) / (other.day - one.day));
    }
  }
  return found;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
