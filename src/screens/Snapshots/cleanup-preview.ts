/** Decides what rules would keep and delete now, from what was seen last of every server. The engine looks again. */
import { fault } from '../../core/model/fault.ts';
import { failed, type Result } from '../../core/model/result.ts';
import { keptBy, type RetentionPlan, type RetentionRules, reasonText } from '../../core/model/retention.ts';
import { findSubvolume, snapshotsOf } from '../../core/plan/catalog.ts';
import { planCleanup } from '../../core/plan/cleanup.ts';
import { basesOnTargets } from '../../core/plan/known-bases.ts';
import { namesInUse } from '../../core/plan/names-in-use.ts';
import type { App } from '../../store/app.ts';
import { rememberedReplicas } from '../../store/snapshot-actions.ts';
import { formatName } from '../../text/format.ts';
import { primaryLook } from '../fleet-view.ts';

export function planNow(app: App, path: string, rules: RetentionRules): Result<RetentionPlan> {
  const state = app.store.getState();
  const inventory = primaryLook(state)?.inventory;
  if (!inventory) return failed(notSeen);
  const place = findSubvolume(inventory, path);
  if (!place.ok) return place;
  const snapshots = snapshotsOf(place.value);
  if (!snapshots.ok) return snapshots;
  const { filesystem, subvolume } = place.value;
  const sights = state.servers.map(({ name }) => ({
    server: name,
    now: state.looks[name]?.inventory ?? null,
    before: null,
  }));
  const remembered = rememberedReplicas(app, path);
  return planCleanup({
    snapshots: snapshots.value,
    rules,
    now: app.deps.fleet.clock.now(),
    holds: state.holds,
    inUse: namesInUse(state.runs, (other) => {
      const found = findSubvolume(inventory, other);
      return !found.ok || found.value.subvolume.uuid === subvolume.uuid;
    }),
    bases: remembered === null ? 'unknown' : basesOnTargets(sights, remembered, filesystem.uuid),
  });
}

/** How many, then each one, the newest on top: what goes, and what stays with every reason. */
export function previewLines(plan: RetentionPlan): string[] {
  const reasons = new Map(keptBy(plan).map(({ snapshot, reasons: all }) => [snapshot, all]));
  const going = plan.answers.length - reasons.size;
  return [
    `Now: ${going} would be deleted, ${reasons.size} kept`,
    ...plan.answers.toReversed().map(({ snapshot }) => {
      const why = reasons.get(snapshot);
      const name = formatName(snapshot.name);
      return why ? `  ${name}  keep: ${why.map(reasonText).join(', ')}` : `  ${name}  DELETE`;
    }),
  ];
}

const notSeen = fault('listing-failed', 'The primary was not seen yet.', 'R looks at it.');
