/**
 * The question before retention policies are followed that would delete something as soon as they are: what goes, and
 * the count to be typed. What they would delete must be known; if it is not, the answer is no.
 */
import type { RetentionPolicy } from '../../../core/model/policy.ts';
import { goingBy } from '../../../core/plan/retention/cleanup.ts';
import { type App, ask, tell } from '../../../store/app.ts';
import { complainInForm } from '../../../store/form-actions.ts';
import { formatName } from '../../../text/format.ts';
import { planNow } from '../../retention/cleanup-preview.ts';
import { primaryOf } from '../../shared/fleet-view.ts';

/** `go` is called at once where nothing would be deleted. */
export function askBeforeDeleting(app: App, policies: readonly RetentionPolicy[], go: () => void): void {
  const lines: string[] = [];
  let going = 0;
  for (const { subvolume, rules } of policies.filter(({ enabled }) => enabled)) {
    const plan = planNow(app, subvolume, rules);
    if (!plan.ok) {
      refuse(app, `${plan.fault.message} So what would go of ${subvolume} is not known.`);
      return;
    }
    const names = goingBy(plan.value, null).map(({ name }) => formatName(name));
    going += names.length;
    if (names.length > 0) lines.push(`${formatName(subvolume)}, of ${plan.value.answers.length}:`);
    lines.push(...names.map((name) => `  ${name}`));
  }
  if (going === 0) {
    go();
    return;
  }
  const { overlay } = app.store.getState();
  const { name = 'the primary' } = primaryOf(app.store.getState()) ?? {};
  ask(app, {
    title: `Delete ${going === 1 ? 'a snapshot' : `${going} snapshots`} by ${policies.length === 1 ? 'this policy' : 'these policies'}?`,
    mustType: String(going),
    back: overlay,
    lines: [
      `On ${name}, as soon as the scheduler follows ${policies.length === 1 ? 'it' : 'them'}, and others as time passes. Replicas stay.`,
      ...lines,
    ],
    run: go,
  });
}

function refuse(app: App, why: string): void {
  if (app.store.getState().overlay?.kind === 'form')
    complainInForm(app, `${why} Turn it off to save it now.`);
  else tell(app, 'warn', `${why} R looks.`);
}
