/** What `btrfleet snapshot create|list|hold|release` do: they call core and tell what came of it. */
import { type RunOutcome, type SnapshotReport, snapshotByHand } from '../core/model/run.ts';
import type { Hold, Snapshot } from '../core/model/snapshot.ts';
import { outcomeOf } from '../core/run/execute.ts';
import { holdSnapshot, releaseSnapshot } from '../core/run/hold.ts';
import { listSnapshots } from '../core/run/list-snapshots.ts';
import { formatAge, formatName } from '../text/format.ts';
import { formatTable } from '../text/table.ts';
import { type ActionContext, tell } from './action.ts';
import { type ExitCode, formatFault } from './output.ts';
import { runNow } from './run-now.ts';
import { formatSnapshots, snapshotFailures } from './snapshot-report.ts';

export const snapshotCreate = (
  context: ActionContext,
  subvolumes: readonly string[],
  group: boolean,
): Promise<ExitCode> => makeSnapshots(context, snapshotByHand(subvolumes, group));

/** `item`: the policy it is a run of. */
export async function makeSnapshots(
  context: ActionContext,
  request: ReturnType<typeof snapshotByHand>,
  item: string | null = null,
): Promise<ExitCode> {
  const { out } = context;
  const show = (report: { readonly kind: 'snapshot' } & SnapshotReport): ExitCode => {
    const { snapshots, spreadSeconds, failed, already, hooks, tasks } = report;
    const text = formatSnapshots(report, request.group);
    out.result({ snapshots, spreadSeconds, failed, already, hooks, tasks }, text);
    for (const fault of snapshotFailures(report)) out.note(formatFault(fault));
    return EXIT_CODES[outcomeOf(report)];
  };
  return runNow(context, request, show, item);
}

const EXIT_CODES: Readonly<Record<RunOutcome, ExitCode>> = {
  ok: 0,
  failed: 1,
  cancelled: 130,
  interrupted: 1,
};

export interface ListedRow extends Omit<Snapshot, 'readOnly'> {
  readonly held: boolean;
  readonly note: string | null;
  /** Null: not known; it costs a walk over every file where quotas are off. */
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
}

export async function snapshotList(
  { fleet, out, signal }: ActionContext,
  subvolume: string,
  server: string | null,
): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const { holds } = config.value.config;
  return tell(out, await listSnapshots(fleet, subvolume, server, signal), ({ snapshots }) => {
    const rows = snapshots.map((snapshot) => toRow(snapshot, holds));
    out.result(rows, rows.length === 0 ? noSnapshots(subvolume, server) : tableOf(rows, fleet.clock.now()));
    return 0;
  });
}

function toRow({ readOnly: _, ...snapshot }: Snapshot, holds: readonly Hold[]): ListedRow {
  const hold = holds.find((one) => one.originId === snapshot.originId);
  return {
    ...snapshot,
    held: hold !== undefined,
    note: hold?.note ?? null,
    referencedBytes: null,
    exclusiveBytes: null,
  };
}

/** Without the path: it is the directory and the name, and would not fit beside them. */
export function tableOf(rows: readonly ListedRow[], now: number): string {
  const noted = rows.some(({ note }) => note !== null);
  return formatTable(
    [
      { title: 'SNAPSHOT' },
      { title: 'AGE', align: 'right' },
      { title: 'STATE' },
      { title: 'HELD' },
      { title: 'DIRECTORY' },
      ...(noted ? [{ title: 'NOTE' }] : []),
    ],
    rows.map((row) => [
      formatName(row.name),
      formatAge(row.createdAt, now),
      row.state,
      row.held ? 'held' : '',
      formatName(row.path.slice(0, -row.name.length - 1) || '/'),
      ...(noted ? [formatName(row.note ?? '')] : []),
    ]),
  );
}

const noSnapshots = (subvolume: string, server: string | null): string =>
  server === null
    ? `${formatName(subvolume)} has no snapshots. Make one: btrfleet snapshot create ${formatName(subvolume)}`
    : `${formatName(subvolume)} has no replicas on ${server}. Send one: btrfleet replicate auto ${formatName(subvolume)} --to ${server}`;

export async function snapshotHold(
  { fleet, out }: ActionContext,
  subvolume: string,
  name: string,
  note: string | null,
): Promise<ExitCode> {
  return tell(out, await holdSnapshot(fleet, { subvolume, name, note }), (hold) => {
    out.result(
      { ...hold, held: true },
      `${hold.name} of ${formatName(subvolume)} is held, here and on every server`,
    );
    return 0;
  });
}

export async function snapshotRelease(
  { fleet, out }: ActionContext,
  subvolume: string,
  name: string,
): Promise<ExitCode> {
  return tell(out, releaseSnapshot(fleet, { subvolume, name }), (hold) => {
    out.result({ ...hold, held: false }, `${hold.name} of ${formatName(subvolume)} is released`);
    return 0;
  });
}
