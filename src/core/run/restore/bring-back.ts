/** Sends a replica back to where the subvolume's own snapshots are, as a part; what came is restored as another one. */
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RestoreFromReplica, RestoreRequest } from '../../model/runs/restore.ts';
import type { RunReport } from '../../model/runs/run.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { DriverContext } from '../ground/driver.ts';
import { listSnapshots } from '../looks/list-snapshots.ts';
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
  const came = await whatCame(subvolume, server, back, context);
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
  subvolume: string,
  server: string,
  { originId }: RestoreFromReplica,
  { fleet, signal }: DriverContext,
): Promise<Result<Snapshot>> {
  const listed = await listSnapshots(fleet, subvolume, null, signal);
  if (!listed.ok) return listed;
  const came = listed.value.snapshots.find((one) => one.state === 'complete' && one.originId === originId);
  return came ? ok(came) : failed(isLost(server, subvolume));
}

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
