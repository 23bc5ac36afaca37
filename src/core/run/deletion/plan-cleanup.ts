/**
 * Looks at everything a clean-up must know, now, and plans it: the snapshots, what the other servers hold, what runs
 * and what is held. It deletes nothing; what cannot be looked at either ends it with a fault or protects.
 */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { keptBy, type RetentionPlan } from '../../model/retention.ts';
import type { CleanupRequest } from '../../model/runs/cleanup.ts';
import { bornIdOfSnapshot, type Snapshot } from '../../model/snapshot.ts';
import { filesystemAt } from '../../plan/catalog/catalog.ts';
import { planCleanup } from '../../plan/retention/cleanup.ts';
import { namesInUse } from '../../plan/retention/names-in-use.ts';
import { isTooOld } from '../../plan/retention/plan-age.ts';
import { checkRetentionRules } from '../../plan/retention/rules.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { Pin } from '../../state/journal/pins.ts';
import { type Fleet, primaryServer } from '../ground/fleet.ts';
import { pinnedAmong } from '../ground/pins.ts';
import { onBothSides, type Planned, pinOf } from './deletion.ts';
import { seeBases } from './see-bases.ts';

/** Milliseconds for a look at a secondary: after that, what was last known of it must do. */
const LOOK = 20_000;

export interface PlannedCleanup extends Planned {
  readonly plan: RetentionPlan;
  /** Uuid of the filesystem it lies on; null: not known. */
  readonly filesystemOf: (snapshot: Snapshot) => string | null;
  /** What unfinished runs were asked for by name, read again each time. */
  readonly named: () => ReadonlySet<string>;
  /** It may no longer be carried out: other managers may have moved what was looked at. */
  readonly isOld: () => boolean;
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
  // What a process left that died protects nothing any more.
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  const begun = fleet.clock.now();
  const seen = await seeBases(fleet, wanted, primary.value, { signal, limit: LOOK, mustExist: true });
  if (!seen.ok) return seen;
  if (signal.aborted) return failed(cancelled);
  const { listed, bases, isSource, since } = seen.value;
  const config = fleet.config.read();
  if (!config.ok) return config;
  const { host, inventory } = listed;
  const lookedAt = Math.min(begun, listed.lookedAt);
  const filesystemOf = ({ path }: Snapshot): string | null => filesystemAt(inventory, path)?.uuid ?? null;
  const named = (): ReadonlySet<string> => new Set([...namesAsked(fleet.journal), ...(wanted.spare ?? [])]);
  const names = named();
  const pinnedBy = pinnedAmong(fleet.journal.pinned());
  const plan = planCleanup({
    snapshots: listed.snapshots,
    rules: wanted.rules,
    now: fleet.clock.now(),
    holds: config.value.config.holds,
    isUsed: (one) => names.has(one.name) || pinnedBy(pinOf(one, filesystemOf(one))) !== undefined,
    bases,
    isOneHistory: isSource,
  });
  if (!plan.ok) return plan;
  return ok({
    host,
    since,
    restsOn: restsOnKept(plan.value, filesystemOf),
    plan: plan.value,
    filesystemOf,
    named,
    isOld: () => isTooOld(lookedAt, fleet.clock.now()),
  });
}

/**
 * All that is kept: without any of it the rules would let others go. A base must stay on both sides. All else counts where
 * it lies: a clean-up of a target deletes much of what the source keeps.
 */
export const restsOnKept = (plan: RetentionPlan, filesystemOf: PlannedCleanup['filesystemOf']): Pin[] =>
  keptBy(plan).map(({ snapshot, reasons }) =>
    reasons.some(({ kind }) => kind === 'base')
      ? onBothSides(bornIdOfSnapshot(snapshot))
      : pinOf(snapshot, filesystemOf(snapshot)),
  );

/** The queued ones first: one that is claimed in between is seen twice, and never missed. */
export const namesAsked = (journal: Pick<Journal, 'listRuns'>): ReadonlySet<string> =>
  namesInUse(
    (['queued', 'running'] as const).flatMap((state) =>
      (['replication', 'restore', 'extract'] as const).flatMap((kind) =>
        journal.listRuns({ kind, state, limit: RUNS }),
      ),
    ),
  );

/** More than can be at work or wait at once. */
const RUNS = 10_000;

const cancelled = fault('cancelled', 'Cancelled before anything was deleted.', 'Nothing was changed.');
