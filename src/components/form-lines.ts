/** Decides how a form looks: a label and a value a line, the field in focus, what is wrong with it, its buttons. */
import { formatName } from '../text/format.ts';
import { displayWidth, truncateStart, wrap } from '../text/width.ts';
import { span } from './line-width.ts';
import { glyph, type Line, type Theme, type Tone } from './theme.ts';

export type Field =
  | {
      readonly kind: 'text' | 'number' | 'secret';
      readonly id: string;
      readonly label: string;
      readonly value: string;
      readonly hint?: string;
    }
  | {
      readonly kind: 'toggle';
      readonly id: string;
      readonly label: string;
      readonly value: boolean;
      /** What stands behind the box. */
      readonly text?: string;
      readonly hint?: string;
    }
  | {
      readonly kind: 'choice';
      readonly id: string;
      readonly label: string;
      readonly value: string;
      readonly choices: readonly { readonly value: string; readonly label: string }[];
      readonly hint?: string;
    }
  | {
      readonly kind: 'note';
      readonly id: string;
      readonly text: string;
      readonly tone?: 'dim' | 'bad' | 'warn';
    }
  /** `blocked`: why it cannot be pressed now. */
  | { readonly kind: 'button'; readonly id: string; readonly label: string; readonly blocked?: string };

type Input = Exclude<Field, { kind: 'button' | 'note' }>;

export interface FormLook {
  readonly fields: readonly Field[];
  readonly focus: number;
  /** By the id of the field. */
  readonly errors: Readonly<Record<string, string>>;
}

const LABEL = 16;

/** Columns in front of what stands behind a box: the label, the box, a blank. */
const BEHIND_BOX = LABEL + 2 + 4;

export interface FormLines {
  readonly lines: readonly Line[];
  /** The line of the field in focus: it must be seen. */
  readonly at: number;
}

export function formLines({ fields, focus, errors }: FormLook, width: number, theme: Theme): FormLines {
  const lines: Line[] = [];
  let at = 0;
  const inputs = fields.filter((field) => field.kind !== 'button');
  for (const field of inputs) {
    if (field.kind === 'note') {
      lines.push(...noteLines(field.text, field.tone ?? 'dim', width));
      continue;
    }
    const focused = fields[focus] === field;
    if (focused) at = lines.length;
    // What stands behind a box is read in full where the focus is; elsewhere it is cut.
    if (focused && field.kind === 'toggle' && field.text !== undefined) {
      const [text = '', ...rest] = wrap(field.text, width - BEHIND_BOX);
      lines.push(fieldLine({ ...field, text }, focused, width, theme));
      lines.push(...rest.map((part) => [span(' '.repeat(BEHIND_BOX)), span(part)]));
    } else lines.push(fieldLine(field, focused, width, theme));
    const error = errors[field.id];
    if (error !== undefined) lines.push(...noteLines(error, 'bad', width));
    else if (focused && field.hint !== undefined) lines.push(...noteLines(field.hint, 'dim', width));
  }
  const buttons = fields.filter((field) => field.kind === 'button');
  if (buttons.length === 0) return { lines, at };
  const focused = fields[focus];
  const row = buttons.flatMap((button) => [
    span(`[ ${button.label} ]`, buttonTone(button === focused, button.blocked !== undefined)),
    span('  '),
  ]);
  lines.push([], [span('  '), ...row]);
  if (focused?.kind === 'button') at = lines.length - 1;
  const reason = focused?.kind === 'button' ? focused.blocked : undefined;
  if (reason !== undefined) lines.push([span(`  ${reason}`, 'warn')]);
  return { lines, at };
}

const noteLines = (text: string, tone: Tone, width: number): Line[] =>
  wrap(text, Math.max(20, width - LABEL - 2)).map((part) => [span(' '.repeat(LABEL + 2)), span(part, tone)]);

const buttonTone = (focused: boolean, blocked: boolean) => {
  if (focused) return 'inverse' as const;
  return blocked ? ('dim' as const) : ('bold' as const);
};

function fieldLine(field: Input, focused: boolean, width: number, theme: Theme): Line {
  const pointer = span(focused ? `${glyph('cursor', theme)} ` : '  ', 'accent');
  const label = span(field.label.padEnd(LABEL), focused ? 'bold' : 'plain');
  const room = width - LABEL - 4;
  return [pointer, label, ...valueSpans(field, focused, room, theme)];
}

function valueSpans(field: Input, focused: boolean, room: number, theme: Theme): Line {
  switch (field.kind) {
    case 'toggle':
      return [
        span(glyph(field.value ? 'toggleOn' : 'toggleOff', theme), focused ? 'inverse' : 'plain'),
        span(field.text === undefined ? '' : ` ${field.text}`),
      ];
    case 'choice': {
      const chosen = field.choices.find((choice) => choice.value === field.value)?.label ?? field.value;
      return focused ? [span('< ', 'dim'), span(chosen, 'inverse'), span(' >', 'dim')] : [span(chosen)];
    }
    default: {
      const text =
        field.kind === 'secret'
          ? glyph('secret', theme).repeat([...field.value].length)
          : formatName(field.value);
      // What is typed is at the end: that is what must be seen.
      const shown = truncateStart(text, room - 1, theme.unicode ? '…' : '~');
      if (!focused) return [span(shown)];
      return [
        span(shown),
        span(' ', 'inverse'),
        span(' '.repeat(Math.max(0, room - 1 - displayWidth(shown)))),
      ];
    }
  }
}
