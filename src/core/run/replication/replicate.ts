/**
 * The replication driver: opens the source and every target at once, plans each by itself, and sends; targets that
 * need the same are fed by one send. One target failing, or being slow to answer, never holds up another.
 */
import type { Fault } from '../../model/fault.ts';
import type { JobEvent } from '../../model/runs/job.ts';
import {
  askedOf,
  inOrder,
  type ReplicationRequest,
  type SendStep,
  type Wanted,
} from '../../model/runs/replication.ts';
import { LEFT_ALONE, type TargetResult, unsentResult } from '../../model/runs/target-result.ts';
import { formatTarget, type Target } from '../../model/target.ts';
import type { Driver, DriverContext } from '../ground/driver.ts';
import { nap } from '../ground/nap.ts';
import { openSeedPlace } from '../ground/seed-place.ts';
import { estimatePayload } from './estimate.ts';
import { directUnavailable } from './paths/data-path.ts';
import { relay } from './paths/relay.ts';
import { seeded } from './paths/seeded.ts';
import { spooled } from './paths/spooled.ts';
import { type PinningContext, replicationPins } from './pins.ts';
import { type Course, close, cohortsOf, giveUp, type Overtaken, sendCohort } from './send-cohort.ts';
import { sendOf } from './send-of.ts';
import type { Sending } from './send-step.ts';
import { openSource, type Source } from './source.ts';
import { stepResult } from './step-result.ts';
import { type OpenedTarget, openTarget, type TargetSession } from './target-session.ts';

/** Targets that are ready within this time of the first one share its send; later ones are sent to alone. */
const GATHER_MILLISECONDS = 1500;

/** Where the configuration became unreadable meanwhile. */
const STALL_SECONDS = 900;

export const replicate: Driver<'replication'> = async (request, context) => {
  const results: TargetResult[] = [];
  const pins = replicationPins(context);
  const emit = (event: JobEvent): void => {
    pins.follow(event);
    if (event.type === 'result') {
      if (isTold(results, event.result)) return;
      results.push(event.result);
    }
    context.emit(event);
  };
  const why = await carryOut(request, { ...context, emit, pins });
  if (why) return { kind: 'fault', fault: why };
  return { kind: 'replication', subvolume: request.subvolume, results: inOrder(request, results) };
};

/** Of a target that is planned anew: what was there, or cannot go there, is told once. */
const isTold = (results: readonly TargetResult[], result: TargetResult): boolean =>
  result.status !== 'ok' &&
  results.some(
    (one) =>
      one.server === result.server &&
      one.mount === result.mount &&
      one.snapshot === result.snapshot &&
      one.fault?.code === result.fault?.code,
  );

/**
 * A fault: nothing was begun at all. Everything later is a result of its target. `overtaken`: they are planned for the
 * second time; what fails then is the result.
 */
async function carryOut(
  request: ReplicationRequest,
  context: PinningContext,
  overtaken: Overtaken | null = null,
): Promise<Fault | null> {
  if (request.options.path === 'direct') return directUnavailable;
  const source = openSource(context.fleet, request, context.signal);
  const claimed = new Map<string, string>();
  const opening = request.targets.map((target) =>
    openTarget(target, request, source, { ...context, claimed }),
  );
  const opened = await source;
  if (!opened.ok) {
    await Promise.all(opening.map(async (one) => closeOpened(await one)));
    return opened.fault;
  }
  const newest = opened.value.snapshots.findLast(({ state }) => state === 'complete');
  const named = askedOf(request.wanted, newest?.name);
  const asked = { ...named, elapsedSeconds: 0, absent: request.absent, overtaken };
  const course: Course = {
    ...sendingFrom(opened.value, request, context),
    planAnew:
      overtaken === null && isChosenByUs(request.wanted)
        ? (gone) => planAnew(request, gone, asked, context)
        : null,
  };
  const cohorts: Promise<void>[] = [];
  const broken: unknown[] = [];
  const given = new Set<string>();
  // What is thrown (a bug, a journal that fails) waits until the others are done and cleaned up.
  const keep = (error: unknown): void => void broken.push(error);
  try {
    for await (const sessions of gather(request, opening, asked, context)) {
      for (const { label } of sessions) given.add(label);
      for (const cohort of cohortsOf(sessions)) cohorts.push(sendCohort(cohort, course).catch(keep));
    }
  } catch (error) {
    keep(error);
    for (const one of await Promise.allSettled(opening))
      if (one.status === 'fulfilled' && one.value.ok && !given.has(one.value.value.label))
        await closeOpened(one.value).catch(keep);
  }
  await Promise.all(cohorts);
  if (broken.length > 0) throw broken[0];
  return null;
}

/** Not what somebody named, snapshot and base: what takes its place is theirs to choose. */
const isChosenByUs = ({ mode }: Wanted): boolean => mode === 'auto' || mode === 'catch-up';

/** Another manager's clean-up, or a hand, deleted what was to be sent next, or its base. */
async function planAnew(
  request: ReplicationRequest,
  overtaken: Overtaken,
  asked: Asked,
  context: PinningContext,
): Promise<void> {
  const targets = request.targets.filter((target) => overtaken.has(formatTarget(target)));
  const why = await carryOut({ ...request, targets }, context, overtaken);
  if (!why) return;
  context.emit({ type: 'note', message: why.message });
  for (const target of targets) {
    const label = formatTarget(target);
    const failed = overtaken.get(label);
    const isOver = why.code === 'cancelled' || !failed;
    const refused = refusedResult(target, { fault: why, mount: failed?.mount ?? null }, asked);
    finishTarget(label, isOver ? refused : failed, context);
  }
}

function sendingFrom(source: Source, { options, seed }: ReplicationRequest, context: DriverContext): Sending {
  const estimates = new Map<string, Promise<number | null>>();
  const estimate = (step: SendStep, compress: boolean): Promise<number | null> => {
    const key = `${step.snapshot.uuid} ${step.base?.uuid ?? ''} ${compress}`;
    const counted =
      estimates.get(key) ?? estimatePayload(source.host, sendOf(step, compress), context.signal);
    estimates.set(key, counted);
    return counted;
  };
  const { fleet, signal } = context;
  const usual = options.resumable ? spooled(fleet.nonce) : relay;
  const config = fleet.config.read();
  const stallSeconds = config.ok ? config.value.config.preferences.stallSeconds : STALL_SECONDS;
  return {
    source,
    options,
    stallSeconds,
    path: seed ? seeded(seed, () => openSeedPlace(fleet, seed, signal)) : usual,
    estimate: seed ? async () => seed.payloadBytes : estimate,
    context,
  };
}

/** Yields the sessions that became ready together; those that failed or have nothing to do are reported at once. */
async function* gather(
  request: ReplicationRequest,
  opening: readonly Promise<OpenedTarget>[],
  asked: Asked,
  context: DriverContext,
): AsyncGenerator<TargetSession[]> {
  const startedAt = context.fleet.clock.now();
  const pending = new Set(opening.keys());
  let ready: TargetSession[] = [];
  const settled = opening.map(async (one, index) => {
    const opened = await one;
    const elapsed = (context.fleet.clock.now() - startedAt) / 1000;
    const session = await admit(
      request.targets[index],
      opened,
      { ...asked, elapsedSeconds: elapsed },
      context,
    );
    pending.delete(index);
    if (session) ready.push(session);
  });
  // A target may become ready while the last ones are being handed over, so both are looked at.
  while (pending.size > 0 || ready.length > 0) {
    const waiting = [...pending].map((index) => settled[index]);
    if (ready.length === 0) await Promise.race(waiting);
    if (ready.length > 0 && pending.size > 0) {
      await within(GATHER_MILLISECONDS, Promise.all(waiting), context.signal);
    }
    const together = ready;
    ready = [];
    if (together.length > 0) yield together;
  }
}

/** Null: there is nothing to send to it, for better or worse, and that has been told. */
async function admit(
  target: Target | undefined,
  opened: OpenedTarget,
  asked: Asked,
  context: DriverContext,
): Promise<TargetSession | null> {
  if (!target) return null;
  const label = formatTarget(target);
  const failedBefore = asked.overtaken?.get(label);
  const about = failedBefore ? { ...asked, snapshot: failedBefore.snapshot } : asked;
  if (!opened.ok) {
    finishTarget(label, refusedResult(target, opened.fault, about), context);
    return null;
  }
  // What was removed there for it may not be given back yet.
  const session = { ...opened.value, freed: opened.value.freed || (failedBefore?.sentBytes ?? 0) > 0 };
  const { plan, place } = session;
  const nothing = { estimated: null, sentBytes: 0, elapsed: 0, fault: null };
  const present = plan.kind === 'blocked' ? [] : plan.present;
  for (const snapshot of present) {
    const result = stepResult(session, { snapshot, base: null }, nothing);
    context.emit({ type: 'result', target: label, result: { ...result, status: 'already-there' } });
  }
  for (const { snapshot, why } of plan.kind === 'blocked' ? [] : (plan.left ?? [])) {
    const result = stepResult(session, { snapshot, base: null, note: why }, nothing);
    context.emit({ type: 'note', message: `${label}: ${why}.` });
    context.emit({ type: 'result', target: label, result: { ...result, ...LEFT_ALONE } });
  }
  if (plan.kind === 'send' && failedBefore && isOf(failedBefore, plan.steps[0])) {
    context.emit({ type: 'result', target: label, result: failedBefore });
    if (failedBefore.fault) giveUp(session, plan.steps.slice(1), failedBefore.fault, context);
    await close(session, context);
    return null;
  }
  if (plan.kind === 'send') {
    for (const { snapshot, fault: why } of plan.refused) {
      const result = stepResult(session, { snapshot, base: null }, { ...nothing, fault: why });
      context.emit({ type: 'result', target: label, result });
    }
    for (const { note } of plan.steps) {
      if (note !== undefined) context.emit({ type: 'note', message: `${label}: ${note}.` });
    }
    context.emit({ type: 'target', target: label, progress: { phase: 'waiting' } });
    return session;
  }
  await session.release();
  if (plan.kind === 'blocked') {
    finishTarget(label, refusedResult(target, { fault: plan.fault, mount: place.mount }, about), context);
    return null;
  }
  context.emit({ type: 'target', target: label, progress: { phase: 'finished' } });
  return null;
}

/** That very step: it would fail in the same way. */
const isOf = ({ snapshot, base }: TargetResult, step: SendStep | undefined): boolean =>
  snapshot === step?.snapshot.name && base === (step.base?.name ?? null);

async function closeOpened(opened: OpenedTarget): Promise<void> {
  if (opened.ok) await opened.value.release();
}

function finishTarget(label: string, result: TargetResult, context: DriverContext): void {
  context.emit({ type: 'result', target: label, result });
  context.emit({ type: 'target', target: label, progress: { phase: 'finished' } });
}

/** What a target that could not even be planned was asked to take. */
interface Asked extends Pick<TargetResult, 'mode' | 'snapshot' | 'base' | 'elapsedSeconds'> {
  readonly absent: ReplicationRequest['absent'];
  /** What failed where the targets were planned before. */
  readonly overtaken: Overtaken | null;
}

/** Of a target that was not even begun: a disk that is not there may be waited for. */
export function refusedStatus(
  { code }: Fault,
  { absent }: Pick<ReplicationRequest, 'absent'>,
): 'failed' | 'cancelled' | 'absent' {
  if (code === 'cancelled') return 'cancelled';
  return code === 'not-mounted' && absent === 'wait' ? 'absent' : 'failed';
}

const refusedResult = (
  { server, mount }: Target,
  refusal: { readonly fault: Fault; readonly mount: string | null },
  { absent, overtaken: _, ...asked }: Asked,
): TargetResult =>
  unsentResult(
    { server, mount: refusal.mount ?? mount },
    { ...asked, status: refusedStatus(refusal.fault, { absent }), fault: refusal.fault },
  );

/** Waits for `work`, but no longer than that, and not once it was cancelled. */
async function within(milliseconds: number, work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const late = nap(milliseconds, AbortSignal.any([signal, done.signal]));
  await Promise.race([work.catch(() => {}), late]);
  done.abort();
}
