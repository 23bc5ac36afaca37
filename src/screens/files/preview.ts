/** Decides how what is known of the file at the cursor reads beside the list: what it is, and what is in it or different now. */
import { lineWidth, span, wrapped } from '../../components/line-width.ts';
import type { Line, Tone } from '../../components/theme.ts';
import type { Change, ChangeKind, DirectoryTotals, FileDiff } from '../../core/model/change.ts';
import type { FileEntry, FilePage, FilePreview } from '../../core/model/files.ts';
import { isRead } from '../../store/files/preview.ts';
import type { Browsing, Previewed } from '../../store/page-state.ts';
import type { AppState } from '../../store/state.ts';
import { changeLine, sumLine } from '../../text/diff.ts';
import { entryName, formatMode, formatMoment, formatOwner } from '../../text/files.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { WIDE } from '../lists/ListAndDetails.tsx';

/** Rows below the heads that a list and a preview need together. */
const LEAST = 12;

/** Rows that the preview takes from the list where it stands below it; 0: it does not, or stands beside it. */
export function previewRows({ size }: Pick<AppState, 'size'>, below: number): number {
  return size.columns >= WIDE || below < LEAST ? 0 : Math.floor(below * 0.45);
}

/** In so many columns; `isBelow`: with a rule above it, and few rows. */
export function previewLines(browsing: Browsing, entry: FileEntry, width: number, isBelow: boolean): Line[] {
  const about = isBelow ? [[span(aboutText(entry), 'dim')]] : aboutLines(entry);
  return [headLine(browsing, entry, width, isBelow), ...about, ...bodyLines(browsing, entry, width)];
}

function headLine({ comparesNow }: Browsing, entry: FileEntry, width: number, isBelow: boolean): Line {
  const what = comparesNow && isRead(entry) ? ': what is different now' : '';
  const title: Line = [span(entryName(entry), 'bold'), span(what, 'dim')];
  const rest = width - lineWidth(title) - 4;
  return isBelow ? [span('── ', 'dim'), ...title, span(` ${'─'.repeat(Math.max(0, rest))}`, 'dim')] : title;
}

const aboutText = (entry: FileEntry): string =>
  [
    ...[formatMode(entry), formatName(formatOwner(entry.owner))],
    ...(entry.kind === 'file' ? [formatBytes(entry.sizeBytes)] : []),
    ...[
      formatMoment(entry.modifiedAt),
      ...(entry.links > 1 && entry.kind === 'file' ? [`${entry.links} names`] : []),
    ],
  ].join('  ');

function aboutLines(entry: FileEntry): Line[] {
  const row = (label: string, text: string): Line => [span(label.padEnd(10), 'dim'), span(text)];
  const { owner, kind, sizeBytes } = entry;
  return [
    row('mode', `${formatMode(entry)} (${entry.mode})`),
    row('owner', formatName(`${formatOwner(owner)} (${owner.uid}:${owner.gid})`)),
    ...(kind === 'file'
      ? [row('size', `${formatBytes(sizeBytes)} (${sizeBytes.toLocaleString('en')} bytes)`)]
      : []),
    row('modified', entry.modifiedAt),
    row('changed', entry.changedAt),
    ...(entry.links > 1 && kind === 'file' ? [row('names', String(entry.links))] : []),
    [],
  ];
}

function bodyLines({ preview, comparesNow }: Browsing, entry: FileEntry, width: number): Line[] {
  if (!isRead(entry)) return [[span(otherText(entry), 'dim')]];
  if (entry.kind === 'file' && entry.sizeBytes === 0 && !comparesNow) return [[span('It is empty.', 'dim')]];
  if (preview === null || preview.state === 'asking')
    return [[span(comparesNow && entry.kind === 'directory' ? COMPARING : '…', 'dim')]];
  if (preview.state === 'failed') return wrapped(`▲ ${formatName(preview.fault.message)}`, width, 'warn');
  return shownLines(preview.value, entry);
}

const COMPARING = 'Comparing all of the subvolume with now …';

/** All of it, for a place of its own. */
export function shownLines(shown: Previewed, entry: FileEntry): Line[] {
  switch (shown.kind) {
    case 'content':
      return contentLines(shown.content, entry);
    case 'changes':
      return changeLines(shown.diff, shown.lines);
    case 'entries':
      return entryLines(shown.page);
    case 'tree':
      return treeLines(shown.changes, shown.sum);
  }
}

function entryLines({ entries, next, notes }: FilePage): Line[] {
  const said = notes.map(({ message }): Line => [span(`▲ ${formatName(message)}`, 'warn')]);
  if (entries.length === 0) return said.length > 0 ? said : [[span('It is empty.', 'dim')]];
  const all = entries.map((one): Line => {
    const size = one.kind === 'file' ? formatBytes(one.sizeBytes) : '';
    const name = span(entryName(one), one.kind === 'directory' ? 'accent' : 'plain');
    return [span(`${size.padStart(9)}  ${formatMoment(one.modifiedAt)}  `, 'dim'), name];
  });
  return [...said, ...all, ...(next === null ? [] : [[span('… and more', 'dim')]])];
}

function treeLines(changes: readonly Change[], sum: DirectoryTotals | null): Line[] {
  if (changes.length === 0) return [[span(SAME, 'good')]];
  const all = changes.map((one): Line => [span(changeLine(one), KIND_TONES[one.kind])]);
  return sum === null ? all : [[span(sumLine(sum))], ...all];
}

const KIND_TONES: Readonly<Record<ChangeKind, Tone>> = {
  added: 'good',
  removed: 'bad',
  renamed: 'accent',
  content: 'plain',
  attributes: 'dim',
};

function otherText({ kind, isOther, target }: FileEntry): string {
  if (isOther) return 'Another subvolume begins here: what is in it has snapshots of its own.';
  if (kind !== 'link') return 'There is nothing in it to be shown.';
  return target === null ? 'Where it leads to could not be read.' : `It leads to ${formatName(target)}`;
}

function contentLines({ lines, readBytes, isWhole }: FilePreview, { sizeBytes }: FileEntry): Line[] {
  if (lines === null) return [[span(`No text: ${formatBytes(sizeBytes)} of other data.`, 'dim')]];
  const all = lines.map((line): Line => [span(line)]);
  return isWhole
    ? all
    : [...all, [span(`… the first ${formatBytes(readBytes)} of ${formatBytes(sizeBytes)}`, 'dim')]];
}

const SAME = 'The same as now.';

function changeLines(
  { oldFile, newFile, same, truncated }: FileDiff,
  lines: readonly string[] | null,
): Line[] {
  if (newFile === null) return [[span('It is not there now.', 'warn')]];
  if (same === true) return [[span(SAME, 'good')]];
  if (lines === null) {
    const sizes = `${formatBytes(oldFile?.sizeBytes ?? null)} then, ${formatBytes(newFile.sizeBytes)} now`;
    return [[span(`Not the same as now, and no text: ${sizes}.`, 'warn')]];
  }
  // The first two name the files.
  const all = lines.slice(2).map((line): Line => [span(line, toneOf(line))]);
  return truncated ? [...all, [span('… and more', 'dim')]] : all;
}

const TONES: Readonly<Record<string, Tone>> = { '+': 'good', '-': 'bad', '@': 'accent' };

const toneOf = (line: string): Tone => TONES[line[0] ?? ''] ?? 'plain';
