/** Opens forms, small ones and those whose fields depend on each other, and complains in any. */
import { type App, closeOverlay, openOverlay } from './app.ts';
import { type FormField, type FormState, type FormValues, formValues } from './form.ts';
import { refresh } from './refresh.ts';
import type { Overlay } from './state.ts';

/** The form that is open, or that a question is about. */
export function formBelow(overlay: Overlay | null): FormState | null {
  if (overlay?.kind === 'form') return overlay.form;
  return overlay?.kind === 'confirm' ? formBelow(overlay.confirm.back ?? null) : null;
}

/** Changes that very form, also below a question; once it was left, nothing. */
export function inForm(app: App, form: FormState, edit: (now: FormState) => FormState): void {
  const edited = (overlay: Overlay | null): Overlay | null => {
    if (overlay?.kind === 'form')
      return overlay.form.press === form.press ? { kind: 'form', form: edit(overlay.form) } : overlay;
    if (overlay?.kind !== 'confirm') return overlay;
    const back = edited(overlay.confirm.back ?? null);
    return back === (overlay.confirm.back ?? null)
      ? overlay
      : { kind: 'confirm', confirm: { ...overlay.confirm, back } };
  };
  const { overlay } = app.store.getState();
  const now = edited(overlay);
  if (now !== overlay && now !== null) openOverlay(app, now);
}

/** In the form, if it is still open. */
export function complainInForm(app: App, text: string): void {
  const form = formBelow(app.store.getState().overlay);
  if (form) inForm(app, form, (now) => ({ ...now, message: { kind: 'bad', text } }));
}

interface ShapedForm extends Pick<FormState, 'title' | 'shape' | 'preview'> {
  /** What it begins with. */
  readonly values: FormValues;
  /** What a button does, by its id; one that is not here closes the form. */
  readonly buttons: Readonly<Record<string, (values: FormValues) => void>>;
}

/** A form whose fields are made of its values, and stays open until what it is for is done. */
export function openShapedForm(app: App, { title, shape, preview, values, buttons }: ShapedForm): void {
  const fields = shape(values);
  const form: FormState = {
    ...{ title, fields, shape, focus: 0, errors: {}, message: null },
    ...(preview ? { preview, below: preview(formValues(fields)) } : {}),
    press: (button, now) => {
      const act = buttons[button];
      if (act) act(now);
      else closeOverlay(app);
    },
  };
  openOverlay(app, { kind: 'form', form });
  if (preview) previewAgain(app, preview);
}

/** What a form would do is told at once from what was seen last, and again once every server was looked at now. */
function previewAgain(app: App, preview: (values: FormValues) => readonly string[]): void {
  const form = formBelow(app.store.getState().overlay);
  void refresh(app).then(() => {
    if (form) inForm(app, form, (now) => ({ ...now, below: preview(formValues(now.fields)) }));
  });
}

/** A small form: its fields do not depend on each other, and every button closes it. */
export function openForm(
  app: App,
  form: {
    readonly title: string;
    readonly fields: readonly FormField[];
    readonly press: (button: string, values: FormValues) => void;
  },
): void {
  const withValues = (values: FormValues): readonly FormField[] =>
    form.fields.map((field) => {
      const value = values[field.id];
      if (field.kind === 'toggle') return typeof value === 'boolean' ? { ...field, value } : field;
      return field.kind !== 'button' && typeof value === 'string' ? { ...field, value } : field;
    });
  openOverlay(app, {
    kind: 'form',
    form: {
      title: form.title,
      fields: form.fields,
      focus: 0,
      errors: {},
      message: null,
      shape: withValues,
      press: (button, values) => {
        closeOverlay(app);
        form.press(button, values);
      },
    },
  });
}
