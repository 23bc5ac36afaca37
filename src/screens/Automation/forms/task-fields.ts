/** Decides which fields the form of a task has, and what stands between them. */

import type { Task } from '../../../core/model/automation/task.ts';
import { formatTarget } from '../../../core/model/target.ts';
import type { ChoiceField, FormField, FormValues, ToggleField } from '../../../store/form.ts';
import type { AppState } from '../../../store/state.ts';
import { formatName } from '../../../text/format.ts';
import { ruleFields } from '../../retention/cleanup-rules.ts';
import { chosenPlace, places } from '../../shared/fleet-view.ts';
import { targetChoices } from '../../shared/targets.ts';
import { scheduleFields, zonesNote } from './schedule-field.ts';
import { chosenSubvolumes, KEEP_ALL, SUBVOLUME, TARGET } from './task-values.ts';
import { rawOf, textOf } from './values.ts';

export interface FieldsContext {
  readonly state: AppState;
  /** Null: a new one. */
  readonly task: Task | null;
  readonly now: number;
  /** Of who looks. */
  readonly zone: string;
}

export const taskFields = (values: FormValues, context: FieldsContext): readonly FormField[] => [
  ...(context.task === null ? [nameField(values)] : []),
  ...subvolumeBoxes(values, context),
  ...targetBoxes(values, context),
  ...scheduleFields(values, {
    ...context,
    rules: textOf(values, 'kind') !== KEEP_ALL,
    isNew: context.task === null,
  }),
  ...zonesNote(context.task?.schedule ?? null, context.task?.retention ?? null),
  ...promiseFields(values),
  ...keepFields(values),
  ...transferFields(values),
  { kind: 'toggle', id: 'enabled', label: 'On', value: values['enabled'] !== false },
  { kind: 'button', id: 'save', label: 'Save' },
  { kind: 'button', id: 'cancel', label: 'Cancel' },
];

const nameField = (values: FormValues): FormField => ({
  kind: 'text',
  id: 'name',
  label: 'Name',
  value: rawOf(values, 'name'),
  hint: 'such as nightly: letters, digits, dots, dashes, underscores',
});

const box = (values: FormValues, id: string, text: string, label: string): ToggleField => ({
  kind: 'toggle',
  id,
  label,
  value: values[id] === true,
  text: formatName(text),
});

function subvolumeBoxes(values: FormValues, { state, task }: FieldsContext): FormField[] {
  const there = places(state).map(({ path }) => path);
  const gone = (task?.subvolumes ?? []).filter((path) => !there.includes(path));
  const boxes = [...there, ...gone].map((path, index) => {
    const text = gone.includes(path) ? `${path}  (not found on the primary)` : path;
    return box(values, `${SUBVOLUME}${path}`, text, index === 0 ? 'Subvolumes' : '');
  });
  const group = chosenSubvolumes(values, task).length > 1;
  const text =
    'Several are a consistency group: snapshotted together under one name, and complete on a target only together.';
  return [...boxes, ...(group ? [{ kind: 'note', id: 'group', text } as const] : [])];
}

/** Those that can be chosen now, and those the task has, which may be a disk that is not there now. */
export function targetLabels(state: AppState, values: FormValues, task: Task | null): readonly string[] {
  const [first] = chosenSubvolumes(values, task);
  const place = chosenPlace(state, first ?? null);
  const now = place === null ? [] : targetChoices(state, place).map(({ label }) => label);
  return [...new Set([...(task?.targets.map(formatTarget) ?? []), ...now])];
}

function targetBoxes(values: FormValues, { state, task }: FieldsContext): FormField[] {
  const boxes = targetLabels(state, values, task).map((label, index) =>
    box(values, `${TARGET}${label}`, label, index === 0 ? 'Targets' : ''),
  );
  return [
    ...boxes,
    {
      kind: 'text',
      id: 'more',
      label: boxes.length === 0 ? 'Targets' : 'Other targets',
      value: rawOf(values, 'more'),
      hint: 'such as b:/mnt/usb, b:/mnt/usb2: disks that are not there now',
    },
  ];
}

const MODES = [
  { value: 'async', label: 'async: when it is due' },
  { value: 'sync', label: 'sync: a snapshot waits until every target has it' },
];

const promiseFields = (values: FormValues): FormField[] => [
  { kind: 'choice', id: 'mode', label: 'Mode', value: textOf(values, 'mode'), choices: MODES },
  {
    kind: 'text',
    id: 'rpo',
    label: 'RPO',
    value: rawOf(values, 'rpo'),
    hint: 'most work that may be lost, such as 30m; empty: no alarm',
  },
];

/** The rules of a clean-up, and in front of them to keep everything. */
function keepFields(values: FormValues): FormField[] {
  const [kind, ...rules] = ruleFields(values);
  if (kind?.kind !== 'choice') return [];
  const keep: ChoiceField = {
    ...kind,
    label: 'Keep there',
    choices: [{ value: KEEP_ALL, label: 'everything' }, ...kind.choices],
  };
  if (textOf(values, 'kind') === KEEP_ALL) return [keep];
  return [keep, ...rules];
}

const transferFields = (values: FormValues): FormField[] => [
  {
    kind: 'text',
    id: 'rate',
    label: 'At most',
    value: rawOf(values, 'rate'),
    hint: 'bytes a second, such as 10M; empty: no limit',
  },
  {
    kind: 'toggle',
    id: 'compress',
    label: 'Compressed',
    value: values['compress'] === true,
    text: 'as it lies on the disk, where both ends can',
  },
  {
    kind: 'toggle',
    id: 'resumable',
    label: 'Resumable',
    value: values['resumable'] === true,
    text: 'for slow or broken links; needs more room there',
  },
  {
    kind: 'number',
    id: 'retries',
    label: 'Tried again',
    value: rawOf(values, 'retries'),
    hint: 'times before the next round is due, after a failure that may pass',
  },
  {
    kind: 'number',
    id: 'suspendAfter',
    label: 'Give up after',
    value: rawOf(values, 'suspendAfter'),
    hint: 'failed rounds in a row, each target by itself; 0: never',
  },
];
