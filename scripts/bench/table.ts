// Turns bench rows into an aligned table. Pure: it measures and prints nothing.
import type { BenchRow } from './bench.ts';

export type Verdict = 'met' | 'missed' | '';

export function verdict({ value, goal }: BenchRow): Verdict {
  if (!goal) return '';
  const met = 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
  return met ? 'met' : 'missed';
}

/** Three significant digits: more would only look exact. */
const figure = (value: number, unit: string): string =>
  `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;

function goalText({ goal, unit }: BenchRow): string {
  if (!goal) return '';
  return 'atLeast' in goal ? `≥ ${figure(goal.atLeast, unit)}` : `≤ ${figure(goal.atMost, unit)}`;
}

export function formatTable(rows: readonly BenchRow[]): string {
  const cells = [
    ['measured', 'figure', 'goal', '', 'note'],
    ...rows.map((row) => [
      row.title,
      figure(row.value, row.unit),
      goalText(row),
      verdict(row),
      row.note ?? '',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) =>
          column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
