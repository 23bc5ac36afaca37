/** What `btrfleet snapshot delete` does: it shows exactly what would go, asks, and deletes what was shown, by uuid. */
import { command } from '../core/model/command-line.ts';
import { type Fault, fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { whyKept } from '../core/plan/why-kept.ts';
import { listSnapshots } from '../core/run/list-snapshots.ts';
import { formatName } from '../text/format.ts';
import type { ActionContext } from './action.ts';
import { confirm } from './ask.ts';
import { type ExitCode, formatFault, type Output } from './output.ts';
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
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const { holds } = config.value.config;
  const planned = chosen.value.map((snapshot) => ({ snapshot, fault: whyKept(snapshot, server, holds) }));
  const going = planned.filter((one) => one.fault === null).map(({ snapshot }) => snapshot);
  const text =
    going.length === 0
      ? `Nothing on ${server} will be deleted.`
      : `These snapshots on ${server} will be deleted for good:\n${going.map(describe).join('\n')}`;
  if (options.dryRun) {
    out.result(
      planned.map(({ snapshot: { name, path }, fault: why }) => ({
        name,
        path,
        status: why ? 'failed' : 'planned',
        fault: why,
      })),
      `${text}\nNothing was deleted: --dry-run.`,
    );
    return tellRefusals(
      out,
      planned.map((one) => one.fault),
    );
  }
  const refused = await confirm(text, options.yes === true, signal);
  if (refused) return out.fault(refused);
  const snapshots = chosen.value.map(({ name, uuid }) => ({ name, uuid }));
  const request = { kind: 'delete', subvolume, server: options.server ?? null, snapshots } as const;
  return runNow(context, request, ({ results }) => {
    const deleted = results.filter((one) => one.status === 'deleted');
    out.result(results, deleted.map(({ path }) => `deleted ${formatName(path)}`).join('\n'));
    return tellRefusals(
      out,
      results.map((one) => one.fault),
    );
  });
}

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

const isRefusal = ({ code }: Fault): boolean => code === 'held' || code === 'foreign-snapshot';

const describe = ({ path, state }: Snapshot): string =>
  `  ${formatName(path)}${state === 'complete' ? '' : ` (${state})`}`;
