/** A form that is read from top to bottom: rows one can stand on, and what they say about what was chosen. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { primaryLook, primaryOf } from '../shared/fleet-view.ts';
import { lookWarning } from '../shared/staleness.ts';

export interface FormRow {
  /** Null: it only tells. */
  readonly id: string | null;
  readonly label: string;
  readonly value: Line;
}

const LABEL = 17;

/** Columns in front of a value. */
export const LABEL_WIDTH = LABEL + 2;

/** The row that sends. */
export const BUTTON = 'replicate';

export const tellRow = (...value: Line): FormRow => ({ id: null, label: '', value });

/** First row where what is known of the primary is old. */
export function primaryRows(state: AppState): FormRow[] {
  const primary = primaryOf(state);
  const warning = primary && lookWarning(primary.name, primaryLook(state), state.now);
  return warning ? [tellRow(span(`▲ ${formatName(warning)}`, 'warn'))] : [];
}

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
