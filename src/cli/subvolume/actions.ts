/** What `btrfleet subvolume` does: one look at a server, told as rows. */
import { quoteWord } from '../../core/model/command-line.ts';
import type { Filesystem, Inventory, Subvolume } from '../../core/model/inventory.ts';
import { placeOf, snapshotsOf, subvolumesOf } from '../../core/plan/catalog/catalog.ts';
import { lookAt, primaryServer, serverNamed } from '../../core/run/ground/fleet.ts';
import { brokenListings, problemsOf } from '../../core/run/looks/check-servers.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';

type SubvolumeRow = ReturnType<typeof rowsOf>[number];

export async function subvolumeList(
  { fleet, out, signal }: ActionContext,
  { server: name }: { readonly server?: string },
): Promise<ExitCode> {
  const server = name === undefined ? primaryServer(fleet) : serverNamed(fleet, name);
  if (!server.ok) return out.fault(server.fault);
  return tell(out, await lookAt(fleet, server.value.name, signal), ({ inventory }) => {
    const broken = brokenListings(inventory);
    const [first] = broken;
    for (const problem of problemsOf(inventory)) out.note(formatFault(problem));
    if (first && broken.length === inventory.filesystems.length) return out.fault(first);
    const rows = inventory.filesystems.flatMap((filesystem) => rowsOf(inventory.server, filesystem));
    out.result(rows, rows.length === 0 ? nothing(inventory) : tableOf(rows));
    // One filesystem that is ill does not hide the others; nor do they hide it.
    for (const why of broken) out.note(formatFault(why));
    // What did not answer may hold more than is listed.
    const isWhole = !inventory.automounts?.some(({ holds }) => holds === 'silent');
    return broken.length > 0 || !isWhole ? 1 : 0;
  });
}

function rowsOf(server: string, filesystem: Filesystem) {
  const listed = subvolumesOf(filesystem);
  if (!listed.ok) return [];
  return listed.value.map((entry) => ({
    path: entry.absolutePath ?? entry.path,
    id: entry.id,
    uuid: entry.uuid,
    mount: entry.mount,
    readOnly: entry.readOnly,
    ...countSnapshots(server, filesystem, entry),
    reachable: entry.absolutePath !== null,
    alsoAt: entry.alsoAt ?? [],
  }));
}

/** How many it has, and how many of these others made; null: it could not be told. */
function countSnapshots(server: string, filesystem: Filesystem, entry: Subvolume) {
  const place = placeOf(server, filesystem, entry);
  const snapshots = place.ok ? snapshotsOf(place.value) : place;
  if (!snapshots.ok) return { snapshots: null, foreignSnapshots: null };
  const foreign = snapshots.value.filter(({ state }) => state === 'foreign');
  return { snapshots: snapshots.value.length, foreignSnapshots: foreign.length };
}

/** `5`, `33 (33 by others)`. */
function countText({ snapshots, foreignSnapshots }: SubvolumeRow): string {
  if (snapshots === null) return '-';
  return (foreignSnapshots ?? 0) > 0 ? `${snapshots} (${foreignSnapshots} by others)` : String(snapshots);
}

function tableOf(rows: readonly SubvolumeRow[]): string {
  const alsoAt = rows.some((row) => row.alsoAt.length > 0);
  return formatTable(
    [
      { title: 'SUBVOLUME' },
      { title: 'SNAPSHOTS', align: 'right' },
      { title: 'ID', align: 'right' },
      { title: 'MOUNT' },
      ...(alsoAt ? [{ title: 'ALSO AT' }] : []),
    ],
    rows.map((row) => [
      formatName(row.path),
      countText(row),
      String(row.id),
      row.reachable ? formatName(row.mount ?? '') : 'not mounted',
      ...(alsoAt ? [row.alsoAt.map(formatName).join(', ')] : []),
    ]),
  );
}

const nothing = ({ server, filesystems }: Inventory): string =>
  filesystems.length === 0
    ? `No btrfs filesystem is mounted on ${server}.`
    : `There are no subvolumes on ${server}; make one there with "btrfs subvolume create ${quoteWord(`${filesystems[0]?.mount ?? ''}/NAME`)}".`;
