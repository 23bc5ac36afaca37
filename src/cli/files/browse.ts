/** What `btrfleet snapshot browse` does. */

import { command } from '../../core/model/command-line.ts';
import { fault } from '../../core/model/fault.ts';
import { bytesText, hexOf, plainText } from '../../core/model/file-name.ts';
import { type FileEntry, type FilePage, MOST_ENTRIES } from '../../core/model/files.ts';
import { browse } from '../../core/run/files/browse.ts';
import { type ExitCode, formatFault } from '../../process/output.ts';
import { entryName, formatMode, formatMoment, formatOwner } from '../../text/files.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { wholeNumber } from '../frame/whole-number.ts';
import { type BytesOption, fileRow, givenName } from './file-row.ts';

export interface BrowseOptions extends BytesOption {
  readonly server?: string;
  readonly limit: string;
  readonly after: string;
}

export async function snapshotBrowse(
  { fleet, out, signal }: ActionContext,
  subvolume: string,
  snapshot: string,
  pathText: string,
  options: BrowseOptions,
): Promise<ExitCode> {
  const limit = wholeNumber(options.limit, 1, MOST_ENTRIES);
  if (limit === null) return out.fault(noLimit(options.limit));
  const path = givenName(pathText, options);
  const after = givenName(options.after, options);
  if (!path.ok) return out.fault(path.fault);
  if (!after.ok) return out.fault(after.fault);
  const server = options.server ?? null;
  const wish = { subvolume, snapshot, server, path: path.value, limit, after: after.value };
  return tell(out, await browse(fleet, wish, signal), (page) => {
    out.result(documentOf(page), tableOf(page));
    for (const note of page.notes) out.note(formatFault(note));
    if (page.next !== null && !out.json) out.note(moreText(page, options.server));
    return page.notes.some(({ code }) => code === 'listing-failed') ? 1 : 0;
  });
}

const documentOf = ({ self, entries, next, notes, ...page }: FilePage) => ({
  ...{ server: page.server, subvolume: page.subvolume, snapshot: page.snapshot, state: page.state },
  ...{ root: page.root, path: plainText(page.path), pathBytes: bytesText(page.path), self: fileRow(self) },
  ...{ files: entries.map(fileRow), next: next && plainText(next), nextBytes: bytesText(next), notes },
});

function tableOf({ self, entries, next }: FilePage): string {
  const rows = self.kind === 'directory' ? entries : [self];
  if (rows.length === 0) return next === null ? 'There is nothing in it.' : '';
  const columns = [
    ...[{ title: 'MODE' }, { title: 'OWNER' }, { title: 'SIZE', align: 'right' } as const],
    ...[{ title: 'MODIFIED (UTC)' }, { title: 'NAME' }],
  ];
  return formatTable(columns, rows.map(cellsOf));
}

const cellsOf = (entry: FileEntry): string[] => [
  formatMode(entry),
  formatName(formatOwner(entry.owner)),
  entry.kind === 'file' ? formatBytes(entry.sizeBytes) : '',
  formatMoment(entry.modifiedAt),
  entryName(entry),
];

function moreText({ subvolume, snapshot, path, next }: FilePage, server: string | undefined): string {
  const isBytes = bytesText(next) !== null || bytesText(path) !== null;
  const given = (name: string): string => (isBytes ? hexOf(name) : name);
  const options = [
    ...(server === undefined ? [] : ['--server', server]),
    ...(isBytes ? ['--bytes'] : []),
    `--after=${given(next ?? '')}`,
  ];
  // Behind the dashes nothing is taken for an option.
  const words = ['snapshot', 'browse', ...options, '--', subvolume, snapshot, given(path)];
  return `There is more: ${formatName(command(...words))}`;
}

const noLimit = (text: string) =>
  fault(
    'usage',
    `--limit is a number from 1 to ${MOST_ENTRIES}, not ${JSON.stringify(text)}.`,
    'Such as --limit 500.',
  );
