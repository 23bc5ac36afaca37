/** The question before a clean-up: it lists exactly what goes, and what was listed is the most that goes. */
import type { RetentionPlan, RetentionRules } from '../../core/model/retention.ts';
import type { ChosenSnapshot } from '../../core/model/snapshot.ts';
import { goingBy } from '../../core/plan/retention/cleanup.ts';
import { type App, ask } from '../../store/app.ts';
import { cleanUpSnapshots } from '../../store/snapshot-actions.ts';
import { formatName } from '../../text/format.ts';
import { keptUnknowing, planNow } from './cleanup-preview.ts';

/** More than so many, and the count must be typed. */
const MANY = 10;

/** Asks; or says why there is nothing to ask. */
export function askCleanup(app: App, path: string, server: string, rules: RetentionRules): string | null {
  const plan = planNow(app, path, rules);
  if (!plan.ok) return `${plan.fault.message} ${plan.fault.hint}`;
  const going = goingBy(plan.value, null);
  if (going.length === 0) return whyNothing(plan.value);
  const frozen: ChosenSnapshot[] = going.map(({ name, uuid }) => ({ name, uuid }));
  ask(app, {
    title: `Delete ${going.length === 1 ? 'this snapshot' : `these ${going.length} snapshots`} of ${formatName(path)} for good?`,
    mustType: going.length > MANY ? String(going.length) : null,
    lines: [
      ...aboveList(plan.value, server, going.length),
      ...going.map(({ name }) => `  ${formatName(name)}`),
    ],
    run: () => cleanUpSnapshots(app, path, rules, frozen),
  });
  return null;
}

function whyNothing(plan: RetentionPlan): string {
  const why = keptUnknowing(plan);
  return why === null ? 'Nothing would go by these rules.' : `Nothing would go: ${why}.`;
}

const aboveList = ({ answers }: RetentionPlan, server: string, going: number): string[] => [
  `On ${server}; replicas on other servers stay, and ${answers.length - going} here.`,
  'Every server is looked at once more; at most these go:',
];
