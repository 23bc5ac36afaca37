/** Decides what rules of retention look like as JSON, in the configuration and in the journal. */
import { z } from 'zod';
import { GROUP_PERIODS, type RetentionRules } from '../../model/retention.ts';

/** How strictly the words in them are taken. A number that is left out is 0. */
export function rulesSchema(words: {
  readonly timeZone: z.ZodType<string>;
  /** Seconds. */
  readonly age: z.ZodType<number>;
  /** How many snapshots. */
  readonly count: z.ZodType<number>;
}): z.ZodType<RetentionRules> {
  const { timeZone, age: minAgeSeconds } = words;
  const count = words.count.default(0);
  return z.discriminatedUnion(
    'kind',
    [
      z.object({
        kind: z.literal('per-period'),
        timeZone,
        minAgeSeconds,
        per: z.enum(GROUP_PERIODS),
        keep: words.count,
      }),
      z.object({
        kind: z.literal('ladder'),
        timeZone,
        minAgeSeconds,
        last: count,
        hourly: count,
        daily: count,
        weekly: count,
        monthly: count,
        yearly: count,
      }),
    ],
    { error: 'must have a kind: per-period or ladder' },
  );
}
