/** Decides what rules would keep and delete now, from what was seen last of every server. The engine looks again. */
import { fault } from '../../core/model/fault.ts';
import { failed, type Result } from '../../core/model/result.ts';
import { keptBy, type RetentionPlan, type RetentionRules, reasonText } from '../../core/model/retention.ts';
import { findSubvolume, type Place } from '../../core/plan/catalog/catalog.ts';
import { planCleanup } from '../../core/plan/retention/cleanup.ts';
import { basesOnTargets, targetsOf } from '../../core/plan/retention/known-bases.ts';
import { namesInUse } from '../../core/plan/retention/names-in-use.ts';
import type { Bases } from '../../core/plan/retention/retention.ts';
import type { App } from '../../store/app.ts';
import { rememberedReplicas, usersOn } from '../../store/snapshot-actions.ts';
import { formatName } from '../../text/format.ts';
import { rememberLast } from '../lists/remember-last.ts';
import { places, primaryLook, snapshotsOfPlace } from '../shared/fleet-view.ts';

export function planNow(app: App, path: string, rules: RetentionRules): Result<RetentionPlan> {
  const state = app.store.getState();
  const inventory = primaryLook(state)?.inventory;
  if (!inventory) return failed(notSeen);
  const found = findSubvolume(inventory, path);
  if (!found.ok) return found;
  // The very one that is shown, so that its snapshots are listed once and not at every key.
  const place = places(state).find((one) => one.path === found.value.path) ?? found.value;
  const { filesystem } = place;
  if (!filesystem.listing.ok) return filesystem.listing;
  const names = namesInUse(state.runs);
  const userOf = usersOn(app, filesystem.uuid);
  return planCleanup({
    snapshots: snapshotsOfPlace(place),
    rules,
    now: app.deps.fleet.clock.now(),
    holds: state.holds,
    isUsed: (one) => names.has(one.name) || userOf(one) !== null,
    bases: basesNow(app, place),
    isOneHistory: true,
  });
}

/** What the targets hold, as it was seen last. */
export function basesNow(app: App, { path, filesystem }: Place): Bases {
  const { servers, looks, tasks } = app.store.getState();
  const remembered = rememberedReplicas(app, path);
  if (remembered === null) return 'unknown';
  const sights = servers.map(({ name }) => ({
    server: name,
    now: looks[name]?.inventory ?? null,
    before: null,
  }));
  return basesOnTargets(sights, remembered, filesystem.uuid, targetsOf(tasks, path));
}

/** Below a form: what the rules would do, or what is wrong with them. */
export function rulesPreview(app: App, path: string, rules: Result<RetentionRules>): readonly string[] {
  if (!rules.ok) return [rules.fault.message, rules.fault.hint];
  const { looks, holds, runs, servers } = app.store.getState();
  return linesFor(app, path, unlessOther(rules.value), looks, holds, runs, servers);
}

/** Most keys change neither the rules nor what was seen. */
const linesFor = rememberLast(
  (app: App, path: string, rules: RetentionRules, ..._seen: readonly unknown[]) => {
    const plan = planNow(app, path, rules);
    return plan.ok ? previewLines(plan.value) : [plan.fault.message, plan.fault.hint];
  },
);

let lastRules: RetentionRules | null = null;

/** The same object as the last time, as long as it says the same. */
function unlessOther(rules: RetentionRules): RetentionRules {
  if (lastRules === null || JSON.stringify(lastRules) !== JSON.stringify(rules)) lastRules = rules;
  return lastRules;
}

/** How many the rules let go that stay for want of knowledge only; null: none. */
export function keptUnknowing(plan: RetentionPlan): string | null {
  const waiting = keptBy(plan).filter(({ reasons }) => reasons.every(({ kind }) => kind === 'bases-unknown'));
  const [first] = waiting;
  if (first === undefined) return null;
  const count =
    waiting.length === 1 ? 'one that the rules let go stays' : `${waiting.length} that the rules let go stay`;
  return `${count}, ${first.reasons.map(reasonText).join(', ')}`;
}

/** How many, then each one, the newest on top: what goes, and what stays with every reason. */
export function previewLines(plan: RetentionPlan): string[] {
  const unknowing = keptUnknowing(plan);
  const reasons = new Map(keptBy(plan).map(({ snapshot, reasons: all }) => [snapshot, all]));
  const going = plan.answers.length - reasons.size;
  return [
    `Now: ${going} would be deleted, ${reasons.size} kept`,
    ...(unknowing === null ? [] : [`  ${unknowing}`]),
    ...plan.answers.toReversed().map(({ snapshot }) => {
      const why = reasons.get(snapshot);
      const name = formatName(snapshot.name);
      return why ? `  ${name}  keep: ${why.map(reasonText).join(', ')}` : `  ${name}  DELETE`;
    }),
  ];
}

const notSeen = fault('listing-failed', 'The primary was not seen yet.', 'R looks at it.');
