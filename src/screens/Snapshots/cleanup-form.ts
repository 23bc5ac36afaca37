/** The form that cleans up: rules, what they would keep and delete, and the question that lists exactly what goes. */
import type { RetentionPlan } from '../../core/model/retention.ts';
import type { ChosenSnapshot } from '../../core/model/run.ts';
import type { Place } from '../../core/plan/catalog.ts';
import { goingBy } from '../../core/plan/cleanup.ts';
import { type App, ask, closeOverlay, openOverlay } from '../../store/app.ts';
import { type FormState, type FormValues, formValues } from '../../store/form.ts';
import { refresh } from '../../store/refresh.ts';
import { cleanUpSnapshots } from '../../store/snapshot-actions.ts';
import { formatName } from '../../text/format.ts';
import { planNow, previewLines } from './cleanup-preview.ts';
import { CLEANUP_START, cleanupFields, rulesFrom } from './cleanup-rules.ts';

/** More than so many, and the count must be typed. */
const MANY = 10;

export function openCleanupForm(app: App, { path, server }: Place): void {
  const { timeZone } = app.deps;
  const preview = (values: FormValues): readonly string[] => {
    const rules = rulesFrom(values, timeZone);
    if (!rules.ok) return [rules.fault.message, rules.fault.hint];
    const plan = planNow(app, path, rules.value);
    return plan.ok ? previewLines(plan.value) : [plan.fault.message, plan.fault.hint];
  };
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
  // What it would do is told at once from what was seen last, and again once every server was looked at now.
  void refresh(app).then(() => {
    const { overlay } = app.store.getState();
    if (overlay?.kind !== 'form' || overlay.form.preview !== preview) return;
    const below = preview(formValues(overlay.form.fields));
    openOverlay(app, { kind: 'form', form: { ...overlay.form, below } });
  });
}

function press(app: App, path: string, server: string, values: FormValues): void {
  const rules = rulesFrom(values, app.deps.timeZone);
  if (!rules.ok) {
    complain(app, rules.fault.message);
    return;
  }
  const plan = planNow(app, path, rules.value);
  const going = plan.ok ? goingBy(plan.value, null) : [];
  if (!plan.ok || going.length === 0) {
    complain(app, plan.ok ? 'Nothing would go by these rules.' : plan.fault.message);
    return;
  }
  const frozen: ChosenSnapshot[] = going.map(({ name, uuid }) => ({ name, uuid }));
  ask(app, {
    title: `Delete ${going.length === 1 ? 'this snapshot' : `these ${going.length} snapshots`} of ${formatName(path)} for good?`,
    mustType: going.length > MANY ? String(going.length) : null,
    lines: [...aboveList(plan.value, server, going.length), ...going.map(({ name }) => `  ${name}`)],
    run: () => cleanUpSnapshots(app, path, rules.value, frozen),
  });
}

const aboveList = ({ answers }: RetentionPlan, server: string, going: number): string[] => [
  `On ${server}; replicas on other servers stay, and ${answers.length - going} here.`,
  'Every server is looked at once more; at most these go:',
];

function complain(app: App, text: string): void {
  const { overlay } = app.store.getState();
  if (overlay?.kind !== 'form') return;
  openOverlay(app, { kind: 'form', form: { ...overlay.form, message: { kind: 'bad', text } } });
}
