/** Compares two sides as far as it was asked to: identity by the look, metadata by both streams, content by hashes. */
import type { Fault } from '../../model/fault.ts';
import type { Result } from '../../model/result.ts';
import type { TreeFacts } from '../../model/runs/file-facts.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import type { VerifiedPlace } from '../../model/runs/verification.ts';
import { type Compared, isOfContent, NOTHING_COMPARED, type VerifyPair } from '../../model/runs/verify.ts';
import { parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import { formatTarget } from '../../model/target.ts';
import { notCompared } from '../../plan/catalog/identity-words.ts';
import { chooseFiles } from '../../plan/verify/choose-files.ts';
import { compareFacts, type RawDifference } from '../../plan/verify/compare-facts.ts';
import type { ReadOptions } from '../diff/read-stream.ts';
import type { DriverContext } from '../ground/driver.ts';
import type { Fleet } from '../ground/fleet.ts';
import { compareContent } from './content.ts';
import type { Deadline } from './deadline.ts';
import { factsOf, openSide, type Side } from './side.ts';
import { writtenSince } from './written-since.ts';

/** Several replicas may be of one snapshot: it is read once. */
export class Sources {
  readonly #fleet: Fleet;
  readonly #signal: AbortSignal;
  readonly #primary: string;
  readonly #sides = new Map<string, Promise<Result<Side>>>();
  readonly #facts = new Map<string, Promise<Result<TreeFacts>>>();

  constructor(fleet: Fleet, primary: string, signal: AbortSignal) {
    this.#fleet = fleet;
    this.#primary = primary;
    this.#signal = signal;
  }

  side(uuid: string): Promise<Result<Side>> {
    const which = { server: this.#primary, filesystem: null, uuid };
    const known = this.#sides.get(uuid) ?? openSide(this.#fleet, which, this.#signal);
    this.#sides.set(uuid, known);
    return known;
  }

  facts(side: Side): Promise<Result<TreeFacts>> {
    const known = this.#facts.get(side.path) ?? factsOf(side, { signal: this.#signal });
    this.#facts.set(side.path, known);
    return known;
  }
}

export interface Comparison {
  readonly request: RequestOf<'verify'>;
  readonly pair: VerifyPair;
  readonly context: DriverContext;
  readonly sources: Sources;
  readonly deadline: Deadline;
}

export interface Found {
  /** How far all of it was compared and is the same; null: not even its identity is proven, or it differs. */
  readonly level: ProofLevel | null;
  readonly compared: Compared;
  readonly differences: readonly RawDifference[];
  /** They are of content, which says that something is wrong with it. */
  readonly barred: boolean;
  /** Why it did not come to its end. */
  readonly fault: Fault | null;
  /** Of content. */
  readonly rotation: Rotation | null;
}

export interface Rotation {
  /** Which part; null: there is no file. */
  readonly part: number | null;
  /** What was written since the last comparison by content is known, and was compared as well; null: all is compared. */
  readonly isNewKnown: boolean | null;
  /** It was sent in full since: nothing that was compared before says anything of it. */
  readonly isAnew: boolean;
}

/** Where it is remembered which parts were compared. */
export const placeOf = (
  { subvolume }: Pick<RequestOf<'verify'>, 'subvolume'>,
  { server, filesystem }: Pick<VerifyPair, 'server' | 'filesystem'>,
  { entry }: Pick<Side, 'entry'>,
): VerifiedPlace => ({ subvolume, server, filesystem, directory: parentDirectory(`/${entry.path}`) });

export async function compareSides(
  comparison: Comparison,
  source: Side,
  replica: Side,
): Promise<Found | { readonly fault: Fault }> {
  const { request, pair, sources, deadline } = comparison;
  const { doubt } = replica.entry;
  const { level, share } = request;
  // Only all of its content can prove what is in doubt.
  if (doubt && !(level === 'content' && share === null))
    return { fault: inDoubt(request, pair, { path: replica.path, doubt }) };
  const none = { compared: NOTHING_COMPARED, differences: [], barred: false, fault: null, rotation: null };
  if (level === 'identity') return { ...none, level };
  const options = { signal: deadline.signal };
  const [ours, theirs] = await Promise.all([sources.facts(source), factsOf(replica, options)]);
  if (!ours.ok) return ours;
  if (!theirs.ok) return theirs;
  const facts = ours.value;
  const differences = compareFacts(facts, theirs.value);
  if (level === 'content') return byContent(comparison, { source, replica, facts, differences, options });
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

interface ContentQuestion {
  readonly source: Side;
  readonly replica: Side;
  readonly facts: TreeFacts;
  readonly differences: readonly RawDifference[];
  readonly options: ReadOptions;
}

async function byContent(
  { request, pair, context, deadline: { until } }: Comparison,
  { source, replica, facts, differences, options }: ContentQuestion,
): Promise<Found> {
  const { clock, journal } = context.fleet;
  const { share } = request;
  const bad = new Set(differences.filter(isOfContent).map((one) => one.path));
  const known = journal.verifiedParts(placeOf(request, pair, replica));
  const since = await writtenSince(request.share, known[0] ?? null, { source, replica }, options);
  const parts = since.isAnew
    ? []
    : known.filter((one) => one.share === share).map(({ part, at }) => [part, at] as const);
  const chosen = chooseFiles(facts, { share, written: since.written, done: new Map(parts) });
  const files = chosen.files.filter((one) => !bad.has(one.path));
  const content = await compareContent({ source, replica, files, until, clock }, context.signal);
  const all = [...differences, ...content.differences];
  const barred = all.some(isOfContent);
  // A share without a file proves nothing.
  const isProof = content.fault === null && (share === null || content.files > 0);
  const reached = isProof ? 'content' : 'metadata';
  return {
    level: barred || (all.length > 0 && reached !== 'content') ? null : reached,
    compared: {
      ...{ entries: facts.size, files: content.files, bytes: content.bytes, filesOf: files.length },
      bytesOf: files.reduce((sum, { size }) => sum + size, 0),
    },
    differences: all,
    barred,
    fault: content.fault,
    rotation: { part: chosen.part, isNewKnown: share === null ? null : since.isKnown, isAnew: since.isAnew },
  };
}
