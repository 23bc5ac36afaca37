/** Opens forms, small ones and those whose fields depend on each other, and complains in any. */
import { type App, closeOverlay, openOverlay } from './app.ts';
import { type FormField, type FormState, type FormValues, formValues } from './form.ts';
import { refresh } from './refresh.ts';

/** In the form, if it is still open. */
export function complainInForm(app: App, text: string): void {
  const { overlay } = app.store.getState();
  if (overlay?.kind !== 'form') return;
  openOverlay(app, { kind: 'form', form: { ...overlay.form, message: { kind: 'bad', text } } });
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
  void refresh(app).then(() => {
    const { overlay } = app.store.getState();
    if (overlay?.kind !== 'form' || overlay.form.preview !== preview) return;
    const below = preview(formValues(overlay.form.fields));
    openOverlay(app, { kind: 'form', form: { ...overlay.form, below } });
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
