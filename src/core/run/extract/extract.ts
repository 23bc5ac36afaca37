/**
 * The driver that brings files back: all that comes is staged, what is there is kept as a snapshot, and then there are only
 * renames. From there on it is not broken off, and the server goes on without anybody.
 */
import { beforeName, keptName } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { ExtractRequest } from '../../model/runs/extract.ts';
import type { RunReport } from '../../model/runs/run.ts';
import { baseName, joinPath } from '../../model/snapshot.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { type Fleet, takeInventory } from '../ground/fleet.ts';
import { takeLocks } from '../ground/take-locks.ts';
import { pinTaken } from '../restore/pin-taken.ts';
import { cleared, hasRoom, place, stage, unstage } from './carry.ts';
import { checkStaged } from './check-staged.ts';
import { listTree } from './list-tree.ts';
import { hasOrders, type PlannedExtract, planExtractNow } from './plan-now.ts';
import { type Carried, extractReport, isAnother, LATE, noRoom, refusedFault, stepsOf } from './report.ts';
import { settleExtract } from './settle.ts';
import { planExtractUndo } from './undo-now.ts';

export const extract: Driver<'extract'> = async (request, context) => {
  const { live, server } = request;
  // As a restore of the whole subvolume has it: neither changes what the other one is at.
  const key =
    live === null
      ? `extract ${server ?? ''} ${request.to}`
      : `restore ${server} ${live.filesystem} /${live.inside}`;
  const lock = await takeLocks(context, [key], 'a restore of it');
  if (!lock.ok) return whole(lock.fault);
  try {
    if (request.settles !== undefined) return await settleExtract(request, request.settles, context);
    const planned = await planAgain(request, context);
    if (!planned.ok) return whole(planned.fault);
    const deleted = await pinTaken({ ...request, server: request.source }, planned.value.taken, context);
    return deleted ? whole(deleted) : await carryOut(planned.value, context);
  } finally {
    lock.value.release();
  }
};

const whole = (why: Fault): RunReport => ({ kind: 'fault', fault: why });

/** By what is there now; another snapshot, or another subvolume, than was shown is not meant. */
async function planAgain(
  request: ExtractRequest,
  { fleet, signal }: DriverContext,
): Promise<Result<PlannedExtract>> {
  const { fromPath, source, server, undo } = request;
  const wish = { ...request, snapshot: fromPath, from: source, isHere: server === null };
  const planned = await (undo === undefined
    ? planExtractNow(fleet, wish, signal)
    : planUndoAgain(fleet, request, undo, signal));
  if (!planned.ok) return planned;
  const now = planned.value.request;
  const isMeant =
    now.from.uuid === request.from.uuid && now.live?.uuid === request.live?.uuid && now.server === server;
  if (!isMeant) return failed(isAnother(planned.value));
  const { removed, replaced } = wouldGo(planned.value);
  const most = request.shown ?? { removed, replaced };
  const isMore = removed > most.removed || replaced > most.replaced;
  return isMore ? failed(moreThanShown(planned.value, most)) : planned;
}

async function planUndoAgain(
  fleet: Fleet,
  { at, force = false, shown }: ExtractRequest,
  undo: number,
  signal: AbortSignal,
): Promise<Result<PlannedExtract>> {
  const run = fleet.journal.getRun(undo);
  return run.ok
    ? planExtractUndo(fleet, { run: run.value, force, at, shownAt: shown?.at ?? null }, signal)
    : run;
}

async function carryOut(planned: PlannedExtract, context: DriverContext): Promise<RunReport> {
  const { fleet, runId: run } = context;
  const { plan, target } = planned;
  if (!hasOrders(plan)) {
    const report = extractReport({ planned, said: allDone(planned, null), wireBytes: 0, warnings: [], run });
    return { kind: 'extract', ...report, before: null };
  }
  const ready = await makeReady(planned, context);
  if (!ready.ok) return whole(ready.fault);
  const placed = await place(fleet, planned);
  if (placed.kind === 'refused') return whole(await cleared(fleet, planned, refusedFault(planned, placed)));
  const said = placed.kind === 'unknown' ? await findOut(planned, context, placed) : placed;
  if (said === null) return whole(cutOff(planned));
  // Whatever comes of the look, what was done is done.
  if (!target.isOwn) await takeInventory(fleet, target.host).catch(() => null);
  return { kind: 'extract', ...extractReport({ planned, said, ...ready.value, run }) };
}

/** Nothing that is there is changed by it; where it fails, nothing is left of it. */
async function makeReady(
  planned: PlannedExtract,
  { fleet, signal, emit }: DriverContext,
): Promise<Result<Pick<Carried, 'wireBytes' | 'warnings'>>> {
  const { plan, request, target } = planned;
  if (!planned.isReflink && !hasRoom(planned)) return failed(noRoom(planned));
  const { created, replaced, removed } = plan.counts;
  const how = planned.isReflink ? 'without copying' : `${plan.bytes} bytes over the wire`;
  emit({
    type: 'note',
    message: `bringing files of ${request.from.name}: ${created} new, ${replaced} replaced, ${removed} removed, ${how}`,
  });
  signal.addEventListener('abort', () => emit({ type: 'note', message: CLEARS }), { once: true });
  const staged = await stage(fleet, planned, signal);
  if (!staged.ok) return staged;
  const { said, wireBytes } = staged.value;
  if (said.kind === 'refused') return failed(refusedFault(planned, said));
  if (said.kind === 'unknown') return failed(cutOff(planned));
  if (said.isCopied) emit({ type: 'note', message: COPIED });
  for (const name of said.spared) emit({ type: 'note', message: `${joinPath(target.root, name)} ${LATE}` });
  const other = await checkStaged(fleet, planned, signal);
  const why = signal.aborted ? cancelled(planned) : other;
  if (why === null) return ok({ wireBytes, warnings: said.warnings });
  return failed(await cleared(fleet, planned, why));
}

type Unknown = { readonly kind: 'unknown'; readonly before: string | null };

/** A server goes on without anybody: what it came to shows in what is there then. Null: nothing was changed. */
async function findOut(planned: PlannedExtract, { fleet }: DriverContext, placed: Unknown) {
  const end = await unstage(fleet, planned);
  if (end === 'removed' && placed.before === null) return (await isMade(fleet, planned)) ? placed : null;
  if (end !== 'gone') return placed;
  const { shown: _, ...request } = planned.request;
  if (request.undo !== undefined) return placed;
  const wish = {
    ...request,
    snapshot: request.fromPath,
    from: request.source,
    isHere: request.server === null,
  };
  const again = await planExtractNow(
    fleet,
    { ...wish, overwrite: 'if-changed' },
    new AbortController().signal,
  );
  if (!again.ok || hasOrders(again.value.plan)) return placed;
  return { ...allDone(planned, placed.before), isKept: await isKept(fleet, planned) };
}

/** What was there before was kept, or it is not known: as long as it is not, nothing there is changed. */
async function isMade(fleet: Fleet, { target, request }: PlannedExtract): Promise<boolean> {
  if (target.kept === null) return true;
  const { uuid } = target.kept.filesystem;
  const seen = await takeInventory(fleet, target.host);
  const listing = seen.ok ? seen.value.filesystems.find((one) => one.uuid === uuid)?.listing : undefined;
  return !listing?.ok || listing.value.some(({ path }) => baseName(path) === beforeName(request.at));
}

/** What is nowhere else was put aside there. */
async function isKept(fleet: Fleet, { target, request }: PlannedExtract): Promise<boolean> {
  const { host, root, kept, isOwn } = target;
  const asked = { root, uuid: kept?.uuid ?? null, paths: [keptName(request.at)], isOwn };
  const listed = await listTree(host, fleet.nonce(), asked, new AbortController().signal);
  return listed.ok && listed.value.roots[0]?.end === 'there';
}

const allDone = ({ plan }: PlannedExtract, before: string | null) => ({
  ...({ kind: 'placed', before, done: stepsOf(plan.orders), undone: 0 } as const),
  ...{ missed: [], misses: 0, isKept: false },
});

const CLEARS = 'cancelled: what was made ready is taken away first';

const COPIED =
  'what came was copied: before Linux 5.18 nothing is shared between two mounts, also of one filesystem';

const cancelled = ({ target }: PlannedExtract): Fault =>
  fault('cancelled', `Cancelled; what is in ${target.root} is as it was.`, '', {
    server: target.host.server.name,
  });

/** Also of what is left, as it was changed meanwhile: it is more than somebody knew of. */
const wouldGo = ({ plan: { counts, late } }: Pick<PlannedExtract, 'plan'>) => ({
  removed: counts.removed + late.removed,
  replaced: counts.replaced + late.replaced,
});

function moreThanShown({ target, plan }: PlannedExtract, most: NonNullable<ExtractRequest['shown']>): Fault {
  const { removed, replaced } = wouldGo({ plan });
  const server = target.host.server.name;
  return fault(
    'refused',
    `In ${target.root} on ${server} ${removed} would be removed and ${replaced} replaced by now; ${most.removed} and ${most.replaced} were shown. Nothing was done.`,
    'Plan it again, look at it, and start that.',
    { server },
  );
}

const cutOff = ({ target }: PlannedExtract): Fault =>
  fault(
    'interrupted',
    `It was cut off on ${target.host.server.name} before anything that was there was changed.`,
    'Start it again. What it left is removed by the next one.',
    { server: target.host.server.name, retry: true },
  );
