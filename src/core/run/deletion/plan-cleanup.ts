/**
 * Looks at everything a clean-up must know, now, and plans it: the snapshots, what the other servers hold, what runs
 * and what is held. It deletes nothing; what cannot be looked at either ends it with a fault or protects.
 */
import type { Host } from '../../hosts/port/host.ts';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { RetentionPlan } from '../../model/retention.ts';
import type { CleanupRequest } from '../../model/runs/cleanup.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { filesystemAt } from '../../plan/catalog/catalog.ts';
import { planCleanup } from '../../plan/retention/cleanup.ts';
import type { InUse } from '../../plan/retention/names-in-use.ts';
import { isTooOld } from '../../plan/retention/plan-age.ts';
import { checkRetentionRules } from '../../plan/retention/rules.ts';
import { notSaid } from '../../plan/retention/unsaid.ts';
import { type Fleet, primaryServer } from '../ground/fleet.ts';
import { nap } from '../ground/nap.ts';
import { markJournal, runsBeside } from './runs-beside.ts';
import { seeBases } from './see-bases.ts';

/** Milliseconds for a look at a secondary: after that, what was last known of it must do. */
const LOOK = 20_000;

export interface PlannedCleanup {
  readonly host: Host;
  readonly plan: RetentionPlan;
  /** Uuid of the filesystem it lies on; null: not known. */
  readonly filesystemOf: (snapshot: Snapshot) => string | null;
  /** What unfinished runs use, read again each time. */
  readonly inUse: () => InUse;
  /** Numbers of the replications that have begun and not said yet what they use, read again each time. */
  readonly unsaid: () => readonly number[];
  /** It may no longer be carried out: what was looked at for it may be otherwise by now. */
  readonly isStale: () => boolean;
  /** False: a replication that had just begun had not said yet what it uses, so the plan keeps all. */
  readonly isSettled: boolean;
}

type Wanted = Pick<CleanupRequest, 'subvolume' | 'server' | 'rules'> &
  Partial<Pick<CleanupRequest, 'mount' | 'into' | 'spare'>>;

export async function lookAndPlan(
  fleet: Fleet,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Result<PlannedCleanup>> {
  const checked = checkRetentionRules(wanted.rules);
  if (!checked.ok) return checked;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const mark = markJournal(fleet);
  const lookedAt = fleet.clock.now();
  const seen = await seeBases(fleet, wanted, primary.value, { signal, limit: LOOK, mustExist: true });
  if (!seen.ok) return seen;
  if (signal.aborted) return failed(cancelled);
  const { listed, bases, place } = seen.value;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const { host, inventory } = listed;
  const beside = runsBeside(fleet, {
    place,
    replicasOn: seen.value.isSource ? null : { server: host.server, inventory },
    servers: config.value.config.servers,
    primary: primary.value.name,
  });
  const inUse = (): InUse => {
    const used = beside.inUse();
    return used === 'all' ? used : new Set([...used, ...(wanted.spare ?? [])]);
  };
  const used = inUse();
  const plan = planCleanup({
    snapshots: listed.snapshots,
    rules: wanted.rules,
    now: fleet.clock.now(),
    holds: config.value.config.holds,
    inUse: used,
    bases,
    isOneHistory: seen.value.isSource,
  });
  if (!plan.ok) return plan;
  return ok({
    host,
    plan: plan.value,
    filesystemOf: ({ path }) => filesystemAt(inventory, path)?.uuid ?? null,
    inUse,
    unsaid: beside.unsaid,
    isStale: () => isTooOld(lookedAt, fleet.clock.now()) || beside.movedSince(mark),
    isSettled: used !== 'all',
  });
}

/** Seconds that who asks what would go is kept waiting for a replication that has just begun. */
export const SHOWN_WITHIN = 15;

/**
 * Waits until every replication of the subvolume has said what it uses, which takes it a look at each of its servers, and
 * plans then. `seconds`: the longest wait in all; `onWait`: it begins. Beside the faults of `lookAndPlan`: `stalled`, with
 * the run that did not say it in that time.
 */
export async function planSettled(
  fleet: Fleet,
  wanted: Wanted,
  { seconds, signal, onWait }: Waiting,
): Promise<Result<PlannedCleanup>> {
  // What a process left that died protects nothing any more.
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  let left = seconds * 1000;
  for (;;) {
    const planned = await lookAndPlan(fleet, wanted, signal);
    if (!planned.ok || planned.value.isSettled) return planned;
    onWait();
    left = await settle(fleet, planned.value, left, signal);
    if (signal.aborted) return failed(cancelled);
    if (left <= 0 && planned.value.inUse() === 'all')
      return failed(notSaid(wanted.subvolume, planned.value.unsaid(), seconds));
  }
}

export interface Waiting {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onWait: () => void;
}

/** Milliseconds between two looks whether they have said it, and between two whether their processes live. */
const PAUSE = 250;
const ALIVE = 3000;

/** Milliseconds that are left of the time to wait; 0: it was in vain. */
async function settle(
  fleet: Fleet,
  { inUse }: PlannedCleanup,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  for (let waited = 0; waited < most && !signal.aborted; waited += PAUSE) {
    if (waited % ALIVE === 0) fleet.journal.interruptDeadRuns(fleet.isAlive);
    if (inUse() !== 'all') return most - waited;
    await nap(PAUSE, signal);
  }
  return 0;
}

const cancelled = fault('cancelled', 'Cancelled before anything was deleted.', 'Nothing was changed.');
