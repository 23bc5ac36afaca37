/** The form that cleans up: rules, what they would keep and delete, and the question that lists exactly what goes. */
import type { Place } from '../../core/plan/catalog.ts';
import { type App, closeOverlay, openOverlay } from '../../store/app.ts';
import { type FormState, type FormValues, formValues } from '../../store/form.ts';
import { complainInForm } from '../../store/form-actions.ts';
import { formatName } from '../../text/format.ts';
import { previewAgain, rulesPreview } from './cleanup-preview.ts';
import { askCleanup } from './cleanup-question.ts';
import { CLEANUP_START, cleanupFields, rulesFrom } from './cleanup-rules.ts';

export function openCleanupForm(app: App, { path, server }: Place): void {
  const { timeZone } = app.deps;
  const preview = (values: FormValues): readonly string[] =>
    rulesPreview(app, path, rulesFrom(values, timeZone));
  const fields = cleanupFields(CLEANUP_START);
  const form: FormState = {
    title: `Clean up ${formatName(path)} on ${server}`,
    fields,
    focus: 0,
    errors: {},
    message: null,
    shape: cleanupFields,
    preview,
    below: preview(formValues(fields)),
    press: (button, values) => {
      if (button === 'cleanup') press(app, path, server, values);
      else closeOverlay(app);
    },
  };
  openOverlay(app, { kind: 'form', form });
  previewAgain(app, preview);
}

function press(app: App, path: string, server: string, values: FormValues): void {
  const rules = rulesFrom(values, app.deps.timeZone);
  const why = rules.ok ? askCleanup(app, path, server, rules.value) : rules.fault.message;
  if (why !== null) complainInForm(app, why);
}
