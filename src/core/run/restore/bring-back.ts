/** Sends a replica back to where the subvolume's own snapshots are, as a part; what came is restored as another one. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RestoreFromReplica, RestoreRequest } from '../../model/runs/restore.ts';
import type { RunReport } from '../../model/runs/run.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import type { DriverContext } from '../ground/driver.ts';
import { lookAt } from '../ground/fleet.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
import { ownPlace } from '../replication/back.ts';
import { lockBoth } from '../replication/lock-target.ts';
import { removePartial } from '../replication/partial.ts';
import { sendBackOf } from './plan-back.ts';

/** Until the second part begins nothing has changed but that the snapshot is on the primary again. */
export async function bringBack(
  request: RestoreRequest,
  back: RestoreFromReplica,
  context: DriverContext,
): Promise<RunReport> {
  const { subvolume, server, from } = request;
  const sending = sendBackOf(subvolume, server, { back, name: from.name });
  const { report: sent } = await context.part({
    request: { kind: 'replication', ...sending },
    item: null,
    onEvent: (event) => {
      if (event.type !== 'result') context.emit(event);
    },
  });
  if (sent.kind !== 'replication') return sent;
  const why = sent.results.find((one) => one.fault)?.fault;
  if (why) return { kind: 'fault', fault: why };
  const came = await whatCame(request, back, context);
  if (!came.ok) return { kind: 'fault', fault: came.fault };
  if (context.signal.aborted) return { kind: 'fault', fault: cancelled(server, subvolume, came.value) };
  const { back: _, ...rest } = request;
  const { report } = await context.part({
    request: { kind: 'restore', ...rest, from: { name: came.value.name, uuid: came.value.uuid } },
    item: null,
    onEvent: context.emit,
  });
  return report;
}

async function whatCame(
  { subvolume, server }: RestoreRequest,
  { originId, to }: RestoreFromReplica,
  { fleet, signal }: DriverContext,
): Promise<Result<Snapshot>> {
  const listed = await listSnapshots(fleet, subvolume, null, signal);
  if (!listed.ok) return listed;
  const came = listed.value.snapshots.find((one) => one.path === to && bornIdOfSnapshot(one) === originId);
  return came ? ok(came) : failed(isLost(server, subvolume));
}

/**
 * One that was cut off while it was sent: what is half received goes. Nothing else was begun, or a part of it was, which is
 * brought to its own end.
 */
export async function clearBack(
  request: RestoreRequest,
  { to }: RestoreFromReplica,
  context: DriverContext,
): Promise<RunReport> {
  const { fleet, signal } = context;
  const { subvolume, server, from } = request;
  const seen = await lookAt(fleet, server, signal);
  if (!seen.ok) return { kind: 'fault', fault: seen.fault };
  const { host, inventory } = seen.value;
  const place = ownPlace(inventory, subvolume);
  if (!place.ok) return { kind: 'fault', fault: place.fault };
  const locks = await lockBoth(host, place.value, { owners: null, path: subvolume }, context);
  if (!locks.ok) return { kind: 'fault', fault: locks.fault };
  const partial = { host, mount: place.value.mount, path: to, journal: fleet.journal };
  const left = await removePartial(partial).finally(locks.value.release);
  if (left) return { kind: 'fault', fault: left };
  const nothing = { uuid: null, replaced: null, moved: [], left: [], steps: [], places: [] } as const;
  const report = { subvolume, server, from, ...nothing, outcome: 'rolled-back' } as const;
  return { kind: 'restore', ...report, fault: cutOff(server, subvolume) };
}

const cutOff = (server: string, subvolume: string): Fault =>
  fault(
    'interrupted',
    `A restore of ${subvolume} on ${server} was cut off while a replica was sent back for it; all is as it was.`,
    'Start it again when you want it.',
    { server },
  );

const isLost = (server: string, subvolume: string): Fault =>
  fault(
    'no-such-snapshot',
    `What was sent back for ${subvolume} is not on ${server} any more. Nothing was restored.`,
    'Somebody deleted it, or another server is the primary by now. Plan it again.',
    { server },
  );

const cancelled = (server: string, subvolume: string, { path }: Snapshot): Fault =>
  fault(
    'cancelled',
    `Cancelled; ${subvolume} on ${server} is as it was. What was sent back for it stays as ${path}.`,
    '',
    { server },
  );
