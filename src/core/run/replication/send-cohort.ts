/** Sends a plan to the targets that need the very same steps: one after the other, each step to all of them at once. */
import type { Fault } from '../../model/fault.ts';
import { stepLabel } from '../../model/runs/job.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import type { TargetResult } from '../../model/runs/target-result.ts';
import { allEnded } from '../ground/all-ended.ts';
import type { DriverContext } from '../ground/driver.ts';
import { asLongAsTheFirst, readyTogether } from '../ground/ready-together.ts';
import { type Sending, type StepEnd, sendStep } from './send-step.ts';
import { stepResult } from './step-result.ts';
import type { TargetSession } from './target-session.ts';

/** What can have been deleted since it was chosen: by a clean-up of another manager, or by hand. */
const GONE: ReadonlySet<Fault['code']> = new Set(['no-base', 'no-such-subvolume']);

/** By target, as the request names them: what failed since what was to be sent is not there any more. */
export type Overtaken = ReadonlyMap<string, TargetResult>;

export interface Course extends Sending {
  /** Sends them what a new plan says. Null: nothing is planned anew. */
  readonly planAnew: ((overtaken: Overtaken) => Promise<void>) | null;
}

export interface Cohort {
  readonly members: readonly TargetSession[];
  readonly steps: readonly SendStep[];
}

/** Targets that need the very same steps go through them together. */
export function cohortsOf(sessions: readonly TargetSession[]): Cohort[] {
  const cohorts = new Map<string, { members: TargetSession[]; steps: readonly SendStep[] }>();
  for (const session of sessions) {
    if (session.plan.kind !== 'send') continue;
    const { steps } = session.plan;
    const key = steps.map(({ snapshot, base }) => `${snapshot.uuid} ${base?.uuid ?? ''}`).join('\n');
    const cohort = cohorts.get(key) ?? { members: [], steps };
    cohort.members.push(session);
    cohorts.set(key, cohort);
  }
  return [...cohorts.values()];
}

/** What was to be sent to them, or its base, is gone. */
type Failed = Map<TargetSession, TargetResult>;

/** How long others are waited for once the first target has a step, and goes on. */
const LOCKSTEP_PATIENCE = { least: 5_000, most: 30_000 };

interface Begun {
  /** Of its first step, as it is counted for people. */
  readonly first: number;
  readonly usedBytes: ReadonlyMap<TargetSession, number>;
}

const FROM_THE_BEGINNING: Begun = { first: 1, usedBytes: new Map() };

/** Step after step in lockstep; who fails is out, who is too slow goes on alone. Each is closed when it is done. */
export async function sendCohort(
  { members, steps }: Cohort,
  course: Course,
  { first, usedBytes }: Begun = FROM_THE_BEGINNING,
): Promise<void> {
  const { context, planAnew } = course;
  const count = first - 1 + steps.length;
  const used = new Map(usedBytes);
  const alone: Promise<void>[] = [];
  const beside = (work: Promise<void>): void => {
    // What it throws is thrown in the end.
    work.catch(() => {});
    alone.push(work);
  };
  let going = members;
  const goesAlone = (session: TargetSession, from: number): Promise<void> =>
    sendCohort({ members: [session], steps: steps.slice(from) }, course, {
      first: first + from,
      usedBytes: used,
    });
  /** Tells what became of a step as soon as it has ended there. True: it goes on with the next one. */
  const settle = (index: number, session: TargetSession, end: StepEnd, overtaken: Failed): boolean => {
    if (end.kind === 'fell-out') {
      beside(goesAlone(session, index));
      return false;
    }
    const { result } = end;
    if (planAnew && result.fault && GONE.has(result.fault.code)) {
      overtaken.set(session, result);
      return false;
    }
    context.emit({ type: 'result', target: session.label, result });
    used.set(session, (used.get(session) ?? 0) + result.sentBytes);
    if (result.fault) giveUp(session, steps.slice(index + 1), result.fault, context);
    const goesOn = result.fault === null && index + 1 < steps.length;
    if (!goesOn) beside(close(session, context));
    return goesOn;
  };
  const sendNext = async (index: number, step: SendStep): Promise<void> => {
    const label = stepLabel(step, first + index, count);
    const overtaken: Failed = new Map();
    const isToGoOn = new Map<TargetSession, Promise<boolean>>();
    const patience = asLongAsTheFirst(context.fleet.clock, LOCKSTEP_PATIENCE);
    for (const [session, end] of await sendStep({ step, label, members: going, usedBytes: used }, course)) {
      isToGoOn.set(
        session,
        end.then((how) => settle(index, session, how, overtaken)),
      );
    }
    const planThem = async (): Promise<void> => {
      const failed = new Map(overtaken);
      overtaken.clear();
      if (planAnew && failed.size > 0) await goOnWith(planAnew, failed, context);
    };
    const known = await readyTogether(isToGoOn, patience, (goesOn) => goesOn);
    going = going.filter((session) => known.get(session));
    beside(planThem());
    for (const [session, later] of isToGoOn) {
      if (known.has(session)) continue;
      beside(later.then((goesOn) => (goesOn ? goesAlone(session, index + 1) : planThem())));
    }
  };
  const sendAll = async (): Promise<void> => {
    for (const [index, step] of steps.entries()) if (going.length > 0) await sendNext(index, step);
  };
  const sent = sendAll();
  // Where it breaks (a bug, a journal that fails), those that go on alone are waited for all the same.
  await Promise.allSettled([sent]);
  const others = await ended(alone);
  await allEnded([sent, ...others, ...going.map((session) => close(session, context))]);
}

/** What goes on alone may send others on alone. */
async function ended(alone: readonly Promise<void>[]): Promise<readonly Promise<void>[]> {
  for (let known = -1; known < alone.length; ) {
    known = alone.length;
    await Promise.allSettled(alone);
  }
  return alone;
}

async function goOnWith(
  planAnew: NonNullable<Course['planAnew']>,
  overtaken: ReadonlyMap<TargetSession, TargetResult>,
  context: DriverContext,
): Promise<void> {
  for (const [{ label }, result] of overtaken) {
    context.emit({ type: 'target', target: label, progress: { phase: 'preparing' } });
    context.emit({ type: 'note', message: `${label}: ${overtakenBy(result)}` });
  }
  await allEnded([...overtaken.keys()].map((session) => session.release()));
  await planAnew(new Map([...overtaken].map(([{ label }, result]) => [label, result])));
}

const overtakenBy = ({ snapshot, base }: TargetResult): string =>
  `${[snapshot, base].filter((name) => name !== null).join(' or its base ')} is not there any more, or not to be built on; the rest is planned anew.`;

/** What would have come after a failed step is reported too: nobody should have to count. */
export function giveUp(
  session: TargetSession,
  steps: readonly SendStep[],
  why: Fault,
  context: DriverContext,
): void {
  for (const step of steps) {
    const result = stepResult(session, step, { estimated: null, sentBytes: 0, elapsed: 0, fault: why });
    context.emit({ type: 'result', target: session.label, result });
  }
}

/** It is finished once others may work there. */
export async function close(session: TargetSession, context: DriverContext): Promise<void> {
  await session.release();
  context.emit({ type: 'target', target: session.label, progress: { phase: 'finished' } });
}
