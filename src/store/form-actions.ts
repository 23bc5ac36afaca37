/** Opens small forms, whose fields do not depend on each other and whose buttons close it, and complains in any. */
import { type App, closeOverlay, openOverlay } from './app.ts';
import type { FormField, FormValues } from './form.ts';

/** In the form, if it is still open. */
export function complainInForm(app: App, text: string): void {
  const { overlay } = app.store.getState();
  if (overlay?.kind !== 'form') return;
  openOverlay(app, { kind: 'form', form: { ...overlay.form, message: { kind: 'bad', text } } });
}

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
