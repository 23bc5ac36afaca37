/**
 * The question before tasks are followed whose rules would delete something on a target in the next round: what goes,
 * and the count to be typed; or the name of the task, where it is not known what goes.
 */
import { isGroup, type Task } from '../../../core/model/automation/task.ts';
import { type App, ask } from '../../../store/app.ts';
import { formatName } from '../../../text/format.ts';
import { type TargetRetention, targetRetention } from './target-retention.ts';

/** `go` is called at once where nothing would be deleted. */
export function askBeforeRounds(app: App, tasks: readonly Task[], go: () => void): void {
  const state = app.store.getState();
  const now = app.deps.fleet.clock.now();
  const asked = tasks.flatMap((task) =>
    task.retention === null || !task.enabled
      ? []
      : [{ task, plans: targetRetention(state, task, task.retention, now) }],
  );
  const plans = asked.flatMap((one) => one.plans);
  const going = plans.flatMap(({ plan }) => (plan.ok ? plan.value.going : [])).length;
  if (going === 0 && plans.every(({ plan }) => plan.ok)) {
    go();
    return;
  }
  const names = asked.map(({ task }) => task.name);
  ask(app, {
    title: `${titleOf(going)} by the rules of ${names.length === 1 ? names[0] : `${names.length} tasks`}?`,
    mustType: going === 0 ? (names[0] ?? 'yes') : String(going),
    back: state.overlay,
    lines: [
      'At the end of the next round, and others as time passes. The primary keeps its own.',
      ...asked.flatMap((one) => one.plans.flatMap((plan) => goingLines(plan, isGroup(one.task)))),
    ],
    run: go,
  });
}

function titleOf(going: number): string {
  if (going === 0) return 'Delete';
  return going === 1 ? 'Delete a replica' : `Delete at most ${going} replicas`;
}

function goingLines({ target, subvolume, plan }: TargetRetention, group: boolean): string[] {
  const what = group ? `${target} ${subvolume}` : target;
  if (!plan.ok)
    return [`WARNING: ${formatName(`${what}: what would go is not known: ${plan.fault.message}`)}`];
  const { all, going } = plan.value;
  if (going.length === 0) return [];
  return [formatName(`${what}, of ${all}:`), ...going.map(({ name }) => `  ${formatName(name)}`)];
}
