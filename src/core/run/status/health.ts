/**
 * Tells how subvolumes and their replicas are off over the whole fleet: looked at now, or as everything was last seen.
 * A server that hangs delays nobody; what it has is told as not checked, beside what was known of it.
 */

import { failed, ok, type Result } from '../../model/result.ts';
import type { OpenRestore } from '../../model/runs/restore.ts';
import { type Finding, finding } from '../../model/status/finding.ts';
import { type FleetHealth, type Health, overallOf } from '../../model/status/health.ts';
import { restoreFindings } from '../../plan/status/open-restores.ts';
import { type Fleet, primaryServer } from '../ground/fleet.ts';
import { inSlices } from '../ground/turns.ts';
import { type LookFaults, lookAtAll, staleLooks } from '../looks/at-all.ts';
import { allOpen } from './all-open.ts';
import { cancelled, judgeAll } from './health-sights.ts';
import {
  isRestoreOf,
  lookedAfter,
  noSuchSnapshot,
  type Scene,
  type Subject,
  subjectOf,
} from './health-subject.ts';
import type { TaskStatus } from './task-status.ts';

export interface HealthOptions {
  /** True: every server is looked at first, all at once. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  /** Without `fresh`: why servers could not be looked at when somebody last tried. */
  readonly faults?: LookFaults;
}

export interface HealthSubject {
  /** Path on the primary. */
  readonly subvolume: string;
  /** Null: the newest. */
  readonly snapshot: string | null;
}

/** Faults: no-primary, config-invalid, no-such-subvolume, not-mounted, no-such-snapshot, cancelled. */
export async function healthOf(
  fleet: Fleet,
  { subvolume, snapshot }: HealthSubject,
  options: HealthOptions,
): Promise<Result<Health>> {
  const scene = await sceneOf(fleet, options);
  if (!scene.ok) return scene;
  const subject = subjectOf(scene.value, subvolume, snapshot);
  if (!subject.ok) return subject;
  const judged = await judgeAll(scene.value, [subject.value], options.signal);
  if (!judged.ok) return judged;
  const [health] = judged.value.healths;
  if (!health) throw new Error('one subvolume was asked for, and nothing was found out about it');
  const isNowhere = snapshot !== null && seen(health).every((status) => status === 'missing');
  return isNowhere ? failed(noSuchSnapshot(subvolume, snapshot)) : ok(health);
}

const seen = ({ primary, replicas }: Health): string[] => [primary, ...replicas].map(({ status }) => status);

/**
 * Of every subvolume that has snapshots, a policy or a task. Faults: no-primary, config-invalid, cancelled, and why the
 * primary cannot be looked at where it never was.
 */
export async function fleetHealth(fleet: Fleet, options: HealthOptions): Promise<Result<FleetHealth>> {
  const found = await fleetStatus(fleet, options);
  return found.ok ? ok(found.value.health) : found;
}

/** As `fleetHealth`, with how the tasks stand, which that rests on. */
export async function fleetStatus(
  fleet: Fleet,
  options: HealthOptions,
): Promise<Result<{ readonly health: FleetHealth; readonly statuses: readonly TaskStatus[] }>> {
  const scene = await sceneOf(fleet, options);
  if (!scene.ok) return scene;
  const { inventory, faults, primary } = scene.value;
  const unseen = inventory === null ? faults.get(primary.name) : undefined;
  if (unseen) return failed(unseen);
  const subjects: Subject[] = [];
  const pause = inSlices(fleet.clock);
  for (const path of lookedAfter(scene.value)) {
    const subject = subjectOf(scene.value, path, null);
    if (subject.ok) subjects.push(subject.value);
    // With many snapshots each takes a while, and a screen must answer its keys meanwhile.
    await pause();
  }
  const judged = await judgeAll(scene.value, subjects, options.signal);
  if (!judged.ok) return judged;
  const { healths, statuses } = judged.value;
  const reasons = [
    ...restoreFindings(otherRestores(scene.value.restores, primary.name, healths)),
    ...unknownFindings(scene.value, healths.length === 0),
  ];
  const levels = [...reasons.map(({ level }) => level), ...healths.map(({ overall }) => overall)];
  return ok({ health: { overall: overallOf(levels), reasons, subvolumes: healths }, statuses });
}

/** Those that no verdict about a subvolume tells of. */
export const otherRestores = (
  all: readonly OpenRestore[],
  primary: string,
  healths: readonly Health[],
): OpenRestore[] =>
  all.filter((one) => !healths.some(({ subvolume }) => isRestoreOf(one, primary, subvolume)));

/** Which subvolumes there are is not known where the primary or one of its lists is not. */
function unknownFindings({ primary: { name }, inventory, faults }: Scene, isEmpty: boolean): Finding[] {
  const broken = inventory?.filesystems.flatMap(({ listing }) => (listing.ok ? [] : [listing.fault])) ?? [];
  const why = faults.get(name);
  // With a fault of the primary every subvolume that is known says it.
  const all = [...(why && isEmpty ? [why] : []), ...broken];
  if (all.length === 0 && isEmpty) return [finding('nothing-looked-after', 'unknown', {}, {})];
  return all.map((fault) => finding('fleet-unknown', 'unknown', { where: name }, { fault, primary: name }));
}

async function sceneOf(fleet: Fleet, { fresh, signal, faults }: HealthOptions): Promise<Result<Scene>> {
  const read = fleet.config.read();
  if (!read.ok) return read;
  const primary = primaryServer(fleet);
  if (!primary.ok) return primary;
  const { config } = read.value;
  const names = config.servers.map(({ name }) => name);
  const found = fresh
    ? await lookAtAll(fleet, names, signal)
    : new Map([...staleLooks(fleet, names), ...(faults ?? [])]);
  if (signal.aborted) return failed(cancelled);
  const inventory = fleet.journal.lastInventory(primary.value.name);
  return ok({
    ...{ fleet, config, primary: primary.value, inventory },
    faults: found,
    restores: allOpen(fleet.journal),
    now: fleet.clock.now(),
  });
}
