/** What `btrfleet snapshot create|list|hold|release` do: they call core and tell what came of it. */
import { command } from '../../core/model/command-line.ts';
import type { ReportOf } from '../../core/model/runs/run.ts';
import { snapshotByHand } from '../../core/model/runs/snapshot.ts';
import { bornIdOfSnapshot, type Hold, type Snapshot } from '../../core/model/snapshot.ts';
import type { MeasuredSize } from '../../core/model/storage.ts';
import { findSubvolume } from '../../core/plan/catalog/catalog.ts';
import { nestedNote, noteText, unreachedNote } from '../../core/plan/catalog/place-notes.ts';
import { primaryServer } from '../../core/run/ground/fleet.ts';
import { listSnapshots } from '../../core/run/looks/list-snapshots.ts';
import { holdSnapshot, releaseSnapshot, withoutEndSlash } from '../../core/run/snapshots/hold.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatAge, formatBytes, formatName } from '../../text/format.ts';
import { type Column, formatTable } from '../../text/table.ts';
import { type ActionContext, tell, type YesOption } from '../frame/action.ts';
import { confirmLoss } from '../frame/confirm-loss.ts';
import { exitCodeOf, runNow } from '../frame/run-now.ts';
import { formatSnapshots, snapshotFailures } from './report.ts';

export const snapshotCreate = (
  context: ActionContext,
  subvolumes: readonly string[],
  { group = false }: { readonly group?: boolean },
): Promise<ExitCode> => makeSnapshots(context, snapshotByHand(subvolumes, group));

/** `item`: the policy it is a run of. */
export async function makeSnapshots(
  context: ActionContext,
  request: ReturnType<typeof snapshotByHand>,
  item: string | null = null,
): Promise<ExitCode> {
  const { out } = context;
  const show = (report: ReportOf<'snapshot'>): ExitCode => {
    const { snapshots, spreadSeconds, failed, already, hooks, tasks } = report;
    const text = formatSnapshots(report, request.group);
    out.result({ snapshots, spreadSeconds, failed, already, hooks, tasks }, text);
    for (const fault of snapshotFailures(report)) out.note(formatFault(fault));
    if (item === null) for (const note of nestedNotes(context, request.subvolumes)) out.note(note);
    return exitCodeOf(report);
  };
  return runNow(context, request, show, item);
}

/** As the look that was just made for them saw it. */
function nestedNotes({ fleet }: ActionContext, subvolumes: readonly string[]): string[] {
  const primary = primaryServer(fleet);
  const inventory = primary.ok ? fleet.journal.lastInventory(primary.value.name) : null;
  const places = subvolumes.flatMap((path) => {
    const found = inventory && findSubvolume(inventory, path);
    return found?.ok ? [found.value] : [];
  });
  const paths = places.map(({ path }) => path);
  return places.flatMap((place) => nestedNote(place, paths) ?? []).map(noteText);
}

const stateText = ({ state, diverged, doubt }: ListedRow): string =>
  [state, ...(diverged ? ['diverged'] : []), ...(doubt === null ? [] : ['not proven'])].join(', ');

export type ListedRow = ReturnType<typeof toRow>;

export async function snapshotList(
  { fleet, out, signal }: ActionContext,
  subvolume: string,
  { server = null }: { readonly server?: string | null },
): Promise<ExitCode> {
  const config = fleet.config.read();
  if (!config.ok) return out.fault(config.fault);
  const { holds } = config.value.config;
  return tell(out, await listSnapshots(fleet, subvolume, server, signal), ({ inventory, ...listed }) => {
    const all = [...listed.snapshots, ...listed.replaced];
    const sizes = fleet.journal.sizesOf(all.map(({ uuid }) => uuid));
    const rows = all.map((snapshot) => toRow(snapshot, holds, sizes.get(snapshot.uuid) ?? null));
    out.result(rows, rows.length === 0 ? noSnapshots(subvolume, server) : tableOf(rows, fleet.clock.now()));
    const primary = primaryServer(fleet);
    const place =
      primary.ok && primary.value.name === inventory.server ? findSubvolume(inventory, subvolume) : null;
    const unreached = place?.ok ? unreachedNote(place.value) : null;
    if (unreached) out.note(formatFault(unreached));
    return 0;
  });
}

/** Sizes as they were measured last, by whoever did: measuring may cost a walk over every file. */
function toRow(listed: Snapshot, holds: readonly Hold[], size: MeasuredSize | null) {
  const originId = bornIdOfSnapshot(listed);
  const hold = holds.find((one) => one.originId === originId);
  const { readOnly: _, doubt, ...snapshot } = listed;
  return {
    ...snapshot,
    mountedAt: snapshot.mountedAt ?? [],
    originId,
    doubt: doubt ?? null,
    held: hold !== undefined,
    note: hold?.note ?? null,
    referencedBytes: size?.referencedBytes ?? null,
    exclusiveBytes: size?.exclusiveBytes ?? null,
    source: size?.source ?? null,
    measuredAt: size?.measuredAt ?? null,
  };
}

/**
 * Without the path: it is the directory and the name, and would not fit beside them. Where sizes are known they take the
 * place of a directory that is the same for all, and it stands below.
 */
export function tableOf(rows: readonly ListedRow[], now: number): string {
  const sized = rows.filter(({ source }) => source !== null);
  const directories = new Set(rows.map(directoryOf));
  const columns = COLUMNS.filter(({ id }) => {
    if (id === 'note') return rows.some(({ note }) => note !== null);
    if (id === 'directory') return sized.length === 0 || directories.size > 1;
    return sized.length > 0 || (id !== 'referenced' && id !== 'exclusive');
  });
  const table = formatTable(
    columns,
    rows.map((row) => columns.map(({ text }) => text(row, now))),
  );
  if (sized.length === 0) return table;
  const [directory = ''] = directories;
  const where = directories.size > 1 ? '' : `In ${directory}. `;
  return `${table}\n${where}${sizesText(sized, now)}`;
}

type Text = (row: ListedRow, now: number) => string;

const COLUMNS: readonly (Column & { readonly id: string; readonly text: Text })[] = [
  { id: 'name', title: 'SNAPSHOT', text: ({ name }) => formatName(name) },
  { id: 'age', title: 'AGE', align: 'right', text: ({ createdAt }, now) => formatAge(createdAt, now) },
  { id: 'state', title: 'STATE', text: stateText },
  { id: 'held', title: 'HELD', text: ({ held }) => (held ? 'held' : '') },
  {
    id: 'referenced',
    title: 'REFERENCED',
    align: 'right',
    text: ({ referencedBytes }) => formatBytes(referencedBytes),
  },
  {
    id: 'exclusive',
    title: 'EXCLUSIVE',
    align: 'right',
    text: ({ exclusiveBytes }) => formatBytes(exclusiveBytes),
  },
  { id: 'directory', title: 'DIRECTORY', text: directoryOf },
  { id: 'note', title: 'NOTE', text: ({ note }) => formatName(note ?? '') },
];

function directoryOf({ path, name }: ListedRow): string {
  return formatName(path.slice(0, -name.length - 1) || '/');
}

const SOURCES = { qgroups: 'from quota groups', du: 'by walking over all files' } as const;

/** What is exclusive changes with every snapshot that comes or goes, so it is said how old it is. */
function sizesText(sized: readonly ListedRow[], now: number): string {
  const sources = [...new Set(sized.flatMap(({ source }) => source ?? []))].map((source) => SOURCES[source]);
  const [oldest = null] = sized.map(({ measuredAt }) => measuredAt).toSorted();
  return `Sizes ${sources.join(' and ')}, up to ${formatAge(oldest, now)} old.`;
}

const noSnapshots = (subvolume: string, server: string | null): string =>
  server === null
    ? `${formatName(subvolume)} has no snapshots. Make one: ${formatName(command('snapshot', 'create', subvolume))}`
    : `${formatName(subvolume)} has no replicas on ${server}. Send one: ${formatName(command('replicate', 'auto', subvolume, '--to', server))}`;

export async function snapshotHold(
  { fleet, out }: ActionContext,
  subvolume: string,
  name: string,
  { note = null }: { readonly note?: string | null },
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
  context: ActionContext,
  subvolume: string,
  name: string,
  { yes }: YesOption,
): Promise<ExitCode> {
  const { fleet, out } = context;
  const change = { kind: 'release', subvolume: withoutEndSlash(subvolume), name } as const;
  const asked = await confirmLoss(context, [change], { yes });
  if (!asked.allowed) return asked.code;
  return tell(out, releaseSnapshot(fleet, { subvolume, name }), (hold) => {
    out.result(
      { ...hold, held: false, losing: asked.losing },
      `${hold.name} of ${formatName(subvolume)} is released`,
    );
    return 0;
  });
}
