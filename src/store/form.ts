/** A form that is being filled in, and how keys change it. What it means when it is done is its owner's. */

export interface TextField {
  readonly kind: 'text' | 'number' | 'secret';
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
}

export interface ToggleField {
  readonly kind: 'toggle';
  readonly id: string;
  readonly label: string;
  readonly value: boolean;
  /** What stands behind the box. */
  readonly text?: string;
  readonly hint?: string;
}

export interface ChoiceField {
  readonly kind: 'choice';
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly hint?: string;
}

export interface ButtonField {
  readonly kind: 'button';
  readonly id: string;
  readonly label: string;
  readonly blocked?: string;
}

/** Says something between the fields, made anew after every change; the focus passes over it. */
export interface NoteField {
  readonly kind: 'note';
  readonly id: string;
  readonly text: string;
  /** `bad`: it cannot stay so. Default: quiet. */
  readonly tone?: 'dim' | 'bad' | 'warn';
}

export type FormField = TextField | ToggleField | ChoiceField | ButtonField | NoteField;

export type FormValues = Readonly<Record<string, string | boolean>>;

export interface FormState {
  readonly title: string;
  readonly fields: readonly FormField[];
  readonly focus: number;
  readonly errors: Readonly<Record<string, string>>;
  /** What came of the last button, such as of a check. */
  readonly message: { readonly kind: 'good' | 'info' | 'bad'; readonly text: string } | null;
  /** Fields that depend on others are made anew after every change. */
  readonly shape: (values: FormValues) => readonly FormField[];
  /** What the values would come to, in lines that stand below the form: made anew after every change. */
  readonly preview?: (values: FormValues) => readonly string[];
  readonly below?: readonly string[];
  /** First of those lines shown, where they are too many. Default: 0. */
  readonly belowTop?: number;
  /** Somebody has changed a field: who leaves it loses that. */
  readonly isFilled?: boolean;
  /** A button was pressed. */
  readonly press: (button: string, values: FormValues) => void;
}

export const formValues = (fields: readonly FormField[]): FormValues =>
  Object.fromEntries(fields.flatMap((field) => ('value' in field ? [[field.id, field.value]] : [])));

export function moveFocus(form: FormState, by: 1 | -1): FormState {
  const count = form.fields.length;
  let focus = form.focus;
  do focus = (focus + by + count) % count;
  while (form.fields[focus]?.kind === 'note' && focus !== form.focus);
  return { ...form, focus };
}

/** Changes the field in focus; the error about it goes, as it may be mended. */
export function changeField(form: FormState, change: (field: FormField) => FormField): FormState {
  const focused = form.fields[form.focus];
  if (!focused) return form;
  const changed = change(focused);
  if (changed === focused) return form;
  const before = form.fields.map((field) => (field === focused ? changed : field));
  const fields = form.shape(formValues(before));
  const { [focused.id]: _, ...errors } = form.errors;
  const focus = fields.findIndex((field) => field.id === focused.id);
  const previewed = form.preview ? { below: form.preview(formValues(fields)), belowTop: 0 } : {};
  return {
    ...form,
    ...previewed,
    fields,
    errors,
    focus: Math.max(0, focus),
    message: null,
    isFilled: form.isFilled || !isSame(focused, changed),
  };
}

const isSame = (a: FormField, b: FormField): boolean => 'value' in a && 'value' in b && a.value === b.value;

/** Of a choice, the next one that begins with it, by itself or after its last slash. */
function nextBy(field: ChoiceField, text: string): ChoiceField {
  const letter = text.toLowerCase();
  const at = field.choices.findIndex(({ value }) => value === field.value);
  const others = [...field.choices.slice(at + 1), ...field.choices.slice(0, Math.max(0, at))];
  const found = others.find(({ label }) =>
    [label, label.slice(label.lastIndexOf('/') + 1)].some((word) => word.toLowerCase().startsWith(letter)),
  );
  return found && letter !== '' ? { ...field, value: found.value } : field;
}

export const typed =
  (text: string) =>
  (field: FormField): FormField => {
    if (field.kind === 'choice') return nextBy(field, text);
    if (field.kind === 'text' || field.kind === 'secret') return { ...field, value: field.value + text };
    if (field.kind === 'number') return { ...field, value: field.value + text.replace(/\D/g, '') };
    return field;
  };

export const erased = (field: FormField): FormField =>
  field.kind === 'text' || field.kind === 'secret' || field.kind === 'number'
    ? { ...field, value: [...field.value].slice(0, -1).join('') }
    : field;

export const cleared = (field: FormField): FormField =>
  field.kind === 'text' || field.kind === 'secret' || field.kind === 'number'
    ? { ...field, value: '' }
    : field;

/** A toggle is turned; a choice goes on to its next one, or back. */
export const turned =
  (by: 1 | -1) =>
  (field: FormField): FormField => {
    if (field.kind === 'toggle') return { ...field, value: !field.value };
    if (field.kind !== 'choice') return field;
    const at = field.choices.findIndex((choice) => choice.value === field.value);
    const next = field.choices[(at + by + field.choices.length) % field.choices.length];
    return next ? { ...field, value: next.value } : field;
  };
