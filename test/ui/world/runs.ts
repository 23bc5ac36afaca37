/** Runs as the engine writes them into the journal, for tests that follow one. It decides nothing. */
import type { TargetProgress } from '../../../src/core/model/runs/job.ts';
import type { RunOutcome } from '../../../src/core/model/runs/spec.ts';
import type { TargetResult } from '../../../src/core/model/runs/target-result.ts';
import type { World } from './fleet-world.ts';
import { at } from './inventories.ts';

/** The engine takes the oldest queued run. */
export function claim({ fleet }: World): number {
  const run = fleet.journal.claimRun(fleet.holder);
  if (run === null) throw new Error('nothing is queued');
  return run.id;
}

export function progress(
  { fleet }: World,
  id: number,
  targets: Readonly<Record<string, TargetProgress>>,
  notes: readonly string[] = [],
): void {
  fleet.journal.writeProgress(id, {
    targets: Object.entries(targets).map(([target, now]) => ({
      target,
      progress: now,
      results: [],
    })),
    notes,
    fault: null,
  });
}

export const MIB = 1024 ** 2;

/** Sending since ten seconds; `totalBytes` null: nobody knows how much it is. */
export const sending = (world: World, sentBytes: number, totalBytes: number | null): TargetProgress => ({
  phase: 'sending',
  step: { snapshot: at(42), base: null, index: 1, count: 1 },
  sentBytes,
  payloadBytes: sentBytes,
  totalBytes,
  startedAt: new Date(world.clock.now() - 10_000).toISOString(),
  updatedAt: new Date(world.clock.now()).toISOString(),
});

export const result = (server: string, more: Partial<TargetResult> = {}): TargetResult => ({
  server,
  mount: null,
  status: 'ok',
  mode: 'full',
  snapshot: at(42),
  base: null,
  path: 'relay',
  sentBytes: 120 * MIB,
  estimatedBytes: 120 * MIB,
  elapsedSeconds: 12,
  verified: true,
  fault: null,
  ...more,
});

export function finish(
  { fleet }: World,
  id: number,
  outcome: RunOutcome,
  results: readonly TargetResult[],
): void {
  fleet.journal.finishRun(id, outcome, { kind: 'replication', subvolume: '/srv/data', results });
}
