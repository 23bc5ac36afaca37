/**
 * The clean-up driver: looks now, plans by the rules, and deletes what the plan lets go, each after the very checks a
 * deletion by hand has. It never deletes what was not looked at in this run.
 */
import { type Fault, fault } from '../model/fault.ts';
import type { CleanupReport, RunRequest } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { goingBy, keptRows } from '../plan/cleanup.ts';
import { deleteSnapshot } from './delete-snapshots.ts';
import type { Driver, DriverContext } from './driver.ts';
import { lookAndPlan, type PlannedCleanup } from './plan-cleanup.ts';

type Request = Extract<RunRequest, { kind: 'cleanup' }>;

export const cleanUp: Driver<Request> = async (request, context) => {
  const planned = await lookAndPlan(context.fleet, request, context.signal);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const { host, plan } = planned.value;
  const deleted: { name: string }[] = [];
  const left: CleanupReport['failed'][number][] = [];
  for (const snapshot of goingBy(plan, request.only)) {
    const { name } = snapshot;
    const why = await letGo(planned.value, snapshot, context);
    if (why === null) deleted.push({ name });
    else left.push({ name, fault: why });
  }
  return {
    kind: 'cleanup',
    subvolume: request.subvolume,
    server: host.server.name,
    kept: keptRows(plan, request.only),
    deleted,
    failed: left,
  };
};

/** Null: it is deleted. A replication may have begun since the plan was made. */
async function letGo(
  { host, inUse }: PlannedCleanup,
  snapshot: Snapshot,
  context: DriverContext,
): Promise<Fault | null> {
  const used = inUse();
  if (used === 'all' || used.has(snapshot.name)) return inUseNow(snapshot, host.server.name);
  const result = await deleteSnapshot(host, snapshot.name, snapshot, context, true);
  return result.fault;
}

const inUseNow = ({ path }: Snapshot, server: string): Fault =>
  fault(
    'locked',
    `${path} on ${server} may be used by a replication that has just begun.`,
    'It is still there; the next clean-up looks again.',
    { server, retry: true },
  );
