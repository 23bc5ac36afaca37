/** Decides what is said above the lists of automation: how many there are, and whether anybody does what is due. */
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import type { AutomationTab } from '../shared/tabs.ts';

const WHAT: Readonly<Record<AutomationTab, readonly [one: string, many: string]>> = {
  snapshots: ['snapshot policy', 'snapshot policies'],
  retention: ['retention policy', 'retention policies'],
  tasks: ['replication task', 'replication tasks'],
  verify: ['comparison policy', 'comparison policies'],
};

export function headLines(state: AppState, tab: AutomationTab): Line[] {
  const all = {
    snapshots: state.snapshotPolicies,
    retention: state.retentionPolicies,
    tasks: state.tasks,
    verify: state.verifyPolicies,
  }[tab];
  const [one, many] = WHAT[tab];
  const head: Line = [
    span(` ${all.length} ${all.length === 1 ? one : many}`, 'title'),
    span(schedulerText(state), 'dim'),
  ];
  return [head, ...warnings(state).flatMap((text) => warning(text, state))];
}

function schedulerText({ automation }: AppState): string {
  if (automation === null) return ', reading the journal …';
  const { scheduler } = automation;
  if (scheduler === null) return '';
  const { holder } = scheduler;
  return holder === null
    ? ', the scheduler runs'
    : `, the scheduler runs: pid ${holder.pid} on ${formatName(holder.host)}`;
}

function warnings(state: AppState): string[] {
  const { automation, history, now } = state;
  const { trouble } = history;
  return [
    ...(trouble === null
      ? []
      : [
          `STALE: the journal was not read for ${coarseAge(new Date(trouble.since).toISOString(), now)}, R reads again: ${trouble.fault.message}`,
        ]),
    ...(automation !== null && automation.scheduler === null && isAnythingOn(state)
      ? ['No scheduler runs, so nothing is done by itself: "btrfleet setup-service" tells how to start it']
      : []),
  ];
}

const isAnythingOn = ({ snapshotPolicies, retentionPolicies, verifyPolicies, tasks }: AppState): boolean =>
  [...snapshotPolicies, ...retentionPolicies, ...verifyPolicies, ...tasks].some(({ enabled }) => enabled);

const warning = (text: string, { size }: AppState): Line[] =>
  wrapped(` ▲ ${formatName(text)}`, size.columns - 1, 'warn').slice(0, 2);
