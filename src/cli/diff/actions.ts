/** What `btrfleet snapshot diff` does: it asks core, and tells change by change, or the lines of one file. */
import type { Diff, FileDiff } from '../../core/model/change.ts';
import { diff } from '../../core/run/diff/diff.ts';
import { diffFile } from '../../core/run/diff/file.ts';
import type { ExitCode } from '../../process/output.ts';
import { changeLine, sumLine, totalsLine } from '../../text/diff.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { type ActionContext, tell } from '../frame/action.ts';

interface DiffOptions {
  readonly server?: string | null;
  readonly totals?: boolean;
  readonly text?: boolean;
}

export async function snapshotDiff(
  { fleet, out, signal }: ActionContext,
  subvolume: string,
  old: string,
  recent: string,
  path: string | undefined,
  { server = null, totals = false, text = false }: DiffOptions,
): Promise<ExitCode> {
  const wish = { subvolume, old, new: recent, path: path ?? null, server };
  if (text)
    return tell(out, await diffFile(fleet, wish, signal), (found) => {
      out.result(found, fileText(found));
      return 0;
    });
  return tell(out, await diff(fleet, wish, signal), ({ changes, directories, ...about }) => {
    const lines = totals ? directories.map(totalsLine) : changes.map(changeLine);
    const [sum] = directories;
    const all = sum ? [...lines, sumLine(sum)] : lines;
    out.long({ ...about, totals: sum ?? null }, { directories, changes }, all);
    if (about.leftBehind !== null) out.note(stayed(about));
    return 0;
  });
}

const stayed = ({ leftBehind, server }: Pick<Diff, 'leftBehind' | 'server'>): string =>
  `btrfleet: ${formatName(leftBehind ?? '')} on ${server} was made for this and could not be deleted. The next comparison with "live", a day from now or later, deletes it.`;

function fileText({ path, oldFile, newFile, same, text, truncated, old, new: recent }: FileDiff): string {
  if (!oldFile || !newFile)
    return `${formatName(path)} is ${oldFile ? `not in ${recent} any more` : `not in ${old} yet`}.`;
  if (same) return `${formatName(path)} is the same in both.`;
  if (text !== null) return truncated ? `${text}… and more: only the first MiB is shown.` : text.trimEnd();
  const line = (name: string, file: typeof oldFile): string =>
    `${name}  ${file.type}  ${formatBytes(file.sizeBytes)}  ${file.sha256 ?? 'not read'}`;
  return [
    `${formatName(path)} is no text in one of them, or is large:`,
    line(old, oldFile),
    line(recent, newFile),
  ].join('\n');
}
