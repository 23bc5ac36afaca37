/**
 * The verification driver: compares replicas with their source, as far as it was asked to, and marks those that differ.
 * It repairs nothing. What could not be compared is neither the same nor different.
 */
import { readable } from '../../btrfs/diff/changes.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import type { TreeFacts } from '../../model/runs/file-facts.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import type { ProofLevel } from '../../model/runs/target-result.ts';
import {
  type Compared,
  NOTHING_COMPARED,
  type VerifyPair,
  type VerifyReport,
  type VerifyResult,
} from '../../model/runs/verify.ts';
import { unproven } from '../../plan/catalog/identity-words.ts';
import { chooseFiles } from '../../plan/verify/choose-files.ts';
import {
  compareFacts,
  isAclAlone,
  isOfReceiving,
  type RawDifference,
} from '../../plan/verify/compare-facts.ts';
import type { ReadOptions } from '../diff/read-stream.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { fewAtOnce } from '../ground/few-at-once.ts';
import { primaryServer } from '../ground/fleet.ts';
import { compareContent, overBudget } from './content.ts';
import { pinCompared } from './pin-compared.ts';
import { remember } from './remember.ts';
import { factsOf, openSide, type Side } from './side.ts';
import { movedFault, takeStand } from './stand-still.ts';
import { writtenSince } from './written-since.ts';

/** At a time: of each, all names and attributes are held in memory. */
const AT_ONCE = 2;

export const verify: Driver<'verify'> = async (request, context) => {
  const { fleet, signal } = context;
  const { clock } = fleet;
  const { subvolume, level, share, budgetSeconds } = request;
  const primary = primaryServer(fleet);
  if (!primary.ok) return { kind: 'fault', fault: primary.fault };
  const until = budgetSeconds === null ? Number.POSITIVE_INFINITY : clock.now() + budgetSeconds * 1000;
  const sources = new Sources(context, primary.value.name);
  const chosen = await fewAtOnce(request.pairs, AT_ONCE, async (pair) => {
    context.emit({ type: 'note', message: `comparing ${pair.snapshot} on ${pair.server}` });
    return compare({ request, pair, context, sources, until });
  });
  const at = isoTime(clock.now());
  const results = [
    ...chosen,
    ...request.unchosen.map(({ server, mount, fault: why }) =>
      toResult({ server, mount, at, status: 'unchecked', fault: why }),
    ),
  ];
  if (signal.aborted && results.every(({ status }) => status === 'unchecked'))
    return { kind: 'fault', fault: cancelled() };
  return { kind: 'verify', ...({ subvolume, level, share, results } satisfies VerifyReport) };
};

/** Several replicas may be of one snapshot: it is read once. */
class Sources {
  readonly #context: DriverContext;
  readonly #primary: string;
  readonly #sides = new Map<string, Promise<Result<Side>>>();
  readonly #facts = new Map<string, Promise<Result<TreeFacts>>>();

  constructor(context: DriverContext, primary: string) {
    this.#context = context;
    this.#primary = primary;
  }

  side(uuid: string): Promise<Result<Side>> {
    const { fleet, signal } = this.#context;
    const which = { server: this.#primary, filesystem: null, uuid };
    const known = this.#sides.get(uuid) ?? openSide(fleet, which, signal);
    this.#sides.set(uuid, known);
    return known;
  }

  facts(side: Side, options: ReadOptions): Promise<Result<TreeFacts>> {
    const known = this.#facts.get(side.path) ?? factsOf(side, options);
    this.#facts.set(side.path, known);
    return known;
  }
}

interface Comparison {
  readonly request: RequestOf<'verify'>;
  readonly pair: VerifyPair;
  readonly context: DriverContext;
  readonly sources: Sources;
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
}

async function compare(comparison: Comparison): Promise<VerifyResult> {
  const { request, pair, context, sources } = comparison;
  const { fleet, signal } = context;
  const { server, mount, snapshot, uuid } = pair;
  const about = { server, mount, snapshot, uuid, at: isoTime(fleet.clock.now()) };
  const unchecked = (why: Fault, path: string | null = null): VerifyResult =>
    toResult({ ...about, path, status: 'unchecked', fault: why });
  const [source, replica] = await Promise.all([sources.side(pair.source), openSide(fleet, pair, signal)]);
  if (!source.ok) return unchecked(source.fault);
  if (!replica.ok) return unchecked(replica.fault);
  const { path } = replica.value;
  if (source.value.entry.doubt)
    return unchecked(unproven({ ...source.value, doubt: source.value.entry.doubt }, null), path);
  if (bornIdOf(source.value.entry) !== bornIdOf(replica.value.entry))
    return unchecked(isAnother(server, path), path);
  const deleted = await pinCompared([source.value, replica.value], context);
  if (deleted) return unchecked(deleted, path);
  const sides = [source.value, replica.value];
  // By the look alone, nothing is read.
  const isRead = request.level !== 'identity';
  const before = isRead ? await takeStand(fleet, sides, signal) : ok([]);
  if (!before.ok) return unchecked(before.fault, path);
  const found = await compareSides(comparison, source.value, replica.value);
  if (!('compared' in found)) return unchecked(found.fault, path);
  const moved = isRead ? await movedFault(fleet, sides, before.value, signal) : null;
  if (moved) return unchecked(found.fault ?? moved, path);
  const result = resultOf({ ...about, path }, found);
  remember(comparison, { replica: replica.value, stand: before.value[1], level: found.level }, result);
  return result;
}

export interface Found {
  /** How far all of it was compared and is the same; null: not even its identity is proven, or it differs. */
  readonly level: ProofLevel | null;
  readonly compared: Compared;
  readonly differences: readonly RawDifference[];
  /** They say that something is wrong with it. */
  readonly barred: boolean;
  /** Why it did not come to its end. */
  readonly fault: Fault | null;
}

async function compareSides(
  { request, pair, context, sources, until }: Comparison,
  source: Side,
  replica: Side,
): Promise<Found | { readonly fault: Fault }> {
  const { fleet, signal } = context;
  const { doubt } = replica.entry;
  const { level, share } = request;
  // Only all of its content can prove what is in doubt.
  if (doubt && !(level === 'content' && share === null))
    return { fault: unproven({ path: replica.path, doubt }, pair.server) };
  const none = { compared: NOTHING_COMPARED, differences: [], barred: false, fault: null };
  if (level === 'identity') return { ...none, level };
  const seconds = Number.isFinite(until) ? (until - fleet.clock.now()) / 1000 : null;
  if (seconds !== null && seconds <= 0) return { fault: overBudget(null) };
  const options = { signal, seconds };
  const [ours, theirs] = await Promise.all([sources.facts(source, options), factsOf(replica, options)]);
  for (const side of [ours, theirs])
    if (!side.ok)
      return seconds !== null && side.fault.code === 'stalled' ? { fault: overBudget(null) } : side;
  if (!ours.ok || !theirs.ok) return { fault: overBudget(null) };
  const differences = compareFacts(ours.value, theirs.value);
  const facts = ours.value;
  const isBarred = (all: readonly RawDifference[]): boolean => all.length > 0 && !isOfReceiving(facts, all);
  const entries = facts.size;
  const byFacts = {
    level,
    compared: { ...NOTHING_COMPARED, entries },
    differences,
    barred: isBarred(differences),
    fault: null,
  } as const;
  if (level === 'metadata') return { ...byFacts, level: differences.length > 0 ? null : level };
  const bad = new Set(differences.filter((one) => !isAclAlone(one)).map((one) => one.path));
  const written = await writtenSince(fleet, request, pair, source, options);
  const chosen = chooseFiles(facts, { share, written, now: fleet.clock.now() });
  const files = chosen.filter((one) => !bad.has(one.path));
  const { clock } = fleet;
  const content = await compareContent({ source, replica, files, until, clock }, signal);
  const all = [...differences, ...content.differences];
  const reached = content.fault === null ? level : 'metadata';
  return {
    level: all.length > 0 ? null : reached,
    compared: {
      ...{ entries, files: content.files, bytes: content.bytes, filesOf: files.length },
      bytesOf: files.reduce((sum, { size }) => sum + size, 0),
    },
    differences: all,
    barred: isBarred(all),
    fault: content.fault,
  };
}

/** As many are named as somebody can read; their number is told. */
const NAMED = 100;

function resultOf(
  about: Pick<VerifyResult, 'server' | 'mount' | 'snapshot' | 'path' | 'uuid' | 'at'>,
  { level, compared, differences, barred, fault: why }: Found,
): VerifyResult {
  return {
    ...about,
    ...{ level, compared, barred, fault: why, differenceCount: differences.length },
    status: statusOf(differences.length, why),
    differences: differences.slice(0, NAMED).map(({ path, what }) => ({ path: readable(path).text, what })),
  };
}

function statusOf(differences: number, why: Fault | null): VerifyResult['status'] {
  if (differences > 0) return 'different';
  return why === null ? 'same' : 'unfinished';
}

const toResult = (
  known: Pick<VerifyResult, 'server' | 'mount' | 'at' | 'status' | 'fault'> & Partial<VerifyResult>,
): VerifyResult => ({
  ...{ snapshot: null, path: null, uuid: null, level: null, compared: NOTHING_COMPARED },
  ...{ differences: [], differenceCount: 0, barred: false },
  ...known,
});

const isAnother = (server: string, path: string): Fault =>
  fault(
    'no-such-snapshot',
    `${path} on ${server} is a replica of another snapshot than it was.`,
    'Choose again.',
    {
      server,
      retry: true,
    },
  );

const cancelled = (): Fault => fault('cancelled', 'Cancelled before anything was compared.', '');
