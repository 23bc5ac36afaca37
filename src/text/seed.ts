/** Decides how people read what writing or reading a seed came to, and what it would do. */
import { quoteWord } from '../core/model/command-line.ts';
import type { SeedCoding, SeedPlace, SeedReport, ShownExport, ShownImport } from '../core/model/runs/seed.ts';
import { formatTarget } from '../core/model/target.ts';
import { formatBytes, formatName, formatSeconds } from './format.ts';

export function seedLines(report: SeedReport): string[] {
  const { verb, subvolume, snapshot, base, place, parts, bytes, keptParts, elapsedSeconds, replica } = report;
  const what = `${formatName(snapshot)} of ${formatName(subvolume)}${onBase(base)}`;
  const size = `${countOf(parts)}, ${formatBytes(bytes)}, in ${formatSeconds(elapsedSeconds)}`;
  if (verb === 'import') {
    const where = replica === null ? report.server : formatTarget(replica);
    return [`${what} is on ${formatName(where)}, ${replica?.proof ?? 'identity'} verified`, `out of ${size}`];
  }
  return [
    `${what} is in ${where(place)}: ${size}`,
    ...(keptParts > 0 ? [`${countOf(keptParts)} of an earlier export were whole, and the same`] : []),
  ];
}

/** What is left to do once it is written. */
export function afterExport({ place, subvolume, snapshot }: SeedReport): string[] {
  const there = formatName(quoteWord(place.directory));
  return [
    'Until it is imported, keep the snapshot here: the next replication builds on it.',
    `  btrfleet snapshot hold ${formatName(quoteWord(subvolume))} ${snapshot}`,
    'Where its disk is plugged in, import it with one of these; README.txt says how without btrfleet.',
    `  btrfleet seed import ${there} --server SERVER`,
    `  btrfleet seed import ${there} --server SERVER --on-server`,
  ];
}

export function exportPlanLines(shown: ShownExport): string[] {
  const { subvolume, snapshot, base, place, estimatedBytes, estimatedParts, freeBytes, mount, splitBytes } =
    shown;
  const size = estimatedBytes === null ? 'not counted in time' : `about ${formatBytes(estimatedBytes)}`;
  const most = shown.compress === null ? '' : ' at most, as it is packed';
  const parts = estimatedParts === null ? 'parts' : countOf(estimatedParts);
  return [
    `Would write ${formatName(snapshot)} of ${formatName(subvolume)}${onBase(base)} to ${where(place)}`,
    `  Size: ${size}${most}, ${parts} of ${formatBytes(splitBytes)}${coded(shown)}`,
    `  Free there: ${freeBytes === null ? 'not told' : formatBytes(freeBytes)}${onMount(mount)}`,
    ...(shown.isResumed
      ? [`  Goes on: ${countOf(shown.partsThere)} of an export that was cut off are there`]
      : []),
  ];
}

export function importPlanLines(shown: ShownImport): string[] {
  const { subvolume, snapshot, base, place, parts, bytes, replica, into } = shown;
  return [
    `Would bring ${formatName(snapshot)} of ${formatName(subvolume)}${onBase(base)} to ${formatName(formatTarget(replica))}`,
    ...(into === null ? [] : [`  Into .snapshots/${formatName(into)}, where its task keeps the replicas`]),
    `  Out of ${where(place)}: ${countOf(parts)}, ${formatBytes(bytes)}${coded(shown)}`,
    '  All parts are there; each is read and compared before anything is received.',
  ];
}

const where = ({ server, directory }: SeedPlace): string =>
  server === null ? formatName(directory) : `${formatName(directory)} on ${formatName(server)}`;

const onMount = (mount: string | null): string =>
  mount === null ? '' : `, on the filesystem mounted at ${formatName(mount)}`;

const onBase = (base: string | null): string =>
  base === null ? ', in full' : `, on top of ${formatName(base)}`;

const countOf = (parts: number): string => `${parts} ${parts === 1 ? 'part' : 'parts'}`;

const coded = ({ compress, encrypt }: SeedCoding): string =>
  [compress, encrypt].map((one) => (one === null ? '' : `, ${one}`)).join('');
