/** Opens small forms: fields that do not depend on each other, and buttons that close it. */
import { type App, closeOverlay, openOverlay } from './app.ts';
import type { FormField, FormValues } from './form.ts';

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
