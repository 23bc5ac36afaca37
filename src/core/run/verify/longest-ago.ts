/** Decides in which order replicas are compared where the time may not suffice for all. */
import type { VerifyPair } from '../../model/runs/verify.ts';
import type { Journal } from '../../state/journal/journal.ts';

type Remembered = Pick<Journal, 'verificationsOf' | 'triedParts'>;

/** First what was never compared there, then what was longest ago, as far as it may have come then. */
export function longestAgoFirst(
  pairs: readonly VerifyPair[],
  subvolume: string,
  journal: Remembered,
): VerifyPair[] {
  const last = new Map<string, string>();
  const keyOf = ({ server, filesystem }: Pick<VerifyPair, 'server' | 'filesystem'>): string =>
    `${server} ${filesystem}`;
  const all = [
    ...journal.verificationsOf(subvolume),
    ...journal.triedParts(subvolume).map((one) => ({ ...one, at: one.tried })),
  ];
  for (const one of all) {
    const key = keyOf(one);
    if ((last.get(key) ?? '') < one.at) last.set(key, one.at);
  }
  const since = (pair: VerifyPair): string => last.get(keyOf(pair)) ?? '';
  return pairs.toSorted((a, b) => Number(since(a) > since(b)) - Number(since(a) < since(b)));
}
