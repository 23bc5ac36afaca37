/** What `btrfleet snapshot find` does. */

import { fault } from '../../core/model/fault.ts';
import { bytesText, plainText } from '../../core/model/file-name.ts';
import type { FoundName, FoundNames } from '../../core/model/file-versions.ts';
import { findNames } from '../../core/run/files/find.ts';
import { LONGEST_BUDGET } from '../../core/run/storage/measure-sizes.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { formatName } from '../../text/format.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { type BytesOption, givenName } from './file-row.ts';

export interface FindOptions extends BytesOption {
  readonly server?: string;
  readonly budget: string;
}

export async function snapshotFind(
  { fleet, out, signal }: ActionContext,
  patternText: string,
  subvolume: string | undefined,
  options: FindOptions,
): Promise<ExitCode> {
  const pattern = givenName(patternText, options);
  if (!pattern.ok) return out.fault(pattern.fault);
  const budgetSeconds = parseDuration(options.budget);
  if (budgetSeconds === null || budgetSeconds === 0 || budgetSeconds > LONGEST_BUDGET)
    return out.fault(noBudget(options.budget));
  const { server = null } = options;
  const wish = { pattern: pattern.value, subvolume: subvolume ?? null, server, budgetSeconds };
  return tell(out, await findNames(fleet, wish, signal), (found) => {
    out.result(documentOf(found), textOf(found));
    const [first, ...others] = found.notLooked;
    if (first) {
      const more = others.length > 0 ? `\n${others.length} more were not looked through whole.` : '';
      out.note(`${formatFault(first.fault)}${more}`);
    }
    for (const why of found.notListed) out.note(formatFault(why));
    return isComplete(found) ? 0 : 1;
  });
}

const isComplete = ({ notLooked, notListed }: Pick<FoundNames, 'notLooked' | 'notListed'>): boolean =>
  notLooked.length === 0 && notListed.length === 0;

const documentOf = ({ matches, lookedTo, notLooked, ...found }: FoundNames) => ({
  ...{ server: found.server, looked: found.looked, total: found.total },
  ...{ lookedTo: lookedTo?.snapshot ?? null, ended: found.ended, notListed: found.notListed },
  complete: isComplete({ notLooked, notListed: found.notListed }),
  matches: matches.map(matchRow),
  notLooked: notLooked.map(({ subvolume, tree, fault: why }) => ({
    ...{ subvolume, snapshot: tree.snapshot, root: tree.root, fault: why },
  })),
});

const matchRow = ({ subvolume, path, snapshots }: FoundName) => ({
  ...{ subvolume, path: plainText(path), pathBytes: bytesText(path), newest: snapshots[0] ?? null },
  ...{ oldest: snapshots.at(-1) ?? null, snapshots },
});

function textOf({ server, matches, looked, total, lookedTo }: FoundNames): string {
  const places = total === 1 ? 'place' : 'places';
  const far =
    looked === total
      ? `Looked through all of ${total} ${places} on ${server}.`
      : `Looked through ${looked} of ${total} ${places} on ${server}, the newest first${lookedTo === null ? '' : `, back to ${lookedTo.snapshot}`}.`;
  if (matches.length === 0) return looked === 0 ? far : `${far} Nothing of that name is there.`;
  const columns = [
    ...[{ title: 'PATH' }, { title: 'NEWEST' }, { title: 'OLDEST' }],
    { title: 'SNAPSHOTS', align: 'right' } as const,
  ];
  const rows = matches.map(({ subvolume, path, snapshots }) => [
    formatName(`${subvolume === '/' ? '' : subvolume}/${path}`),
    formatName(snapshots[0] ?? ''),
    formatName(snapshots.at(-1) ?? ''),
    String(snapshots.length),
  ]);
  return `${formatTable(columns, rows)}\n${far}`;
}

const noBudget = (text: string) =>
  fault('usage', `--budget ${JSON.stringify(text)} is no time.`, 'Such as 30s, 5m or 1h, up to a week.');
