/** The form that adds or changes a retention policy, with what it would keep and delete now below it. */
import type { RetentionPolicy } from '../../core/model/policy.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import type { RetentionRules } from '../../core/model/retention.ts';
import { type App, closeOverlay, openOverlay } from '../../store/app.ts';
import { saveEntry } from '../../store/automation-actions.ts';
import { type FormField, type FormState, type FormValues, formValues } from '../../store/form.ts';
import { formatName } from '../../text/format.ts';
import { previewAgain, rulesPreview } from '../Snapshots/cleanup-preview.ts';
import { CLEANUP_START, ruleFields, rulesFrom, ruleValues } from '../Snapshots/cleanup-rules.ts';
import { type Complaint, complainAt, textOf } from './form-values.ts';
import { askBeforeDeleting } from './retention-question.ts';
import { readSchedule, scheduleFields, scheduleWord, zoneOf, zonesNote } from './schedule-field.ts';
import { freeSubvolumes, subvolumeField } from './subvolume-field.ts';

/** `policy` null: a new one. */
export function openRetentionPolicyForm(app: App, policy: RetentionPolicy | null): void {
  const shape = (values: FormValues): readonly FormField[] => fieldsFor(app, values, policy);
  const preview = (values: FormValues): readonly string[] =>
    rulesPreview(app, subvolumeOf(values, policy), rulesOf(values));
  const fields = shape(valuesOf(app, policy));
  const form: FormState = {
    title: policy === null ? 'New retention policy' : `Retention policy of ${formatName(policy.subvolume)}`,
    fields,
    focus: 0,
    errors: {},
    message: null,
    shape,
    preview,
    below: preview(formValues(fields)),
    press: (button, values) => {
      if (button === 'save') save(app, policy, values);
      else closeOverlay(app);
    },
  };
  openOverlay(app, { kind: 'form', form });
  previewAgain(app, preview);
}

const subvolumeOf = (values: FormValues, policy: RetentionPolicy | null): string =>
  policy?.subvolume ?? textOf(values, 'subvolume');

const rulesOf = (values: FormValues): Result<RetentionRules> => rulesFrom(values, textOf(values, 'zone'));

function valuesOf(app: App, policy: RetentionPolicy | null): FormValues {
  const { timeZone } = app.deps;
  const schedule = policy?.schedule ?? null;
  return {
    ...(policy === null ? { ...CLEANUP_START, kind: 'ladder' } : ruleValues(policy.rules)),
    subvolume: policy?.subvolume ?? freeSubvolumes(app.store.getState(), 'retentionPolicies')[0] ?? '',
    schedule: schedule === null ? '1h' : scheduleWord(schedule),
    zone: zoneOf(schedule, policy?.rules ?? null, timeZone),
    enabled: policy?.enabled ?? true,
  };
}

const fieldsFor = (app: App, values: FormValues, policy: RetentionPolicy | null): readonly FormField[] => [
  ...(policy === null ? [subvolumeField(app.store.getState(), values, 'retentionPolicies')] : []),
  ...ruleFields(values),
  ...scheduleFields(values, { now: app.deps.fleet.clock.now(), zone: app.deps.timeZone, rules: true }),
  ...zonesNote(policy?.schedule ?? null, policy?.rules ?? null),
  { kind: 'toggle', id: 'enabled', label: 'On', value: values['enabled'] !== false },
  { kind: 'button', id: 'save', label: 'Save' },
  { kind: 'button', id: 'cancel', label: 'Cancel' },
];

function save(app: App, before: RetentionPolicy | null, values: FormValues): void {
  const policy = policyFrom(values, before);
  if (!policy.ok) {
    complainAt(app, policy.fault);
    return;
  }
  const entry = { kind: 'retention', policy: policy.value } as const;
  const write = (): void => saveEntry(app, entry, before && { kind: 'retention', policy: before });
  askBeforeDeleting(app, [policy.value], write);
}

function policyFrom(values: FormValues, before: RetentionPolicy | null): Result<RetentionPolicy, Complaint> {
  const rules = rulesOf(values);
  if (!rules.ok) {
    const field = rulesFrom(values, 'UTC').ok ? 'zone' : 'kind';
    return failed({ field, text: rules.fault.message });
  }
  const schedule = readSchedule(values);
  if (!schedule.ok) return schedule;
  return ok({
    subvolume: subvolumeOf(values, before),
    rules: rules.value,
    schedule: schedule.value,
    enabled: values['enabled'] !== false,
  });
}
