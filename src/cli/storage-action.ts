/** What `btrfleet storage` does: looks at all servers at once, or measures one subvolume, and tells it. */
import { type Fault, fault } from '../core/model/fault.ts';
import type { Allocation, DeviceErrors, FilesystemStorage, ScrubState } from '../core/model/storage.ts';
import type { StorageWarning } from '../core/plan/storage-warnings.ts';
import { serverNamed } from '../core/run/fleet.ts';
import { type FilesystemState, lookAtStorages, type ServerStorage } from '../core/run/storage.ts';
import { type SubvolumeStorage, subvolumeStorage } from '../core/run/subvolume-storage.ts';
import { formatBytes, formatName } from '../text/format.ts';
import { formatTable } from '../text/table.ts';
import { type ActionContext, tell } from './action.ts';
import { type ExitCode, formatFault } from './output.ts';
import type { StorageOptions } from './storage.ts';
import { wholeNumber } from './whole-number.ts';

export async function storage(context: ActionContext, options: StorageOptions): Promise<ExitCode> {
  const { fleet, out } = context;
  const budget = wholeNumber(options.budget, 1);
  if (budget === null) {
    return out.fault(
      fault('usage', `--budget ${options.budget} is no number of seconds.`, 'For example --budget 60.'),
    );
  }
  if (options.server !== undefined) {
    const server = serverNamed(fleet, options.server);
    if (!server.ok) return out.fault(server.fault);
  }
  return options.subvolume === undefined
    ? filesystems(context, options.server ?? null)
    : subvolume(context, options.subvolume, options.server ?? null, budget);
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
    for (const { warnings } of one.filesystems)
      for (const warning of warnings) out.note(`${warning.message}\n  ${warning.hint}`);
  }
  return looked.some(({ fault: why }) => why !== null) ? 1 : 0;
}

/** A server that could not be looked at has its last known filesystems with the reason, or one row that says so. */
function rowsOf({ server, filesystems: known, fault: why }: ServerStorage): StorageRow[] {
  if (known.length === 0) return why === null ? [] : [{ ...EMPTY, server, fault: why }];
  return known.map((state) => ({ ...rowOf(state), fault: why }));
}

interface StorageRow {
  readonly server: string;
  readonly mount: string | null;
  readonly uuid: string | null;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
  readonly dataBytes: number | null;
  readonly metadataBytes: number | null;
  readonly systemBytes: number | null;
  readonly unallocatedBytes: number | null;
  readonly growthBytesPerDay: number | null;
  readonly fullInDays: number | null;
  readonly deviceErrors: readonly DeviceErrors[] | null;
  readonly scrub: ScrubState | null;
  /** Null: not known. */
  readonly quotas: boolean | null;
  readonly seenAt: string | null;
  readonly warnings: readonly StorageWarning[];
  readonly fault: Fault | null;
}

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
} as const;

const rowOf = ({
  server,
  filesystem,
  storage: look,
  trend,
  seenAt,
  warnings,
}: FilesystemState): Omit<StorageRow, 'fault'> => ({
  server,
  mount: filesystem.mount,
  uuid: filesystem.uuid,
  totalBytes: filesystem.space.sizeBytes,
  usedBytes: filesystem.space.usedBytes,
  freeBytes: filesystem.space.freeBytes,
  dataBytes: usedOf(look, 'data'),
  metadataBytes: usedOf(look, 'metadata'),
  systemBytes: usedOf(look, 'system'),
  unallocatedBytes: look?.usage.ok === true ? look.usage.value.unallocatedBytes : null,
  growthBytesPerDay: trend === null ? null : Math.round(trend.bytesPerDay),
  fullInDays:
    trend?.fullInDays === undefined || trend.fullInDays === null ? null : Math.round(trend.fullInDays),
  deviceErrors: look?.devices.ok === true ? look.devices.value : null,
  scrub: look?.scrub.ok === true ? look.scrub.value : null,
  quotas: look?.qgroups.ok === true ? look.qgroups.value !== null : null,
  seenAt,
  warnings,
});

/** Null: not known. */
function usedOf(look: FilesystemStorage | null, kind: Allocation['kind']): number | null {
  if (look?.usage.ok !== true) return null;
  return look.usage.value.allocations
    .filter((one) => one.kind === kind)
    .reduce((sum, { usedBytes }) => sum + usedBytes, 0);
}

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

function stateOf({ fault: why, warnings, dataBytes }: StorageRow): string {
  if (why !== null) return 'could not check: as last seen';
  if (warnings.length > 0) return warnings.some(({ level }) => level === 'bad') ? 'BAD' : 'warning';
  return dataBytes === null ? 'could not check in full' : 'fine';
}

async function subvolume(
  { fleet, out, signal }: ActionContext,
  path: string,
  server: string | null,
  budgetSeconds: number,
): Promise<ExitCode> {
  const onProgress = (done: number, total: number): void => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${done} of ${total} measured${done === total ? '\n' : ''}`);
  };
  return tell(
    out,
    await subvolumeStorage(fleet, path, server, { signal, budgetSeconds, onProgress }),
    (found) => {
      out.result(documentOf(found), textOf(found));
      if (found.fault) out.note(formatFault(found.fault));
      return found.fault === null ? 0 : 1;
    },
  );
}

const documentOf = ({
  server,
  subvolume: path,
  live,
  snapshots,
  efficiency,
  fault: why,
}: SubvolumeStorage) => ({
  server,
  subvolume: path,
  referencedBytes: live?.referencedBytes ?? null,
  exclusiveBytes: live?.exclusiveBytes ?? null,
  snapshotOverheadBytes: efficiency?.snapshotOverheadBytes ?? null,
  efficiency: efficiency?.efficiency ?? null,
  source: live?.source ?? null,
  snapshots: snapshots.map(({ snapshot, size }) => ({
    name: snapshot.name,
    uuid: snapshot.uuid,
    referencedBytes: size?.referencedBytes ?? null,
    exclusiveBytes: size?.exclusiveBytes ?? null,
    source: size?.source ?? null,
    measuredAt: size?.measuredAt ?? null,
  })),
  fault: why,
});

const SOURCES = { qgroups: 'from quota groups', du: 'by walking over all files' } as const;

function textOf({ server, subvolume: path, live, snapshots, efficiency }: SubvolumeStorage): string {
  const head = [
    `${formatName(path)} on ${server}${live === null ? '' : `, ${SOURCES[live.source]}`}`,
    `  referenced          ${formatBytes(live?.referencedBytes ?? null)}`,
    `  exclusive           ${formatBytes(live?.exclusiveBytes ?? null)}`,
    `  snapshots hold      ${efficiency === null ? 'not known' : `at least ${formatBytes(efficiency.snapshotOverheadBytes)} more`}`,
    `  saved by sharing    ${shareText(efficiency?.efficiency ?? null)}`,
  ];
  const table = formatTable(
    [{ title: 'SNAPSHOT' }, { title: 'REFERENCED', align: 'right' }, { title: 'EXCLUSIVE', align: 'right' }],
    snapshots.map(({ snapshot, size }) => [
      formatName(snapshot.name),
      formatBytes(size?.referencedBytes ?? null),
      formatBytes(size?.exclusiveBytes ?? null),
    ]),
  );
  return [...head, ...(snapshots.length === 0 ? ['It has no snapshots.'] : [table])].join('\n');
}

const shareText = (share: number | null): string =>
  share === null ? 'not known' : `${(share * 100).toFixed(1)} % of what full copies would take`;
