/** A form that is read from top to bottom: rows one can stand on, and what they say about what was chosen. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';

export interface FormRow {
  /** Null: it only tells. */
  readonly id: string | null;
  readonly label: string;
  readonly value: Line;
}

const LABEL = 17;

export const tellRow = (...value: Line): FormRow => ({ id: null, label: '', value });

export const rowIds = (rows: readonly FormRow[]): string[] =>
  rows.flatMap(({ id }) => (id === null ? [] : [id]));

export function rowLines(rows: readonly FormRow[], focused: string | null, pointer: string): Line[] {
  return rows.map(({ id, label, value }) => {
    const here = id !== null && id === focused;
    const head = [
      span(here ? `${pointer} ` : '  ', 'accent'),
      span(label.padEnd(LABEL), here ? 'bold' : 'dim'),
    ];
    return [...head, ...(here ? value.map((part) => ({ ...part, tone: 'inverse' as const })) : value)];
  });
}
