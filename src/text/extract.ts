/** Decides how people read what bringing files back would do, and what it came to. */
import type { ExtractCounts, ExtractReport, ExtractRow, ShownExtract } from '../core/model/runs/extract.ts';
import { formatAge, formatBytes, formatName } from './format.ts';

/** Why it failed is told apart from it. */
export function extractLines(report: ExtractReport): string[] {
  const { from, counts, before, missed, missedCount, wireBytes, outcome, settles } = report;
  if (settles !== undefined) return [`what run ${settles} was cut off with was taken away`];
  const more = missedCount - missed.length;
  return [
    `${outcome === 'restored' ? 'brought back' : 'was to bring back'} from ${formatName(from.name)}: ${countsText(counts)}${sentText(wireBytes)}`,
    ...(outcome === 'partly' ? [`of that ${missedCount} not done, all else done`] : []),
    ...missed.map(({ path, why }) => `not done: ${formatName(path)} (${formatName(why)})`),
    ...(more > 0 && missed.length > 0 ? [`not done: ${more} more`] : []),
    ...(before
      ? [`what was there before is kept in ${formatName(before.path)}, until somebody deletes it`]
      : []),
  ];
}

const sentText = (bytes: number): string => (bytes === 0 ? '' : `; ${formatBytes(bytes)} over the wire`);

function countsText({ created, replaced, removed, attributes, left }: ExtractCounts): string {
  const parts = [
    `${created} created`,
    `${replaced} replaced`,
    `${removed} removed`,
    `${left} left as they are`,
    ...(attributes > 0
      ? [`attributes of ${attributes} ${attributes === 1 ? 'directory' : 'directories'}`]
      : []),
  ];
  return parts.join(', ');
}

/** Names that are shown of each doing. */
const NAMED = 12;

/** What it would do, before it is done. `now`: milliseconds since 1970 UTC. */
export function extractPlanLines(shown: ShownExtract, now: number): string[] {
  const { counts, bytes, how, wireBytes, beforePath, rows, notes, from, source, server, to, undo } = shown;
  const where = server === null ? 'this machine' : server;
  const place = to === null ? formatName(shown.subvolume) : formatName(to);
  const age = from.createdAt === null ? '' : ` (${formatAge(from.createdAt, now)} old)`;
  const head =
    undo === null
      ? `Files of ${formatName(from.name)}${age} on ${source} come to ${place} on ${where}:`
      : `What run ${undo} did to files in ${place} on ${where} is taken back:`;
  return [
    `${head} ${countsText(counts)}.`,
    how === 'reflink'
      ? `  ${formatBytes(bytes)} by reflink: nothing is copied, and nothing is sent over the wire.`
      : `  ${formatBytes(wireBytes)} over the wire.`,
    beforePath === null
      ? '  Nothing that is there is changed.'
      : `  What is there now is kept as ${formatName(beforePath)}, until somebody deletes it.`,
    ...notes.map((note) => `  ${note}`),
    ...(['skipped', 'removed', 'replaced', 'created', 'attributes', 'left'] as const).flatMap((what) =>
      namesOf(rows, what, counts[what]),
    ),
  ];
}

const TITLES = {
  skipped: 'cannot be done',
  removed: 'removed',
  replaced: 'replaced',
  created: 'created',
  attributes: 'attributes',
  left: 'left',
} as const;

function namesOf(rows: readonly ExtractRow[], what: keyof typeof TITLES, count: number): string[] {
  const some = rows.filter((row) => row.what === what).slice(0, NAMED);
  const more = count - some.length;
  return [
    ...some.map(
      ({ path, why }) => `  ${TITLES[what]}: ${formatName(path)}${why === null ? '' : ` (${why})`}`,
    ),
    ...(more > 0 && some.length > 0 ? [`  ${TITLES[what]}: ${more} more`] : []),
  ];
}
