/** The form that adds or changes a policy by which replicas are compared with their source. */
import { VERIFY_BUDGET_SECONDS, type VerifyPolicy } from '../../../core/model/automation/verify-policy.ts';
import { failed, ok, type Result } from '../../../core/model/result.ts';
import { PROOF_LEVELS, type ProofLevel } from '../../../core/model/runs/target-result.ts';
import type { App } from '../../../store/app.ts';
import { saveEntry } from '../../../store/automation-actions.ts';
import type { FormField, FormValues } from '../../../store/form.ts';
import { openShapedForm } from '../../../store/form-actions.ts';
import { formatName } from '../../../text/format.ts';
import { parseDuration } from '../../../text/parse-duration.ts';
import { readSchedule, scheduleFields, scheduleWord, zoneOf } from './schedule-field.ts';
import { freeSubvolumes, subvolumeField } from './subvolume-field.ts';
import { type Complaint, complainAt, rawOf, textOf, wholeIn } from './values.ts';

/** `policy` null: a new one. */
export function openVerifyPolicyForm(app: App, policy: VerifyPolicy | null): void {
  openShapedForm(app, {
    title: policy === null ? 'New comparison policy' : `Comparison policy of ${formatName(policy.subvolume)}`,
    values: valuesOf(app, policy),
    shape: (values) => fieldsFor(app, values, policy),
    buttons: { save: (values) => save(app, policy, values) },
  });
}

function valuesOf(app: App, policy: VerifyPolicy | null): FormValues {
  const schedule = policy?.schedule ?? null;
  return {
    subvolume: policy?.subvolume ?? freeSubvolumes(app.store.getState(), 'verifyPolicies')[0] ?? '',
    level: policy?.level ?? 'metadata',
    share: String(policy?.share ?? 1),
    budget: scheduleWord({ kind: 'every', seconds: policy?.budgetSeconds ?? VERIFY_BUDGET_SECONDS }),
    schedule: schedule === null ? '1d' : scheduleWord(schedule),
    zone: zoneOf(schedule, null, app.deps.timeZone),
    enabled: policy?.enabled ?? true,
  };
}

const LEVELS: Readonly<Record<ProofLevel, string>> = {
  identity: 'identity: a look',
  metadata: 'metadata: no file is read',
  content: 'content: files are read on both sides',
};

const fieldsFor = (app: App, values: FormValues, policy: VerifyPolicy | null): readonly FormField[] => [
  ...(policy === null ? [subvolumeField(app.store.getState(), values, 'verifyPolicies')] : []),
  {
    kind: 'choice',
    id: 'level',
    label: 'Compares',
    value: rawOf(values, 'level'),
    choices: PROOF_LEVELS.map((level) => ({ value: level, label: LEVELS[level] })),
  },
  ...(textOf(values, 'level') === 'content' ? [shareField(values)] : []),
  {
    kind: 'text',
    id: 'budget',
    label: 'At most',
    value: rawOf(values, 'budget'),
    hint: 'such as 30m or 2h; what is left then is not finished',
  },
  ...scheduleFields(values, {
    ...{ now: app.deps.fleet.clock.now(), zone: app.deps.timeZone },
    ...{ rules: false, isNew: policy === null },
  }),
  { kind: 'toggle', id: 'enabled', label: 'On', value: values['enabled'] !== false },
  { kind: 'button', id: 'save', label: 'Save' },
  { kind: 'button', id: 'cancel', label: 'Cancel' },
];

const shareField = (values: FormValues): FormField => ({
  kind: 'number',
  id: 'share',
  label: '  a share, 1 of',
  value: rawOf(values, 'share'),
  hint: 'each time another part, and what is new; 1: all',
});

function save(app: App, before: VerifyPolicy | null, values: FormValues): void {
  const policy = policyFrom(values, before);
  if (!policy.ok) {
    complainAt(app, policy.fault);
    return;
  }
  saveEntry(app, { kind: 'verify', policy: policy.value }, before && { kind: 'verify', policy: before });
}

function policyFrom(values: FormValues, before: VerifyPolicy | null): Result<VerifyPolicy, Complaint> {
  const level = PROOF_LEVELS.find((one) => one === textOf(values, 'level')) ?? 'metadata';
  const parts = level === 'content' ? wholeIn(values, 'share', 1, 10_000) : 1;
  if (parts === null) return failed({ field: 'share', text: 'from 1 to 10000' });
  const budgetSeconds = parseDuration(textOf(values, 'budget'));
  if (!budgetSeconds) return failed({ field: 'budget', text: 'a time such as 30m or 2h' });
  const schedule = readSchedule(values);
  if (!schedule.ok) return schedule;
  return ok({
    subvolume: before?.subvolume ?? textOf(values, 'subvolume'),
    ...{ level, share: parts === 1 ? null : parts, budgetSeconds },
    schedule: schedule.value,
    enabled: values['enabled'] !== false,
  });
}
