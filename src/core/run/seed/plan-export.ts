/** Plans an export without touching anything: the snapshot and its base, how much it is, and the directory it goes to. */
import type { Host } from '../../hosts/port/host.ts';
import { isoTime } from '../../model/clock.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import {
  SEED_FORMAT,
  SEED_VERSION,
  type SeedExportRequest,
  type SeedManifest,
  type SeedSnapshot,
  type ShownExport,
} from '../../model/runs/seed.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isLiveReceived, liveReceived } from '../../plan/catalog/identity-words.ts';
import { planReplication, type WantedByHand } from '../../plan/replication/replication.ts';
import { ambiguousIds } from '../../plan/replication/spoilt-bases.ts';
import { type ExportPlan, partsOf, planExport } from '../../plan/seed/export-plan.ts';
import type { Fleet } from '../ground/fleet.ts';
import { openSeedPlace } from '../ground/seed-place.ts';
import { estimatePayload } from '../replication/estimate.ts';
import { sendOf } from '../replication/send-of.ts';
import { openSource, type Source } from '../replication/source.ts';
import { type Looked, lookAtPlace } from './ask-place.ts';

export interface PlannedExport {
  readonly source: Source;
  readonly step: SendStep;
  /** Where the files go. */
  readonly host: Host;
  readonly look: Looked;
  readonly plan: Exclude<ExportPlan, { kind: 'blocked' }>;
  /** As it is while it is not complete. */
  readonly manifest: SeedManifest;
  readonly shown: ShownExport;
}

/** Faults: what a replication of it would be refused for, and what the directory is. */
export async function planExportNow(
  fleet: Fleet,
  request: SeedExportRequest,
  signal: AbortSignal,
): Promise<Result<PlannedExport>> {
  const { subvolume, snapshot, base, place, splitBytes, compress, recipient } = request;
  const coding = { compress, encrypt: recipient === null ? null : 'age' } as const;
  const host = await openSeedPlace(fleet, place, signal);
  if (!host.ok) return host;
  const look = await lookAtPlace(host.value, place, { ...coding, recipient, identity: null }, { signal });
  if (!look.ok) return look;
  const wanted: WantedByHand =
    base === null ? { mode: 'full', snapshot } : { mode: 'incremental', snapshot, base };
  const source = await openSource(fleet, { subvolume, wanted }, signal);
  if (!source.ok) return source;
  const step = chooseStep(wanted, source.value, place.directory);
  if (!step.ok) return step;
  const payloadBytes = await estimatePayload(source.value.host, sendOf(step.value, false), signal);
  const manifest: SeedManifest = {
    ...{ format: SEED_FORMAT, version: SEED_VERSION, complete: false },
    ...{ createdAt: isoTime(fleet.clock.now()), server: source.value.place.server },
    ...{ subvolume: source.value.place.path, mark: source.value.owners?.own ?? '' },
    ...{ snapshot: named(step.value.snapshot), base: step.value.base && named(step.value.base) },
    ...{ protocol: 1, ...coding, splitBytes, payloadBytes, parts: [] },
  };
  const plan = planExport(place, manifest, { ...look.value, manifest: look.value.known });
  if (plan.kind === 'blocked') return failed(plan.fault);
  const shown: ShownExport = {
    ...{ subvolume: manifest.subvolume, server: manifest.server, place, ...coding, splitBytes },
    ...{ snapshot: step.value.snapshot.name, base: step.value.base?.name ?? null },
    ...{ estimatedBytes: payloadBytes, estimatedParts: partsOf(payloadBytes, splitBytes) },
    ...{ freeBytes: look.value.freeBytes, mount: look.value.mount, isResumed: plan.kind === 'resume' },
    partsThere: plan.kind === 'resume' && !plan.anew ? look.value.sums.size : 0,
  };
  return ok({
    source: source.value,
    step: step.value,
    host: host.value,
    look: look.value,
    plan,
    manifest,
    shown,
  });
}

/** As for a target that has nothing but the base: the rules of a replication are those of a seed. */
function chooseStep(wanted: WantedByHand, source: Source, directory: string): Result<SendStep> {
  const { place, snapshots } = source;
  if (isLiveReceived(place.subvolume)) return failed(liveReceived(place.server, place.path));
  const plan = planReplication(wanted, place.path, source, {
    ...{ server: 'the seed', directory, replicas: [], otherNames: new Set() },
    ...{ bases: snapshots, spoilt: ambiguousIds(place.filesystem) },
  });
  if (plan.kind === 'blocked') return failed(plan.fault);
  if (plan.kind === 'current') throw new Error('a seed that is not there yet cannot be current');
  return ok(plan.steps[0]);
}

const named = ({ name, uuid, originId }: Snapshot): SeedSnapshot => ({ name, uuid, originId });
