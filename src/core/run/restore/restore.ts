/**
 * The restore driver: puts a writable snapshot, or what an earlier restore put aside, in the place of a subvolume. Once
 * begun it is not broken off; one that was cut off is brought to an end by the next start.
 */

import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RestoreRequest } from '../../model/runs/restore.ts';
import type { RunReport } from '../../model/runs/run.ts';
import { planSettling } from '../../plan/restore/restore-plan.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { type Fleet, lookAt, takeInventory } from '../ground/fleet.ts';
import { nap } from '../ground/nap.ts';
import { takeLocks } from '../ground/take-locks.ts';
import { askServer } from './ask-server.ts';
import { bringBack, clearBack } from './bring-back.ts';
import { pinTaken } from './pin-taken.ts';
import { isAway, planRestoreNow, planUndoNow } from './plan-now.ts';
import { type Carried, forgottenReport, restoreReport } from './report.ts';
import { undoable } from './undoable.ts';
import { unsettledRestores } from './unsettled.ts';

/** Milliseconds before each try to find out what came of one whose server did not say. */
const TRIES = [2_000, 5_000, 10_000];

export const restore: Driver<'restore'> = async (request, context) => {
  const { server, filesystem, inside, settles } = request;
  if (settles !== undefined && request.forgets) return forgotten(request, settles, context.fleet);
  if (request.back && settles !== undefined) return clearBack(request, request.back, context);
  if (settles === undefined) {
    const settled = await settleBefore(request, context);
    if (settled) return whole(settled);
  }
  if (request.back) {
    const planned = await planAgain(request, context);
    if (!planned.ok) return whole(planned.fault);
    // Held until all is over: no clean-up takes what came before it is restored.
    const deleted = await pinTaken(request, planned.value.taken, context);
    return deleted ? whole(deleted) : bringBack(request, request.back, context);
  }
  const lock = await takeLocks(context, [`restore ${server} ${filesystem} /${inside}`], 'a restore of it');
  if (!lock.ok) return whole(lock.fault);
  try {
    // Two may have been asked to bring it to its end.
    const isOpen =
      settles === undefined || unsettledRestores(context.fleet.journal).some(({ id }) => id === settles);
    if (!isOpen) return whole(isSettled(server, settles));
    const carried = await (settles === undefined ? carryOut(request, context) : settle(request, context));
    return carried.ok ? { kind: 'restore', ...restoreReport(request, carried.value) } : whole(carried.fault);
  } finally {
    lock.value.release();
  }
};

/** Nothing is looked at and nothing is changed: from here on nobody asks any more. */
function forgotten(request: RestoreRequest, run: number, { journal }: Fleet): RunReport {
  const { server } = request;
  const isOpen = unsettledRestores(journal).some(({ id }) => id === run);
  return isOpen ? { kind: 'restore', ...forgottenReport(request, run) } : whole(isSettled(server, run));
}

const whole = (why: Fault): RunReport => ({ kind: 'fault', fault: why });

/** One of the same subvolume that was cut off comes first: what it left decides what is there. */
async function settleBefore(request: RestoreRequest, { fleet, part }: DriverContext): Promise<Fault | null> {
  for (const { id, request: open } of unsettledRestores(fleet.journal)) {
    const isSame = open.server === request.server && open.filesystem === request.filesystem;
    if (!isSame || open.inside !== request.inside) continue;
    const { report } = await part({ request: { ...open, settles: id }, item: null });
    if (report.kind === 'fault') return report.fault;
    if (report.kind === 'restore' && report.outcome !== 'restored' && report.outcome !== 'rolled-back')
      return report.fault;
  }
  return null;
}

async function carryOut(request: RestoreRequest, context: DriverContext): Promise<Result<Carried>> {
  const { fleet, signal } = context;
  const { server } = request;
  const planned = await planAgain(request, context);
  if (!planned.ok) return planned;
  const { host, plan, taken } = planned.value;
  const deleted = await pinTaken(request, taken, context);
  if (deleted) return failed(deleted);
  if (signal.aborted) return failed(cancelled(server, request));
  context.emit({
    type: 'note',
    message: `putting ${request.from.name} in the place of ${request.subvolume}`,
  });
  const mode = request.undo === undefined ? 'make' : 'swap';
  const said = await askServer(fleet, host, request, { ...plan, mode });
  if (said.kind !== 'unknown') return ok(await seen(fleet, { host, plan, said, server, mode }));
  for (const wait of TRIES) {
    await nap(wait, new AbortController().signal);
    const end = await settle(request, context);
    if (end.ok && end.value.said.kind !== 'unknown' && end.value.said.kind !== 'refused') return end;
  }
  return ok({ host, plan, said, server, mode });
}

/** Planned anew by what is there now; another one than was shown is not meant. */
async function planAgain(request: RestoreRequest, { fleet, signal }: DriverContext) {
  const { subvolume, from, at, moveNested, undo, live, back } = request;
  const nested = moveNested ? 'move' : 'leave';
  const undone = undo === undefined ? null : undoable(fleet.journal, undo);
  if (undone && !undone.ok) return undone;
  const planned = undone
    ? await planUndoNow(fleet, { ...undone.value, nested, at }, signal)
    : await planRestoreNow(
        fleet,
        { subvolume, snapshot: { uuid: from.uuid }, nested, at, from: back?.server ?? null },
        signal,
      );
  if (!planned.ok) return planned;
  const now = planned.value.plan.request;
  const { server, filesystem, inside } = request;
  const isPlace = now.server === server && now.filesystem === filesystem && now.inside === inside;
  const isSame = now.from.uuid === from.uuid && now.back?.base === back?.base;
  const isMeant = isPlace && now.live === live && isSame;
  return isMeant ? planned : failed(isAnother(planned.value.host.server.name, request));
}

/**
 * To one of its ends, whatever cut it off; `unknown` where the server does not answer. It needs no snapshot, so none is
 * pinned for it, nor until then: it makes nothing. It goes back, or it finishes with the new one, which is whole from its
 * first moment and knows whose it is by the uuid of its parent, also when that is deleted. A script that is still at work
 * without its manager and does not find the snapshot any more goes back.
 */
async function settle(request: RestoreRequest, { fleet, signal }: DriverContext): Promise<Result<Carried>> {
  const { server } = request;
  const looked = await lookAt(fleet, server, signal);
  if (!looked.ok) return looked;
  const { host, inventory } = looked.value;
  const filesystem = inventory.filesystems.find(({ uuid }) => uuid === request.filesystem);
  if (!filesystem) return failed(isAway(server, request.subvolume, request.filesystem));
  const plan = { ...planSettling(inventory, filesystem, request), source: null };
  const said = await askServer(fleet, host, request, { ...plan, mode: 'settle' });
  return ok(await seen(fleet, { host, plan, said, server, mode: 'settle' }));
}

/** The next who asks knows what took its place, and what was there before. */
async function seen(fleet: Fleet, carried: Carried): Promise<Carried> {
  // Whatever comes of the look, what was done is done.
  await takeInventory(fleet, carried.host).catch(() => null);
  return carried;
}

const cancelled = (server: string, { subvolume }: RestoreRequest): Fault =>
  fault('cancelled', `Cancelled; ${subvolume} on ${server} is as it was.`, '', { server });

const isAnother = (server: string, { subvolume }: RestoreRequest): Fault =>
  fault(
    'refused',
    `${subvolume} on ${server}, or the snapshot, is another one than when it was planned. Nothing was done.`,
    'Plan it again, look at it, and start that.',
    { server },
  );

const isSettled = (server: string, run: number | undefined): Fault =>
  fault('refused', `Restore ${run} came to its end meanwhile.`, '"btrfleet restore list" shows it.', {
    server,
  });
