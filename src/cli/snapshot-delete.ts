/** What `btrfleet snapshot delete` does: it shows exactly what would go, asks, and deletes what was shown, by uuid. */
import { type Fault, fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { listSnapshots } from '../core/run/list-snapshots.ts';
import { formatName } from '../text/format.ts';
import type { ActionContext } from './action.ts';
import { confirm } from './ask.ts';
import { type ExitCode, formatFault } from './output.ts';
import { runNow } from './run-now.ts';
import type { DeleteOptions } from './snapshot.ts';

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
  const chosen = choose(listed.value.snapshots, [...new Set(names)], subvolume, server);
  if (!chosen.ok) return out.fault(chosen.fault);
  const text = `These snapshots on ${server} will be deleted for good:\n${chosen.value.map(describe).join('\n')}`;
  if (options.dryRun) {
    out.result(
      chosen.value.map(({ name, path }) => ({ name, path, status: 'planned', fault: null })),
      `${text}\nNothing was deleted: --dry-run.`,
    );
    return 0;
  }
  const refused = await confirm(text, options.yes === true);
  if (refused) return out.fault(refused);
  const snapshots = chosen.value.map(({ name, uuid }) => ({ name, uuid }));
  const report = await runNow(context, {
    kind: 'delete',
    subvolume,
    server: options.server ?? null,
    snapshots,
  });
  if (report.kind === 'fault') return out.fault(report.fault);
  if (report.kind !== 'delete') return 1;
  const deleted = report.results.filter((one) => one.status === 'deleted');
  out.result(report.results, deleted.map(({ path }) => `deleted ${formatName(path)}`).join('\n'));
  const faults = report.results.flatMap((one) => (one.fault ? [one.fault] : []));
  for (const why of faults) out.note(formatFault(why));
  if (faults.length === 0) return 0;
  return faults.every(isRefusal) ? 3 : 1;
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
          `Nothing was deleted. "btrfleet snapshot list ${subvolume} --server ${server}" shows what there is.`,
          { server },
        ),
      );
    }
    chosen.push(found);
  }
  return ok(chosen);
}

const isRefusal = ({ code }: Fault): boolean => code === 'held' || code === 'foreign-snapshot';

const describe = ({ path, state }: Snapshot): string =>
  `  ${formatName(path)}${state === 'complete' ? '' : ` (${state})`}`;
