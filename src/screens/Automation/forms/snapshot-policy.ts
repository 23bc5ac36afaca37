/** The form that adds or changes a snapshot policy: its fields, what they must hold, and what its buttons do. */
import type { Hook, SnapshotHooks, SnapshotPolicy } from '../../../core/model/policy.ts';
import { failed, ok, type Result } from '../../../core/model/result.ts';
import type { App } from '../../../store/app.ts';
import { saveEntry } from '../../../store/automation-actions.ts';
import type { FormField, FormValues } from '../../../store/form.ts';
import { openShapedForm } from '../../../store/form-actions.ts';
import { formatName } from '../../../text/format.ts';
import { readSchedule, scheduleFields, scheduleWord, zoneOf } from './schedule-field.ts';
import { freeSubvolumes, subvolumeField } from './subvolume-field.ts';
import { type Complaint, complainAt, rawOf, textOf, wholeIn } from './values.ts';

/** Of a command. */
const SECONDS = { least: 1, most: 3600, start: 60 } as const;

/** `policy` null: a new one. */
export function openSnapshotPolicyForm(app: App, policy: SnapshotPolicy | null): void {
  openShapedForm(app, {
    title: policy === null ? 'New snapshot policy' : `Snapshot policy of ${formatName(policy.subvolume)}`,
    values: valuesOf(app, policy),
    shape: (values) => fieldsFor(app, values, policy),
    buttons: { save: (values) => save(app, policy, values) },
  });
}

function valuesOf(app: App, policy: SnapshotPolicy | null): FormValues {
  const { timeZone } = app.deps;
  const before = policy?.hooks.before ?? null;
  const after = policy?.hooks.after ?? null;
  const schedule = policy?.schedule ?? null;
  return {
    subvolume: policy?.subvolume ?? freeSubvolumes(app.store.getState(), 'snapshotPolicies')[0] ?? '',
    schedule: schedule === null ? '1h' : scheduleWord(schedule),
    zone: zoneOf(schedule, null, timeZone),
    before: before?.command ?? '',
    beforeSeconds: String(before?.timeoutSeconds ?? SECONDS.start),
    required: before?.required ?? true,
    after: after?.command ?? '',
    afterSeconds: String(after?.timeoutSeconds ?? SECONDS.start),
    enabled: policy?.enabled ?? true,
  };
}

function fieldsFor(app: App, values: FormValues, policy: SnapshotPolicy | null): readonly FormField[] {
  const state = app.store.getState();
  const limit = (id: string): FormField => ({
    kind: 'number',
    id,
    label: '  within',
    // It was not there as long as there was no command.
    value: String(values[id] ?? SECONDS.start),
    hint: `seconds, ${SECONDS.least} to ${SECONDS.most}; then it is ended and has failed`,
  });
  return [
    ...(policy === null ? [subvolumeField(state, values, 'snapshotPolicies')] : []),
    ...scheduleFields(values, {
      ...{ now: app.deps.fleet.clock.now(), zone: app.deps.timeZone },
      ...{ rules: false, isNew: policy === null },
    }),
    {
      kind: 'text',
      id: 'before',
      label: 'Command before',
      value: rawOf(values, 'before'),
      hint: 'on the server, as the login; such as one that freezes a database',
    },
    ...(textOf(values, 'before') === ''
      ? []
      : [
          limit('beforeSeconds'),
          {
            kind: 'toggle',
            id: 'required',
            label: '  must succeed',
            value: values['required'] !== false,
            text: 'else no snapshot is made',
          } as const,
        ]),
    {
      kind: 'text',
      id: 'after',
      label: 'Command after',
      value: rawOf(values, 'after'),
      hint: 'run whenever the first was begun, whatever became of the snapshot',
    },
    ...(textOf(values, 'after') === '' ? [] : [limit('afterSeconds')]),
    { kind: 'toggle', id: 'enabled', label: 'On', value: values['enabled'] !== false },
    { kind: 'button', id: 'save', label: 'Save' },
    { kind: 'button', id: 'cancel', label: 'Cancel' },
  ];
}

function save(app: App, before: SnapshotPolicy | null, values: FormValues): void {
  const policy = policyFrom(values, before);
  if (!policy.ok) {
    complainAt(app, policy.fault);
    return;
  }
  saveEntry(app, { kind: 'snapshot', policy: policy.value }, before && { kind: 'snapshot', policy: before });
}

function policyFrom(values: FormValues, before: SnapshotPolicy | null): Result<SnapshotPolicy, Complaint> {
  const schedule = readSchedule(values);
  if (!schedule.ok) return schedule;
  const hooks = hooksFrom(values);
  if (!hooks.ok) return hooks;
  return ok({
    subvolume: before?.subvolume ?? textOf(values, 'subvolume'),
    schedule: schedule.value,
    hooks: hooks.value,
    enabled: values['enabled'] !== false,
  });
}

function hooksFrom(values: FormValues): Result<SnapshotHooks, Complaint> {
  const before = hookFrom(values, 'before');
  if (!before.ok) return before;
  const after = hookFrom(values, 'after');
  if (!after.ok) return after;
  const required = values['required'] !== false;
  return ok({ before: before.value && { ...before.value, required }, after: after.value });
}

function hookFrom(values: FormValues, id: 'before' | 'after'): Result<Hook | null, Complaint> {
  const command = rawOf(values, id);
  if (command.trim() === '') return ok(null);
  const timeoutSeconds = wholeIn(values, `${id}Seconds`, SECONDS.least, SECONDS.most);
  if (timeoutSeconds !== null) return ok({ command, timeoutSeconds });
  return failed({ field: `${id}Seconds`, text: `from ${SECONDS.least} to ${SECONDS.most}` });
}
