/** What `btrfleet snapshot delete` does: it shows exactly what would go, asks, and deletes what was shown, by uuid. */
import { command } from '../../core/model/command-line.ts';
import { type Fault, type FaultCode, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import { type DeletionRow, planDeletion } from '../../core/run/deletion/plan-deletion.ts';
import { listSnapshots } from '../../core/run/looks/list-snapshots.ts';
import { type ExitCode, formatFault, type Output } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import type { ActionContext } from '../frame/action.ts';
import { confirm } from '../frame/ask.ts';
import { runNow } from '../frame/run-now.ts';

export interface DeleteOptions {
  readonly server?: string;
  readonly allowLastBase?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export async function snapshotDelete(
  context: ActionContext,
  subvolume: string,
  names: readonly string[],
  options: DeleteOptions,
): Promise<ExitCode> {
  const { fleet, out, signal } = context;
  const listed = await listSnapshots(fleet, subvolume, options.server ?? null, signal);
  if (!listed.ok) return out.fault(listed.fault);
  const server = listed.value.host.server.name;
  const chosen = choose(
    [...listed.value.snapshots, ...listed.value.replaced],
    [...new Set(names)],
    subvolume,
    server,
  );
  if (!chosen.ok) return out.fault(chosen.fault);
  const request = {
    ...({ kind: 'delete', subvolume, server: options.server ?? null } as const),
    snapshots: chosen.value.map(({ name, uuid }) => ({ name, uuid })),
    allowLastBase: options.allowLastBase === true,
  };
  const planned = await planDeletion(fleet, request, signal);
  if (!planned.ok) return out.fault(planned.fault);
  const { rows, unknown } = planned.value;
  const text = planText(rows, server);
  if (unknown.length > 0 && rows.some(goes)) out.note(unknownText(unknown));
  if (options.dryRun) {
    const shown = rows.map(({ name, snapshot, fault: why, lastBaseOf }) => ({
      ...{ name, path: snapshot?.path ?? '', status: why ? 'failed' : 'planned', fault: why, lastBaseOf },
    }));
    out.result(shown, `${text}\nNothing was deleted: --dry-run.`);
    return tellRefusals(
      out,
      rows.map((one) => one.fault),
    );
  }
  const refused = await confirm(text, options.yes === true, signal);
  if (refused) return out.fault(refused);
  return runNow(context, request, ({ results }) => {
    const deleted = results.filter((one) => one.status === 'deleted');
    const lastBases = new Map(rows.map(({ snapshot, lastBaseOf }) => [snapshot?.path, lastBaseOf]));
    out.result(
      results.map((one) => ({ ...one, lastBaseOf: lastBases.get(one.path) ?? [] })),
      deleted.map(({ path }) => `deleted ${formatName(path)}`).join('\n'),
    );
    return tellRefusals(
      out,
      results.map((one) => one.fault),
    );
  });
}

const goes = ({ fault: why, snapshot }: DeletionRow): boolean => why === null && snapshot !== null;

function planText(rows: readonly DeletionRow[], server: string): string {
  const going = rows.filter(goes);
  return going.length === 0
    ? `Nothing on ${server} will be deleted.`
    : `These snapshots on ${server} will be deleted for good:\n${going.map(describe).join('\n')}`;
}

const unknownText = (targets: readonly string[]): string =>
  `What ${targets.map(formatName).join(', ')} holds is not known: what is deleted may be the last that it has in common, and its next replication would send everything.`;

/** What was not deleted, and why; 3 when all of it was refused and nothing went wrong. */
function tellRefusals(out: Output, faults: readonly (Fault | null)[]): ExitCode {
  const told = faults.filter((why) => why !== null);
  for (const why of told) out.note(formatFault(why));
  if (told.length === 0) return 0;
  return told.every(isRefusal) ? 3 : 1;
}

/** All that were named, or a fault: a mistyped name stops the whole before anything is deleted. */
function choose(
  snapshots: readonly Snapshot[],
  names: readonly string[],
  subvolume: string,
  server: string,
): Result<Snapshot[]> {
  const chosen: Snapshot[] = [];
  for (const name of names) {
    const found = snapshots.find((snapshot) => snapshot.name === name);
    if (!found) {
      return failed(
        fault(
          'no-such-snapshot',
          `${subvolume} has no snapshot ${name} on ${server}.`,
          `Nothing was deleted. "${command('snapshot', 'list', subvolume, '--server', server)}" shows what there is.`,
          { server },
        ),
      );
    }
    chosen.push(found);
  }
  return ok(chosen);
}

const REFUSALS: ReadonlySet<FaultCode> = new Set(['held', 'foreign-snapshot', 'last-base']);

const isRefusal = ({ code }: Fault): boolean => REFUSALS.has(code);

function describe({ snapshot, lastBaseOf }: DeletionRow): string {
  if (!snapshot) return '';
  const { path, state } = snapshot;
  const last =
    lastBaseOf.length === 0
      ? ''
      : ` (the last in common with ${lastBaseOf.map(formatName).join(', ')}: the next replication there sends everything)`;
  return `  ${formatName(path)}${state === 'complete' ? '' : ` (${state})`}${last}`;
}
