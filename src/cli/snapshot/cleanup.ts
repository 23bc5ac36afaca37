/** What `btrfleet snapshot cleanup` does: it shows what the rules keep, why, and what they let go; asks; and does it. */
import type { RetentionRules } from '../../core/model/retention.ts';
import type { CleanupReport } from '../../core/model/runs/cleanup.ts';
import type { ReportOf } from '../../core/model/runs/run.ts';
import { type ChosenSnapshot, isSnapshotName } from '../../core/model/snapshot.ts';
import { goingBy, keptRows } from '../../core/plan/retention/cleanup.ts';
import { lookAndPlan } from '../../core/run/deletion/plan-cleanup.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { managerTimeZone } from '../../process/time-zone.ts';
import { formatAge, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { retentionRules } from '../choices/retention.ts';
import type { RetentionOptions } from '../choices/retention-options.ts';
import type { ActionContext } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';

export interface CleanupOptions extends RetentionOptions {
  readonly server?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export async function snapshotCleanup(
  context: ActionContext,
  subvolume: string,
  options: CleanupOptions,
): Promise<ExitCode> {
  const rules = retentionRules(options, managerTimeZone());
  if (!rules.ok) return context.out.fault(rules.fault);
  return cleanUpBy(context, { subvolume, server: options.server ?? null, rules: rules.value }, options);
}

interface Wanted {
  readonly subvolume: string;
  /** Null: the primary. */
  readonly server: string | null;
  readonly rules: RetentionRules;
}

/** `item`: the policy it is a run of. */
export async function cleanUpBy(
  context: ActionContext,
  wanted: Wanted,
  { yes, dryRun }: Pick<CleanupOptions, 'yes' | 'dryRun'>,
  item: string | null = null,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  if (yes && !dryRun) return carryOut(context, wanted, null, item);
  const planned = await lookAndPlan(fleet, wanted, signal);
  if (!planned.ok) return out.fault(planned.fault);
  const { host, plan } = planned.value;
  const going = goingBy(plan, null).map(({ name, uuid }) => ({ name, uuid }));
  const report: CleanupReport = {
    subvolume: wanted.subvolume,
    server: host.server.name,
    kept: keptRows(plan, null),
    deleted: going.map(({ name }) => ({ name })),
    failed: [],
  };
  const table = tableOf(report, fleet.clock.now(), 'delete');
  if (dryRun) {
    out.result(report, `${table}\n${wouldGo(report)} Nothing was deleted: --dry-run.`);
    return 0;
  }
  const refused = await confirm(`${table}\n${wouldGo(report)}`, false, signal);
  return refused ? out.fault(refused) : carryOut(context, wanted, going, item);
}

const wouldGo = ({ deleted, kept, server }: CleanupReport): string =>
  deleted.length === 0
    ? `Nothing on ${server} will be deleted.`
    : `On ${server} ${deleted.length} will be deleted for good, ${kept.length} kept.`;

/** `only`: what was shown, when somebody was asked. */
async function carryOut(
  context: ActionContext,
  { subvolume, server, rules }: Wanted,
  only: readonly ChosenSnapshot[] | null,
  item: string | null,
): Promise<ExitCode> {
  const { out, fleet } = context;
  const show = (ended: ReportOf<'cleanup'>): ExitCode => {
    const { kind: _, ...report } = ended;
    const { kept, deleted, failed } = report;
    const counts = `On ${report.server} ${deleted.length} deleted, ${kept.length} kept.`;
    out.result(report, `${tableOf(report, fleet.clock.now(), 'deleted')}\n${counts}`);
    for (const { fault } of failed) out.note(formatFault(fault));
    return exitCodeOf(ended);
  };
  return runNow(
    context,
    { kind: 'cleanup', subvolume, server, mount: null, into: null, rules, only },
    show,
    item,
  );
}

/** Oldest first, as in a list of snapshots; the reasons last, so that nothing stands behind what has no width. */
export function tableOf({ kept, deleted, failed }: CleanupReport, now: number, gone: string): string {
  const rows = [
    ...kept.map(({ name, reasons }) => ({ name, verdict: 'keep', why: reasons.join(', ') })),
    ...deleted.map(({ name }) => ({ name, verdict: gone, why: '' })),
    ...failed.map(({ name, fault }) => ({ name, verdict: 'FAILED', why: fault.code })),
  ];
  if (rows.length === 0) return 'There are no snapshots.';
  return formatTable(
    [{ title: 'SNAPSHOT' }, { title: 'AGE', align: 'right' }, { title: 'VERDICT' }, { title: 'WHY' }],
    rows
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, verdict, why }) => [
        formatName(name),
        formatAge(isSnapshotName(name) ? name : null, now),
        verdict === 'keep' && gone === 'deleted' ? 'kept' : verdict,
        why,
      ]),
  );
}
