/** Keeps what a replication will use pinned: for each target what is still to be sent to it, on both sides, and no more. */
import type { Result } from '../../model/result.ts';
import type { JobEvent, TargetProgress } from '../../model/runs/job.ts';
import type { ReplicationPlan } from '../../model/runs/replication.ts';
import { bornIdOfSnapshot } from '../../model/snapshot.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import type { Claim, Pin } from '../../state/journal/pins.ts';
import type { DriverContext } from '../ground/driver.ts';
import { claimed, pinKey } from '../ground/pins.ts';
import type { Source } from './source.ts';

/** Where the steps of a plan lead from and to. `since`: moves before the target was looked at. */
export interface Ways {
  readonly source: Source;
  readonly place: TargetPlace;
  readonly since: number;
}

type MadePlan = Exclude<ReplicationPlan, { kind: 'blocked' }>;

export interface Pins {
  /** In the place of what was pinned for that target; what the plan found there is only asked for. As `pin` of the journal. */
  take(label: string, plan: MadePlan, ways: Ways): Promise<Result<readonly Claim[]>>;
  /** Lets go what the target needs no more. */
  follow(event: JobEvent): void;
}

/** What the parts of a replication are given. */
export interface PinningContext extends DriverContext {
  readonly pins: Pins;
}

export function replicationPins(context: Pick<DriverContext, 'fleet' | 'runId' | 'patiently'>): Pins {
  /** By target: how many steps of its plan are over, and what each of those to come uses. */
  const taken = new Map<string, { readonly over: number; readonly steps: readonly (readonly Pin[])[] }>();
  /** By `pinKey`: how many steps use it. */
  const users = new Map<string, number>();
  const count = (pins: readonly Pin[], change: 1 | -1): Pin[] =>
    pins.filter((pin) => {
      const left = (users.get(pinKey(pin)) ?? 0) + change;
      if (left > 0) users.set(pinKey(pin), left);
      else users.delete(pinKey(pin));
      return left <= 0;
    });
  const letGo = (pins: readonly Pin[]): void => {
    const unused = count(pins, -1);
    if (unused.length > 0) context.fleet.journal.unpin(context.runId, unused);
  };
  return {
    take: async (label, plan, { source, place, since }) => {
      const before = taken.get(label)?.steps.flat() ?? [];
      const from = source.place.filesystem.uuid;
      const to = place.filesystem.uuid;
      const steps = (plan.kind === 'send' ? plan.steps : []).map(({ snapshot, base }) =>
        // The replica as well: it is the base of the next step.
        (base ? [snapshot, base] : [snapshot])
          .map(bornIdOfSnapshot)
          .flatMap((origin) => [from, to].map((filesystem): Pin => ({ filesystem, origin }))),
      );
      const there = plan.present.map((one) => ({ filesystem: to, origin: bornIdOfSnapshot(one) }));
      taken.set(label, { over: 0, steps });
      count(steps.flat(), 1);
      const chosen = { pins: steps.flat(), there, since: Math.min(since, source.moves) };
      const met = await claimed(context, (journal) => journal.pin(context.runId, chosen));
      letGo(before);
      return met;
    },
    follow: (event) => {
      const known = event.type === 'target' ? taken.get(event.target) : undefined;
      if (event.type !== 'target' || known === undefined) return;
      const over = stepsOver(event.progress, known.over);
      if (over <= known.over) return;
      taken.set(event.target, { over, steps: known.steps.slice(over - known.over) });
      letGo(known.steps.slice(0, over - known.over).flat());
    },
  };
}

/** What is cleaned up after may be sent again. */
function stepsOver(progress: TargetProgress, before: number): number {
  switch (progress.phase) {
    case 'preparing':
    case 'waiting':
    case 'cleaning':
      return before;
    case 'sending':
    case 'verifying':
      return progress.step.index - 1;
    case 'finished':
      return Number.POSITIVE_INFINITY;
  }
}
