/**
 * The verification driver: compares replicas with their source, as far as it was asked to, and marks those that differ.
 * It repairs nothing. What could not be compared is neither the same nor different.
 */
import { readable } from '../../btrfs/diff/changes.ts';
import { isoTime } from '../../model/clock.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { bornIdOf } from '../../model/inventory.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RequestOf } from '../../model/runs/run.ts';
import {
  NOTHING_COMPARED,
  type Unchosen,
  type VerifyPair,
  type VerifyReport,
  type VerifyResult,
  worstFirst,
} from '../../model/runs/verify.ts';
import { formatTarget } from '../../model/target.ts';
import { unproven } from '../../plan/catalog/identity-words.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { primaryServer } from '../ground/fleet.ts';
import { eachInSlots, type Slots } from '../ground/slots.ts';
import { type Comparison, compareSides, type Found, Sources } from './compare-sides.ts';
import { type Deadline, deadlineOf } from './deadline.ts';
import { pinCompared } from './pin-compared.ts';
import { planVerification } from './plan.ts';
import { remember } from './remember.ts';
import { openSide } from './side.ts';
import { movedFault, takeStand } from './stand-still.ts';

/** Of each, all names and attributes are held in memory. One that takes long goes on beside the others. */
const SLOTS: Slots = { count: 2, patience: 600_000 };

export const verify: Driver<'verify'> = async (request, context) => {
  const { fleet, signal } = context;
  const { clock } = fleet;
  const { level, share, budgetSeconds } = request;
  const primary = primaryServer(fleet);
  if (!primary.ok) return { kind: 'fault', fault: primary.fault };
  const deadline = deadlineOf(budgetSeconds, clock.now(), signal);
  const planned = await chosenFor(request, context, deadline);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const { subvolume, pairs, unchosen } = planned.value;
  const sources = new Sources(fleet, primary.value.name, deadline.signal);
  const ended = await eachInSlots(
    pairs,
    (pair) => {
      context.emit({ type: 'note', message: `comparing ${pair.snapshot} on ${pair.server}` });
      const compared = compare({ request: planned.value, pair, context, sources, deadline });
      // What it throws waits until all others have come to their end.
      return compared.then((result) => ({ result })).catch((error: unknown) => ({ error }));
    },
    SLOTS,
  );
  const chosen = ended.map((one) => {
    if ('error' in one) throw one.error;
    return one.result;
  });
  const at = isoTime(clock.now());
  const results = [
    ...chosen,
    ...unchosen.map(({ server, mount, fault: why }) =>
      toResult({ server, mount, at, status: 'unchecked', fault: why }),
    ),
  ];
  if (signal.aborted && results.every(({ status }) => status === 'unchecked'))
    return { kind: 'fault', fault: cancelled() };
  return { kind: 'verify', ...({ subvolume, level, share, results } satisfies VerifyReport) };
};

type Chosen = RequestOf<'verify'> & { readonly pairs: readonly VerifyPair[] };

/** What automation asks for is chosen when its turn has come. A disk in a drawer has its own when it is there again. */
async function chosenFor(
  request: RequestOf<'verify'>,
  { fleet, signal, emit }: DriverContext,
  deadline: Deadline,
): Promise<Result<Chosen>> {
  const { pairs } = request;
  if (pairs !== null) return ok({ ...request, pairs });
  const planned = await planVerification(fleet, { ...request, to: null, snapshot: null }, deadline.signal);
  if (!planned.ok) return failed(signal.aborted ? cancelled() : deadline.told(planned.fault));
  const isAway = ({ fault: why }: Unchosen): boolean => why.code === 'not-mounted';
  for (const one of planned.value.unchosen.filter(isAway))
    emit({ type: 'note', message: `${formatTarget(one)} is not compared: ${one.fault.message}` });
  const unchosen = planned.value.unchosen
    .filter((one) => !isAway(one))
    .map((one) => ({ ...one, fault: deadline.told(one.fault) }));
  return ok({ ...planned.value, pairs: planned.value.pairs ?? [], unchosen });
}

async function compare(comparison: Comparison): Promise<VerifyResult> {
  const { request, pair, context, sources, deadline } = comparison;
  const { fleet, signal } = context;
  const { server, mount, snapshot, uuid } = pair;
  const about = { server, mount, snapshot, uuid, at: isoTime(fleet.clock.now()) };
  const unchecked = (why: Fault, path: string | null = null): VerifyResult =>
    toResult({ ...about, path, status: 'unchecked', fault: deadline.told(why) });
  const [source, replica] = await Promise.all([
    sources.side(pair.source),
    openSide(fleet, pair, deadline.signal),
  ]);
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
  const before = isRead ? await takeStand(fleet, sides, deadline.signal) : ok([]);
  if (!before.ok) return unchecked(before.fault, path);
  const found = await compareSides(comparison, source.value, replica.value);
  if (!('compared' in found)) return unchecked(found.fault, path);
  const moved = isRead ? await movedFault(fleet, sides, before.value, signal) : null;
  if (moved) return unchecked(found.fault ?? moved, path);
  const result = resultOf({ ...about, path }, found);
  await remember(comparison, { replica: replica.value, stand: before.value[1], found }, result);
  return result;
}

/** As many are named as somebody can read; their number is told. */
const NAMED = 100;

function resultOf(
  about: Pick<VerifyResult, 'server' | 'mount' | 'snapshot' | 'path' | 'uuid' | 'at'>,
  { level, compared, differences, barred, fault: why, rotation }: Found,
): VerifyResult {
  return {
    ...about,
    ...{ level, compared, barred, fault: why, differenceCount: differences.length },
    ...{ status: statusOf({ differences, barred, fault: why }), newCompared: rotation?.isNewKnown ?? null },
    differences: worstFirst(differences)
      .slice(0, NAMED)
      .map(({ path, what }) => ({ path: readable(path).text, what })),
  };
}

function statusOf({
  differences,
  barred,
  fault: why,
}: Pick<Found, 'differences' | 'barred' | 'fault'>): VerifyResult['status'] {
  if (barred) return 'different';
  if (why !== null) return 'unfinished';
  return differences.length > 0 ? 'attributes' : 'same';
}

const toResult = (
  known: Pick<VerifyResult, 'server' | 'mount' | 'at' | 'status' | 'fault'> & Partial<VerifyResult>,
): VerifyResult => ({
  ...{ snapshot: null, path: null, uuid: null, level: null, compared: NOTHING_COMPARED },
  ...{ differences: [], differenceCount: 0, barred: false, newCompared: null },
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
