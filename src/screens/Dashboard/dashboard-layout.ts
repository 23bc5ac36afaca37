/**
 * Decides where the lines of the Dashboard stand: sections under heads, in one pane or in two side by side, scrolled so
 * that the cursor is in sight. Only what is in sight is built.
 */
import { span } from '../../components/line-width.ts';
import { headerLine, layoutColumns, rowLine } from '../../components/table-layout.ts';
import type { Line, Theme } from '../../components/theme.ts';
import { COLUMNS, lineCells } from './dashboard-cells.ts';
import { type DashboardLine, SECTIONS, type Section } from './dashboard-lines.ts';

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

type Slot =
  | { readonly kind: 'head'; readonly section: Section; readonly count: number }
  | { readonly kind: 'line'; readonly index: number }
  | { readonly kind: 'blank' };

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
  const slots = slotsOf(input, sections, width >= WIDE / 3 && input.height > 24);
  const at = slots.findIndex((slot) => slot.kind === 'line' && slot.index === input.cursor);
  const top = topOf(at, slots.length, input.height);
  const shown = slots.slice(top, top + input.height).map((slot) => slotLine(slot, input, width));
  const below = slots.slice(top + input.height).filter(({ kind }) => kind === 'line').length;
  if (below > 0 && at < top + input.height - 1) {
    shown[shown.length - 1] = [span(`  ${below + 1} more below`, 'dim')];
  }
  return shown;
}

/** The cursor in the middle, as far as there is something to scroll; at the beginning the first head is in sight. */
function topOf(at: number, count: number, height: number): number {
  const middle = Math.max(0, at - Math.floor(height / 2));
  return Math.max(0, Math.min(middle, count - height));
}

function slotsOf({ lines }: PaneInput, sections: readonly Section[], spaced: boolean): Slot[] {
  const indices = Map.groupBy(lines.keys(), (index) => lines[index]?.section);
  return sections.flatMap((section): Slot[] => {
    const found = indices.get(section) ?? [];
    if (found.length === 0) return [];
    return [
      { kind: 'head', section, count: found.length },
      ...found.map((index): Slot => ({ kind: 'line', index })),
      ...(spaced ? [{ kind: 'blank' } as const] : []),
    ];
  });
}

function slotLine(slot: Slot, { lines, cursor, focused, now, theme }: PaneInput, width: number): Line {
  if (slot.kind === 'blank') return [];
  if (slot.kind === 'head') {
    return headerLine(layoutColumns(COLUMNS[slot.section], width), null, theme);
  }
  const line = lines[slot.index];
  if (!line) return [];
  const columns = layoutColumns(COLUMNS[line.section], width);
  const row = { cells: lineCells(line, { now, theme }) };
  return rowLine(columns, row, { cursor: slot.index === cursor, focused, theme });
}

/** The first line of the section after, or before, the one at `index`; at the end the first of all again. */
export function nextSection(lines: readonly DashboardLine[], index: number, by: 1 | -1): number {
  const firsts = SECTIONS.map((section) => lines.findIndex((line) => line.section === section)).filter(
    (first) => first >= 0,
  );
  const here = firsts.findLastIndex((first) => first <= index);
  return firsts[(here + by + firsts.length) % firsts.length] ?? 0;
}
