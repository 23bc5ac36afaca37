/** Draws the one overlay that is open, in the place of the body. */
import type { ReactNode } from 'react';
import { Dialog, innerHeight, innerWidth } from '../../components/Dialog.tsx';
import { formLines } from '../../components/form-lines.ts';
import { span, wrapped } from '../../components/line-width.ts';
import { Select } from '../../components/Select.tsx';
import { glyph, type Line, type Theme } from '../../components/theme.ts';
import { useTheme } from '../../components/theme-context.ts';
import type { FormState } from '../../store/form.ts';
import type { AppState, Confirm, Overlay } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import { selectView } from '../lists/select.ts';
import { entriesOf } from './overlay-keys.ts';
import { commandLines, jobLines, messageLines } from './overlay-lines.ts';

export interface OverlayProps {
  readonly state: AppState;
  readonly overlay: Overlay;
  readonly width: number;
  readonly height: number;
}

export function OverlayView({ state, overlay, width, height }: OverlayProps): ReactNode {
  const theme = useTheme();
  if (overlay.kind === 'select') {
    const { title, filter, items } = overlay.select;
    const { matches, index, rows } = selectView(state, overlay.select);
    const counted = { count: items.length, items: matches, index, filter, rows };
    return <Select title={title} {...counted} width={width} height={height} />;
  }
  const { title, keys, danger, inner } = look(overlay);
  const frame = { width, height, title, keys, ...(danger ? { danger } : {}), ...(inner ? { inner } : {}) };
  const room = { width: innerWidth(frame), height: innerHeight(frame) };
  return <Dialog {...frame} lines={linesOf(state, overlay, room, theme)} />;
}

interface Room {
  readonly width: number;
  readonly height: number;
}

interface Look {
  readonly title: string;
  readonly keys: Line;
  readonly danger?: boolean;
  readonly inner?: number;
}

const dim = (text: string): Line => [span(text, 'dim')];

function look(overlay: Exclude<Overlay, { kind: 'select' }>): Look {
  switch (overlay.kind) {
    case 'help':
      return { title: 'Keys that work here', keys: dim('type to filter   Enter does it   Esc back') };
    case 'palette':
      return {
        title: 'Find an action, a server, a subvolume, a task',
        keys: dim('type to filter   Enter does it   Esc back'),
      };
    case 'form':
      return {
        title: overlay.form.title,
        keys: dim('Tab, Shift-Tab move   Enter next or press   Esc back'),
      };
    case 'confirm':
      return {
        title: overlay.confirm.title,
        danger: overlay.confirm.danger,
        keys: confirmKeys(overlay.confirm),
      };
    case 'jobs':
      return { title: 'Runs', inner: 110, keys: dim('Enter shows all of it   c cancels   q or Esc back') };
    case 'commands':
      return {
        title: 'Commands run on the servers by this screen',
        inner: 140,
        keys: dim('j k scroll   q or Esc back'),
      };
    case 'messages':
      return { title: 'Messages', inner: 120, keys: dim('j k scroll   q or Esc back') };
    case 'text':
      return {
        title: overlay.title,
        inner: 100,
        keys: dim(`${overlay.go ? `Enter ${overlay.go.label}   ` : ''}j k scroll   q or Esc back`),
      };
  }
}

const confirmKeys = ({ mustType }: Confirm): Line =>
  mustType === null
    ? [span('y', 'bold'), span(' yes   '), span('any other key', 'bold'), span(' no')]
    : [span('Enter', 'bold'), span(' once it is typed   '), span('Esc', 'bold'), span(' no')];

function linesOf(
  state: AppState,
  overlay: Exclude<Overlay, { kind: 'select' }>,
  room: Room,
  theme: Theme,
): Line[] {
  switch (overlay.kind) {
    case 'help':
    case 'palette':
      return searchLines(state, overlay, room, theme);
    case 'form':
      return fittedForm(overlay.form, room, theme);
    case 'confirm':
      return confirmLines(overlay.confirm, room);
    case 'jobs':
      return jobLines(state, overlay.cursor, room, theme);
    case 'commands':
      return commandLines(state, overlay.top, room);
    case 'messages':
      return messageLines(state, overlay.top, room);
    case 'text':
      return scrolled(
        overlay.lines.flatMap((text) => wrapped(text, room.width)),
        overlay.top ?? 0,
        room.height,
      );
  }
}

/** What was said last stays in sight, and of the form the field in focus with the line below it. */
function fittedForm(form: FormState, room: Room, theme: Theme): Line[] {
  const { message } = form;
  const tone = message?.kind === 'info' ? 'accent' : (message?.kind ?? 'plain');
  const said: Line[] = message === null ? [] : [[], ...wrapped(formatName(message.text), room.width, tone)];
  const { lines, at } = formLines(form, room.width, theme);
  const below = form.below?.length ? belowLines(form.below, form.belowTop ?? 0, lines.length, room) : [];
  const height = Math.max(3, room.height - said.length - below.length);
  const top = Math.max(0, Math.min(at - Math.floor(height / 2), lines.length - height));
  return [...cutForm(lines, top, height), ...below, ...said];
}

/** Rows that a form needs to have one left for saying that it goes on. */
const ROOMY = 6;

function cutForm(lines: readonly Line[], top: number, height: number): Line[] {
  const shown = lines.slice(top, top + height);
  const more = lines.length - top - height;
  if (more <= 0 || height < ROOMY) return shown;
  return [...shown.slice(0, -1), [span('  more below: Tab goes there', 'dim')]];
}

/** The first line always; of the others as many as the form leaves room for, at least a few. */
const LEAST = 5;

function belowLines([first = '', ...rest]: readonly string[], top: number, form: number, room: Room): Line[] {
  const height = Math.max(LEAST, room.height - form) - 2;
  const shown = rest.slice(top, top + height).map((text): Line => [span(text)]);
  const more = rest.length - shown.length;
  const where = more > 0 ? '   PgUp, PgDn show the others' : '';
  return [[], [span(first, 'bold'), span(where, 'dim')], ...shown];
}

function scrolled(lines: readonly Line[], top: number, height: number): Line[] {
  if (lines.length <= height) return [...lines];
  const first = Math.min(top, lines.length - height + 1);
  const below = lines.length - first - height + 1;
  const shown = lines.slice(first, first + height - 1);
  return [...shown, [span(whereText(first, below), 'warn')]];
}

const whereText = (above: number, below: number): string =>
  `${[above > 0 ? `${above} above` : '', below > 0 ? `${below} more below` : '']
    .filter((part) => part !== '')
    .join(', ')}: up and down show them`;

const BURSTS = 'Keys faster than a hand types, like pasted text, change nothing unasked.';

function searchLines(
  state: AppState,
  overlay: Extract<Overlay, { kind: 'help' | 'palette' }>,
  room: Room,
  theme: Theme,
): Line[] {
  const entries = entriesOf(state, overlay);
  const why = entries[overlay.cursor]?.reason;
  const [note, tone] =
    why === undefined ? ([BURSTS, 'dim'] as const) : ([`Not now: ${why}`, 'warn'] as const);
  const isTold = why !== undefined || overlay.kind === 'help';
  const told = isTold ? wrapped(note, room.width, tone) : [];
  const visible = Math.max(1, room.height - 2 - told.length);
  const top = Math.max(0, Math.min(overlay.cursor - Math.floor(visible / 2), entries.length - visible));
  const rows = entries.slice(top, top + visible).map((entry, offset): Line => {
    const here = top + offset === overlay.cursor;
    const quiet = entry.reason === undefined ? 'plain' : 'dim';
    const reason = entry.reason === undefined ? [] : [span(`  (${entry.reason})`, here ? 'inverse' : 'dim')];
    return [
      span(here ? `${glyph('cursor', theme)} ` : '  ', 'accent'),
      span(entry.key.padEnd(15), here ? 'inverse' : 'bold'),
      span(entry.text, here ? 'inverse' : quiet),
      ...reason,
    ];
  });
  const query: Line = [
    span('> ', 'accent'),
    span(formatName(overlay.query)),
    span(' ', 'inverse'),
    span(`  ${entries.length} found`, 'dim'),
  ];
  return [query, [], ...(rows.length > 0 ? rows : [[span('Nothing is called that.')]]), ...told];
}

/** What does not fit is counted and can be scrolled to, never dropped in silence. */
function confirmLines(confirm: Confirm, room: Room): Line[] {
  const typed: Line[] =
    confirm.mustType === null
      ? []
      : [
          [],
          [span(`Type ${confirm.mustType} to go on: `, 'bold'), span(confirm.typed), span(' ', 'inverse')],
        ];
  const lines = confirm.lines
    .flatMap((text) => wrap(text, room.width))
    .map((text): Line => [span(text, text.startsWith('WARNING') ? 'bad' : 'plain')]);
  return [...scrolled(lines, confirm.top, Math.max(2, room.height - typed.length)), ...typed];
}
