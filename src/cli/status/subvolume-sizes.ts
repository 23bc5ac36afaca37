/** What `btrfleet storage --subvolume` does: measures one subvolume and its snapshots, and tells it. */
import { ageOf } from '../../core/model/clock.ts';
import type { MeasuredSize } from '../../core/model/storage.ts';
import type { MeasureOptions } from '../../core/run/storage/measure-sizes.ts';
import { type SubvolumeStorage, subvolumeStorage } from '../../core/run/storage/subvolume.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { span } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';

/** `server` null: the primary. */
export async function subvolumeSizes(
  { fleet, out, signal }: ActionContext,
  path: string,
  server: string | null,
  options: Pick<MeasureOptions, 'budgetSeconds' | 'fresh'>,
): Promise<ExitCode> {
  const onProgress = (done: number, total: number): void => {
    if (out.progress.isTTY) out.progress.write(`\r${done} of ${total} measured${done === total ? '\n' : ''}`);
  };
  return tell(
    out,
    await subvolumeStorage(fleet, path, server, { ...options, signal, onProgress }),
    (found) => {
      out.result(documentOf(found), textOf(found, fleet.clock.now()));
      if (found.quotaFault) out.note(`${found.quotaFault.message}\n  ${found.quotaFault.hint}`);
      if (found.beingDeleted) out.note(DELETING(found.beingDeleted));
      if (found.fault) out.note(formatFault(found.fault));
      return found.fault === null ? 0 : 1;
    },
  );
}

const DELETING = (count: number): string =>
  `${count} deleted ${count === 1 ? 'subvolume is' : 'subvolumes are'} still being given back there, so snapshots may hold more alone than this.\n  Ask again in a minute.`;

const documentOf = ({
  server,
  subvolume: path,
  live,
  snapshots,
  efficiency,
  quotaFault,
  beingDeleted,
  fault: why,
}: SubvolumeStorage) => ({
  server,
  subvolume: path,
  referencedBytes: live?.referencedBytes ?? null,
  exclusiveBytes: live?.exclusiveBytes ?? null,
  snapshotOverheadBytes: efficiency?.snapshotOverheadBytes ?? null,
  efficiency: efficiency?.efficiency ?? null,
  source: live?.source ?? null,
  measuredAt: live?.measuredAt ?? null,
  snapshots: snapshots.map(({ snapshot, size }) => ({
    name: snapshot.name,
    uuid: snapshot.uuid,
    referencedBytes: size?.referencedBytes ?? null,
    exclusiveBytes: size?.exclusiveBytes ?? null,
    source: size?.source ?? null,
    measuredAt: size?.measuredAt ?? null,
  })),
  quotaFault,
  beingDeleted: beingDeleted ?? null,
  fault: why,
});

const SOURCES = { qgroups: 'quota groups', du: 'files walked' } as const;

/** `now` in milliseconds. */
function textOf(
  { server, subvolume: path, live, snapshots, efficiency }: SubvolumeStorage,
  now: number,
): string {
  const head = [
    `${formatName(path)} on ${server}${live === null ? '' : `, from ${SOURCES[live.source]}`}`,
    `  referenced          ${formatBytes(live?.referencedBytes ?? null)}`,
    `  exclusive           ${formatBytes(live?.exclusiveBytes ?? null)}`,
    `  snapshots hold      ${efficiency === null ? 'not known' : `at least ${formatBytes(efficiency.snapshotOverheadBytes)} more`}`,
    `  saved by sharing    ${shareText(efficiency?.efficiency ?? null)}`,
  ];
  const table = formatTable(
    [
      { title: 'SNAPSHOT' },
      { title: 'REFERENCED', align: 'right' },
      { title: 'EXCLUSIVE', align: 'right' },
      { title: 'FROM' },
      { title: 'MEASURED', align: 'right' },
    ],
    snapshots.map(({ snapshot, size }) => [
      formatName(snapshot.name),
      formatBytes(size?.referencedBytes ?? null),
      formatBytes(size?.exclusiveBytes ?? null),
      size === null ? '-' : SOURCES[size.source],
      ageText(size, now),
    ]),
  );
  return [...head, ...(snapshots.length === 0 ? ['It has no snapshots.'] : [table])].join('\n');
}

const ageText = (size: MeasuredSize | null, now: number): string =>
  size === null ? 'not measured' : `${span(ageOf(size.measuredAt, now))} ago`;

const shareText = (share: number | null): string =>
  share === null ? 'not known' : `${(share * 100).toFixed(1)} % of what full copies would take`;
