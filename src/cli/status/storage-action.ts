/** What `btrfleet storage` does: looks at the filesystems of all servers at once and tells how they are. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { usedBy } from '../../core/model/storage.ts';
import { gapSteps, gapWords } from '../../core/plan/storage/gaps.ts';
import { serverNamed } from '../../core/run/ground/fleet.ts';
import { LONGEST_BUDGET } from '../../core/run/storage/measure-sizes.ts';
import { type FilesystemState, lookAtStorages, type ServerStorage } from '../../core/run/storage/storage.ts';
import { type ExitCode, formatFault, indented } from '../../process/output.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import type { ActionContext } from '../frame/action.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import { warningRow } from './rows.ts';
import { subvolumeSizes } from './subvolume-sizes.ts';

export interface StorageOptions {
  readonly server?: string;
  readonly subvolume?: string;
  readonly budget: string;
  readonly fresh?: boolean;
}

export async function storage(context: ActionContext, options: StorageOptions): Promise<ExitCode> {
  const { fleet, out } = context;
  const budget = wholeNumber(options.budget, 1, LONGEST_BUDGET);
  if (budget === null) {
    return out.fault(
      fault(
        'usage',
        `--budget ${options.budget} is no number of seconds from 1 to ${LONGEST_BUDGET} (a week).`,
        'For example --budget 60.',
      ),
    );
  }
  if (options.server !== undefined) {
    const server = serverNamed(fleet, options.server);
    if (!server.ok) return out.fault(server.fault);
  }
  return options.subvolume === undefined
    ? filesystems(context, options.server ?? null)
    : subvolumeSizes(context, options.subvolume, options.server ?? null, {
        budgetSeconds: budget,
        fresh: options.fresh === true,
      });
}

async function filesystems({ fleet, out, signal }: ActionContext, only: string | null): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const names = config.value.config.servers
    .map(({ name }) => name)
    .filter((name) => only === null || name === only);
  const looked = await lookAtStorages(fleet, names, signal);
  const rows = looked.flatMap(rowsOf);
  out.result(rows, rows.length === 0 ? 'There are no filesystems to look at.' : tableOf(rows));
  for (const one of looked) {
    if (one.fault) out.note(formatFault(one.fault));
    for (const { warnings, unchecked } of one.filesystems) {
      for (const warning of warnings) out.note(`${warning.message}\n  ${warning.hint}`);
      // A server that could not be looked at has said why.
      if (one.fault !== null) continue;
      for (const { message, hint } of gapSteps(unchecked)) out.note(`${message}\n  ${indented(hint, '  ')}`);
    }
  }
  return rows.every(isFine) ? 0 : 1;
}

/** A warning is worth telling; it is no failure of a check. */
const isFine = ({ fault: why, warnings, unchecked }: StorageRow): boolean =>
  why === null && unchecked.length === 0 && warnings.every(({ level }) => level !== 'bad');

/** A server that could not be looked at has its last known filesystems with the reason, or one row that says so. */
function rowsOf({ server, filesystems: known, fault: why }: ServerStorage): StorageRow[] {
  if (known.length === 0) return why === null ? [] : [{ ...EMPTY, server, fault: why }];
  return known.map((state) => ({ ...rowOf(state), fault: why }));
}

/** Of a server that was never seen nothing is known of any filesystem. */
type StorageRow = (ReturnType<typeof rowOf> | (typeof EMPTY & { readonly server: string })) & {
  /** Why the server could not be looked at: then all is as it was last seen. */
  readonly fault: Fault | null;
};

const EMPTY = {
  mount: null,
  uuid: null,
  totalBytes: null,
  usedBytes: null,
  freeBytes: null,
  dataBytes: null,
  metadataBytes: null,
  systemBytes: null,
  unallocatedBytes: null,
  growthBytesPerDay: null,
  fullInDays: null,
  deviceErrors: null,
  scrub: null,
  quotas: null,
  seenAt: null,
  warnings: [],
  unchecked: [],
} as const;

const rowOf = ({
  server,
  filesystem,
  storage: look,
  trend,
  seenAt,
  warnings,
  unchecked,
}: FilesystemState) => ({
  server,
  mount: filesystem.mount,
  uuid: filesystem.uuid,
  totalBytes: filesystem.space.sizeBytes,
  usedBytes: filesystem.space.usedBytes,
  freeBytes: filesystem.space.freeBytes,
  dataBytes: usedBy(look, 'data'),
  metadataBytes: usedBy(look, 'metadata'),
  systemBytes: usedBy(look, 'system'),
  unallocatedBytes: look?.usage.ok === true ? look.usage.value.unallocatedBytes : null,
  growthBytesPerDay: trend === null ? null : Math.round(trend.bytesPerDay),
  fullInDays:
    trend?.fullInDays === undefined || trend.fullInDays === null ? null : Math.round(trend.fullInDays),
  deviceErrors: look?.devices.ok === true ? look.devices.value : null,
  scrub: look?.scrub.ok === true ? look.scrub.value : null,
  quotas: look?.qgroups.ok === true ? look.qgroups.value !== null : null,
  seenAt,
  warnings: warnings.map(warningRow),
  unchecked,
});

const tableOf = (rows: readonly StorageRow[]): string =>
  formatTable(
    [
      { title: 'SERVER' },
      { title: 'MOUNT' },
      { title: 'SIZE', align: 'right' },
      { title: 'USED', align: 'right' },
      { title: 'FREE', align: 'right' },
      { title: 'DATA', align: 'right' },
      { title: 'METADATA', align: 'right' },
      { title: 'FULL IN', align: 'right' },
      { title: 'STATE' },
    ],
    rows.map((row) => [
      row.server,
      formatName(row.mount ?? '-'),
      formatBytes(row.totalBytes),
      formatBytes(row.usedBytes),
      formatBytes(row.freeBytes),
      formatBytes(row.dataBytes),
      formatBytes(row.metadataBytes),
      row.fullInDays === null ? '-' : `about ${row.fullInDays} d`,
      stateOf(row),
    ]),
  );

function stateOf({ fault: why, warnings, unchecked }: StorageRow): string {
  if (why !== null) return 'could not check: as last seen';
  const worst = warnings.some(({ level }) => level === 'bad') ? 'BAD' : 'warning';
  const gaps = unchecked.length === 0 ? [] : [`could not check: ${gapWords(unchecked)}`];
  const told = [...(warnings.length === 0 ? [] : [worst]), ...gaps];
  return told.length === 0 ? 'fine' : told.join(', ');
}
