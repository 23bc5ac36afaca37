/** The form that cleans up: rules, what they would keep and delete, and the question that lists exactly what goes. */
import type { Place } from '../../core/plan/catalog/catalog.ts';
import type { App } from '../../store/app.ts';
import type { FormValues } from '../../store/form.ts';
import { complainInForm, openShapedForm } from '../../store/form-actions.ts';
import { formatName } from '../../text/format.ts';
import { rulesPreview } from '../retention/cleanup-preview.ts';
import { askCleanup } from '../retention/cleanup-question.ts';
import { CLEANUP_START, cleanupFields, rulesFrom } from '../retention/cleanup-rules.ts';

export function openCleanupForm(app: App, { path, server }: Place): void {
  const { timeZone } = app.deps;
  openShapedForm(app, {
    title: `Clean up ${formatName(path)} on ${server}`,
    values: CLEANUP_START,
    shape: cleanupFields,
    preview: (values) => rulesPreview(app, path, rulesFrom(values, timeZone)),
    buttons: { cleanup: (values) => press(app, path, server, values) },
  });
}

function press(app: App, path: string, server: string, values: FormValues): void {
  const rules = rulesFrom(values, app.deps.timeZone);
  const why = rules.ok ? askCleanup(app, path, server, rules.value) : rules.fault.message;
  if (why !== null) complainInForm(app, why);
}
