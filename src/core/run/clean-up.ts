/**
 * The clean-up driver: looks now, plans by the rules, and deletes what the plan lets go, each after the very checks a
 * deletion by hand has. It never deletes what was not looked at in this run.
 */
import { type Fault, fault } from '../model/fault.ts';
import type { RunRequest } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { parentDirectory } from '../plan/catalog.ts';
import { goingBy, keptRows } from '../plan/cleanup.ts';
import { deleteSnapshot } from './delete-snapshots.ts';
import type { Driver, DriverContext } from './driver.ts';
import { lookAndPlan, type PlannedCleanup } from './plan-cleanup.ts';

type Request = Extract<RunRequest, { kind: 'cleanup' }>;

/** One that was to go and could not be deleted. */
interface Left {
  readonly snapshot: Snapshot;
  readonly fault: Fault;
}

export const cleanUp: Driver<Request> = async (request, context) => {
  const planned = await lookAndPlan(context.fleet, request, context.signal);
  if (!planned.ok) return { kind: 'fault', fault: planned.fault };
  const { host, plan } = planned.value;
  const deleted: { name: string }[] = [];
  const left: Left[] = [];
  for (const snapshot of goingBy(plan, request.only)) {
    const why = await letGo(planned.value, snapshot, context);
    if (why === null) deleted.push({ name: snapshot.name });
    else left.push({ snapshot, fault: why });
  }
  const failed = await stillThere(left, request, context);
  return {
    kind: 'cleanup',
    subvolume: request.subvolume,
    server: host.server.name,
    kept: keptRows(plan, request.only),
    deleted,
    failed: failed.map(({ snapshot: { name }, fault: why }) => ({ name, fault: why })),
  };
};

/** How it ends to delete one that is not there any more: nothing lies at its path, or another one. */
const GONE: ReadonlySet<Fault['code']> = new Set(['no-such-subvolume', 'no-such-snapshot']);

/**
 * Without those that another manager, or somebody by hand, deleted between the plan and their turn: that is what was
 * wanted. Only a new look says so, and only where it shows others in their directory: a disk may be away as well.
 */
async function stillThere(
  left: readonly Left[],
  request: Request,
  { fleet, signal }: DriverContext,
): Promise<readonly Left[]> {
  if (!left.some(({ fault: why }) => GONE.has(why.code))) return left;
  const again = await lookAndPlan(fleet, request, signal);
  if (!again.ok) return left;
  const paths = again.value.plan.answers.map(({ snapshot }) => snapshot.path);
  const seen = { paths: new Set(paths), directories: new Set(paths.map(parentDirectory)) };
  return left.filter(({ snapshot: { path }, fault: why }) => {
    const isGone = !seen.paths.has(path) && seen.directories.has(parentDirectory(path));
    return !(isGone && GONE.has(why.code));
  });
}

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
