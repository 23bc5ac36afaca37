/** What `btrfleet snapshot versions` does. */

import type { Fault } from '../../core/model/fault.ts';
import { bytesText, plainText } from '../../core/model/file-name.ts';
import type { FileVersion, FoundVersions, SeenTree } from '../../core/model/file-versions.ts';
import { versionsOf } from '../../core/run/files/versions.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatMode, formatMoment } from '../../text/files.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { type BytesOption, givenName } from './file-row.ts';

export interface VersionsOptions extends BytesOption {
  readonly hash?: boolean;
}

export async function snapshotVersions(
  { fleet, out, signal }: ActionContext,
  pathText: string,
  { hash = false, ...options }: VersionsOptions,
): Promise<ExitCode> {
  const path = givenName(pathText, options);
  if (!path.ok) return out.fault(path.fault);
  return tell(out, await versionsOf(fleet, { path: path.value, hash }, signal), (found) => {
    out.result(documentOf(found), textOf(found));
    const notes = notesOf(found);
    for (const note of notes) out.note(note);
    return isAll(found) ? 0 : 1;
  });
}

const documentOf = (found: FoundVersions) => ({
  ...{ subvolume: found.subvolume, path: plainText(found.inside), pathBytes: bytesText(found.inside) },
  ...{ now: found.now, versions: found.versions.map(rowOf), nested: found.nested, looked: found.looked },
  notLooked: found.notLooked,
  unknown: found.unknown.map(({ tree, fault }) => ({ ...placeOf(tree), fault })),
  notHashed: found.notHashed,
});

const placeOf = ({ server, snapshot, root }: SeenTree) => ({ server, snapshot, root });

function rowOf({ stat, places, sha256, isLive, firstSeen, lastSeen }: FileVersion) {
  const { kind, sizeBytes, modifiedAt, changedAt, mode, owner } = stat;
  const [best] = places;
  return {
    ...{ server: best?.server ?? null, snapshot: best?.snapshot ?? null, firstSeen, lastSeen },
    ...{ type: kind, sizeBytes, modifiedAt, changedAt, mode, owner, hash: sha256, live: isLive },
    seenIn: [...Map.groupBy(places, ({ server }) => server)].map(([server, trees]) => ({
      server,
      snapshots: trees.map(({ snapshot }) => snapshot),
    })),
  };
}

/** All of what is there was looked at: links and subvolumes in the way are an answer. */
const isAll = ({ notLooked, unknown, notHashed }: FoundVersions): boolean =>
  notLooked.length === 0 &&
  notHashed.length === 0 &&
  unknown.every(({ fault }) => ANSWERS.has(fault.code) && !fault.retry);

const ANSWERS: ReadonlySet<Fault['code']> = new Set(['nested-subvolumes', 'unsafe-path']);

function textOf(found: FoundVersions): string {
  const { versions, looked } = found;
  const trees = looked.reduce((sum, one) => sum + one.trees, 0);
  const where = `${trees} ${trees === 1 ? 'place' : 'places'} on ${looked.map(({ server }) => server).join(', ')}`;
  const name = formatName(wholePath(found));
  if (looked.length === 0) return '';
  if (versions.length === 0) return `${name} was in none of ${where}.`;
  const isHashed = versions.some(({ sha256 }) => sha256 !== null);
  const columns = [
    ...[{ title: 'LAST SEEN' }, { title: 'FIRST SEEN' }, { title: 'MODE' }],
    ...[{ title: 'SIZE', align: 'right' } as const, { title: 'MODIFIED (UTC)' }],
    ...(isHashed ? [{ title: 'SHA-256' }] : []),
    ...[{ title: 'SERVER' }, { title: 'SNAPSHOT' }],
  ];
  const rows = versions.map((one) => cellsOf(one, isHashed));
  return `${name}, ${NOW[found.now]}; looked for in ${where}:\n${formatTable(columns, rows)}`;
}

const NOW: Readonly<Record<FoundVersions['now'], string>> = {
  there: 'there now',
  'not-there': 'not there now',
  unknown: 'not known whether it is there now',
};

const wholePath = ({ subvolume, inside }: FoundVersions): string =>
  inside === '' ? subvolume : `${subvolume === '/' ? '' : subvolume}/${inside}`;

function cellsOf(
  { stat, places, sha256, isLive, firstSeen, lastSeen }: FileVersion,
  isHashed: boolean,
): string[] {
  const [best] = places;
  const more = places.length - 1;
  return [
    ...[isLive ? 'now' : timeOf(lastSeen), timeOf(firstSeen), formatMode(stat)],
    ...[stat.kind === 'file' ? formatBytes(stat.sizeBytes) : '', formatMoment(stat.modifiedAt)],
    ...(isHashed ? [sha256?.slice(0, 16) ?? '-'] : []),
    ...[best?.server ?? '', `${formatName(best?.snapshot ?? '')}${more > 0 ? ` and ${more} more` : ''}`],
  ];
}

const timeOf = (iso: string | null): string => (iso === null ? '-' : formatMoment(iso));

/** Of many that say the same the first one, and how many. */
function notesOf({ notLooked, unknown, notHashed, nested }: FoundVersions): string[] {
  const alike = Map.groupBy(unknown, ({ tree, fault }) => `${tree.server} ${fault.code}`);
  return [
    ...notLooked.map(
      ({ server, fault }) => `Could not look at ${server}: it may have more.\n${formatFault(fault)}`,
    ),
    ...[...alike.values()].map(([first, ...others]) => {
      const count = others.length > 0 ? ` (${others.length} more like it on ${first?.tree.server})` : '';
      return first ? `${formatFault(first.fault)}${count}` : '';
    }),
    ...notHashed.map(formatFault),
    ...(nested.length === 0
      ? []
      : [
          `Subvolumes inside of it have snapshots of their own: ${nested.slice(0, 3).join(', ')}${nested.length > 3 ? ` and ${nested.length - 3} more` : ''}.`,
        ]),
  ];
}
