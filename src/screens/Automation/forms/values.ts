/** Reads what was typed into a form of automation, and puts a complaint beside its field. */
import { type App, openOverlay } from '../../../store/app.ts';
import type { FormValues } from '../../../store/form.ts';

/** What keeps a form from being saved, and where. */
export interface Complaint {
  /** The id of the field. */
  readonly field: string;
  readonly text: string;
}

/** Without the blanks around it. */
export const textOf = (values: FormValues, id: string): string => String(values[id] ?? '').trim();

/** As it is being typed. */
export const rawOf = (values: FormValues, id: string): string => String(values[id] ?? '');

/** A whole number within these; null: it is none. */
export function wholeIn(values: FormValues, id: string, least: number, most: number): number | null {
  const text = textOf(values, id);
  const number = Number(text);
  return /^\d+$/.test(text) && number >= least && number <= most ? number : null;
}

/** The field gets the focus. */
export function complainAt(app: App, { field, text }: Complaint): void {
  const { overlay } = app.store.getState();
  if (overlay?.kind !== 'form') return;
  const focus = overlay.form.fields.findIndex(({ id }) => id === field);
  const errors = { [field]: text };
  openOverlay(app, {
    kind: 'form',
    form: { ...overlay.form, errors, message: null, focus: Math.max(0, focus) },
  });
}
