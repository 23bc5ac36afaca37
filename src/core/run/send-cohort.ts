/** Sends a plan to the targets that need the very same steps: one after the other, each step to all of them at once. */
import type { Fault } from '../model/fault.ts';
import { stepLabel } from '../model/job.ts';
import type { SendStep, TargetResult } from '../model/replication.ts';
import { allEnded } from './all-ended.ts';
import type { DriverContext } from './driver.ts';
import { type Sending, sendStep, stepResult } from './send-step.ts';
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

/** Step after step in lockstep; who fails is out, who is too slow goes on alone. */
export async function sendCohort({ members, steps }: Cohort, course: Course, first = 1): Promise<void> {
  const { context, planAnew } = course;
  const count = first - 1 + steps.length;
  const used = new Map<TargetSession, number>();
  const alone: Promise<void>[] = [];
  let going = members;
  const sendNext = async (index: number, step: SendStep): Promise<void> => {
    const label = stepLabel(step, first + index, count);
    const ends = await sendStep({ step, label, members: going, usedBytes: used }, course);
    const overtaken = new Map<TargetSession, TargetResult>();
    going = going.filter((session) => {
      const end = ends.get(session);
      if (!end) throw new Error(`the data path forgot ${session.label}`);
      if (end.kind === 'fell-out') {
        alone.push(sendCohort({ members: [session], steps: steps.slice(index) }, course, first + index));
        return false;
      }
      const { result } = end;
      if (planAnew && result.fault && GONE.has(result.fault.code)) {
        overtaken.set(session, result);
        return false;
      }
      context.emit({ type: 'result', target: session.label, result });
      used.set(session, (used.get(session) ?? 0) + result.sentBytes);
      if (result.fault) {
        giveUp(session, steps.slice(index + 1), result.fault, context);
        alone.push(close(session, context));
      }
      return result.fault === null;
    });
    if (planAnew && overtaken.size > 0) alone.push(goOnWith(planAnew, overtaken, context));
  };
  const sendAll = async (): Promise<void> => {
    for (const [index, step] of steps.entries()) if (going.length > 0) await sendNext(index, step);
  };
  const sent = sendAll();
  // Where it breaks (a bug, a journal that fails), those that go on alone are waited for all the same.
  await Promise.allSettled([sent]);
  await allEnded([sent, ...going.map((session) => close(session, context)), ...alone]);
}

async function goOnWith(
  planAnew: NonNullable<Course['planAnew']>,
  overtaken: ReadonlyMap<TargetSession, TargetResult>,
  context: DriverContext,
): Promise<void> {
  for (const [{ label }, result] of overtaken) {
    // First of all: from here on nothing may be let go that is chosen anew.
    context.emit({ type: 'target', target: label, progress: { phase: 'preparing' } });
    context.emit({ type: 'note', message: `${label}: ${overtakenBy(result)}` });
  }
  await allEnded([...overtaken.keys()].map((session) => session.release()));
  await planAnew(new Map([...overtaken].map(([{ label }, result]) => [label, result])));
}

const overtakenBy = ({ snapshot, base }: TargetResult): string =>
  `${[snapshot, base].filter((name) => name !== null).join(' or its base ')} is not there any more; the rest is planned anew.`;

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

export async function close(session: TargetSession, context: DriverContext): Promise<void> {
  context.emit({ type: 'target', target: session.label, progress: { phase: 'finished' } });
  await session.release();
}
