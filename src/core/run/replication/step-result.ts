/** What a step came to on one target, as it is reported. */
import type { Fault } from '../../model/fault.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import type { TargetSession } from './target-session.ts';

/** What a step came to on one target, as it is reported. */
export function stepResult(
  session: Pick<TargetSession, 'place'>,
  step: SendStep,
  outcome: {
    readonly estimated: number | null;
    readonly sentBytes: number;
    readonly elapsed: number;
    readonly fault: Fault | null;
  },
): TargetResult {
  return {
    server: session.place.server,
    mount: session.place.mount,
    status: statusOf(outcome.fault),
    mode: step.base ? 'incremental' : 'full',
    snapshot: step.snapshot.name,
    base: step.base?.name ?? null,
    path: 'relay',
    sentBytes: outcome.sentBytes,
    estimatedBytes: outcome.estimated,
    elapsedSeconds: outcome.elapsed,
    verified: outcome.fault === null,
    proof: outcome.fault === null ? 'identity' : null,
    ...(step.note === undefined ? {} : { note: step.note }),
    fault: outcome.fault,
  };
}

function statusOf(fault: Fault | null): TargetResult['status'] {
  if (fault === null) return 'ok';
  return fault.code === 'cancelled' ? 'cancelled' : 'failed';
}
