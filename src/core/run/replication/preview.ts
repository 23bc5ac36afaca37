/** Plans a replication without touching anything: one look at each side, the plan, and what it would carry. */
import type { Host } from '../../hosts/port/host.ts';
import { asUser } from '../../model/command.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import {
  inOrder,
  type ReplicationReport,
  type ReplicationRequest,
  type SendStep,
} from '../../model/runs/replication.ts';
import { LEFT_ALONE, type TargetResult, unsentResult } from '../../model/runs/target-result.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Target } from '../../model/target.ts';
import { snapshotsIn } from '../../plan/catalog/catalog.ts';
import { canSendCompressed } from '../../plan/replication/protocol.ts';
import { planTarget } from '../../plan/replication/target-plan.ts';
import { type Fleet, lookAt, serverNamed } from '../ground/fleet.ts';
import { THOROUGH } from '../ground/prove.ts';
import { placeOnTarget } from './back.ts';
import { estimatePayload } from './estimate.ts';
import { directUnavailable } from './paths/data-path.ts';
import { choiceNote, proofChoice, provenAt } from './prove-base.ts';
import { refusedStatus } from './replicate.ts';
import { barredAt } from './seed-source.ts';
import { sendOf } from './send-of.ts';
import { openSource, type Source } from './source.ts';

/** Results with status `planned`, one for each step, `already-there`, or `failed` with the reason it would. */
export async function previewReplication(
  fleet: Fleet,
  request: ReplicationRequest,
  signal: AbortSignal,
): Promise<Result<ReplicationReport>> {
  if (request.options.path === 'direct') return failed(directUnavailable);
  const source = await openSource(fleet, request, signal);
  if (!source.ok) return source;
  const results = await Promise.all(
    request.targets.map((target) => previewTarget(fleet, request, source.value, target, signal)),
  );
  return ok({ subvolume: request.subvolume, results: inOrder(request, results.flat()) });
}

async function previewTarget(
  fleet: Fleet,
  request: ReplicationRequest,
  source: Source,
  target: Target,
  signal: AbortSignal,
): Promise<TargetResult[]> {
  const planned = await lookAndPlan(fleet, request, source, target, signal);
  if (!planned.ok) {
    return [unsentResult(target, { status: refusedStatus(planned.fault, request), fault: planned.fault })];
  }
  const { mount, plan, compress } = planned.value;
  const at = { ...target, mount };
  if (plan.kind === 'blocked') return [unsentResult(at, { status: 'failed', fault: plan.fault })];
  const rows = plan.present.map(({ name }) =>
    unsentResult(at, { status: 'already-there', snapshot: name, proof: 'identity' }),
  );
  for (const { snapshot, why } of plan.left ?? [])
    rows.push(unsentResult(at, { ...LEFT_ALONE, snapshot: snapshot.name, note: why }));
  if (plan.kind === 'current') return rows;
  for (const { snapshot, fault } of plan.refused) {
    rows.push(unsentResult(at, { status: 'failed', snapshot: snapshot.name, fault }));
  }
  for (const step of plan.steps) {
    const estimatedBytes = request.seed
      ? request.seed.payloadBytes
      : await estimatePayload(source.host, sendOf(step, compress), signal);
    const note = await noteOf(step, { ...planned.value, source, request }, { fleet, signal, estimatedBytes });
    rows.push(
      unsentResult(at, {
        status: 'planned',
        mode: step.base ? 'incremental' : 'full',
        snapshot: step.snapshot.name,
        base: step.base?.name ?? null,
        ...(note === null ? {} : { note }),
        estimatedBytes,
      }),
    );
  }
  return rows;
}

/** Why it is sent as it is; null: there is nothing to say. */
async function noteOf(
  step: SendStep,
  about: Parameters<typeof proofChoice>[1],
  { fleet, signal, estimatedBytes }: { fleet: Fleet; signal: AbortSignal; estimatedBytes: number | null },
): Promise<string | null> {
  const choice = await proofChoice(step, about, fleet, signal, estimatedBytes);
  const notes = [
    ...(step.note === undefined ? [] : [step.note]),
    ...(choice ? [choiceNote(step, choice)] : []),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

async function lookAndPlan(
  fleet: Fleet,
  request: ReplicationRequest,
  source: Source,
  target: Target,
  signal: AbortSignal,
) {
  const server = serverNamed(fleet, target.server);
  if (!server.ok) return server;
  const seen = await lookAt(fleet, target.server, signal, THOROUGH);
  if (!seen.ok) return seen;
  const { host, inventory } = seen.value;
  const place = placeOnTarget(server.value, inventory, target, source, request);
  if (!place.ok) return place;
  const { filesystem, mount, directory } = place.value;
  const found = snapshotsIn(filesystem, directory, fleet.journal.receivingPaths(target.server));
  if (!found.ok) return found;
  const lookedAt = {
    place: place.value,
    // A run removes partials of ours first, so they are not in its way.
    replicas: found.value.filter((replica) => replica.state !== 'partial'),
    otherNames: await namesIn(host, directory, found.value, signal),
    barred: barredAt(fleet.journal, request, source, place.value),
    proven: provenAt(fleet.journal, source, place.value),
  };
  const plan = planTarget(request.wanted, source, lookedAt, fleet.clock.now());
  const able = canSendCompressed(source.host.facts, host.facts);
  return ok({ mount, plan, host, place: place.value, compress: request.options.compress && able });
}

/** What lies in the directory and is no subvolume; unreadable or not there yet: nothing is known of it. */
async function namesIn(
  host: Host,
  directory: string,
  replicas: readonly Snapshot[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const listed = await host.run(asUser('ls', '-1A', '--', directory), { signal });
  const names = listed.ok && listed.value.code === 0 ? listed.value.stdout.split('\n') : [];
  const known = new Set(replicas.map((replica) => replica.name));
  return new Set(names.filter((name) => name !== '' && !known.has(name)));
}
