/**
 * Decides where the lines of the Dashboard stand: sections under heads, in one pane or in two side by side, each scrolled
 * by itself so that the cursor is in sight. Only what is in sight is built.
 */
import { span } from '../../components/line-width.ts';
import {
  headerLine,
  type LaidColumn,
  layoutColumns,
  rowLine,
  type TableRow,
  widest,
} from '../../components/table-layout.ts';
import type { Line, Theme } from '../../components/theme.ts';
import { COLUMNS, lineCells, WISHED } from './cells.ts';
import { type DashboardLine, SECTIONS, type Section } from './lines.ts';
import { shareRows } from './room.ts';

/** From so many columns on there are two panes. */
export const WIDE = 140;

const LEFT: readonly Section[] = ['why', 'running', 'subvolumes'];
const RIGHT: readonly Section[] = ['disks', 'failures', 'next'];

export interface PaneInput {
  readonly lines: readonly DashboardLine[];
  /** Index of the line with the cursor. */
  readonly cursor: number;
  readonly focused: boolean;
  readonly now: number;
  readonly theme: Theme;
  readonly height: number;
}

/** One below the other, or the parts of the right pane beside the others. */
export function paneLines(input: PaneInput, width: number): readonly { width: number; lines: Line[] }[] {
  if (width < WIDE) return [{ width, lines: pane(input, SECTIONS, width) }];
  const left = Math.floor(width * 0.58);
  const right = width - left - 2;
  return [
    { width: left, lines: pane(input, LEFT, left) },
    { width: right, lines: pane(input, RIGHT, right) },
  ];
}

function pane(input: PaneInput, sections: readonly Section[], width: number): Line[] {
  const parts = partsOf(input, sections);
  const full = parts.reduce((sum, { indices }) => sum + indices.length + 1, 0);
  if (full <= input.height) {
    const spaced = full + parts.length <= input.height && input.height > ROOMY;
    return parts.flatMap((part) => [...partLines(part, input, width), ...(spaced ? [[]] : [])]);
  }
  const here = parts.find(({ indices }) => indices.includes(input.cursor))?.section ?? null;
  const counts = new Map(parts.map(({ section, indices }) => [section, indices.length]));
  const pressing = input.lines.filter(
    (line) => line.section === 'why' && line.reason.level !== 'note',
  ).length;
  const rows = shareRows({ counts, pressing, here }, input.height - 1);
  const shown = parts.flatMap((part) => {
    const room = rows.get(part.section);
    if (room === undefined) return [];
    return partLines({ ...part, indices: windowOf(part.indices, input.cursor, room) }, input, width);
  });
  const hidden = parts.flatMap(({ section, indices }) => {
    const count = indices.length - (rows.get(section) ?? 0);
    return count === 0 ? [] : [`${count} ${HIDDEN[section][count === 1 ? 0 : 1]}`];
  });
  const blank = Array<Line>(Math.max(0, input.height - 1 - shown.length)).fill([]);
  return [...shown, ...blank, [span(`  not shown: ${hidden.join(', ')}; Tab goes on`, 'dim')]];
}

/** Rows from which on there is a blank one between sections, where all fits. */
const ROOMY = 24;

/** One, and more. */
const HIDDEN: Readonly<Record<Section, readonly [string, string]>> = {
  why: ['reason', 'reasons'],
  running: ['running', 'running'],
  subvolumes: ['subvolume', 'subvolumes'],
  disks: ['disk', 'disks'],
  failures: ['failed', 'failed'],
  next: ['next', 'next'],
};

/** A section that is there, and where its lines are among all. */
interface Part {
  readonly section: Section;
  readonly indices: readonly number[];
}

function partsOf({ lines }: PaneInput, sections: readonly Section[]): Part[] {
  const found = Map.groupBy(lines.keys(), (index) => lines[index]?.section);
  return sections.flatMap((section) => {
    const indices = found.get(section) ?? [];
    return indices.length === 0 ? [] : [{ section, indices }];
  });
}

/** The cursor in the middle, as far as there is something to scroll; without it the beginning. */
function windowOf(indices: readonly number[], cursor: number, room: number): readonly number[] {
  const middle = Math.max(0, indices.indexOf(cursor) - Math.floor(room / 2));
  const top = Math.max(0, Math.min(middle, indices.length - room));
  return indices.slice(top, top + room);
}

function partLines(
  { section, indices }: Part,
  { lines, cursor, focused, now, theme }: PaneInput,
  width: number,
): Line[] {
  const rows = indices.flatMap((index) => {
    const line = lines[index];
    return line ? [{ index, cells: lineCells(line, { now, theme }) }] : [];
  });
  const columns = columnsFor(section, rows, width);
  return [
    headerLine(columns, null, theme),
    ...rows.map((row) => rowLine(columns, row, { cursor: row.index === cursor, focused, theme })),
  ];
}

/** Columns that are wished wider have that before others are shown beside them, as far as what they say needs it. */
function columnsFor(section: Section, rows: readonly TableRow[], width: number): LaidColumn[] {
  const wished = COLUMNS[section].map((column) => {
    const wish = WISHED[column.id];
    if (wish === undefined) return column;
    const needed = widest(rows.map(({ cells }) => cells[column.id]?.text ?? ''));
    return { ...column, width: Math.max(column.width, Math.min(needed, wish)) };
  });
  const laid = layoutColumns(wished, width);
  const taken = laid.reduce((sum, column) => sum + column.laid + 1, 1);
  return taken <= width ? laid : layoutColumns(COLUMNS[section], width);
}

/** The first line of the section after, or before, the one at `index`; at the end the first of all again. */
export function nextSection(lines: readonly DashboardLine[], index: number, by: 1 | -1): number {
  const firsts = SECTIONS.map((section) => lines.findIndex((line) => line.section === section)).filter(
    (first) => first >= 0,
  );
  const here = firsts.findLastIndex((first) => first <= index);
  return firsts[(here + by + firsts.length) % firsts.length] ?? 0;
}
