/** Decides how what is different between two snapshots, or between one and now, reads. */
import { CHANGE_KINDS, type Change, type ChangeKind, type DirectoryTotals } from '../core/model/change.ts';
import { formatBytes, formatName } from './format.ts';

const WIDE = Math.max(...CHANGE_KINDS.map(({ length }) => length));

export function changeLine({ kind, path, from, bytes, type, attributes }: Change): string {
  const size = kind === 'added' || kind === 'content' ? formatBytes(bytes) : '';
  const name = formatName(path === '' ? '.' : path) + (type === 'directory' ? '/' : '');
  const was = kind === 'renamed' && from !== null ? `${formatName(from)} -> ` : '';
  const which = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${kind.padEnd(WIDE)}  ${size.padStart(8)}  ${was}${name}${which}`;
}

export const totalsLine = (totals: DirectoryTotals): string =>
  `${formatBytes(totals.bytes).padStart(8)}  ${formatName(totals.path === '' ? '.' : totals.path)}/  ${countsOf(totals)}`;

const countsOf = (totals: DirectoryTotals): string => {
  const told = CHANGE_KINDS.filter((kind) => totals[kind] > 0);
  return told.length === 0
    ? 'nothing is different'
    : told.map((kind) => `${totals[kind]} ${WORDS[kind]}`).join(', ');
};

const WORDS: Readonly<Record<ChangeKind, string>> = {
  added: 'added',
  removed: 'removed',
  renamed: 'renamed',
  content: 'written to',
  attributes: 'with other attributes',
};

export const sumLine = (sum: DirectoryTotals): string => {
  const written = sum.bytes > 0 ? `; ${formatBytes(sum.bytes)} written` : '';
  return `In all: ${countsOf(sum)}${written}.`;
};
