/** The form that adds or changes a retention policy, with what it would keep and delete now below it. */
import type { RetentionPolicy } from '../../../core/model/policy.ts';
import { failed, ok, type Result } from '../../../core/model/result.ts';
import type { RetentionRules } from '../../../core/model/retention.ts';
import type { App } from '../../../store/app.ts';
import { saveEntry } from '../../../store/automation-actions.ts';
import type { FormField, FormValues } from '../../../store/form.ts';
import { openShapedForm } from '../../../store/form-actions.ts';
import { formatName } from '../../../text/format.ts';
import { rulesPreview } from '../../retention/cleanup-preview.ts';
import { CLEANUP_START, ruleFields, rulesFrom, ruleValues } from '../../retention/cleanup-rules.ts';
import { askBeforeDeleting } from './retention-question.ts';
import { readSchedule, scheduleFields, scheduleWord, zoneOf, zonesNote } from './schedule-field.ts';
import { freeSubvolumes, subvolumeField } from './subvolume-field.ts';
import { type Complaint, complainAt, textOf } from './values.ts';

/** `policy` null: a new one. */
export function openRetentionPolicyForm(app: App, policy: RetentionPolicy | null): void {
  openShapedForm(app, {
    title: policy === null ? 'New retention policy' : `Retention policy of ${formatName(policy.subvolume)}`,
    values: valuesOf(app, policy),
    shape: (values) => fieldsFor(app, values, policy),
    preview: (values) => rulesPreview(app, subvolumeOf(values, policy), rulesOf(values)),
    buttons: { save: (values) => save(app, policy, values) },
  });
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
  ...scheduleFields(values, {
    ...{ now: app.deps.fleet.clock.now(), zone: app.deps.timeZone },
    ...{ rules: true, isNew: policy === null },
  }),
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
