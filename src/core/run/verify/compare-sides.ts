/** Compares two sides as far as it was asked to: identity by the look, metadata by both streams, content by hashes. */
import type { Fault } from '../../model/fault.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import { isOfContent, NOTHING_COMPARED, type VerifyPair } from '../../model/runs/verify.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatTarget } from '../../model/target.ts';
import { notCompared } from '../../plan/catalog/identity-words.ts';
import { compareFacts } from '../../plan/verify/compare-facts.ts';
import { byContent } from './by-content.ts';
import type { Comparison, Found } from './comparison.ts';
import { factsOf, type Side } from './side.ts';

/** `onFound`: is told what differs as soon as it is seen, before all of it is compared. */
export async function compareSides(
  comparison: Comparison,
  source: Side,
  replica: Side,
  onFound: (found: Found) => Promise<void>,
): Promise<Found | { readonly fault: Fault }> {
  const { request, pair, sources, deadline } = comparison;
  const { doubt } = replica.entry;
  const { level, share } = request;
  // Only all of its content can prove what is in doubt.
  if (doubt && !(level === 'content' && share === null))
    return { fault: inDoubt(request, pair, { path: replica.path, doubt }) };
  const none = {
    compared: NOTHING_COMPARED,
    differences: [],
    barred: false,
    fault: null,
    rotation: null,
    maybeFromMemory: false,
  };
  if (level === 'identity') return { ...none, level };
  const options = { signal: deadline.signal };
  const [ours, theirs] = await Promise.all([sources.facts(source), factsOf(replica, options)]);
  if (!ours.ok) return ours;
  if (!theirs.ok) return theirs;
  const facts = ours.value;
  const differences = compareFacts(facts, theirs.value);
  if (level === 'content')
    return byContent(comparison, { source, replica, facts, differences, options, onFound });
  return {
    ...{ ...none, differences, level: differences.length > 0 ? null : level },
    compared: { ...NOTHING_COMPARED, entries: facts.size },
    barred: differences.some(isOfContent),
  };
}

const inDoubt = (
  { subvolume }: Pick<RequestOf<'verify'>, 'subvolume'>,
  pair: VerifyPair,
  replica: Pick<Snapshot, 'path' | 'doubt'>,
): Fault => {
  const where = { subvolume, server: pair.server, target: formatTarget(pair) };
  return notCompared({ ...replica, name: pair.snapshot }, where);
};
